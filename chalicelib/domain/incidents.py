"""Incidents: the values, the life cycle and how the story of one goes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.checks import check_id, check_line, check_next, check_past, check_since
from chalicelib.domain.errors import Invalid
from chalicelib.domain.promises import FollowUp, Postmortem, Punctuality, has_passed
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import (
    ComponentStatus,
    Impact,
    IncidentStatus,
    default_impact,
    graver,
)
from chalicelib.domain.updates import Affect, Amendment, Correction, Standings, Update, affects_of

S = IncidentStatus
IncidentUpdate = Update[IncidentStatus]

NEXT: dict[IncidentStatus, frozenset[IncidentStatus]] = {
    S.SUSPECTED: frozenset({S.SUSPECTED, S.INVESTIGATING, S.RETRACTED}),
    S.INVESTIGATING: frozenset({S.INVESTIGATING, S.IDENTIFIED, S.MONITORING, S.RESOLVED}),
    S.IDENTIFIED: frozenset({S.INVESTIGATING, S.IDENTIFIED, S.MONITORING, S.RESOLVED}),
    S.MONITORING: frozenset({S.INVESTIGATING, S.IDENTIFIED, S.MONITORING, S.RESOLVED}),
    S.RESOLVED: frozenset({S.INVESTIGATING}),
    S.POSTMORTEM: frozenset({S.INVESTIGATING}),
    S.RETRACTED: frozenset(),
}
"""What updates may say next; a postmortem and a retraction also have ways of their own."""

OPENING = frozenset({S.SUSPECTED, S.INVESTIGATING, S.IDENTIFIED, S.MONITORING, S.RESOLVED})
OPEN = frozenset({S.SUSPECTED, S.INVESTIGATING, S.IDENTIFIED, S.MONITORING})
STATED_IMPACTS = frozenset({Impact.NONE, Impact.MINOR, Impact.MAJOR, Impact.CRITICAL})


class Source(StrEnum):
    """Who spoke first of an incident."""

    PERSON = "person"
    ALARM = "alarm"
    IMPORT = "import"


@dataclass(frozen=True)
class ImportedIncident:
    """What another system wrote beside an incident, kept as it came.

    `reminder_intervals` has three states in Statuspage's documents: a text, null, or no such key
    (`has_reminder_intervals` false). `closed_elsewhere`: a later document no longer listed it as open.
    """

    created_at: datetime
    updated_at: datetime
    shortlink: str
    has_reminder_intervals: bool = False
    reminder_intervals: str | None = None
    closed_elsewhere: bool = False


@dataclass(frozen=True)
class Incident:
    """Something that went wrong; its updates are values of their own.

    `components` are the ids it concerns, in order; `affects` what it does to them now. `number` is the
    record entry that opened it, `seq` the newest one that bears on it. `latest_at` is the claimed time
    of the newest update. `next_updates`: how many came by the time that was promised.
    """

    id: str
    title: str
    status: IncidentStatus
    impact: Impact
    started_at: datetime
    published_at: datetime
    updated_at: datetime
    latest_at: datetime
    impact_stated: bool = False
    components: tuple[str, ...] = ()
    affects: dict[str, ComponentStatus] = field(default_factory=dict)
    detected_at: datetime | None = None
    acknowledged_at: datetime | None = None
    monitoring_at: datetime | None = None
    resolved_at: datetime | None = None
    next_update_by: datetime | None = None
    next_updates: Punctuality = Punctuality()
    postmortem: Postmortem | None = None
    postmortem_due: datetime | None = None
    postmortem_first_due: datetime | None = None
    amendments: tuple[Amendment, ...] = ()
    source: Source = Source.PERSON
    backfilled: bool = False
    imported: ImportedIncident | None = None
    number: int = 0
    version: int = 0
    seq: int = 0

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_line("title", self.title)

    @property
    def created_at(self) -> datetime:
        """When it was first published, here or in the system that it was imported from."""
        return self.imported.created_at if self.imported else self.published_at

    @property
    def is_open(self) -> bool:
        """Whether readers still wait for its end."""
        return self.status in OPEN and not (self.imported and self.imported.closed_elsewhere)

    @property
    def is_running(self) -> bool:
        """Whether it does something to components now: one that is open does."""
        return self.is_open


@dataclass(frozen=True)
class Story:
    """An incident with its updates, what was corrected in them, and what was promised; oldest first."""

    incident: Incident
    updates: tuple[IncidentUpdate, ...]
    corrections: tuple[Correction, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()

    @property
    def head(self) -> Incident:
        """What it tells of."""
        return self.incident


@dataclass(frozen=True)
class Draft:
    """What somebody says when they open an incident."""

    title: str
    body: str
    status: IncidentStatus = IncidentStatus.INVESTIGATING
    impact: Impact | None = None
    affects: Mapping[str, ComponentStatus] = field(default_factory=dict)
    started_at: datetime | None = None
    detected_at: datetime | None = None
    next_update_by: datetime | None = None


@dataclass(frozen=True)
class Said:
    """What somebody says next about an incident."""

    status: IncidentStatus
    body: str
    affects: Mapping[str, ComponentStatus] = field(default_factory=dict)
    happened_at: datetime | None = None
    next_update_by: datetime | None = None


def open_incident(draft: Draft, *, ids: tuple[str, str], moment: Moment, standings: Standings) -> Story:
    """Start the story with its first update; `ids` are the incident's and the update's.

    An incident told only when it was over (opened as resolved) is marked as backfilled: what is said of
    it is said of the time when it began, since nobody says when it ended.
    """
    _check_opening(draft, moment.at)
    closed = draft.status not in OPEN
    affects = affects_of((), draft.affects, {}, standings)
    start = draft.started_at or moment.at
    incident = Incident(
        id=ids[0], title=draft.title.strip(), status=draft.status, impact=Impact.NONE,
        started_at=start, published_at=moment.at, updated_at=moment.at, latest_at=moment.at,
        detected_at=draft.detected_at, backfilled=closed, number=moment.seq,
        acknowledged_at=None if draft.status is S.SUSPECTED else moment.at,
        impact_stated=draft.impact is not None,
    )  # fmt: skip
    happened_at = start if closed else None
    said = Said(draft.status, draft.body, draft.affects, happened_at, draft.next_update_by)
    story = _told(incident, said, affects, id=ids[1], moment=moment)
    return replace(story, incident=replace(story.incident, impact=draft.impact or story.incident.impact))


def add_update(incident: Incident, said: Said, *, id: str, moment: Moment, standings: Standings) -> Story:
    """Go on with the story: the incident as it is then, and the one new update."""
    check_next(incident.status, said.status, NEXT)
    check_past("happened_at", said.happened_at, moment.at)
    check_since("happened_at", said.happened_at, incident.started_at, "the incident began")
    _check_promise(said.next_update_by, said.status, moment.at)
    if incident.status is S.SUSPECTED and said.status is S.INVESTIGATING:
        incident = replace(incident, acknowledged_at=moment.at)
    return continued(answered(incident, moment.at), said, id=id, moment=moment, standings=standings)


def answered(incident: Incident, at: datetime) -> Incident:
    """The incident when words came at this time: where they were promised, in time or late."""
    return replace(incident, next_updates=incident.next_updates.after(incident.next_update_by, at))


def continued(incident: Incident, said: Said, *, id: str, moment: Moment, standings: Standings) -> Story:
    """The story one update further; whether it may follow is for the caller to know."""
    affects = affects_of(incident.components, _wanted(incident, said), incident.affects, standings)
    return _told(incident, said, affects, id=id, moment=moment)


def is_overdue(incident: Incident, as_of: datetime) -> bool:
    """Whether an open incident's promised next update has not come."""
    promised = incident.next_update_by
    return incident.is_open and promised is not None and has_passed(promised, as_of)


def _told(
    incident: Incident,
    said: Said,
    affects: tuple[Affect, ...],
    *,
    id: str,
    moment: Moment,
) -> Story:
    """The incident after one more update; one that claims no time is said now, and after what it follows."""
    happened_at = said.happened_at or max(moment.at, _earliest(incident, said.status))
    update = Update(
        id=id, status=said.status, body=said.body.strip(), happened_at=happened_at, recorded_at=moment.at,
        affects=affects, next_update_by=said.next_update_by, seq=moment.seq,
    )  # fmt: skip
    is_open = said.status in OPEN
    impact = incident.impact
    if not incident.impact_stated:
        impact = graver(impact, default_impact(affect.new for affect in affects))
    after = replace(
        incident,
        status=said.status,
        impact=impact,
        components=tuple(affect.component for affect in affects),
        affects={a.component: a.new for a in affects if a.new is not ComponentStatus.OPERATIONAL}
        if is_open
        else {},
        updated_at=moment.at,
        latest_at=happened_at,
        monitoring_at=incident.monitoring_at or (happened_at if said.status is S.MONITORING else None),
        resolved_at=_resolved_at(incident, said.status, happened_at),
        next_update_by=said.next_update_by,
        postmortem_due=None if said.status is S.RETRACTED else incident.postmortem_due,
        postmortem_first_due=incident.postmortem_first_due
        or (incident.postmortem_due if said.status is S.RETRACTED else None),
        imported=replace(incident.imported, closed_elsewhere=False) if incident.imported else None,
        seq=moment.seq,
    )
    return Story(after, (update,))


def _earliest(incident: Incident, status: IncidentStatus) -> datetime:
    """Before when nothing happened: when it began; for what ends it, all that its head knows of."""
    if status in OPEN:
        return incident.started_at
    known = (incident.started_at, incident.latest_at, incident.monitoring_at, incident.resolved_at)
    return max(at for at in known if at)


def _resolved_at(incident: Incident, status: IncidentStatus, happened_at: datetime) -> datetime | None:
    if status in OPEN:
        return None
    return incident.resolved_at or happened_at


def _wanted(incident: Incident, said: Said) -> Mapping[str, ComponentStatus]:
    """What an update says of components; one that ends the incident sets all of them free."""
    if said.status in OPEN:
        return said.affects
    for id, status in said.affects.items():
        if status is not ComponentStatus.OPERATIONAL:
            raise Invalid(f"affects.{id}", "must be operational when the incident ends")
    return {
        **dict.fromkeys(incident.components, ComponentStatus.OPERATIONAL),
        **said.affects,
    }


def _check_opening(draft: Draft, now: datetime) -> None:
    if draft.status not in OPENING:
        raise Invalid("status", f"must be one of {', '.join(s for s in S if s in OPENING)} at first")
    if draft.impact is not None and draft.impact not in STATED_IMPACTS:
        raise Invalid("impact", "must be none, minor, major or critical")
    check_past("started_at", draft.started_at, now)
    check_past("detected_at", draft.detected_at, now)
    if draft.started_at and draft.detected_at and draft.detected_at < draft.started_at:
        raise Invalid("detected_at", "must not be before started_at")
    _check_promise(draft.next_update_by, draft.status, now)


def _check_promise(promised: datetime | None, status: IncidentStatus, now: datetime) -> None:
    if promised is None:
        return
    if status not in OPEN:
        raise Invalid("next_update_by", "must be absent when the incident ends")
    if promised <= now:
        raise Invalid("next_update_by", "must be in the future")
