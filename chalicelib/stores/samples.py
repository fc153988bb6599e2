"""Samples in the table: a batch counts once, however often and by however many it is sent, wherever killed.

A batch is cut by what it says alone, so that whoever sends it again finds the same parts. Each part is one
transaction of sums with a marker that says what of it counted; what has its marker is not added again. Once
the first part stands the batch is accepted: what cannot be added any more is told in the answer.
"""

import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from msgspec import Struct

from chalicelib.domain.checks import CLOCK_SKEW
from chalicelib.domain.errors import Busy
from chalicelib.domain.samples import Numbers, Pair, Sample, SampleSource, add_up, parts
from chalicelib.stores import catalogue, days, record, sums, table
from chalicelib.stores.idempotency import Repeat, Reused
from chalicelib.stores.table import Item, Put

PARTITION = "SAMPLES#"
KEPT = timedelta(days=3)
"""For so long a repeat is known as one: longer than a day takes samples, so it never counts twice."""
UNKNOWN = ("component", "is not a component")
FUTURE = ("at", "must not be in the future")


@dataclass(frozen=True, order=True)
class Refusal:
    """Why the sample of this index does not count; `late`: its day is closed."""

    index: int
    field: str
    reason: str
    late: bool = False


class Refused(Exception):
    """The batch is refused whole, for these samples; nothing was stored."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(sorted(refusals))
        super().__init__(f"{len(self.refusals)} samples are refused")


class InPart(Exception):
    """This batch was taken in part, so it can no longer be refused whole: that has to be asked for again."""


class Batch(NamedTuple):
    """What was sent: samples by their index.

    `partial`: what can count does, whatever else is refused.
    """

    repeat: Repeat
    samples: Mapping[int, Sample]
    source: SampleSource = SampleSource.API
    partial: bool = False


class Taken(NamedTuple):
    """How many samples count, which do not, and whether all this had been so before."""

    counted: int
    refusals: tuple[Refusal, ...]
    is_repeat: bool


class _Refused(Struct, frozen=True, array_like=True):
    """Samples that are refused for one reason: by far shorter than the reason of each."""

    field: str
    reason: str
    late: bool
    indexes: list[int]


class _Marker(Struct, frozen=True):
    asked: str
    counted: int
    refused: list[_Refused]
    expires_at: datetime
    partial: bool = False

    @property
    def refusals(self) -> list[Refusal]:
        return [Refusal(n, it.field, it.reason, it.late) for it in self.refused for n in it.indexes]


def take(batch: Batch, *, now: Callable[[], datetime]) -> Taken:
    """Count a batch; `Refused` where a sample is wrong, `Busy` where too many others add (send it again).

    `InPart` where samples of it are refused already, as nobody asks for this time.
    """
    marked = _marked(batch.repeat, now())
    counting = _Counting(batch, now())
    _check_whole(batch, counting, marked.values())
    is_begun = bool(marked) or batch.partial
    if counting.refusals and not is_begun:
        raise Refused(counting.refusals.values())
    days.begin(counting.days & counting.new_days, now())
    markers = list[_Marker]()
    for number, part in enumerate(parts(counting.pairs)):
        markers.append(marked.get(number) or counting.count(number, part, now, is_begun=is_begun))
        is_begun = True
    refusals = sorted(refusal for marker in markers for refusal in marker.refusals)
    counted = sum(marker.counted for marker in markers)
    return Taken(counted, tuple(refusals), is_repeat=counted > 0 and not counting.written)


def check(batch: Batch, *, now: datetime) -> Taken:
    """What counting a batch would come to, with nothing stored; `Refused` and `InPart` as there."""
    counting = _Counting(batch, now)
    _check_whole(batch, counting, _marked(batch.repeat, now).values())
    if counting.refusals and not batch.partial:
        raise Refused(counting.refusals.values())
    refusals = sorted(counting.refusals.values())
    return Taken(len(batch.samples) - len(refusals), tuple(refusals), is_repeat=False)


def asked(repeat: Repeat, now: datetime) -> str | None:
    """What the batch with this key asked, if there is one."""
    markers = (table.value(item, _Marker) for item in table.query(_partition(repeat)))
    return next((marker.asked for marker in markers if marker.expires_at > now), None)


class _Counting:
    """A batch on its way into the table."""

    def __init__(self, batch: Batch, now: datetime) -> None:
        self._batch = batch
        self.pairs: dict[Pair, list[int]] = {}
        for index, sample in batch.samples.items():
            self.pairs.setdefault(sample.pair, []).append(index)
        seen = days.look((pair.day for pair in self.pairs), now)
        self.new_days = seen.new
        self.refusals = {refusal.index: refusal for refusal in self._wrong(seen.closed, now)}
        self.written = 0

    @property
    def days(self) -> frozenset[date]:
        """The days on which something of the batch counts: what is refused opens none."""
        kept = (
            pair.day for pair, indexes in self.pairs.items() if any(n not in self.refusals for n in indexes)
        )
        return frozenset(kept)

    def count(
        self, number: int, part: Iterable[Pair], now: Callable[[], datetime], *, is_begun: bool
    ) -> "_Marker":
        """Count one part of the batch; gives what counts, from a twin where that was faster."""
        for _ in record.tries(time.monotonic() + record.PATIENCE_SECONDS):
            found, at = self._sums(part), now()
            marker = self._marker(part, found, at)
            if not found:
                return marker
            try:
                sums.add(found, _put(self._batch.repeat, number, marker, at))
                self.written += 1
                return marker
            except sums.Closed as closed:
                self._refuse(closed.pairs)
                if not is_begun:
                    raise Refused(self.refusals.values()) from closed
            except sums.Marked:
                return _marked(self._batch.repeat, at)[number]
            except table.Moved:
                continue
        raise Busy("too many samples at once")

    def _sums(self, part: Iterable[Pair]) -> dict[Pair, Numbers]:
        """What counts of a part, added up."""
        wanted = (n for pair in part for n in self.pairs[pair] if n not in self.refusals)
        return add_up((self._batch.samples[n] for n in wanted), self._batch.source)

    def _marker(self, part: Iterable[Pair], found: Mapping[Pair, Numbers], at: datetime) -> "_Marker":
        refused: dict[tuple[str, str, bool], list[int]] = {}
        for n in (n for pair in part for n in self.pairs[pair] if n in self.refusals):
            it = self.refusals[n]
            refused.setdefault((it.field, it.reason, it.late), []).append(n)
        counted = sum(numbers.samples for numbers in found.values())
        told = [_Refused(*why, sorted(indexes)) for why, indexes in refused.items()]
        return _Marker(self._batch.repeat.asked, counted, told, at + KEPT, self._batch.partial)

    def _wrong(self, closed: Collection[date], now: datetime) -> Iterator[Refusal]:
        living = catalogue.living({pair.component for pair in self.pairs})
        for pair, indexes in self.pairs.items():
            if pair.component not in living:
                yield from (Refusal(n, *UNKNOWN) for n in indexes)
            elif pair.day in closed:
                yield from (_late(n, pair) for n in indexes)
            elif pair.day >= now.date():
                wrong = (n for n in indexes if self._batch.samples[n].at > now + CLOCK_SKEW)
                yield from (Refusal(n, *FUTURE) for n in wrong)

    def _refuse(self, late: Iterable[Pair]) -> None:
        """That pairs were closed in the meantime."""
        self.refusals.update({n: _late(n, pair) for pair in late for n in self.pairs[pair]})


def _late(index: int, pair: Pair) -> Refusal:
    return Refusal(index, "at", f"lies on {pair.day}, which is closed", late=True)


def _check_whole(batch: Batch, counting: _Counting, markers: Collection[_Marker]) -> None:
    is_wrong = bool(counting.refusals) or any(it.refused for it in markers)
    if is_wrong and not batch.partial and any(it.partial for it in markers):
        raise InPart


def _marked(repeat: Repeat, now: datetime) -> dict[int, _Marker]:
    """The parts that count already, by number; `Reused` if another batch had this key."""
    items = table.query(_partition(repeat))
    found = {int(item.sk): table.value(item, _Marker) for item in items}
    valid = {number: marker for number, marker in found.items() if marker.expires_at > now}
    if any(marker.asked != repeat.asked for marker in valid.values()):
        raise Reused("the Idempotency-Key was used for another batch")
    return valid


def _put(repeat: Repeat, number: int, marker: _Marker, at: datetime) -> Put:
    item = table.stored(_partition(repeat), f"{number:04d}", marker)
    item.expires = marker.expires_at
    return Put(item, Item.pk.does_not_exist() | (Item.expires <= at))


def _partition(repeat: Repeat) -> str:
    return f"{PARTITION}{repeat.owner}#{hashlib.sha256(repeat.key.encode()).hexdigest()}"
