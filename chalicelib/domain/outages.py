"""Which outages the updates of an incident tell of, with the times that they claim."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.domain.incidents import OPEN, Incident, IncidentUpdate
from chalicelib.domain.statuses import ComponentStatus, IncidentStatus
from chalicelib.domain.uptime import COSTING, Outage

WELL = ComponentStatus.OPERATIONAL
Outages = Mapping[str, tuple[Outage, ...]]
"""By component, in the order of time; those alone that cost."""


def outages_of(incident: Incident, updates: Iterable[IncidentUpdate]) -> dict[str, tuple[Outage, ...]]:
    """What an incident cost, as its updates tell it in the order in which they were written.

    From the time that an update claims, what it says holds, whatever was said of that time before; the first
    one speaks from its beginning on. What is said after its end, as in a postmortem, moves nothing.
    One that was retracted cost nothing.
    """
    if incident.status is IncidentStatus.RETRACTED:
        return {}
    told: dict[str, list[Outage]] = {}
    has_ended = False
    for number, update in enumerate(sorted(updates, key=lambda update: (update.created_at, update.seq))):
        at = update.happened_at if number else min(incident.started_at, update.happened_at)
        said = {} if has_ended and update.status not in OPEN else _said(update, told)
        for component, status in said.items():
            _turn(told.setdefault(component, []), status, at)
        has_ended = update.status not in OPEN
    _settle(told, incident)
    kept = {id: tuple(outage for outage in told[id] if outage.status in COSTING) for id in sorted(told)}
    return {id: outages for id, outages in kept.items() if outages}


def costs(update: IncidentUpdate) -> bool:
    """Whether an update begins, changes or ends an outage."""
    return any(status in COSTING for affect in update.affects for status in (affect.old, affect.new))


def turned(outages: Iterable[Outage], status: ComponentStatus, at: datetime) -> tuple[Outage, ...]:
    """A component's outages when it is so from an instant on."""
    told = list(outages)
    _turn(told, status, at)
    return tuple(told)


def _said(update: IncidentUpdate, told: Iterable[str]) -> dict[str, ComponentStatus]:
    """How components are from an update on: all well, once the incident has ended."""
    if update.status not in OPEN:
        return dict.fromkeys(told, WELL)
    return {affect.component: affect.new for affect in update.affects}


def _settle(told: Mapping[str, list[Outage]], incident: Incident) -> None:
    """End what the incident no longer does: somebody set it right elsewhere, or closed it."""
    for component, outages in told.items():
        status = incident.affects.get(component, WELL)
        if outages and outages[-1].end is None and outages[-1].status is not status:
            at = incident.imported.updated_at if incident.imported else incident.latest_at
            _turn(outages, status, max(at, incident.latest_at))


def _turn(outages: list[Outage], status: ComponentStatus, at: datetime) -> None:
    """Let a component be so from an instant on, and until then as it was said before."""
    if outages and outages[-1].end is None and outages[-1].status is status and outages[-1].begin <= at:
        return
    while outages and outages[-1].begin >= at:
        outages.pop()
    if outages and (outages[-1].end is None or outages[-1].end > at):
        outages[-1] = outages[-1]._replace(end=at)
    if status in COSTING:
        outages.append(Outage(status, at))
