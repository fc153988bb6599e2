"""The record in the table: every change goes through `append`, in one transaction with its entry."""

import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Generic, TypeVar

from msgspec import Struct
from pynamodb.expressions.condition import Condition

from chalicelib.domain.errors import Busy, Conflict
from chalicelib.domain.record import (
    SALT_BYTES,
    Entry,
    Fact,
    Head,
    Moment,
    follow,
    head_of,
    recorded_at,
)
from chalicelib.stores import figures, front, table
from chalicelib.stores.figures import Counted
from chalicelib.stores.front import Told
from chalicelib.stores.table import Item, Key, Put
from chalicelib.stores.turns import Turns

T = TypeVar("T")
R = TypeVar("R")

PAGE = "RECORD#"
ENTRIES_A_PAGE = 100
PAGES_AT_ONCE = 16
HEAD = ("RECORD", "HEAD")
PATIENCE_SECONDS = 10.0
FIRST_WAIT_SECONDS = 0.01
LONGEST_WAIT_SECONDS = 1.0

_turns = Turns()


@dataclass(frozen=True)
class Change(Generic[T]):
    """What a decision wants: the facts for the record and, with them, what to store and to remove.

    `early` are pointers that are harmless alone: they are stored before the transaction, which has room
    for 100 items only. `told` are the incidents that were spoken of, `counted` what bears on the figures
    about ourselves. Without facts nothing is said: what is private is stored by itself.
    """

    result: T
    facts: tuple[Fact, ...] = ()
    puts: tuple[Put, ...] = ()
    deletes: tuple[Key, ...] = ()
    early: tuple[Item, ...] = ()
    told: tuple[Told, ...] = ()
    counted: tuple[Counted, ...] = ()

    def giving(self, result: R) -> "Change[R]":
        """The same change for somebody who wants another answer; all that it stores and counts is kept."""
        whole: Change[Any] = self
        return replace(whole, result=result)

    @property
    def beside(self) -> tuple[Put, ...]:
        """What to store beside it, as it stands now: the front, and the months that count it."""
        return (
            *front.put(self.told, figures=figures.newest(self.counted)),
            *figures.put(self.counted),
        )


Decide = Callable[[Moment], Change[T]]
Entries = tuple[Entry, ...]
Again = tuple[Entries, Change[Any]]


def append(decide: Decide[T], *, now: Callable[[], datetime], patience: float = PATIENCE_SECONDS) -> T:
    """Decide, then write change and entries in one transaction; returns the decision's result.

    When another writer was faster, everything is read and decided again: `decide` is called until its
    change goes in, for `patience` seconds at most (then `Busy`), and must read what it decides on by
    itself. Within one process appends take turns, first come first served.
    """

    def attempt(last: Head) -> T:
        moment = Moment(recorded_at(last, now()), last.seq + 1)
        change = decide(moment)
        _write(last, change, moment.at)
        return change.result

    return _insist(attempt, patience)


def append_again(
    decide: Callable[[], Again], *, patience: float = PATIENCE_SECONDS
) -> tuple[Entries, Entries]:
    """Write consecutive entries as they once were, with what they said; gives them, and which of them lacked.

    Those that stand already are left as they are, and the head never moves back. `Conflict` if the record
    of the table is another one.
    """

    def attempt(last: Head) -> tuple[Entries, Entries]:
        entries, change = decide()
        lacking = _lacking(last, entries)
        end = head_of(entries[-1])
        _store(last, end if end.seq > last.seq else last, lacking, change)
        return entries, lacking

    return _insist(attempt, patience)


def preview(decide: Decide[T], *, now: Callable[[], datetime]) -> T:
    """What `append` would return, with nothing written."""
    last = head()
    return decide(Moment(recorded_at(last, now()), last.seq + 1)).result


def head() -> Head:
    """The end of the chain, read strongly."""
    item = table.get(*HEAD)
    return table.value(item, Head) if item else Head()


def find(seq: int) -> Entry | None:
    """The entry of this number."""
    item = table.get(_page(seq), table.number(seq))
    return _entry(item) if item else None


def entries(after: int, *, limit: int | None = None) -> Iterator[Entry]:
    """The entries behind a number, oldest first."""
    return islice(_behind(after), limit)


def entries_between(first: int, last: int) -> Iterator[Entry]:
    """The entries from a number to another, both included, oldest first: one query for each hundred."""
    while first <= last:
        end = (first - 1) // ENTRIES_A_PAGE * ENTRIES_A_PAGE + ENTRIES_A_PAGE
        stretch = Item.sk.between(table.number(first), table.number(min(last, end)))
        yield from map(_entry, table.query(_page(first), stretch))
        first = end + 1


def entries_before(seq: int) -> Iterator[Entry]:
    """The entries before a number, newest first."""
    last = min(seq - 1, head().seq)
    for first in range((last - 1) // ENTRIES_A_PAGE * ENTRIES_A_PAGE + 1, 0, -ENTRIES_A_PAGE):
        yield from map(_entry, table.query(_page(first), Item.sk < table.number(seq), newest=True))


def holding(only: Condition, after: int) -> Iterator[Entry]:
    """The entries behind a number of which this is true, oldest first; DynamoDB looks, at many at once."""
    pages = range(after // ENTRIES_A_PAGE, (head().seq - 1) // ENTRIES_A_PAGE + 1)

    def found(page: int) -> list[Entry]:
        return [
            _entry(item)
            for item in table.query(f"{PAGE}{page:08d}", Item.sk > table.number(after), only=only)
        ]

    with ThreadPoolExecutor(PAGES_AT_ONCE) as pool:
        for entries in pool.map(found, pages):
            yield from entries


def _behind(after: int) -> Iterator[Entry]:
    while True:
        found = [_entry(item) for item in table.query(_page(after + 1), Item.sk > table.number(after))]
        yield from found
        if not found or found[-1].seq % ENTRIES_A_PAGE:
            return
        after = found[-1].seq


def _page(seq: int) -> str:
    """The partition of an entry: no partition grows without bound."""
    return f"{PAGE}{(seq - 1) // ENTRIES_A_PAGE:08d}"


def _insist(attempt: Callable[[Head], T], patience: float) -> T:
    """Try until no other writer is faster; each try is told the end of the chain."""
    deadline = time.monotonic() + patience
    if not _turns.take(patience):
        raise Busy("too many changes at once")
    try:
        for _ in tries(deadline):
            with suppress(table.Moved):
                return attempt(head())
    finally:
        _turns.give()
    raise Busy("too many changes at once")


def tries(deadline: float) -> Iterator[None]:
    """One try after the other with full jitter between them, until the deadline."""
    wait = FIRST_WAIT_SECONDS
    yield
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, random.uniform(0, wait)))  # noqa: S311 (spreads writers, hides nothing)
        wait = min(wait * 2, LONGEST_WAIT_SECONDS)
        yield


def _write(last: Head, change: Change[T], at: datetime) -> None:
    if not change.facts:
        if change.puts or change.deletes:
            table.write(change.puts, change.deletes, token=secrets.token_hex(16))
        return
    salts = (secrets.token_bytes(SALT_BYTES) for _ in change.facts)
    chained = follow(last, change.facts, at=at, salts=salts)
    _store(last, head_of(chained[-1]), chained, change)


def _store(last: Head, end: Head, entries: Iterable[Entry], change: Change[T]) -> None:
    table.put_all(change.early)
    puts = [table.new(_item(entry)) for entry in entries]
    puts += [_moved(last, end), *change.puts, *change.beside]
    table.write(puts, change.deletes, token=secrets.token_hex(16))


def keep(entries: Iterable[Entry], end: Head) -> None:
    """Store entries as they are, up to the head, where nothing stands yet and nobody else writes."""
    table.put_all([*map(_item, entries), table.stored(*HEAD, end, version=end.seq)])


def stripped(entry: Entry) -> Put:
    """What to store so that an entry has no words any more."""
    return Put(_item(replace(entry, body=None, salt=None)), Item.pk.exists())


def _lacking(last: Head, entries: Entries) -> Entries:
    """Which of these do not stand yet; `Conflict` where the table's are others."""
    standing = {entry.seq: entry.hash for entry in entries_between(entries[0].seq, entries[-1].seq)}
    known = {**standing, last.seq: last.hash}
    for entry in entries:
        if (
            known.get(entry.seq, entry.hash) != entry.hash
            or known.get(entry.seq - 1, entry.prev) != entry.prev
        ):
            reason = f"of the table goes on otherwise than the published one at entry {entry.seq}"
            raise Conflict("the record", reason)
    return tuple(entry for entry in entries if entry.seq not in standing)


def _moved(before: Head, after: Head) -> Put:
    """The head moves from where it was seen; its number is its version."""
    item = table.stored(*HEAD, after, version=after.seq)
    return Put(item, Item.version == before.seq if before.seq else Item.pk.does_not_exist())


def _item(entry: Entry) -> Item:
    link = {
        "recorded_at": entry.recorded_at,
        "subject": entry.subject,
        "digest": entry.digest,
        "prev": entry.prev,
    }
    item = table.stored(_page(entry.seq), table.number(entry.seq), link)
    item.kind, item.body, item.salt = entry.kind, entry.body, entry.salt
    return item


class _Link(Struct, frozen=True):
    recorded_at: datetime
    subject: str
    digest: str
    prev: str


def _entry(item: Item) -> Entry:
    link = table.value(item, _Link)
    return Entry(
        seq=int(item.sk), recorded_at=link.recorded_at, kind=item.kind, subject=link.subject,
        digest=link.digest, prev=link.prev, body=item.body, salt=item.salt,
    )  # fmt: skip
