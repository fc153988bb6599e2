"""Another system's page as its documents tell it, and how what stands here follows it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.components import Component, Direct, Group
from chalicelib.domain.incidents import OPEN, Incident, IncidentUpdate, Story
from chalicelib.domain.pages import Page
from chalicelib.domain.statuses import ComponentStatus, IncidentStatus, better, is_worse, worst

NOTE = "Imported"
"""The reason of a direct status that an import states."""

Live = Mapping[str, ComponentStatus]


@dataclass(frozen=True)
class ForeignPage:
    """What documents of one page say together; times and ids are theirs, the record's numbers still 0.

    `stories` begin with the oldest. `lists_components`: what it does not list is no longer there.
    `lists_open`: an incident that it does not list is no longer open. `maintenances` were left out.
    """

    id: str
    name: str
    time_zone: str
    updated_at: datetime
    groups: tuple[Group, ...] = ()
    components: tuple[Component, ...] = ()
    stories: tuple[Story, ...] = ()
    lists_components: bool = False
    lists_open: bool = False
    maintenances: int = 0


def settle(
    components: Iterable[Component], stories: Iterable[Story], live: Live
) -> tuple[tuple[Component, ...], tuple[Story, ...]]:
    """Divide the statuses that readers saw into those of open incidents and direct ones.

    An open incident comes with the last status that its updates gave each component; it affects a
    component by that or by the live status, whichever is better. Where the live one is worse than what
    all incidents do, the rest is direct: so the worst of all is the live status, whatever happened.
    """
    settled = tuple(replace(story, incident=_settled(story.incident, live)) for story in stories)
    affects: dict[str, list[ComponentStatus]] = {}
    for story in settled:
        for id, status in story.incident.affects.items():
            affects.setdefault(id, []).append(status)
    stated = (
        _stated(component, live[component.id], affects.get(component.id, ())) for component in components
    )
    return tuple(stated), settled


def _settled(incident: Incident, live: Live) -> Incident:
    if not incident.is_open:
        return replace(incident, affects={})
    affects = {id: better(last, live[id]) for id, last in incident.affects.items() if id in live}
    well = ComponentStatus.OPERATIONAL
    return replace(incident, affects={id: status for id, status in affects.items() if status is not well})


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


def closed_elsewhere(incident: Incident) -> Incident:
    """No longer open where it came from, though no update says so."""
    if incident.imported is None or not incident.is_open:
        return incident
    return replace(incident, affects={}, imported=replace(incident.imported, closed_elsewhere=True))


def is_continued(incident: Incident) -> bool:
    """Whether our own people opened it or have gone on with it: then no import changes it any more."""
    return incident.imported is None or incident.updated_at != incident.imported.updated_at


def as_past(foreign: ForeignPage) -> ForeignPage:
    """What older documents than the last can still add: stories, none of them open."""
    stories = tuple(replace(story, incident=closed_elsewhere(story.incident)) for story in foreign.stories)
    return replace(
        foreign, groups=(), components=(), stories=stories, lists_components=False, lists_open=False
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
    return not standing.imported or standing.updated_at > foreign.updated_at
