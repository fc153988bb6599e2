"""Maintenances and their updates in the table, with the pointers by which they are found."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from chalicelib.domain import courses
from chalicelib.domain.courses import Announcement, Move, Words
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.maintenances import PENDING, Course, Maintenance, MaintenanceUpdate
from chalicelib.domain.record import Fact, Json, Moment, facts
from chalicelib.domain.statuses import ComponentStatus, MaintenanceStatus
from chalicelib.domain.subjects import MAINTENANCE, id_of, subject_of
from chalicelib.domain.times import iso
from chalicelib.domain.updates import Standings
from chalicelib.domain.wordings import check_end
from chalicelib.stores import catalogue, heads, history, opened, table
from chalicelib.stores.front import Told
from chalicelib.stores.heads import HEAD, UPDATE
from chalicelib.stores.incidents import check_size
from chalicelib.stores.opened import Held
from chalicelib.stores.record import Change
from chalicelib.stores.table import Item, Key, Put

S = MaintenanceStatus

ANNOUNCED = "maintenance.announced"
BEGUN, ENDED, CANCELLED = "maintenance.begun", "maintenance.ended", "maintenance.cancelled"
MOVED, UPDATED = "maintenance.rescheduled", "maintenance.updated"
TOLD = frozenset({ANNOUNCED, UPDATED, MOVED, BEGUN, ENDED, CANCELLED})
AMENDED = frozenset({"maintenance.amended", "maintenance.closed_elsewhere"})
ENDS = {S.COMPLETED: ENDED, S.CANCELLED: CANCELLED}


def get(id: str) -> Maintenance:
    """The maintenance of this id, or `NotFound`."""
    found = find(id)
    if found is None:
        raise NotFound("maintenance", id)
    return found


def find(id: str) -> Maintenance | None:
    """The maintenance of this id."""
    item = table.get(_partition(id), HEAD)
    return table.value(item, Maintenance) if item else None


def updates(id: str) -> tuple[MaintenanceUpdate, ...]:
    """A maintenance's updates, oldest first."""
    return heads.updates(subject_of(MAINTENANCE, id))


def updates_before(id: str, seq: int | None, *, limit: int) -> Iterator[MaintenanceUpdate]:
    """A maintenance's updates before a record number, newest first."""
    last = UPDATE + (table.number(seq - 1) if seq else "~")
    items = table.query(_partition(id), Item.sk.between(UPDATE, last), newest=True, limit=limit)
    return (table.value(item, MaintenanceUpdate) for item in items)


def get_many(ids: Iterable[str]) -> dict[str, Maintenance]:
    """The maintenances of these ids that exist, by id."""
    found = heads.get_many(subject_of(MAINTENANCE, id) for id in ids)
    return {id_of(subject): maintenance for subject, maintenance in found.items()}


def pending_ids() -> list[str]:
    """The ids of those that are scheduled or under way."""
    return opened.ids(MAINTENANCE)


def due_ids(now: datetime) -> list[str]:
    """The ids of those of which the clock has something to say by now."""
    return opened.due_ids(MAINTENANCE, now)


def all_pending() -> list[Maintenance]:
    """Those that are scheduled or under way, in the order in which they were announced."""
    return sorted(get_many(pending_ids()).values(), key=lambda maintenance: maintenance.number)


def planned_for(component: str) -> list[ComponentStatus]:
    """What those that are scheduled or under way are to do to a component."""
    found = get_many(pending_ids()).values()
    return [it.planned[component] for it in found if component in it.planned]


def begun(
    *, since: str = "", before: str | None = None, limit: int | None = None
) -> Iterator[tuple[str, str]]:
    """Place (`time#id`) and id by when they begin, the last first: since a place, before one."""
    end = before.replace("#", f"#{MAINTENANCE}/") if before else None
    found = history.begun(kind=MAINTENANCE, since=since, before=end, limit=limit)
    return ((place.replace(f"{MAINTENANCE}/", ""), id_of(subject)) for place, subject in found)


def announce(said: Announcement, *, ids: tuple[str, str], moment: Moment) -> Change[Course]:
    """Announce a maintenance; `Conflict` if the id is taken."""
    if find(ids[0]) is not None:
        raise Conflict("id", "is taken")
    told = courses.announce(said, ids=ids, moment=moment, standings=catalogue.standings(said.affects))
    return _told(None, told, kind=ANNOUNCED, moment=moment)


def tell(before: Maintenance, said: Words, *, id: str, moment: Moment) -> Change[Course]:
    """Add an update to a maintenance as it was just read; one that claims its end, not before the others."""
    standings = catalogue.standings(
        [*before.components, *said.affects], held=before.components, stated=said.affects
    )
    told = courses.add_update(before, said, id=id, moment=moment, standings=standings)
    if said.happened_at and said.status not in PENDING:
        check_end(updates(before.id), said.happened_at)
    return _told(before, told, kind=_kind(before, told.maintenance), moment=moment)


def reschedule(before: Maintenance, said: Move, *, id: str, moment: Moment) -> Change[Course]:
    """Move a maintenance as it was just read to another period."""
    told = courses.reschedule(before, said, id=id, moment=moment, standings=_held(before))
    return _told(before, told, kind=MOVED, moment=moment)


def keep_time(before: Maintenance, *, id: str, moment: Moment) -> Change[Course | None]:
    """Say what the clock has to say of a maintenance as it was just read, if anything."""
    told = courses.keep_time(before, id=id, moment=moment, standings=_held(before))
    if told is None:
        return Change(None)
    saved = _told(before, told, kind=_kind(before, told.maintenance), moment=moment)
    return saved.giving(told)


def amended(before: Maintenance, after: Maintenance) -> Change[Maintenance]:
    """Store a changed title or availability; nothing is written where nothing changed."""
    if after == before:
        return Change(before)
    saved = replace(after, version=before.version + 1)
    puts, deletes = moved(before, saved)
    fact = Fact("maintenance.amended", subject(saved), {"maintenance": facts(saved)})
    return Change(saved, (fact,), (*stored(saved, before.version, ()), *puts), deletes)


def body(before: Maintenance | None, after: Maintenance) -> dict[str, Json]:
    """What the record says of it, and where in history it stood before if it has moved."""
    said = {"maintenance": facts(after)}
    if before and before.started_at != after.started_at:
        said["was"] = {"started_at": iso(before.started_at)}
    return said


def stored(maintenance: Maintenance, version: int, updates: Iterable[MaintenanceUpdate]) -> tuple[Put, ...]:
    """What to store for a maintenance read at `version` and these updates of it."""
    head = table.versioned(_partition(maintenance.id), HEAD, maintenance, version=version)
    return (head, *told(maintenance.id, updates))


def told(id: str, updates: Iterable[MaintenanceUpdate]) -> Iterator[Put]:
    """What to store for these updates of a maintenance."""
    for update in updates:
        yield Put(table.stored(_partition(id), heads.update(update.seq), update))


def touched(updates: Iterable[MaintenanceUpdate], moment: Moment) -> tuple[Put, ...]:
    """What to store so that the components whose status updates change count as changed."""
    changed = (affect.component for it in updates for affect in it.affects if affect.old != affect.new)
    return catalogue.touch(changed, moment, firmly=False)


def moved(before: Maintenance | None, after: Maintenance) -> tuple[tuple[Put, ...], tuple[Key, ...]]:
    """The pointers to store and to remove when a maintenance goes from one state to the next."""
    old = _places(before) if before else {}
    new = _places(after)
    puts = tuple(
        Put(table.pointer(*key, doc)) for key, doc in sorted(new.items()) if old.get(key, key) != doc
    )
    return puts, tuple(sorted(old.keys() - new.keys()))


def moved_again(
    before: Maintenance | None, after: Maintenance, *, was: datetime | None = None
) -> tuple[tuple[Put, ...], tuple[Key, ...]]:
    """All pointers to a maintenance, and all that it may have had and lost, whether they stand or not."""
    starts = [it for it in (before.started_at if before else None, was) if it is not None]
    name = subject(after)
    old = {opened.place(name), *(history.place(name, start) for start in starts)}
    return moved(None, after)[0], tuple(sorted(old - _places(after).keys()))


def early(before: Maintenance | None, after: Maintenance) -> tuple[Item, ...]:
    """The pointer that is harmless alone: that its month has something."""
    if before is None or before.started_at != after.started_at:
        return (history.month(after.started_at),)
    return ()


def spoken_of(maintenance: Maintenance, updates: Iterable[MaintenanceUpdate]) -> Told:
    """That somebody spoke of a maintenance, for the front."""
    return Told(subject(maintenance), maintenance.latest_at, tuple(update.seq for update in updates))


def subject(maintenance: Maintenance) -> str:
    """By what the record names a maintenance."""
    return subject_of(MAINTENANCE, maintenance.id)


def _told(before: Maintenance | None, told: Course, *, kind: str, moment: Moment) -> Change[Course]:
    version = before.version if before else 0
    maintenance = replace(told.maintenance, version=version + 1)
    (update,) = told.updates
    puts, deletes = moved(before, maintenance)
    fact = Fact(kind, subject(maintenance), {**body(before, maintenance), "update": facts(update)})
    check_size(fact, "affects")
    return Change(
        Course(maintenance, told.updates),
        facts=(fact,),
        puts=(*stored(maintenance, version, told.updates), *puts, *touched(told.updates, moment)),
        deletes=deletes,
        early=early(before, maintenance),
        told=(spoken_of(maintenance, told.updates),),
    )


def _kind(before: Maintenance, after: Maintenance) -> str:
    """What an update is to the record: a turn, or a word beside."""
    if before.began_at is None and after.began_at is not None:
        return BEGUN
    return ENDS.get(after.status, UPDATED)


def _held(maintenance: Maintenance) -> Standings:
    """The components that it holds, by their present names."""
    return catalogue.standings(maintenance.components, held=maintenance.components)


def _places(maintenance: Maintenance) -> dict[Key, str | None]:
    """Where a maintenance is pointed to from, and what the pointer says beside."""
    name = subject(maintenance)
    places: dict[Key, str | None] = {history.place(name, maintenance.started_at): None}
    if maintenance.is_open:
        places[opened.place(name)] = table.encoded(Held(maintenance.affects, maintenance.due))
    return places


def _partition(id: str) -> str:
    return heads.partition(subject_of(MAINTENANCE, id))
