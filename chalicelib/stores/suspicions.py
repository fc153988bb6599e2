"""What alarms say of components, in the table, and the incidents that they open, worsen and take back.

What is remembered of a component is one item with a version: of two alarms at once, or an alarm and a person,
one comes first and the other decides again. So a component has one open suspected incident at most.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from chalicelib.domain.errors import Conflict
from chalicelib.domain.incidents import Incident, Source, Story, open_incident
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import ComponentStatus, IncidentStatus
from chalicelib.domain.subjects import INCIDENT, id_of, kind_of
from chalicelib.domain.suspicions import (
    Heard,
    Heeded,
    Opening,
    Retraction,
    Step,
    Suspicion,
    Worsening,
    after_all,
    draft,
    heed,
    is_ours,
    said,
    settle,
)
from chalicelib.domain.times import iso
from chalicelib.stores import catalogue, duties, incidents, opened, record, table
from chalicelib.stores.record import Change
from chalicelib.stores.table import Key, Put

SUSPECTED = "SUSPECTED"
QUIET = "QUIET"

Ids = tuple[str, str]
"""For a new incident and for an update."""


def find(component: str) -> Suspicion:
    """What is remembered of the alarms of a component."""
    item = table.get(SUSPECTED, component)
    return table.value(item, Suspicion) if item else Suspicion()


class Turn(NamedTuple):
    """One decision about the alarms of a component: what it stands on, and with which ids it speaks.

    `in_force`: what all that is open does to components, where none of it is what the alarms join.
    """

    component: str
    before: Suspicion
    current: Incident | None
    in_force: Sequence[Mapping[str, ComponentStatus]]
    ids: Ids
    moment: Moment


def heeded(component: str, heard: Sequence[Heard], *, ids: Ids, moment: Moment) -> Change[Incident | None]:
    """Take in what is new about a component; the incident that it belongs to, if any."""
    turn = _turn(component, ids, moment)
    return _changed(turn, heed(turn.before, heard, turn.current, now=moment.at))


def check_free(components: Collection[str]) -> None:
    """`Conflict` where one of these has an open suspected incident already: it has one at most."""
    held = {it: does.keys() & components for it, does in opened.held().items() if kind_of(it) == INCIDENT}
    about = {id_of(subject): shared for subject, shared in held.items() if shared}
    for incident in incidents.get_many(about).values():
        if incident.status is IncidentStatus.SUSPECTED:
            component = min(about[incident.id])
            raise Conflict(f"affects.{component}", f"is suspected already: go on with {incident.id}")


def settle_quiet(*, now: Callable[[], datetime], new_id: Callable[[], str]) -> int:
    """Retract what has been quiet for long enough; how many those were. One query, where nothing is quiet.

    A component where that fails stops no other; the error rises afterwards.
    """
    due = [item.sk for item in table.query(QUIET) if (item.doc or "") <= iso(now())]
    settled = duties.each(partial(_settled, component, now, new_id) for component in due)
    return sum(incident is not None for incident in settled)


def _settled(component: str, now: Callable[[], datetime], new_id: Callable[[], str]) -> Incident | None:
    return record.append(_settling(component, new_id()), now=now)


def _settling(component: str, id: str) -> Callable[[Moment], Change[Incident | None]]:
    def decide(moment: Moment) -> Change[Incident | None]:
        turn = _turn(component, (id, id), moment)
        after = settle(turn.before, turn.current, now=moment.at)
        change = _changed(turn, after)
        return change if after.step else change.giving(None)

    return decide


def _turn(component: str, ids: Ids, moment: Moment) -> Turn:
    """The open incident that alarms of a component join is theirs, else one that affects it now.

    Theirs is the one that they joined, unless people lead on it and the component is well again by it.
    """
    before = find(component)
    joined = incidents.find(before.incident) if before.incident else None
    if joined and joined.is_open and (is_ours(joined) or component in joined.affects):
        return Turn(component, before, joined, (), ids, moment)
    held = opened.held()
    about = (id_of(it) for it, affects in held.items() if component in affects and kind_of(it) == INCIDENT)
    current = next(filter(None, map(incidents.find, about)), None)
    return Turn(component, before, current, tuple(held.values()), ids, moment)


def _changed(turn: Turn, after: Heeded) -> Change[Incident | None]:
    """What to store of what was decided, and what is said because of it."""
    told = _told(turn, after.step)
    suspicion, version = after.suspicion, turn.before.version
    if isinstance(after.step, Opening):
        suspicion = replace(suspicion, incident=turn.ids[0])
    if suspicion == turn.before:
        return told
    saved = replace(suspicion, version=version + 1)
    put = table.versioned(SUSPECTED, turn.component, saved, version=version)
    pointers, gone = _quiet(turn.component, turn.before, suspicion)
    return replace(told, puts=(*told.puts, put, *pointers), deletes=(*told.deletes, *gone))


def _told(turn: Turn, step: Step | None) -> Change[Incident | None]:
    if step is None:
        return Change(turn.current)
    change = _opened(turn, step) if isinstance(step, Opening) else _continued(turn, step)
    return change.giving(change.result.incident)


def _opened(turn: Turn, step: Opening) -> Change[Story]:
    standings = catalogue.standings([turn.component], turn.in_force)
    words = draft(step, turn.component, standings[turn.component].name, now=turn.moment.at)
    story = open_incident(words, ids=turn.ids, moment=turn.moment, standings=standings)
    story = replace(story, incident=replace(story.incident, source=Source.ALARM))
    return incidents.continued(None, story, kind="incident.opened", moment=turn.moment)


def _continued(turn: Turn, step: Worsening | Retraction) -> Change[Story]:
    if turn.current is None:
        raise RuntimeError("nothing can be said of an incident that there is not")
    standings = catalogue.standings([turn.component], held=[turn.component])
    name = standings[turn.component].name if turn.component in standings else turn.component
    if isinstance(step, Retraction):
        step = after_all(step, incidents.updates(turn.current.id))
    words = said(step, turn.current, turn.component, name)
    return incidents.tell(turn.current, words, id=turn.ids[1], moment=turn.moment)


def _quiet(component: str, before: Suspicion, after: Suspicion) -> tuple[tuple[Put, ...], tuple[Key, ...]]:
    """Where the minute finds that something is quiet, and when that is enough."""
    if after.quiet_until == before.quiet_until:
        return (), ()
    if after.quiet_until is None:
        return (), ((QUIET, component),)
    return (Put(table.pointer(QUIET, component, iso(after.quiet_until))),), ()
