"""How a maintenance is told: announced, gone on with, moved, and begun and ended by the clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.domain.checks import CLOCK_SKEW, check_next, check_past, check_since
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.maintenances import NEXT, PENDING, RUNNING, Course, Maintenance, S
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import Availability, ComponentStatus, MaintenanceStatus
from chalicelib.domain.updates import (
    Affect,
    Amendment,
    Period,
    Standings,
    Update,
    affects_of,
    amended,
    check_known,
)

Affects = Mapping[str, ComponentStatus]

OPERATIONAL = ComponentStatus.OPERATIONAL
STATED = frozenset({OPERATIONAL, ComponentStatus.UNDER_MAINTENANCE})

BEGUN = "Scheduled maintenance is currently in progress. We will provide updates as necessary."
ENDED = "The scheduled maintenance has been completed."
"""What the clock says, in Statuspage's words (wire-formats.md §1.2)."""


@dataclass(frozen=True)
class Announcement:
    """What somebody says when they announce a maintenance."""

    title: str
    body: str
    period: Period
    availability: Availability
    affects: Affects = field(default_factory=dict)
    remind_before: int | None = None
    backfilled: bool = False


@dataclass(frozen=True)
class Words:
    """What is said next about a maintenance; `plan`: the period that it is moved to."""

    status: MaintenanceStatus
    body: str
    affects: Affects = field(default_factory=dict)
    happened_at: datetime | None = None
    plan: Period | None = None


@dataclass(frozen=True)
class Move:
    """What somebody says when they move a maintenance to another period."""

    period: Period
    body: str


def announce(said: Announcement, *, ids: tuple[str, str], moment: Moment, standings: Standings) -> Course:
    """Begin with the first update; `ids` are the maintenance's and the update's.

    What is told only when it was over, or under way, is marked as backfilled: its first update says how
    it stood then.
    """
    _check_announced(said, moment.at)
    _check_stated(said.affects)
    check_known(said.affects, (), standings)
    period = said.period
    scheduled = Maintenance(
        id=ids[0], title=said.title.strip(), status=S.SCHEDULED, availability=said.availability,
        starts_at=period.starts_at, ends_at=period.ends_at, published_at=moment.at, updated_at=moment.at,
        latest_at=moment.at, components=tuple(said.affects), planned=dict(said.affects),
        remind_before=said.remind_before, backfilled=said.backfilled, revision=-1, number=moment.seq,
    )  # fmt: skip
    status, happened_at = S.SCHEDULED, moment.at
    if said.backfilled:
        is_over = period.ends_at <= moment.at
        status = S.COMPLETED if is_over else S.IN_PROGRESS
        happened_at = period.ends_at if is_over else period.starts_at
        scheduled = replace(scheduled, began_at=period.starts_at)
    words = Words(status, said.body, happened_at=happened_at, plan=period)
    return _told(scheduled, words, id=ids[1], moment=moment, standings=standings)


def add_update(
    maintenance: Maintenance, said: Words, *, id: str, moment: Moment, standings: Standings
) -> Course:
    """Go on: the maintenance as it is then, and the one new update.

    Whoever speaks while it runs takes its end over from the clock; a new plan gives it back.
    """
    check_next(maintenance.status, said.status, NEXT)
    _check_happened(maintenance, said, moment.at)
    _check_stated(said.affects, ends=said.status not in PENDING)
    check_known(said.affects, maintenance.components, standings)
    course = _told(maintenance, said, id=id, moment=moment, standings=standings)
    by_clock = maintenance.status is S.SCHEDULED
    return replace(course, maintenance=replace(course.maintenance, ends_by_clock=by_clock))


def reschedule(
    maintenance: Maintenance, said: Move, *, id: str, moment: Moment, standings: Standings
) -> Course:
    """Move it to another period, in an update of its own; what runs keeps its start."""
    period = said.period
    if maintenance.status not in PENDING:
        raise Conflict("status", f"is {maintenance.status}: what is over keeps its period")
    if (period.starts_at, period.ends_at) == (maintenance.starts_at, maintenance.ends_at):
        raise Conflict("starts_at", "and ends_at are what is planned already")
    if period.starts_at != maintenance.starts_at:
        if maintenance.status in RUNNING:
            raise Conflict("starts_at", "cannot change: it has begun")
        if period.starts_at < moment.at - CLOCK_SKEW:
            raise Invalid("starts_at", "must not be in the past")
    if period.ends_at <= max(moment.at, maintenance.began_at or moment.at):
        raise Invalid("ends_at", "must be in the future, and after it began")
    words = Words(maintenance.status, said.body, plan=period)
    return _told(replace(maintenance, ends_by_clock=True), words, id=id, moment=moment, standings=standings)


def keep_time(maintenance: Maintenance, *, id: str, moment: Moment, standings: Standings) -> Course | None:
    """What the clock says by now: that it has begun, or is over, as planned; None where nothing is due."""
    due = maintenance.due
    if due is None or due > moment.at:
        return None
    begins = maintenance.status is S.SCHEDULED
    said = (
        Words(S.IN_PROGRESS, BEGUN, happened_at=due) if begins else Words(S.COMPLETED, ENDED, happened_at=due)
    )
    return _told(maintenance, said, id=id, moment=moment, standings=standings)


def amend(
    maintenance: Maintenance,
    *,
    moment: Moment,
    title: str | None = None,
    availability: Availability | None = None,
    reason: str | None = None,
) -> Maintenance:
    """Put title or availability right, for a reason that is kept beside how it read; what was told stays."""
    after = replace(
        maintenance,
        title=maintenance.title if title is None else title.strip(),
        availability=availability or maintenance.availability,
    )
    if after == maintenance:
        return maintenance
    before = Amendment(
        "", moment.at,
        title=None if after.title == maintenance.title else maintenance.title,
        availability=None if after.availability is maintenance.availability else maintenance.availability,
    )  # fmt: skip
    after = replace(after, amendments=amended(maintenance.amendments, reason, before))
    return replace(after, updated_at=moment.at, revision=maintenance.revision + 1, seq=moment.seq)


def _told(before: Maintenance, said: Words, *, id: str, moment: Moment, standings: Standings) -> Course:
    """The maintenance after one more update; without a claim it is said now, and after what it follows."""
    happened_at = said.happened_at or max(moment.at, _earliest(before, said.status))
    affects = _affects(before, said, standings)
    update = Update(
        id=id, status=said.status, body=said.body.strip(), happened_at=happened_at, recorded_at=moment.at,
        affects=affects, plan=said.plan, seq=moment.seq,
    )  # fmt: skip
    begins = said.status in RUNNING
    after = replace(
        before,
        status=said.status,
        starts_at=said.plan.starts_at if said.plan else before.starts_at,
        ends_at=said.plan.ends_at if said.plan else before.ends_at,
        components=tuple(affect.component for affect in affects),
        planned={**before.planned, **(said.affects if said.status in PENDING else {})},
        affects={a.component: a.new for a in affects if a.new is not OPERATIONAL},
        updated_at=moment.at,
        latest_at=happened_at,
        began_at=before.began_at or (happened_at if begins else None),
        verifying_at=before.verifying_at or (happened_at if said.status is S.VERIFYING else None),
        ended_at=None if said.status in PENDING else happened_at,
        imported=replace(before.imported, closed_elsewhere=False) if before.imported else None,
        revision=before.revision + 1,
        seq=moment.seq,
    )
    return Course(after, (update,))


def _affects(before: Maintenance, said: Words, standings: Standings) -> tuple[Affect, ...]:
    """What it does to each component: nothing unless it runs; at its begin all that was planned."""
    held = tuple(dict.fromkeys((*before.components, *said.affects)))
    wanted: Affects = dict.fromkeys(held, OPERATIONAL)
    if said.status in RUNNING:
        standing = before.affects if before.status in RUNNING else before.planned
        wanted = {**wanted, **standing, **said.affects}
    return affects_of(held, wanted, before.affects, standings)


def _check_announced(said: Announcement, now: datetime) -> None:
    if said.backfilled and said.period.starts_at > now:
        raise Invalid("backfilled", "must be false for what is still to come")
    ends = {"starts_at": said.period.starts_at + CLOCK_SKEW, "ends_at": said.period.ends_at}
    for name, end in ends.items():
        if end <= now and not said.backfilled:
            raise Invalid(name, "is in the past: what is told afterwards needs backfilled")


def _check_stated(affects: Affects, *, ends: bool = False) -> None:
    for id, status in affects.items():
        if ends and status is not OPERATIONAL:
            raise Invalid(f"affects.{id}", "must be operational when the maintenance ends")
        if status not in STATED:
            raise Invalid(f"affects.{id}", "must be operational or under_maintenance: worse is an incident")


def _check_happened(maintenance: Maintenance, said: Words, now: datetime) -> None:
    claimed, began = said.happened_at, maintenance.began_at
    check_past("happened_at", claimed, now)
    if began is None:
        check_since("happened_at", claimed, maintenance.created_at, "it was announced")
    else:
        check_since("happened_at", claimed, began, "it began")


def _earliest(maintenance: Maintenance, status: MaintenanceStatus) -> datetime:
    """Before when nothing happened: its begin, or announcement; for an end, all that its head knows of."""
    since = maintenance.began_at or maintenance.created_at
    if status in PENDING:
        return since
    return max(since, maintenance.latest_at, maintenance.verifying_at or since)
