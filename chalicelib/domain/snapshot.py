"""The snapshot: everything that a reader may see at one moment, gathered for the build of the site."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any, NamedTuple

from chalicelib.domain.advisories import (
    Advisory,
    AdvisoryStory,
    AdvisoryUpdate,
    ListedAdvisory,
    threats_since,
)
from chalicelib.domain.components import (
    Component,
    Group,
    Touch,
    shown_updated_at,
    status_of,
)
from chalicelib.domain.dossiers import QUARTER, Dossier, counted_until, goes_on, today
from chalicelib.domain.figures import Figures
from chalicelib.domain.heads import closes_at
from chalicelib.domain.incidents import Incident, Story
from chalicelib.domain.maintenances import Course, Maintenance
from chalicelib.domain.pages import Page
from chalicelib.domain.promises import Promises
from chalicelib.domain.record import Entry, Head
from chalicelib.domain.statuses import ComponentStatus, RollUp, roll_up, worst
from chalicelib.domain.times import day_of, day_start, zone
from chalicelib.domain.updates import Update
from chalicelib.domain.uptime import Outage

Past = Incident | Maintenance
"""What stands in history, by when it began; a maintenance that has not begun, by when it is to."""

RECENT_DAYS = 14
LATEST_STORIES = 50
LATEST_UPDATES = 50
LATEST_ADVISORIES = 50


@dataclass(frozen=True)
class Told:
    """One update with what it belongs to: subject and present title; a postmortem has a root cause."""

    subject: str
    title: str
    update: Update[Any]
    root_cause: str | None = None


class Advisories(NamedTuple):
    """All that is published about security: as lists show it, newest first; those with the newest words.

    `words` are these newest words of each, by its key.
    """

    listed: tuple[ListedAdvisory, ...] = ()
    newest: tuple[Advisory, ...] = ()
    words: Mapping[str, AdvisoryUpdate] = {}


@dataclass(frozen=True)
class Snapshot:
    """What the site is built from; `as_of` is the only clock it knows.

    `updated_at` is the page's, as Statuspage knows it. `open` are the stories that readers still follow,
    `pending` the courses of maintenances that are to come or under way; `recent` what began in the last
    days; `latest` the stories, `latest_courses` the courses, with the newest words; `updates` the newest
    updates of all, newest first. `stories` and `courses` are the pages to build and `months` the history
    pages, each with what began in it, newest first: in a full build all there are, after a change those it
    touches. The same holds for `record`: the hundreds of entries whose files are to be built. `newest`: the
    newest of all, oldest first. `threats` are the advisories that readers are warned of in front,
    `advisories` those whose pages are to be built. `security` is what lists and feeds of them show, and
    `figures` what the page about ourselves shows, `days` the heads of the days that are over, oldest first,
    where they are to be built. `outages` are those of the days that have bars, by component (in a build of
    dossiers, those of a year), and `dossiers` the components and groups whose pages are to be built.
    History begins with `first_month`; `first_entry` is the newest entry about
    what stands first in it.
    """

    page: Page
    as_of: datetime
    head: Head
    updated_at: datetime
    components: tuple[Component, ...] = ()
    groups: tuple[Group, ...] = ()
    touches: Mapping[str, Touch] = field(default_factory=dict)
    open: tuple[Story, ...] = ()
    pending: tuple[Course, ...] = ()
    recent: tuple[Past, ...] = ()
    latest: tuple[Story, ...] = ()
    latest_courses: tuple[Course, ...] = ()
    updates: tuple[Told, ...] = ()
    stories: tuple[Story, ...] = ()
    courses: tuple[Course, ...] = ()
    months: Mapping[str, tuple[Past, ...]] = field(default_factory=dict)
    first_month: str | None = None
    first_entry: int = 0
    record: tuple[Entry, ...] = ()
    newest: tuple[Entry, ...] = ()
    threats: tuple[Advisory, ...] = ()
    advisories: tuple[AdvisoryStory, ...] = ()
    security: Advisories | None = None
    promises: Promises = Promises()
    figures: Figures | None = None
    days: tuple[Head, ...] | None = None
    outages: Mapping[str, Sequence[Outage]] = field(default_factory=dict)
    dossiers: tuple[Dossier, ...] = ()

    @cached_property
    def zone(self) -> tzinfo:
        """The zone in which readers see days and times."""
        return zone(self.page.time_zone)

    @cached_property
    def spoken_at(self) -> datetime:
        """When the page last changed or somebody last spoke, of security too."""
        return max([self.updated_at, *(told.update.recorded_at for told in self.updates[:1])])

    @cached_property
    def statuses(self) -> Mapping[str, ComponentStatus]:
        """The status of every component and group, by id."""
        shown = {c.id: self._status(c) for c in self.components}
        groups = {group.id: worst(shown[c.id] for c in self.members(group)) for group in self.groups}
        return {**shown, **groups}

    @cached_property
    def out(self) -> tuple[str, ...]:
        """The components of which an outage goes on."""
        shown = (component.id for component in self.components)
        return tuple(sorted(id for id in shown if goes_on(self.outages.get(id, ()))))

    @cached_property
    def headline(self) -> RollUp:
        """The page's roll-up over its components."""
        return roll_up(self.statuses[component.id] for component in self.components)

    @cached_property
    def groups_by_id(self) -> Mapping[str, Group]:
        """The groups, by id."""
        return {group.id: group for group in self.groups}

    def members(self, group: Group) -> tuple[Component, ...]:
        """A group's components in their order."""
        return self._members.get(group.id, ())

    def updated_at_of(self, component: Component) -> datetime:
        """When a component last changed in any way."""
        return shown_updated_at(component, self.touches.get(component.id))

    @cached_property
    def _members(self) -> Mapping[str, tuple[Component, ...]]:
        members: dict[str, list[Component]] = {}
        for component in sorted(self.components, key=order):
            if component.group is not None:
                members.setdefault(component.group, []).append(component)
        return {id: tuple(found) for id, found in members.items()}

    @cached_property
    def _affects(self) -> Mapping[str, list[ComponentStatus]]:
        affects: dict[str, list[ComponentStatus]] = {}
        heads: list[Past] = [*(it.incident for it in self.open), *(it.maintenance for it in self.pending)]
        for head in heads:
            for id, status in head.affects.items():
                affects.setdefault(id, []).append(status)
        return affects

    def _status(self, component: Component) -> ComponentStatus:
        return status_of(
            component,
            self.touches.get(component.id),
            self._affects.get(component.id, ()),
        )


def told_of(subject: str, head: Any, update: Update[Any]) -> Told:
    """An update of something, as feeds tell it."""
    postmortem = head.postmortem if isinstance(head, Incident) else None
    cause = postmortem.root_cause if postmortem and postmortem.update == update.id else None
    return Told(subject, head.title, update, cause)


def order(thing: Component | Group) -> tuple[int, int, str]:
    """Where a component or group stands on the page: position, then rank."""
    return (thing.position, thing.rank, thing.id)


def recent_span(as_of: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Where the recent days begin and end: each the start of a day where the readers are."""
    today = day_of(as_of, zone)
    begin, end = today - timedelta(days=RECENT_DAYS - 1), today + timedelta(days=1)
    return day_start(begin, zone), day_start(end, zone)


def warned_since(as_of: datetime, zone: tzinfo) -> datetime:
    """Since when somebody must have spoken of a threat for readers to be warned of it."""
    return threats_since(day_start(day_of(as_of, zone), zone))


def next_boundary(snapshot: Snapshot) -> datetime:
    """The next instant at which a page changes by the clock alone: a new day, or a promised time passed.

    Days of numbers and months of figures begin in UTC, which may be at any hour of the readers' day.
    """
    as_of, zone = snapshot.as_of, snapshot.zone
    midnight = day_start(day_of(as_of, zone) + timedelta(days=1), zone)
    midnight_of_numbers = day_start(today(as_of) + timedelta(days=1), UTC)
    promised = [story.incident.next_update_by for story in snapshot.open]
    promised += [promise.due for promise in snapshot.promises.due]
    promised += [course.maintenance.ends_at for course in snapshot.pending if course.maintenance.is_running]
    promised.append(closes_at(snapshot.head) if snapshot.head.recorded_at else None)
    return min(
        [midnight, midnight_of_numbers, *(time for time in promised if time is not None and time > as_of)]
    )


def next_quarter(snapshot: Snapshot) -> datetime | None:
    """When outages that go on are counted again; None where there is none."""
    return counted_until(snapshot.as_of) + QUARTER if snapshot.out else None
