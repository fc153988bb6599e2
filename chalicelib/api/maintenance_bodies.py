"""What people send about maintenances: JSON that becomes a valid announcement, words or move."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from chalicelib.api.bodies import ChosenId, Sent, instant_of
from chalicelib.api.types import DURATION, MOST_COMPONENTS, Body, Given, Id, Line, Reason
from chalicelib.domain.courses import Announcement, Move, Words
from chalicelib.domain.errors import Invalid
from chalicelib.domain.maintenances import Maintenance
from chalicelib.domain.statuses import Availability, ComponentStatus, MaintenanceStatus
from chalicelib.domain.updates import Period

Affects = Annotated[
    dict[Id, Literal["operational", "under_maintenance"]],
    Meta(
        max_length=MOST_COMPONENTS,
        description="What it does to components while it runs, by their ids; what is worse is an incident.",
    ),
]
Start = Annotated[Given, Meta(description="When it is planned to begin.")]
End = Annotated[Given, Meta(description="When it is planned to end, after it begins.")]
LONGEST_REMINDER = 100 * 24 * 60
Reminder = (
    Annotated[int, Meta(ge=1, le=LONGEST_REMINDER)]
    | Annotated[str, Meta(pattern=DURATION, examples=["PT30M", "P1DT2H"])]
)
_MINUTES = {"W": 7 * 24 * 60, "D": 24 * 60, "H": 60, "M": 1}


class NewMaintenance(Sent, frozen=True, kw_only=True):
    """A maintenance to announce, with its first update."""

    EXAMPLE = {
        "title": "New disks for the database",
        "body": "We move the database to new disks. You can read, but not order.",
        "starts_at": "2027-01-16T22:00:00Z",
        "ends_at": "2027-01-16T23:30:00Z",
        "availability": "read_only",
        "affects": {"checkout": "under_maintenance"},
    }

    title: Line
    body: Body
    starts_at: Start
    ends_at: End
    availability: Availability
    id: ChosenId = None
    affects: Affects = {}
    remind_before: Annotated[
        Reminder | None,
        Meta(
            description="How long before it begins a reminder is due: minutes, or an ISO 8601 duration in"
            " weeks, days, hours and minutes. It is kept for those who subscribe, and is no public update."
        ),
    ] = None
    backfilled: Annotated[
        bool, Meta(description="Told when it has begun or is over; without it, the past is refused.")
    ] = False

    def announcement(self) -> Announcement:
        """What is said."""
        return Announcement(
            title=self.title,
            body=self.body,
            period=_period(self.starts_at, self.ends_at),
            availability=self.availability,
            affects=_statuses(self.affects),
            remind_before=_minutes(self.remind_before),
            backfilled=self.backfilled,
        )


class NewMaintenanceUpdate(Sent, frozen=True, kw_only=True):
    """What to say next about a maintenance. Who speaks while it runs says when it is over, too."""

    EXAMPLE = {"status": "verifying", "body": "The disks are in; we check that all is well."}

    status: MaintenanceStatus
    body: Body
    affects: Affects = {}
    happened_at: Given | None = None

    def words(self) -> Words:
        """What is said."""
        happened_at = instant_of("happened_at", self.happened_at) if self.happened_at else None
        return Words(self.status, self.body, _statuses(self.affects), happened_at)


class NewPeriod(Sent, frozen=True, kw_only=True):
    """Another period for a maintenance; a time that is left out stays. The clock ends it then."""

    EXAMPLE = {
        "body": "The disks come a day later.",
        "starts_at": "2027-01-17T22:00:00Z",
        "ends_at": "2027-01-17T23:30:00Z",
    }

    body: Body
    starts_at: Start | UnsetType = UNSET
    ends_at: End | UnsetType = UNSET

    def move(self, maintenance: Maintenance) -> Move:
        """What is said of this one."""
        starts_at = maintenance.starts_at if self.starts_at is UNSET else self.starts_at
        ends_at = maintenance.ends_at if self.ends_at is UNSET else self.ends_at
        return Move(_period(starts_at, ends_at), self.body)


class Cancellation(Sent, frozen=True, kw_only=True):
    """That a maintenance does not take place, and why."""

    EXAMPLE = {"body": "The old disks will do."}

    body: Body


class MaintenanceChange(Sent, frozen=True, kw_only=True):
    """What to put right about a maintenance; how it read stays one click away, with the reason."""

    EXAMPLE = {"title": "New disks for the order database", "reason": "It is one database alone."}

    reason: Reason | UnsetType = UNSET
    title: Line | UnsetType = UNSET
    availability: Availability | UnsetType = UNSET

    def stated(self) -> dict[str, Any]:
        """The fields that were sent, at least one that changes something."""
        if self.title is UNSET and self.availability is UNSET:
            raise Invalid("title", "is missing, and so is availability: nothing would change")
        return super().stated()


def _period(starts_at: datetime, ends_at: datetime) -> Period:
    return Period(instant_of("starts_at", starts_at), instant_of("ends_at", ends_at))


def _statuses(affects: Affects) -> dict[str, ComponentStatus]:
    return {id: ComponentStatus(status) for id, status in affects.items()}


def _minutes(reminder: Reminder | None) -> int | None:
    """A duration in minutes; months and seconds are none that a reminder is given in."""
    if not isinstance(reminder, str):
        return reminder
    parts = re.findall(r"([0-9]+)([WDHM])", reminder)
    return sum(int(many) * _MINUTES[unit] for many, unit in parts)
