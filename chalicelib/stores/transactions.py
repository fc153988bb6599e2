"""Several changes in one transaction: their entries follow one another, and there is room for 100 items."""

from collections.abc import Iterable
from typing import NamedTuple

from chalicelib.domain.record import Fact, Moment
from chalicelib.stores import table
from chalicelib.stores.figures import Counted
from chalicelib.stores.front import Told
from chalicelib.stores.record import Change
from chalicelib.stores.table import Item, Key, Put

BYTES_AT_ONCE = 600_000
"""Of values; with their entries, and every character escaped as JSON, less than the 4 MB of a transaction."""


ITEMS_AT_ONCE = table.TRANSACTION_ITEMS - 2
"""The head of the record and the front come to them."""


class Done(NamedTuple):
    """What a step came to: stories brought to their end, one of ours left alone, all of it done or not."""

    stories: int = 0
    ours: int = 0
    complete: bool = True


class Batch(NamedTuple):
    """What a transaction came to: kind and subject of its entries, stories, the end of the import."""

    entries: tuple[tuple[str, str], ...]
    stories: int
    ours: int
    is_last: bool


class Transaction:
    """Collects changes with consecutive entries while there is room for them."""

    def __init__(self, first: Moment) -> None:
        self._first = first
        self._facts: list[Fact] = []
        self._puts: list[Put] = []
        self._deletes: list[Key] = []
        self._early: list[Item] = []
        self._told: list[Told] = []
        self._counted: list[Counted] = []
        self._bytes = 0
        self._keys: set[Key] = set()

    @property
    def next(self) -> Moment:
        """Where in the record the next change stands."""
        return Moment(self._first.at, self._first.seq + len(self._facts))

    def takes(self, change: Change[Done]) -> bool:
        """Whether there is room for this change too; the first one always has it.

        There is none for one that stores an item that another one of them does: it was decided without that.
        """
        size = sum(len((put.item.doc or "").encode()) for put in change.puts)
        items = len(self._facts) + len(self._puts) + len(self._deletes)
        more = len(change.facts) + len(change.puts) + len(change.deletes)
        items += sum(len(one.differences) for one in (*self._counted, *change.counted))
        keys = {*((put.item.pk, put.item.sk) for put in change.puts), *change.deletes}
        is_full = items + more > ITEMS_AT_ONCE or self._bytes + size > BYTES_AT_ONCE
        if self._facts and (is_full or self._keys & keys):
            return False
        self._keys |= keys
        self._bytes += size
        self._facts += change.facts
        self._puts += change.puts
        self._deletes += change.deletes
        self._early += change.early
        self._told += change.told
        self._counted += change.counted
        return True

    def change(self, done: Iterable[Done], *, is_last: bool) -> Change[Batch]:
        """All that was collected."""
        found = list(done)
        batch = Batch(
            entries=tuple((fact.kind, fact.subject) for fact in self._facts),
            stories=sum(one.stories for one in found),
            ours=sum(one.ours for one in found),
            is_last=is_last,
        )
        return Change(
            batch,
            tuple(self._facts),
            tuple(self._puts),
            tuple(self._deletes),
            tuple(self._early),
            tuple(self._told),
            tuple(self._counted),
        )
