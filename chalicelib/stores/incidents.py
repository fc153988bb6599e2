"""Incidents and their updates in the table, with the pointers by which they are found."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.incidents import (
    OPEN,
    Draft,
    Incident,
    IncidentUpdate,
    Said,
    Story,
    add_update,
    open_incident,
)
from chalicelib.domain.postmortems import promise_of
from chalicelib.domain.record import Fact, Moment, canonical, facts
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.domain.subjects import INCIDENT, id_of, subject_of
from chalicelib.domain.times import iso
from chalicelib.domain.wordings import check_end, in_order
from chalicelib.stores import (
    catalogue,
    figures,
    front,
    heads,
    history,
    opened,
    outages,
    promises,
    table,
)
from chalicelib.stores.front import Told
from chalicelib.stores.heads import HEAD, UPDATE
from chalicelib.stores.opened import Held
from chalicelib.stores.record import Change
from chalicelib.stores.table import Item, Key, Put

LARGEST_ENTRY = 256 * 1024
RETRACTED = "incident.retracted"
AMENDED = "incident.amended"


def get(id: str) -> Incident:
    """The incident of this id, or `NotFound`."""
    found = find(id)
    if found is None:
        raise NotFound("incident", id)
    return found


def find(id: str) -> Incident | None:
    """The incident of this id."""
    item = table.get(_partition(id), HEAD)
    return table.value(item, Incident) if item else None


def story(id: str) -> Story:
    """The incident of this id with its updates, or `NotFound`."""
    return Story(get(id), updates(id))


def updates(id: str) -> tuple[IncidentUpdate, ...]:
    """An incident's updates, oldest first."""
    items = table.query(_partition(id), Item.sk.startswith(UPDATE))
    return tuple(table.value(item, IncidentUpdate) for item in items)


def updates_before(id: str, seq: int | None, *, limit: int) -> Iterator[IncidentUpdate]:
    """An incident's updates before a record number, newest first."""
    last = UPDATE + (table.number(seq - 1) if seq else "~")
    items = table.query(_partition(id), Item.sk.between(UPDATE, last), newest=True, limit=limit)
    return (table.value(item, IncidentUpdate) for item in items)


def get_many(ids: Iterable[str]) -> dict[str, Incident]:
    """The incidents of these ids that exist, by id."""
    items = table.get_many((_partition(id), HEAD) for id in ids)
    found = (table.value(item, Incident) for item in items)
    return {incident.id: incident for incident in found}


def all_open() -> list[Incident]:
    """The incidents that are open, in the order in which they were published."""
    return sorted(get_many(open_ids()).values(), key=lambda incident: incident.number)


def open_ids() -> list[str]:
    """The ids of the incidents that are open."""
    return opened.ids(INCIDENT)


def latest_ids(limit: int) -> list[str]:
    """The ids of the incidents with the newest words, newest first."""
    return [id_of(subject) for subject in front.read().latest_of(INCIDENT)[:limit]]


def begun(
    *, since: str = "", before: str | None = None, limit: int | None = None
) -> Iterator[tuple[str, str]]:
    """Place (`time#id`) and id of incidents by when they began, newest first: since a place, before one."""
    end = before.replace("#", f"#{INCIDENT}/") if before else None
    found = history.begun(kind=INCIDENT, since=since, before=end, limit=limit)
    return ((place.replace(f"{INCIDENT}/", ""), id_of(subject)) for place, subject in found)


def of_component(
    id: str, *, before: str | None = None, limit: int | None = None
) -> Iterator[tuple[str, str]]:
    """Place and id of the incidents of a component by when they were published, newest first."""
    return islice(history.pointers(concerning(id), "", before), limit)


def open_new(draft: Draft, *, ids: tuple[str, str], moment: Moment) -> Change[Story]:
    """Open an incident; `Conflict` if the id is taken."""
    if find(ids[0]) is not None:
        raise Conflict("id", "is taken")
    standings = catalogue.standings(draft.affects, opened.in_force() if draft.affects else ())
    told = open_incident(draft, ids=ids, moment=moment, standings=standings)
    return continued(None, told, kind="incident.opened", moment=moment)


def tell(before: Incident, said: Said, *, id: str, moment: Moment) -> Change[Story]:
    """Add an update to an incident as it was just read; one that claims its end, not before the others.

    The first of them may be later, if it was spoken when all was over.
    """
    fresh = [component for component in said.affects if component not in before.components]
    standings = catalogue.standings(
        [*before.components, *said.affects], opened.in_force() if fresh else (),
        held=before.components, stated=said.affects,
    )  # fmt: skip
    told = add_update(before, said, id=id, moment=moment, standings=standings)
    if said.happened_at and said.status not in OPEN:
        check_end(in_order(updates(before.id))[1:], said.happened_at)
    kind = RETRACTED if said.status is IncidentStatus.RETRACTED else "incident.updated"
    return continued(before, told, kind=kind, moment=moment)


def amended(before: Incident, after: Incident) -> Change[Incident]:
    """Store a changed title, impact or promise; nothing is written where nothing changed."""
    if after == before:
        return Change(before)
    saved = replace(after, version=before.version + 1)
    puts, deletes = moved(before, saved)
    fact = Fact(AMENDED, subject(saved), {"incident": facts(saved)})
    counted = figures.counted(before, saved, AMENDED)
    return Change(saved, (fact,), (_head(saved, before.version), *puts), deletes, counted=counted)


def continued(before: Incident | None, told: Story, *, kind: str, moment: Moment) -> Change[Story]:
    """Store an incident as it stands after one more update, and the update."""
    version = before.version if before else 0
    incident = replace(told.incident, version=version + 1)
    (update,) = told.updates
    changed = changed_by(update, before.components if before else ())
    puts, deletes = moved(before, incident)
    cost, gone = outages.continued(before, incident, update)
    ended, free = outages.touched(changed, moment)
    fact = Fact(kind, subject(incident), {"incident": facts(incident), "update": facts(update)})
    check_size(fact, "affects")
    return Change(
        Story(incident, told.updates),
        facts=(fact,),
        puts=(
            *stored(incident, version, told.updates),
            *puts,
            *cost,
            *catalogue.touch(changed, moment),
            *ended,
        ),
        deletes=(*deletes, *gone, *free, *promises.void(incident)),
        early=early(before, incident),
        told=(spoken_of(incident, told.updates),),
        counted=figures.counted(before, incident, kind),
    )


def check_size(fact: Fact, field: str) -> None:
    """`Invalid` if one entry of the record cannot hold what is said."""
    if len(canonical(fact.body)) > LARGEST_ENTRY:
        raise Invalid(field, "says more than one entry of the record can hold")


def stored(incident: Incident, version: int, updates: Iterable[IncidentUpdate]) -> tuple[Put, ...]:
    """What to store for an incident read at `version` and these updates of it."""
    return (_head(incident, version), *told(incident.id, updates))


def told(id: str, updates: Iterable[IncidentUpdate]) -> Iterator[Put]:
    """What to store for these updates of an incident."""
    for update in updates:
        yield Put(table.stored(_partition(id), heads.update(update.seq), update))


def changed_by(update: IncidentUpdate, held: Collection[str]) -> list[str]:
    """The components that an update changes: their status, or that it is the first to name them."""
    return [a.component for a in update.affects if a.old != a.new or a.component not in held]


def moved(before: Incident | None, after: Incident) -> tuple[tuple[Put, ...], tuple[Key, ...]]:
    """The pointers to store and to remove when an incident goes from one state to the next."""
    old = _places(before) if before else {}
    new = _places(after)
    puts = tuple(
        Put(table.pointer(*key, doc)) for key, doc in sorted(new.items()) if old.get(key, key) != doc
    )
    return puts, tuple(sorted(old.keys() - new.keys()))


def moved_again(
    before: Incident | None, after: Incident, *, was: datetime | None = None
) -> tuple[tuple[Put, ...], tuple[Key, ...]]:
    """All pointers to an incident, and all that it may have had and lost, whether they stand or not."""
    starts = [it for it in (before.started_at if before else None, was) if it is not None]
    name = subject(after)
    old = {
        opened.place(name),
        promises.of_postmortem(after.id),
        *(history.place(name, start) for start in starts),
    }
    return moved(None, after)[0], tuple(sorted(old - _places(after).keys()))


def early(before: Incident | None, after: Incident) -> tuple[Item, ...]:
    """The pointers that are harmless alone: that its month has incidents, and one from each new component."""
    held = before.components if before else ()
    sk = f"{iso(after.created_at)}#{after.id}"
    pointers = [table.pointer(concerning(id), sk) for id in after.components if id not in held]
    if before is None or before.started_at != after.started_at:
        pointers.append(history.month(after.started_at))
    return tuple(pointers)


def spoken_of(incident: Incident, updates: Iterable[IncidentUpdate]) -> Told:
    """That somebody spoke of an incident, for the front."""
    return Told(subject(incident), incident.latest_at, tuple(update.seq for update in updates))


def concerning(id: str) -> str:
    """Where those of a component are pointed to, by when they were made here."""
    return f"COMPONENT#{id}"


def _places(incident: Incident) -> dict[Key, str | None]:
    """Where an incident is pointed to from, and what the pointer says beside."""
    name = subject(incident)
    places: dict[Key, str | None] = {history.place(name, incident.started_at): None}
    if incident.is_open:
        places[opened.place(name)] = table.encoded(Held(incident.affects))
    if promise := promise_of(incident):
        places[promises.of_postmortem(incident.id)] = table.encoded(promise)
    return places


def _head(incident: Incident, version: int) -> Put:
    return table.versioned(_partition(incident.id), HEAD, incident, version=version)


def subject(incident: Incident) -> str:
    """By what the record names an incident."""
    return subject_of(INCIDENT, incident.id)


def _partition(id: str) -> str:
    return heads.partition(subject_of(INCIDENT, id))
