"""Gathers what the pages of components and groups show: days, outages and incidents of up to a year."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chalicelib.domain.components import Component
from chalicelib.domain.dossiers import Dossier, Known, bars_since, earliest, of_component, of_group, today
from chalicelib.domain.incidents import Incident
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.subjects import COMPONENT, GROUP, INCIDENT, id_of, kind_of, subject_of
from chalicelib.stores import heads, incidents, table
from chalicelib.stores.days import Calendar
from chalicelib.stores.table import Item

LOOK_BACK = timedelta(days=90)
"""What was published so long before the first day that has a bar, and ended since, is shown too."""


@dataclass(frozen=True)
class Reading:
    """The components and groups that are wanted, of those that a snapshot shows."""

    snapshot: Snapshot
    wanted: frozenset[str]
    components: Mapping[str, Component] = field(init=False)

    def __post_init__(self) -> None:
        """Components, those of wanted groups among them, by id."""
        ids = {id_of(it) for it in self.wanted if kind_of(it) == COMPONENT}
        groups = {id_of(it) for it in self.wanted if kind_of(it) == GROUP}
        found = {it.id: it for it in self.snapshot.components if it.id in ids or it.group in groups}
        object.__setattr__(self, "components", found)

    def dossiers(self, calendar: Calendar) -> tuple[Dossier, ...]:
        """Those of them that are on the page, components first."""
        snapshot = self.snapshot
        first, last = earliest(snapshot.as_of), today(snapshot.as_of)
        told = incidents_of(self.components, snapshot)
        known = Known(snapshot.as_of, calendar.read(first, last), snapshot.outages, told)
        made = {id: self._component(component, known) for id, component in sorted(self.components.items())}
        wanted = [it for id, it in made.items() if subject_of(COMPONENT, id) in self.wanted]
        for group in snapshot.groups:
            if subject_of(GROUP, group.id) in self.wanted:
                members = tuple(made[it.id] for it in snapshot.members(group))
                wanted.append(of_group(group, snapshot.statuses[group.id], members, known))
        return tuple(wanted)

    def _component(self, component: Component, known: Known) -> Dossier:
        snapshot = self.snapshot
        return of_component(
            component,
            snapshot.statuses[component.id],
            known,
            group=snapshot.groups_by_id.get(component.group or ""),
            touch=snapshot.touches.get(component.id),
        )


def incidents_of(ids: Iterable[str], snapshot: Snapshot) -> dict[str, Sequence[Incident]]:
    """The incidents of the days that have bars, by component, newest first: a query for each of them."""
    since = bars_since(snapshot.as_of)
    begin = (since - LOOK_BACK).isoformat()
    pointed = {id: _pointed(id, begin) for id in ids}
    told: dict[str, Any] = heads.get_many({it for subjects in pointed.values() for it in subjects})
    told |= {subject_of(INCIDENT, it.incident.id): it.incident for it in snapshot.open}
    found: dict[str, list[Incident]] = {id: [] for id in pointed}
    in_order = sorted(told.values(), key=lambda it: (it.started_at, it.number), reverse=True)
    for incident in in_order:
        if incident.resolved_at is None or today(incident.resolved_at) >= since:
            for id in incident.components:
                if id in found:
                    found[id].append(incident)
    return dict(found)


def _pointed(component: str, begin: str) -> list[str]:
    """The incidents of a component that were published since then."""
    items = table.query(incidents.concerning(component), Item.sk >= begin)
    return [subject_of(INCIDENT, item.sk.partition("#")[2]) for item in items]
