"""What stands in front: the newest updates of all and those with the newest words, in one item.

It is small (100 places each at most, in `latest` for each kind) and written with every update, so that feeds
cost one read however long the past is. `latest` keeps more than readers see: only a hundred claimed times
moved back could push one out that belongs in.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from msgspec import MsgspecError, Struct

from chalicelib.domain.subjects import kind_of
from chalicelib.domain.times import iso
from chalicelib.stores import table
from chalicelib.stores.table import Item, Put

KEY = ("FRONT", "FRONT")
PLACES = 100


class Told(NamedTuple):
    """That something was spoken of: the claimed time of its newest update, and the new updates' numbers.

    What is told in feeds of updates alone has no `latest_at`.
    """

    subject: str
    latest_at: datetime | None
    updates: tuple[int, ...] = ()


class Front(Struct, frozen=True):
    """Newest first: `updates` as (subject, record number), `latest` as (claimed time, subject).

    `figures`: the newest entry that bears on the figures about ourselves.
    """

    updates: tuple[tuple[str, int], ...] = ()
    latest: tuple[tuple[str, str], ...] = ()
    figures: int = 0

    def after(self, told: Iterable[Told], figures: int = 0) -> "Front":
        """The front after somebody has spoken."""
        updates = {seq: subject for subject, seq in self.updates}
        latest = {subject: at for at, subject in self.latest}
        for one in told:
            updates.update(dict.fromkeys(one.updates, one.subject))
            if one.latest_at:
                latest[one.subject] = iso(one.latest_at)
        by_number = sorted(((it, seq) for seq, it in updates.items()), key=lambda pair: pair[1], reverse=True)
        by_time = sorted(((at, subject) for subject, at in latest.items()), reverse=True)
        places = tuple(by_number[:PLACES]), tuple(_first_of_each(by_time))
        return Front(*places, figures=max(self.figures, figures))

    def latest_since(self, kind: str, since: datetime) -> list[str]:
        """What of one kind was spoken of since then, newest first."""
        return [it for at, it in self.latest if kind_of(it) == kind and at >= iso(since)]

    def latest_of(self, kind: str) -> list[str]:
        """What of one kind has the newest words, newest first."""
        return [subject for _, subject in self.latest if kind_of(subject) == kind]


def read() -> Front:
    """The front as it stands."""
    return _read(table.get(*KEY))


def put(told: Iterable[Told], *, figures: int = 0) -> tuple[Put, ...]:
    """What to store when these were spoken of, and this entry bears on the figures."""
    found = tuple(told)
    if not (found or figures):
        return ()
    item = table.get(*KEY)
    before = _read(item)
    after = before.after(found, figures)
    version = int(item.version) if item else 0
    return (table.versioned(*KEY, after, version=version),) if after != before else ()


def _first_of_each(by_time: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """As many as there are places for, of each kind."""
    taken = Counter[str]()
    for at, subject in by_time:
        taken[kind_of(subject)] += 1
        if taken[kind_of(subject)] <= PLACES:
            yield at, subject


def _read(item: Item | None) -> Front:
    """What cannot be read counts as nothing: the next words are in front again."""
    try:
        return table.value(item, Front) if item else Front()
    except MsgspecError:
        return Front()
