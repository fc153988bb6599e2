"""The record in the table: every change goes through `append`, in one transaction with its entry."""

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from chalicelib.domain.errors import Busy
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
from chalicelib.stores import table
from chalicelib.stores.table import Item, Key, Put

T = TypeVar("T")

PARTITION = "RECORD"
PATIENCE_SECONDS = 10.0
FIRST_WAIT_SECONDS = 0.01
LONGEST_WAIT_SECONDS = 1.0

_turn = threading.Lock()


@dataclass(frozen=True)
class Change(Generic[T]):
    """What a decision wants: the facts for the record and, with them, what to store and to remove.

    `early` are pointers that are harmless alone: they are stored before the transaction, which has room
    for 100 items only.
    """

    result: T
    facts: tuple[Fact, ...] = ()
    puts: tuple[Put, ...] = ()
    deletes: tuple[Key, ...] = ()
    early: tuple[Item, ...] = ()


Decide = Callable[[Moment], Change[T]]


def append(decide: Decide[T], *, now: Callable[[], datetime], patience: float = PATIENCE_SECONDS) -> T:
    """Decide, then write change and entries in one transaction; returns the decision's result.

    When another writer was faster, everything is read and decided again: `decide` is called until its
    change goes in, for `patience` seconds at most (then `Busy`), and must read what it decides on by
    itself. Within one process appends take turns.
    """
    deadline = time.monotonic() + patience
    if not _turn.acquire(timeout=patience):
        raise Busy("too many changes at once")
    try:
        for _ in _tries(deadline):
            last = head()
            moment = Moment(recorded_at(last, now()), last.seq + 1)
            change = decide(moment)
            try:
                _write(last, change, moment.at)
            except table.Moved:
                continue
            return change.result
    finally:
        _turn.release()
    raise Busy("too many changes at once")


def preview(decide: Decide[T], *, now: Callable[[], datetime]) -> T:
    """What `append` would return, with nothing written."""
    last = head()
    return decide(Moment(recorded_at(last, now()), last.seq + 1)).result


def head() -> Head:
    """The end of the chain, read strongly."""
    last = next(table.query(PARTITION, newest=True, limit=1), None)
    return head_of(_entry(last)) if last else Head()


def find(seq: int) -> Entry | None:
    """The entry of this number."""
    item = table.get(PARTITION, table.number(seq))
    return _entry(item) if item else None


def entries(after: int, *, limit: int | None = None) -> Iterator[Entry]:
    """The entries behind a number, oldest first."""
    return map(_entry, table.query(PARTITION, Item.sk > table.number(after), limit=limit))


def entries_before(seq: int) -> Iterator[Entry]:
    """The entries before a number, newest first."""
    return map(
        _entry,
        table.query(PARTITION, Item.sk < table.number(seq), newest=True, limit=None),
    )


def _tries(deadline: float) -> Iterator[None]:
    """One try after the other with full jitter between them, until the deadline."""
    wait = FIRST_WAIT_SECONDS
    yield
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, random.uniform(0, wait)))  # noqa: S311 (spreads writers, hides nothing)
        wait = min(wait * 2, LONGEST_WAIT_SECONDS)
        yield


def _write(last: Head, change: Change[T], at: datetime) -> None:
    if not change.facts:
        return
    salts = (secrets.token_bytes(SALT_BYTES) for _ in change.facts)
    chained = follow(last, change.facts, at=at, salts=salts)
    puts = [table.new(_item(entry)) for entry in chained]
    table.put_all(change.early)
    table.write([*puts, *change.puts], change.deletes, token=secrets.token_hex(16))


def _item(entry: Entry) -> Item:
    link = {
        "recorded_at": entry.recorded_at,
        "subject": entry.subject,
        "digest": entry.digest,
        "prev": entry.prev,
    }
    item = table.stored(PARTITION, table.number(entry.seq), link)
    item.kind, item.body, item.salt = entry.kind, entry.body, entry.salt
    return item


@dataclass(frozen=True)
class _Link:
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
