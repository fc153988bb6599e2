"""Saves a story or a course as another system tells it, by as many updates as one transaction takes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import msgspec

from chalicelib.domain.imports import Tale, closed_elsewhere, course_left_by, is_continued, left_by
from chalicelib.domain.incidents import Incident, Story
from chalicelib.domain.maintenances import Course, Maintenance
from chalicelib.domain.record import Fact, Json, Moment, facts
from chalicelib.domain.redactions import kept_back
from chalicelib.domain.subjects import kind_of
from chalicelib.domain.times import iso
from chalicelib.domain.updates import Update
from chalicelib.stores import incidents, maintenances, outages
from chalicelib.stores.front import Told
from chalicelib.stores.record import Change
from chalicelib.stores.table import Item, Key, Put
from chalicelib.stores.transactions import BYTES_AT_ONCE, Done

UPDATES_AT_ONCE = 30
Updates = tuple[Update[Any], ...]


class Store(Protocol):
    """What both kinds offer, each for its own."""

    def find(self, id: str) -> Any: ...
    def updates(self, id: str) -> Updates: ...
    def subject(self, head: Any, /) -> str: ...
    def stored(self, head: Any, version: int, updates: Any, /) -> tuple[Put, ...]: ...
    def moved(self, before: Any, after: Any) -> tuple[tuple[Put, ...], tuple[Key, ...]]: ...
    def early(self, before: Any, after: Any) -> tuple[Item, ...]: ...
    def spoken_of(self, head: Any, updates: Any, /) -> Told: ...


def told(tale: Tale, moment: Moment, *, is_past: bool) -> Change[Done]:
    """The tale as it is told elsewhere; what our own people have gone on with is left alone."""
    store = _store(tale.head)
    standing = store.find(tale.head.id)
    if standing and is_continued(standing):
        return Change(Done(stories=1, ours=1))
    known = {update.id: update for update in store.updates(standing.id)} if standing else {}
    if is_past and all(update.id in known for update in tale.updates):
        return Change(Done(stories=1))
    wanted = _changed(tale.updates, known, moment)
    taken = _fitting(wanted, moment)
    complete = len(taken) == len(wanted)
    present = known.keys() | {update.id for update in taken}
    head = tale.head if complete else _half(tale, present)
    after = _stored_as(head, standing, moment)
    if not taken and after == standing:
        return Change(Done(stories=1))
    change = _saved(standing, replace(after, seq=moment.seq + len(taken)), taken, complete=complete)
    return _with_cost(change, standing, after, [known, {update.id: update for update in taken}])


def closed(before: Incident | Maintenance, moment: Moment) -> Change[Done]:
    """What another system no longer shows as open."""
    store = _store(before)
    after = _next(before, _closed(before), seq=moment.seq)
    puts, deletes = store.moved(before, after)
    kind = f"{_word(after)}.closed_elsewhere"
    fact = Fact(kind, store.subject(after), {_word(after): facts(after)})
    change = Change(Done(), (fact,), (*store.stored(after, before.version, ()), *puts), deletes)
    return _with_cost(change, before, after, [{update.id: update for update in store.updates(before.id)}])


def _with_cost(
    change: Change[Done], before: Any, after: Any, updates: Sequence[Mapping[str, Update[Any]]]
) -> Change[Done]:
    """The change with what an incident cost, told by its updates: those that stand, then those that come."""
    if not isinstance(after, Incident):
        return change
    stood, all_of = updates[0], {id: update for some in updates for id, update in some.items()}
    story = Story(before, tuple(stood.values())) if before else None
    puts, deletes = outages.moved(story, Story(after, tuple(all_of.values())))
    return replace(change, puts=(*change.puts, *puts), deletes=(*change.deletes, *deletes))


def _changed(told: Iterable[Update[Any]], known: Mapping[str, Update[Any]], moment: Moment) -> Updates:
    """The updates that are new (their number still 0) or read otherwise than they stand."""
    changed = []
    for update in told:
        before = known.get(update.id)
        after = replace(
            kept_back(before, update),
            recorded_at=before.recorded_at if before else moment.at,
            seq=before.seq if before else 0,
        )
        if after != before:
            changed.append(after)
    return tuple(changed)


def _fitting(updates: Updates, moment: Moment) -> Updates:
    """As many of them as one transaction takes, numbered behind the entry of what they belong to."""
    size, taken = 0, list[Update[Any]]()
    for number, update in enumerate(updates[:UPDATES_AT_ONCE], start=moment.seq + 1):
        size += len(msgspec.json.encode(update))
        if taken and size > BYTES_AT_ONCE:
            break
        taken.append(update if update.seq else replace(update, seq=number))
    return tuple(taken)


def _half(tale: Tale, present: Collection[str]) -> Incident | Maintenance:
    """It between two transactions: as its updates so far leave it, but not open for that alone."""
    half: Incident | Maintenance
    if isinstance(tale, Course):
        half = course_left_by(tale.maintenance, [it for it in tale.updates if it.id in present])
    else:
        half = left_by(tale.incident, [it for it in tale.updates if it.id in present])
    return half if tale.head.is_open else _closed(half)


def _closed(head: Incident | Maintenance) -> Incident | Maintenance:
    return closed_elsewhere(head) if isinstance(head, Maintenance) else closed_elsewhere(head)


def _stored_as(head: Any, standing: Any, moment: Moment) -> Any:
    """It with our own clock and numbers: those that stand, or those of this entry."""
    if standing is None:
        return replace(head, published_at=moment.at, number=moment.seq)
    kept: dict[str, Any] = {"revision": standing.revision} if isinstance(standing, Maintenance) else {}
    return replace(
        kept_back(standing, head), published_at=standing.published_at, number=standing.number,
        version=standing.version, seq=standing.seq, **kept,
    )  # fmt: skip


def _saved(before: Any, head: Any, updates: Updates, *, complete: bool) -> Change[Done]:
    store = _store(head)
    version = before.version if before else 0
    after = _next(before, head, seq=head.seq)
    subject = store.subject(after)
    puts, deletes = store.moved(before, after)
    return Change(
        Done(stories=int(complete), complete=complete),
        (
            Fact(f"{_word(after)}.imported", subject, _body(before, after)),
            *(Fact("update.imported", subject, {"update": facts(update)}) for update in updates),
        ),
        (*store.stored(after, version, updates), *puts),
        deletes,
        early=store.early(before, after),
        told=(store.spoken_of(after, updates),),
    )


def _next(before: Any, after: Any, *, seq: int) -> Any:
    """The next version; a maintenance counts its changes."""
    counted: dict[str, Any] = {}
    if isinstance(before, Maintenance):
        counted["revision"] = before.revision + 1
    return replace(after, version=before.version + 1 if before else 1, seq=seq, **counted)


def _body(before: Any, after: Any) -> dict[str, Json]:
    """What the record says of it, and where in history it stood before if it has moved."""
    body = {_word(after): facts(after)}
    if before and before.started_at != after.started_at:
        body["was"] = {"started_at": iso(before.started_at)}
    return body


def _word(head: Incident | Maintenance) -> str:
    return kind_of(_store(head).subject(head))


def _store(head: Incident | Maintenance) -> Store:
    return maintenances if isinstance(head, Maintenance) else incidents
