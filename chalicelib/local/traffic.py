"""What DEMO=1 tells of numbers: how many transactions each component had on each day, and how long they took.

The week has a rhythm, and a day on which something was wrong shows it. The same `now` gives the same numbers.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial

from chalicelib.domain.days import SHOWN_DAYS, closed, closes_at
from chalicelib.domain.record import Moment
from chalicelib.domain.samples import US_A_MS, Numbers, Sample, SampleSource
from chalicelib.domain.statuses import ComponentStatus, is_worse
from chalicelib.domain.times import day_start
from chalicelib.local.story import COMPONENTS, INSTANCES, SHARED, Tale
from chalicelib.stores import days, samples
from chalicelib.stores.idempotency import Repeat
from chalicelib.stores.record import Change

_SIZES = {"eu1": 10, "na1": 16, "ap1": 5}
# transactions a weekday on an instance of size 1, their milliseconds, what of them remains on a weekend (%)
_USUAL = {
    "web": (18_400, 212, 38),
    "api": (42_700, 84, 62),
    "jobs": (5_900, 640, 81),
    "login": (3_300, 121, 35),
    "docs": (61_000, 48, 44),
    "billing": (2_100, 263, 22),
}
# percent of the usual response time, and errors in 10,000
_TROUBLE = {
    ComponentStatus.DEGRADED_PERFORMANCE: (170, 31),
    ComponentStatus.PARTIAL_OUTAGE: (210, 184),
    ComponentStatus.MAJOR_OUTAGE: (240, 420),
}
_WELL = (100, 2)
_A_MINUTE_EACH = 24 * 60
_SATURDAY = 5

Worst = dict[tuple[date, str], ComponentStatus]
Step = tuple[datetime, Callable[[Moment], Change[int]]]


def closings(tales: Iterable[Tale], now: datetime) -> Iterator[Step]:
    """The days that are closed by now, each at its time, as the record has them."""
    for day, numbers in _days(tales, now):
        if closes_at(day) <= now:
            for part in closed(day, numbers):
                yield closes_at(day), partial(days.entered, part)


def send(tales: Iterable[Tale], now: datetime) -> None:
    """Samples of the other days; of the one that goes on, what it came to until now."""
    for day, numbers in _days(tales, now):
        if closes_at(day) > now:
            told = [_sample(id, day, it, now) for id, it in numbers.items()]
            repeat = Repeat("demo", day.isoformat(), "")
            samples.take(samples.Batch(repeat, dict(enumerate(told))), now=lambda: now)


def _days(tales: Iterable[Tale], now: datetime) -> Iterator[tuple[date, dict[str, Numbers]]]:
    worst, last = _worst(tales), now.astimezone(UTC).date()
    for ago in range(SHOWN_DAYS - 1, -1, -1):
        day = last - timedelta(days=ago)
        yield day, {id: _numbers(id, day, worst.get((day, id))) for id in _components()}


def _sample(id: str, day: date, whole: Numbers, now: datetime) -> Sample:
    begin = day_start(day, UTC)
    passed = min((now - begin) / timedelta(days=1), 1)
    transactions = int(whole.transactions * passed)
    return Sample(id, begin, transactions, transactions * (whole.mean_us or 0), int(whole.errors * passed))


def _components() -> Iterator[str]:
    yield from (f"{instance}-{part}" for instance, *_ in INSTANCES for part, *_ in COMPONENTS)
    yield from (id for id, *_ in SHARED)


def _numbers(id: str, day: date, trouble: ComponentStatus | None) -> Numbers:
    instance, _, part = id.rpartition("-")
    each, usual_ms, weekend = _USUAL[part]
    slower, wrong = _TROUBLE.get(trouble, _WELL) if trouble else _WELL
    share = weekend if day.weekday() >= _SATURDAY else 100
    transactions = each * _SIZES.get(instance, 1) * share * _about(id, day, 9) // 10_000
    mean_us = usual_ms * US_A_MS * slower * _about(day.isoformat() + id, day, 5) // 10_000
    errors = transactions * wrong // 10_000
    return Numbers(transactions, transactions * mean_us, errors, _A_MINUTE_EACH, (SampleSource.API,))


def _about(salt: str, day: date, most: int) -> int:
    """A percentage near 100, at most so far from it."""
    return 100 - most + zlib.crc32(f"{salt} {day:%j}".encode()) % (2 * most + 1)


def _worst(tales: Iterable[Tale]) -> Worst:
    """How the worst of a day was, of each component that an incident affected."""
    found: Worst = {}
    for tale in tales:
        for word in tale.words:
            for id, status in word.affects.items():
                key = (word.at.astimezone(UTC).date(), id)
                if is_worse(status, found.get(key, ComponentStatus.OPERATIONAL)):
                    found[key] = status
    return found
