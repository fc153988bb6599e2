"""Days: what a component did on one UTC day, when a day closes, and what the record says of a closed one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from chalicelib.domain.errors import Invalid
from chalicelib.domain.record import canonical, facts
from chalicelib.domain.samples import Numbers
from chalicelib.domain.times import day_start
from chalicelib.domain.uptime import Lost

GRACE = timedelta(hours=24)
"""A day takes samples this long after its end, or after its first one came, whichever is later."""
LARGEST_PART = 300_000
"""Bytes of a day's numbers that go into one entry of the record."""
MOST_DAYS = 366
SHOWN_DAYS = 90
EARLIEST, LATEST = date(1971, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True)
class Frozen:
    """The numbers of one component on a closed day, as the record writes them; times in microseconds."""

    transactions: int
    total_us: int
    errors: int
    samples: int
    source: str

    @property
    def numbers(self) -> Numbers:
        """The same as sums."""
        sources = tuple(self.source.split("+"))
        return Numbers(self.transactions, self.total_us, self.errors, self.samples, sources)


@dataclass(frozen=True)
class ClosedDay:
    """The numbers of components on a day that takes no more samples; a large day comes in several parts."""

    date: date
    part: int = 1
    parts: int = 1
    components: dict[str, Frozen] = field(default_factory=dict)


class Day(NamedTuple):
    """A component's day: the numbers of its samples, the outages of its incidents, and whether it is closed.

    What is closed no longer takes samples; `lost` follows incidents ever after.
    """

    date: date
    numbers: Numbers
    lost: Lost
    final: bool

    @property
    def told(self) -> "Told":
        """The same for programs."""
        found = self.numbers
        return Told(
            self.date.isoformat(), found.transactions, found.mean_ms, found.errors, *self.lost,
            found.samples, found.source, self.final,
        )  # fmt: skip


class Told(NamedTuple):
    """A day as programs are told of it: `mean_ms` in milliseconds, None without transactions."""

    date: str
    transactions: int
    mean_ms: float | None
    errors: int
    partial_s: int
    major_s: int
    samples: int
    source: str | None
    final: bool


class Days(NamedTuple):
    """The numbers of a stretch of days, by day and component; `open` are the days that still take samples.

    `seq`: the newest entry by which one of them was closed.
    """

    numbers: Mapping[date, Mapping[str, Numbers]]
    open: frozenset[date] = frozenset()
    seq: int = 0

    def of(self, component: str, day: date, *, lost: Lost) -> Day:
        """A component's day; one that nobody closed, since nobody had samples, still takes some."""
        numbers = self.numbers.get(day, {}).get(component, Numbers())
        return Day(day, numbers, lost, day in self.numbers and day not in self.open)


def closes_at(day: date, first_at: datetime | None = None) -> datetime:
    """When a day closes whose first sample came then."""
    end = day_start(day + timedelta(days=1), UTC)
    return max(end, first_at or end) + GRACE


def asked(first: date | None, last: date | None, *, today: date) -> tuple[date, date]:
    """The stretch that is asked for: 90 days until today unless more is said, 366 at most; or `Invalid`."""
    last = last or today
    if not EARLIEST <= last <= LATEST:
        raise Invalid("to", "must lie between 1971 and 2999")
    first = first or last - timedelta(days=SHOWN_DAYS - 1)
    if last < first:
        raise Invalid("to", "must not be before from")
    if (last - first).days >= MOST_DAYS:
        raise Invalid("from", f"must be less than {MOST_DAYS} days before to")
    return first, last


def stretch(first: date, last: date) -> list[date]:
    """Every day from one to another, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def closed(day: date, numbers: Mapping[str, Numbers]) -> list[ClosedDay]:
    """The parts in which a day is entered in the record; the same numbers are cut at the same places.

    Components without a sample are left out.
    """
    found = {id: _frozen(numbers[id]) for id in sorted(numbers) if numbers[id].samples}
    cuts = list(_cut(found))
    return [ClosedDay(day, n, len(cuts), cut) for n, cut in enumerate(cuts, start=1)]


def _cut(found: Mapping[str, Frozen]) -> Iterator[dict[str, Frozen]]:
    held, size = dict[str, Frozen](), 0
    for id, frozen in found.items():
        more = len(id) + 4 + len(canonical(facts(frozen)))
        if held and size + more > LARGEST_PART:
            yield held
            held, size = {}, 0
        held[id] = frozen
        size += more
    if held:
        yield held


def _frozen(numbers: Numbers) -> Frozen:
    return Frozen(
        numbers.transactions, numbers.total_us, numbers.errors, numbers.samples, numbers.source or ""
    )
