"""Another system's page as its documents tell it, and how what stands here follows it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from chalicelib.domain.components import Component, Direct, Group
from chalicelib.domain.incidents import OPEN, Incident, IncidentUpdate, Story
from chalicelib.domain.maintenances import PENDING, RUNNING, Course, Maintenance, MaintenanceUpdate
from chalicelib.domain.pages import Page
from chalicelib.domain.statuses import (
    ComponentStatus,
    IncidentStatus,
    MaintenanceStatus,
    better,
    is_worse,
    worst,
)

NOTE = "Imported"
"""The reason of a direct status that an import states."""

Live = Mapping[str, ComponentStatus]
Tale = Story | Course
H = TypeVar("H", Incident, Maintenance)


@dataclass(frozen=True)
class ForeignPage:
    """What documents of one page say together; times and ids are theirs, the record's numbers still 0.

    `stories` and `courses` begin with the oldest. `lists_components`: what it does not list is no longer
    there. `lists_open`: an incident that it does not list is no longer open; `lists_pending`: a maintenance
    that it does not list is neither to come nor under way.
    """

    id: str
    name: str
    time_zone: str
    updated_at: datetime
    groups: tuple[Group, ...] = ()
    components: tuple[Component, ...] = ()
    stories: tuple[Story, ...] = ()
    courses: tuple[Course, ...] = ()
    lists_components: bool = False
    lists_open: bool = False
    lists_pending: bool = False

    @property
    def told(self) -> tuple[Tale, ...]:
        """All that it tells of, the oldest first."""
        return tuple(sorted((*self.stories, *self.courses), key=_first_told))


def _first_told(told: Tale) -> tuple[datetime, str]:
    return (told.head.created_at, told.head.id)


def settle(foreign: ForeignPage, live: Live) -> ForeignPage:
    """Divide the statuses that readers saw into those of incidents and maintenances and direct ones.

    What is open comes with the last status that its updates gave each component; it affects a component
    by that or by the live status, whichever is better. Where the live one is worse than what all of them
    do, the rest is direct: so the worst of all is the live status, whatever happened.
    """
    stories = tuple(replace(it, incident=_settled(it.incident, live)) for it in foreign.stories)
    courses = tuple(replace(it, maintenance=_settled(it.maintenance, live)) for it in foreign.courses)
    affects: dict[str, list[ComponentStatus]] = {}
    told: tuple[Tale, ...] = (*stories, *courses)
    for tale in told:
        for id, status in tale.head.affects.items():
            affects.setdefault(id, []).append(status)
    stated = (_stated(it, live[it.id], affects.get(it.id, ())) for it in foreign.components)
    return replace(foreign, components=tuple(stated), stories=stories, courses=courses)


def _settled(head: H, live: Live) -> H:
    held = head.affects if head.is_running else {}
    affects = {id: better(last, live[id]) for id, last in held.items() if id in live}
    well = ComponentStatus.OPERATIONAL
    return replace(head, affects={id: status for id, status in affects.items() if status is not well})


def _stated(component: Component, live: ComponentStatus, affects: Iterable[ComponentStatus]) -> Component:
    if not is_worse(live, worst(affects)):
        return replace(component, direct=None)
    return replace(component, direct=Direct(live, NOTE, stated_at=component.updated_at, seq=0))


def left_by(incident: Incident, updates: Sequence[IncidentUpdate]) -> Incident:
    """The incident as these updates leave it; the oldest comes first (wire-formats.md §1.2)."""
    last = updates[-1]
    monitoring = [update for update in updates if update.status is IncidentStatus.MONITORING]
    resolved = [update for update in updates if update.status is IncidentStatus.RESOLVED]
    return replace(
        incident,
        status=last.status,
        latest_at=last.happened_at,
        monitoring_at=monitoring[0].happened_at if monitoring else None,
        resolved_at=None if last.status in OPEN else (resolved or updates)[-1].happened_at,
    )


def course_left_by(maintenance: Maintenance, updates: Sequence[MaintenanceUpdate]) -> Maintenance:
    """The maintenance as these updates leave it; the oldest comes first (wire-formats.md §1.2)."""
    last = updates[-1]
    begun = [update for update in updates if update.status in RUNNING]
    verifying = [update for update in updates if update.status is MaintenanceStatus.VERIFYING]
    has_begun = bool(begun) and last.status is not MaintenanceStatus.SCHEDULED
    return replace(
        maintenance,
        status=last.status,
        latest_at=last.happened_at,
        began_at=begun[0].happened_at if has_begun else None,
        verifying_at=verifying[0].happened_at if verifying else None,
        ended_at=None if last.status in PENDING else last.happened_at,
    )


def closed_elsewhere(head: H) -> H:
    """No longer open where it came from, though no update says so."""
    if head.imported is None or not head.is_open:
        return head
    return replace(head, affects={}, imported=replace(head.imported, closed_elsewhere=True))


def is_continued(head: Incident | Maintenance) -> bool:
    """Whether our own people opened it or have gone on with it: then no import changes it any more."""
    return head.imported is None or head.updated_at != head.imported.updated_at


def as_past(foreign: ForeignPage) -> ForeignPage:
    """What older documents than the last can still add: stories and courses, none of them open."""
    return replace(
        foreign,
        groups=(),
        components=(),
        stories=tuple(replace(it, incident=closed_elsewhere(it.incident)) for it in foreign.stories),
        courses=tuple(replace(it, maintenance=closed_elsewhere(it.maintenance)) for it in foreign.courses),
        lists_components=False,
        lists_open=False,
        lists_pending=False,
    )


def page_after(standing: Page, foreign: ForeignPage) -> Page:
    """The page under its name elsewhere; what was changed here since the same documents came stays."""
    if standing.imported and foreign.updated_at <= standing.updated_at:
        return standing
    return replace(
        standing, id=foreign.id, name=foreign.name, time_zone=foreign.time_zone,
        updated_at=foreign.updated_at, imported=True,
    )  # fmt: skip


def group_after(standing: Group, foreign: Group) -> Group:
    """The group as it is elsewhere, unless it is one of our own or was changed here later."""
    if _is_ours(standing, foreign):
        return standing
    return replace(
        foreign, region=standing.region, environment=standing.environment, release=standing.release,
        version=standing.version, seq=standing.seq,
    )  # fmt: skip


def component_after(standing: Component, foreign: Component, *, seq: int) -> Component:
    """The component as it is elsewhere, unless it is one of our own or was changed here later."""
    if _is_ours(standing, foreign):
        return standing
    same = standing.direct and foreign.direct == replace(standing.direct, seq=0)
    direct = standing.direct if same else numbered(foreign.direct, seq)
    return replace(foreign, direct=direct, version=standing.version, seq=standing.seq)


def numbered(direct: Direct | None, seq: int) -> Direct | None:
    """A direct status with the entry that states it."""
    return replace(direct, seq=seq) if direct else None


def _is_ours(standing: Component | Group, foreign: Component | Group) -> bool:
    """What our own people made, changed later than there, or retired."""
    return not standing.imported or standing.updated_at > foreign.updated_at or standing.retired is not None
