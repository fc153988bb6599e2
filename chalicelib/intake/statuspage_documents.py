"""Statuspage's public documents (its API v2) as types, and their decoding."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.domain.statuses import ComponentStatus, Impact
from chalicelib.intake.errors import Unreadable

Moment = Annotated[datetime, Meta(tz=True)]
Position = Annotated[int, Meta(ge=-(2**31), lt=2**31)]
TweetId = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Intervals = Annotated[str, Meta(max_length=300)]
Status = Literal["investigating", "identified", "monitoring", "resolved", "postmortem"]
"""An incident's; ours has words that Statuspage does not know."""
MaintenanceWord = Literal["scheduled", "in_progress", "verifying", "completed"]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class PageObject(Struct):
    """`page`: older documents lack the time zone."""

    id: str
    name: str
    updated_at: Moment
    time_zone: str = "Etc/UTC"


class ComponentObject(Struct):
    """A component or, where `group` says so, a group."""

    id: str
    name: str
    status: ComponentStatus
    created_at: Moment
    updated_at: Moment
    position: Position = 0
    description: str | None = None
    showcase: bool = False
    start_date: date | None = None
    group_id: str | None = None
    group: bool = False
    only_show_if_degraded: bool = False


class AffectObject(Struct):
    """One of an update's `affected_components`."""

    code: str
    name: str
    old_status: ComponentStatus
    new_status: ComponentStatus


class UpdateObject(Struct):
    """One of an incident's `incident_updates`."""

    id: str
    status: Status
    body: str
    created_at: Moment
    updated_at: Moment
    display_at: Moment | None = None
    affected_components: list[AffectObject] | None = None
    deliver_notifications: bool = True
    custom_tweet: str | None = None
    tweet_id: TweetId | None = None


class IncidentObject(Struct):
    """An incident; its status, `monitoring_at` and `resolved_at` follow from its updates."""

    id: str
    name: str
    impact: Impact
    created_at: Moment
    updated_at: Moment
    incident_updates: list[UpdateObject]
    shortlink: str = ""
    started_at: Moment | None = None
    components: list[ComponentObject] = []
    reminder_intervals: Intervals | None | UnsetType = UNSET


class MaintenanceUpdateObject(UpdateObject):
    """One of a maintenance's `incident_updates`."""

    status: MaintenanceWord  # type: ignore[assignment]


class MaintenanceObject(Struct):
    """A scheduled maintenance; its status, `monitoring_at` and `resolved_at` follow from its updates."""

    id: str
    name: str
    impact: Impact
    created_at: Moment
    updated_at: Moment
    incident_updates: list[MaintenanceUpdateObject]
    scheduled_for: Moment
    scheduled_until: Moment
    shortlink: str = ""
    started_at: Moment | None = None
    components: list[ComponentObject] = []


class Document(Struct):
    """Any of the documents: which one it is, its keys tell."""

    page: PageObject
    components: list[ComponentObject] | UnsetType = UNSET
    incidents: list[IncidentObject] | UnsetType = UNSET
    scheduled_maintenances: list[MaintenanceObject] | UnsetType = UNSET


def decode(name: str, text: bytes) -> Document:
    """The document of this name, or `Unreadable` with the path of the field that is wrong."""
    try:
        document = msgspec.json.decode(text.removeprefix(BYTE_ORDER_MARK), type=Document)
    except msgspec.ValidationError as wrong:
        reason, _, path = str(wrong).partition(" - at `$.")
        raise Unreadable(name, path.removesuffix("`"), f"is wrong: {reason}") from wrong
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise Unreadable(name, "", f"is not JSON that can be read: {broken}") from broken
    if document.components is document.incidents is document.scheduled_maintenances is UNSET:
        raise Unreadable(name, "", "holds neither components, incidents nor scheduled_maintenances")
    return document
