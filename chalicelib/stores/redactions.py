"""Redactions in the table: entries without their words, and everything else that held the same words.

What remains of an entry stands in the one that removed its words. If that entry itself has to go, what it
holds is stated anew by the next one. What does not fit into a transaction waits in an item of its own, for
the same call or for any minute.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct

from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.record import PRIVATE, Entry, Fact, Json, Moment, canonical
from chalicelib.domain.redactions import (
    REDACTED,
    Removal,
    check_reason,
    exchanged,
    exchanges,
    mark,
)
from chalicelib.domain.subjects import kind_of
from chalicelib.stores import copies, figures, holdings, leftovers, purges, record, table
from chalicelib.stores.copies import Copy, Redaction
from chalicelib.stores.purges import Purge
from chalicelib.stores.record import Change
from chalicelib.stores.table import Put
from chalicelib.stores.transactions import Done

PENDING = purges.KEY[0]
ENTRIES_AT_ONCE = 24
ITEMS_AT_ONCE = 40
BYTES_AT_ONCE = 192 * 1024


class Pending(Struct, frozen=True):
    """What is still to be done: the entry's number and subject, the words, the reason, the time."""

    seq: int
    subject: str
    words: tuple[str, ...]
    reason: str
    at: datetime
    elsewhere: tuple[int, ...] = ()


class Waiting(NamedTuple):
    """The entries whose words still stand somewhere, and how far the old versions of files are gone."""

    entries: list[int]
    purge: Purge | None


class _Reason(Struct, forbid_unknown_fields=True):
    reason: str


class _Body(Struct, forbid_unknown_fields=True):
    """What the entry says of a redaction: the reason, and what remains of which entries."""

    redaction: _Reason
    remains: dict[Annotated[str, Meta(pattern="^[1-9][0-9]{0,15}$")], dict[str, Any]]


def redact(seq: int, reason: str, *, moment: Moment, elsewhere: tuple[int, ...] = ()) -> Change[Redaction]:
    """Remove the words that an entry brought, wherever they stand; to repeat it changes nothing.

    `elsewhere` is told with it: where the same words stay, see `repeats`.
    """
    check_reason(reason)
    entry = record.find(seq)
    if entry is None:
        raise NotFound("entry", str(seq))
    if entry.kind == REDACTED:
        raise Conflict("seq", "names an entry that removes words: name the one that said them")
    if entry.kind in PRIVATE:
        raise Conflict("seq", "names an entry whose words never were public")
    words = copies.brought_by(entry)
    check_reason(reason, words)
    standing = table.get(copies.DONE, table.number(seq))
    if standing and not words:
        return Change(table.value(standing, Redaction))
    if not words:
        raise Conflict("seq", "names an entry that brought no words of its own")
    first = copies.holder(entry)
    pending = Pending(seq, entry.subject, tuple(sorted(words)), reason, moment.at, elsewhere)
    return _next(pending, first, moment)


def waiting() -> Waiting:
    """What is not complete, in one query."""
    items = {item.sk: item for item in table.query(PENDING)}
    files = items.pop(purges.KEY[1], None)
    return Waiting([int(sk) for sk in items], purges.said(files) if files else None)


def go_on(seq: int, *, moment: Moment) -> Change[Redaction | None]:
    """The next part of a redaction that is not complete; nothing where it is."""
    item = table.get(PENDING, table.number(seq))
    if item is None:
        return Change(None)
    change = _next(table.value(item, Pending), None, moment)
    return change.giving(change.result)


def again(entry: Entry, *, torn: bool = False) -> Change[Done]:
    """Store once more what a redaction said: entries and items that still hold the words lose them.

    `torn`: items may hold words that no entry says any more.
    """
    remains = copies.remains_in(entry)
    standing = {seq: found for seq in remains if (found := record.find(seq))}
    by = dict(
        it
        for seq, found in standing.items()
        for it in exchanges(copies.words_of(found), copies.said_in(remains[seq]))
    )
    subjects = {entry.subject, *(found.subject for found in standing.values())}
    if torn:
        by |= leftovers.found(
            entry, subjects, lambda it: copies.said_in(remains.get(it.seq)) or copies.words_of(it)
        )
    held = holdings.Held(entry.subject, subjects)
    others, front = held.without(lambda said, _: exchanged(said, by), entry.seq)
    reason = str(copies.said_in(entry.body)["redaction"]["reason"])
    redaction = Redaction(entry.seq, tuple(sorted(standing)), reason, entry.recorded_at)
    puts = (*_stripped(standing.values()), *_done(redaction), *front, *purges.wanted_again(entry.seq))
    counted = figures.bearing(entry.subject, entry.seq)
    return Change(Done(), puts=puts, early=tuple(put.item for put in others), counted=counted)


def check(entry: Entry) -> None:
    """See that this version understands what such an entry says; `Invalid` names it."""
    try:
        msgspec.json.decode(entry.body or "", type=_Body, strict=True)
    except msgspec.MsgspecError as wrong:
        raise Invalid(f"entry {entry.seq}", f"cannot be understood: {wrong}"[:200]) from wrong


def _next(pending: Pending, first: Entry | None, moment: Moment) -> Change[Redaction]:
    """The entry itself or, later, what else holds the words: of one subject at a time, its entries last."""
    are_names = kind_of(pending.subject) in holdings.NAMED
    removal = Removal(frozenset(pending.words), mark(pending.reason, pending.at), are_names)
    found = sorted(copies.of(pending.subject, pending.seq, removal), key=lambda copy: copy.entry != first)
    subjects = {pending.subject} if first or not found else set[str]()
    subjects |= found[0].subjects if found else set()
    others, front = holdings.Held(pending.subject, subjects).without(removal.of, moment.seq)
    fits = len(others) <= ITEMS_AT_ONCE
    part = _part(it for it in found if it.subjects <= subjects and (fits or it.entry == first))
    remains = {seq: left for copy in part for seq, left in copy.remains.items()}
    seqs = tuple(sorted(map(int, remains)))
    redaction = Redaction(moment.seq, seqs, pending.reason, moment.at, pending.elsewhere)
    is_last = fits and len(part) == len(found)
    key = (PENDING, table.number(pending.seq))
    later = () if is_last else (Put(table.stored(*key, pending)),)
    body: dict[str, Json] = {"redaction": {"reason": pending.reason}, "remains": remains}
    return Change(
        redaction,
        (Fact(REDACTED, pending.subject, body),),
        (
            *_stripped(copy.entry for copy in part),
            *_done(redaction),
            *others[:ITEMS_AT_ONCE],
            *front,
            *later,
            purges.wanted(moment.seq),
        ),
        (key,) if is_last and first is None else (),
        counted=figures.bearing(pending.subject, moment.seq),
    )


def _part(found: Iterable[Copy]) -> tuple[Copy, ...]:
    """As many as go into one transaction, and their remains into one entry; one at least."""
    part, count, size = list[Copy](), 0, 0
    for copy in found:
        count += len(copy.remains)
        size += len(canonical(copy.remains))
        if part and (count > ENTRIES_AT_ONCE or size > BYTES_AT_ONCE):
            break
        part.append(copy)
    return tuple(part)


def _stripped(entries: Iterable[Entry]) -> Iterator[Put]:
    return (record.stripped(entry) for entry in entries if entry.body)


def _done(redaction: Redaction) -> Iterator[Put]:
    """That words were removed, by number; of one that was removed before, what remains now stands here."""
    for seq in redaction.entries:
        yield Put(table.stored(copies.DONE, table.number(seq), redaction))
