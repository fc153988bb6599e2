"""What pages show of a snapshot, sorted out so that templates need not decide anything."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.domain.advisories import Advisory
from chalicelib.domain.components import Component, Group, full_name
from chalicelib.domain.incidents import Incident, Story, is_overdue
from chalicelib.domain.maintenances import Maintenance
from chalicelib.domain.security import Severity
from chalicelib.domain.snapshot import RECENT_DAYS, Past, Snapshot, order
from chalicelib.domain.statuses import ComponentStatus, Impact, MaintenanceStatus, worst
from chalicelib.domain.times import months_between
from chalicelib.domain.updates import Correction, Update, newest
from chalicelib.publishing.localtimes import LocalTimes
from chalicelib.publishing.numbers import Track, tracks
from chalicelib.publishing.statuspage import Updated, newest_first

MANY_COMPONENTS = 20
LONG_TEXT = 1200
LONG_LINES = 20
NOTICEABLE = timedelta(minutes=1)
OPERATIONAL = ComponentStatus.OPERATIONAL


@dataclass(frozen=True)
class Shown:
    """A component as readers see it; `id` if it has a page, `track`: its last days, where they are shown."""

    name: str
    status: ComponentStatus
    description: str | None = None
    id: str | None = None
    track: Track | None = None


@dataclass(frozen=True)
class Section:
    """Components that stand together: a group's, or loose ones between groups (without a name)."""

    name: str | None
    description: str | None
    status: ComponentStatus
    components: tuple[Shown, ...]
    is_open: bool
    id: str | None = None


@dataclass(frozen=True)
class Wording:
    """How an update read before it was corrected; `earlier` is there if it said something else."""

    correction: Correction
    earlier: Update[Any] | None


@dataclass(frozen=True)
class Told:
    """One update as the page of its subject shows it; `is_late`: the two clocks differ noticeably.

    `wordings`: how it read before, newest first.
    """

    update: Update[Any]
    is_late: bool
    changes: tuple[tuple[str, ComponentStatus, ComponentStatus], ...]
    wordings: tuple[Wording, ...] = ()


@dataclass(frozen=True)
class Telling:
    """An incident with what readers want to know first."""

    incident: Incident
    latest: Update[Any]
    affected: tuple[Shown, ...]
    is_overdue: bool

    @property
    def is_long(self) -> bool:
        """Whether the front shows the beginning of its newest update only."""
        return len(self.latest.body) > LONG_TEXT or self.latest.body.count("\n") > LONG_LINES


@dataclass(frozen=True)
class Begun:
    """What began on one day, each in the order given."""

    incidents: tuple[Incident, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()

    def __add__(self, more: "Begun") -> "Begun":
        return Begun(self.incidents + more.incidents, self.maintenances + more.maintenances)

    def __bool__(self) -> bool:
        return bool(self.incidents or self.maintenances)


@dataclass(frozen=True)
class Days:
    """One day on which something began, or a run of days without; the newest day is `last`."""

    first: date
    last: date
    begun: Begun


def sections(snapshot: Snapshot, beside: Collection[str] = ()) -> list[Section]:
    """Groups and loose components in the page's order; those shown only if degraded may be absent.

    `beside`: groups that are shown otherwise.
    """
    found: list[Section] = []
    shown = tracks(snapshot)
    loose: list[Component] = []
    loose_ones = (component for component in snapshot.components if component.group is None)
    things: list[Component | Group] = sorted(
        (*loose_ones, *(it for it in snapshot.groups if it.id not in beside)), key=order
    )
    for thing in things:
        if isinstance(thing, Component):
            loose.append(thing)
            continue
        found.append(_section(snapshot, None, loose, shown))
        found.append(_section(snapshot, thing, snapshot.members(thing), shown))
        loose = []
    found.append(_section(snapshot, None, loose, shown))
    return [section for section in found if section.components]


def _section(
    snapshot: Snapshot, group: Group | None, components: Iterable[Component], tracks: Mapping[str, Track]
) -> Section:
    statuses = snapshot.statuses
    shown = tuple(
        Shown(
            component.name, statuses[component.id], component.description, component.id, tracks[component.id]
        )
        for component in components
        if not component.only_show_if_degraded or snapshot.statuses[component.id] is not OPERATIONAL
    )
    status = worst(component.status for component in shown)
    return Section(
        name=group.name if group else None,
        description=group.description if group else None,
        status=status,
        components=shown,
        is_open=status is not OPERATIONAL or len(snapshot.components) <= MANY_COMPONENTS,
        id=group.id if group else None,
    )


def tellings(snapshot: Snapshot) -> list[Telling]:
    """The open incidents, gravest first, then those with the newest words; components by present names."""
    names = present_names(snapshot)
    stories = sorted(snapshot.open, key=_gravity, reverse=True)
    return [telling(story, snapshot.as_of, names) for story in stories]


def present_names(snapshot: Snapshot) -> dict[str, str]:
    """What each component is called now, in full."""
    groups = snapshot.groups_by_id
    return {c.id: full_name(c, groups.get(c.group or "")) for c in snapshot.components}


def _gravity(story: Story) -> tuple[int, datetime, int]:
    incident = story.incident
    return (list(Impact).index(incident.impact), incident.latest_at, incident.number)


def telling(story: Story, as_of: datetime, names: dict[str, str] | None = None) -> Telling:
    """One incident; without present names, components have those of their updates, and no links."""
    incident = story.incident
    known = names_told(story) | (names or {})
    present = names or {}
    affected = tuple(
        Shown(known.get(id, id), status, id=id if id in present else None)
        for id, status in incident.affects.items()
    )
    return Telling(incident, newest(story.updates), affected, is_overdue(incident, as_of))


def names_told(story: Updated) -> dict[str, str]:
    """The components that were told of, by their names then: the newest ones."""
    return {a.component: a.name for update in reversed(newest_first(story)) for a in update.affects}


def concerned(story: Story) -> list[str]:
    """The names of all components that the incident has concerned, as they were told."""
    return list(names_told(story).values())


def timeline(story: Updated, corrections: Iterable[Correction] = ()) -> list[Told]:
    """The updates, newest first, each with what it changed and how it read before."""
    found = tuple(corrections)
    return [_told(update, found) for update in newest_first(story)]


def _told(update: Update[Any], corrections: tuple[Correction, ...]) -> Told:
    late = abs(update.recorded_at - update.happened_at) > NOTICEABLE
    changes = tuple((a.name, a.old, a.new) for a in update.affects if a.old is not a.new)
    wordings = (_wording(update, it) for it in reversed(corrections) if it.update == update.id)
    return Told(update, late, changes, tuple(wordings))


def _wording(update: Update[Any], correction: Correction) -> Wording:
    earlier = replace(update, body=correction.body) if correction.body is not None else None
    return Wording(correction, earlier)


def recent_days(snapshot: Snapshot, local: LocalTimes) -> list[Days]:
    """The recent days, newest first; neighbours without anything become one. What is to come stands above."""
    today = local.date(snapshot.as_of)
    days = [today - timedelta(days=ago) for ago in range(RECENT_DAYS)]
    begun = (head for head in snapshot.recent if head.status is not MaintenanceStatus.SCHEDULED)
    return list(_runs(days, by_day(begun, local)))


def _runs(days: Iterable[date], told: dict[date, Begun]) -> Iterator[Days]:
    quiet: list[date] = []
    for day in days:
        if day not in told:
            quiet.append(day)
            continue
        if quiet:
            yield Days(quiet[-1], quiet[0], Begun())
            quiet = []
        yield Days(day, day, told[day])
    if quiet:
        yield Days(quiet[-1], quiet[0], Begun())


def by_day(past: Iterable[Past], local: LocalTimes) -> dict[date, Begun]:
    """What began, or is to begin, by its day."""
    days: dict[date, Begun] = {}
    for head in past:
        day = local.date(head.started_at)
        one = Begun(maintenances=(head,)) if isinstance(head, Maintenance) else Begun(incidents=(head,))
        days[day] = days.get(day, Begun()) + one
    return days


def by_gravity(threats: Iterable[Advisory]) -> list[Advisory]:
    """Advisories, gravest first, then those with the newest words."""

    def gravity(advisory: Advisory) -> tuple[int, datetime, int]:
        severity = list(Severity).index(advisory.severity) if advisory.severity else -1
        return (severity, advisory.latest_at or advisory.updated_at, advisory.seq)

    return sorted(threats, key=gravity, reverse=True)


def years(snapshot: Snapshot, local: LocalTimes) -> dict[str, list[str]]:
    """Every month since the first one with anything, newest first, by year."""
    found: dict[str, list[str]] = {}
    if snapshot.first_month is None:
        return found
    last = max(f"{local.date(snapshot.as_of):%Y-%m}", snapshot.first_month)
    for month in months_between(snapshot.first_month, last):
        found.setdefault(month[:4], []).append(month)
    return found
