"""Redactions in the table: entries without their words, and everything else that held the same words.

What remains of an entry stands in the one that removed its words. If that entry itself has to go, what it
holds is stated anew by the next one. What does not fit into a transaction waits in an item of its own, for
the same call or for any minute.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct
from pynamodb.expressions.condition import Condition

from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.record import PRIVATE, Entry, Fact, Json, Moment, canonical
from chalicelib.domain.redactions import (
    REDACTED,
    Removal,
    check_reason,
    exchanged,
    exchanges,
    mark,
    own_words,
    words_in,
)
from chalicelib.domain.subjects import kind_of
from chalicelib.stores import figures, heads, holdings, leftovers, purges, record, table
from chalicelib.stores.purges import Purge
from chalicelib.stores.record import Change
from chalicelib.stores.table import Item, Put
from chalicelib.stores.transactions import Done

DONE = "REDACTED"
PENDING = purges.KEY[0]
ENTRIES_AT_ONCE = 24
ITEMS_AT_ONCE = 40
BYTES_AT_ONCE = 192 * 1024


class Redaction(Struct, frozen=True):
    """What was done: the entry that says so, those whose words it removed, why and when.

    `elsewhere`: entries about something else that held the same words then.
    """

    entry: int
    entries: tuple[int, ...]
    reason: str
    at: datetime
    elsewhere: tuple[int, ...] = ()


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


class Copy(NamedTuple):
    """An entry that holds the words, what remains of it and of those whose remains it holds, and whose words
    these are."""

    entry: Entry
    remains: dict[str, Any]
    subjects: frozenset[str]


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
    words = brought_by(entry)
    check_reason(reason, words)
    standing = table.get(DONE, table.number(seq))
    if standing and not words:
        return Change(table.value(standing, Redaction))
    if not words:
        raise Conflict("seq", "names an entry that brought no words of its own")
    first = _holder(entry)
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
    return Change(change.result, change.facts, change.puts, change.deletes, counted=change.counted)


def again(entry: Entry, *, torn: bool = False) -> Change[Done]:
    """Store once more what a redaction said: entries and items that still hold the words lose them.

    `torn`: items may hold words that no entry says any more.
    """
    remains = remains_in(entry)
    standing = {seq: found for seq in remains if (found := record.find(seq))}
    by = dict(it for seq, found in standing.items() for it in exchanges(_words(found), _said(remains[seq])))
    subjects = {entry.subject, *(found.subject for found in standing.values())}
    if torn:
        by |= leftovers.found(entry, subjects, lambda it: _said(remains.get(it.seq)) or _words(it))
    held = holdings.Held(entry.subject, subjects)
    others, front = held.without(lambda said, _: exchanged(said, by), entry.seq)
    reason = str(_said(entry.body)["redaction"]["reason"])
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


def remains_in(entry: Entry) -> dict[int, str]:
    """What remains of the entries whose words an entry removes, by number, as they would say it."""
    said = _said(entry.body)["remains"]
    return {int(seq): canonical(left).decode() for seq, left in said.items()}


def brought_by(entry: Entry) -> frozenset[str]:
    """What an entry brought into the record, and still stands there."""
    about = list(record.holding(_about(entry.subject), _begin(entry.subject, entry.seq)))
    marks = {mark(_words(it)["redaction"]["reason"], it.recorded_at) for it in about if it.kind == REDACTED}
    before = (
        it for it in about if it.seq < entry.seq and it.subject == entry.subject and it.kind != REDACTED
    )
    earlier = {word for one in before for word in words_in(_words(one))}
    return own_words(_words(entry), earlier, marks)


def _about(subject: str) -> Condition:
    """Whether an entry is about something, or removes words: perhaps its words."""
    is_about: Condition = Item.doc.contains(f'"subject":"{subject}"') | (Item.kind == REDACTED)
    return is_about


def _next(pending: Pending, first: Entry | None, moment: Moment) -> Change[Redaction]:
    """The entry itself or, later, what else holds the words: of one subject at a time, its entries last."""
    are_names = kind_of(pending.subject) in holdings.NAMED
    removal = Removal(frozenset(pending.words), mark(pending.reason, pending.at), are_names)
    copies = sorted(_copies(pending, removal), key=lambda copy: copy.entry != first)
    subjects = {pending.subject} if first or not copies else set[str]()
    subjects |= copies[0].subjects if copies else set()
    others, front = holdings.Held(pending.subject, subjects).without(removal.of, moment.seq)
    fits = len(others) <= ITEMS_AT_ONCE
    part = _part(it for it in copies if it.subjects <= subjects and (fits or it.entry == first))
    remains = {seq: left for copy in part for seq, left in copy.remains.items()}
    seqs = tuple(sorted(map(int, remains)))
    redaction = Redaction(moment.seq, seqs, pending.reason, moment.at, pending.elsewhere)
    is_last = fits and len(part) == len(copies)
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


def _copies(pending: Pending, removal: Removal) -> Iterator[Copy]:
    """The entries that hold the words, or what remains of others with these words in it.

    Names stand anywhere, and are few; other words, perhaps thousands, where something is about the same.
    """
    written = [canonical(word).decode()[1:-1] for word in removal.words]
    names = (Item.body.contains(word) for word in written)
    holds = reduce(or_, names) if removal.are_names else _about(pending.subject)
    begin = 0 if removal.are_names else _begin(pending.subject, pending.seq)
    for entry in record.holding(holds, begin):
        if entry.body and any(word in entry.body for word in written):
            said = _said(entry.body)
            before = said["remains"] if entry.kind == REDACTED else {str(entry.seq): said}
            about = {seq: subject_of(entry, seq) for seq in before}
            after = {
                seq: removal.of(it, about[seq] != pending.subject)
                for seq, it in before.items()
                if removal.are_names or about[seq] == pending.subject
            }
            if changed := {about[seq] for seq, left in after.items() if left != before[seq]}:
                yield Copy(entry, {**before, **after, **_emptied(entry, said)}, frozenset(changed))


def _emptied(entry: Entry, said: Any) -> dict[str, Any]:
    """What remains of an entry whose remains are stated anew by another one."""
    return {str(entry.seq): {**said, "remains": {}}} if entry.kind == REDACTED else {}


def subject_of(entry: Entry, seq: str) -> str:
    """What an entry is about, or another one of which it holds the remains."""
    if entry.kind != REDACTED:
        return entry.subject
    found = record.find(int(seq))
    return found.subject if found else ""


def _begin(subject: str, seq: int) -> int:
    """Behind which entry all about something lies: what opens it comes next, or this one at the latest."""
    head = heads.get_many([subject]).get(subject)
    begin = head.number - 1 if head is not None else 0
    return min(begin, seq - 1)


def _holder(entry: Entry) -> Entry:
    """Where the words of an entry stand: in itself, or in the one that holds what remains of it."""
    item = None if entry.body else table.get(DONE, table.number(entry.seq))
    found = record.find(table.value(item, Redaction).entry) if item else None
    return found or entry


def _words(entry: Entry) -> Any:
    """What an entry says, or what remains of it."""
    holder = _holder(entry)
    said = _said(holder.body)
    return said if holder == entry else (said or {}).get("remains", {}).get(str(entry.seq))


def _part(copies: Iterable[Copy]) -> tuple[Copy, ...]:
    """As many as go into one transaction, and their remains into one entry; one at least."""
    part, count, size = list[Copy](), 0, 0
    for copy in copies:
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
        yield Put(table.stored(DONE, table.number(seq), redaction))


def _said(body: str | None) -> Any:
    return msgspec.json.decode(body or "null")
