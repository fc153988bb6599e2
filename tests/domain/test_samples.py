"""Samples and days: exact sums, equal cuts, and when a day closes."""

import random
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from chalicelib.domain.days import (
    LARGEST_PART,
    Days,
    asked,
    closed,
    closes_at,
    stretch,
)
from chalicelib.domain.errors import Invalid
from chalicelib.domain.record import canonical, facts
from chalicelib.domain.samples import (
    Numbers,
    Pair,
    Sample,
    SampleSource,
    add_up,
    parts,
    rounded,
    total_us,
)
from chalicelib.domain.uptime import Lost

AT = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
DAY = date(2026, 11, 22)
API = SampleSource.API


def test_samples_add_up_to_the_same_in_any_order() -> None:
    samples = [Sample("api", AT, n, n * 1001, n // 2) for n in range(50)]
    samples += [Sample("web", AT + timedelta(days=n % 2), n, n) for n in range(50)]
    mixed = random.Random(1).sample(samples, k=len(samples))

    assert add_up(mixed, API) == add_up(samples, API)
    assert add_up(samples, API)[Pair(DAY, "api")] == Numbers(1225, 1226225, 600, 50, ("api",))
    assert len(add_up(samples, API)) == 3


def test_a_sample_counts_to_the_day_in_utc() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=timezone(-timedelta(hours=5)))

    assert Sample("api", late, 1, 1).pair == Pair(date(2026, 11, 23), "api")


@pytest.mark.parametrize(
    ("field", "said"),
    [
        pytest.param("transactions", {"transactions": -1}, id="fewer than none"),
        pytest.param("transactions", {"transactions": 10**9 + 1}, id="more than anybody counts"),
        pytest.param("errors", {"transactions": 1, "errors": 2}, id="more errors than transactions"),
        pytest.param("errors", {"transactions": 1, "errors": -1}, id="fewer errors than none"),
        pytest.param("total_ms", {"transactions": 0, "total_us": 1}, id="time without transactions"),
        pytest.param("total_ms", {"transactions": 1, "total_us": -1}, id="before it began"),
    ],
)
def test_a_sample_that_cannot_be_names_its_field(field: str, said: dict[str, int]) -> None:
    with pytest.raises(Invalid) as refused:
        Sample("api", AT, **said)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("transactions", "mean_ms", "total_ms", "us"),
    [
        pytest.param(3, "1.5", None, 4500, id="a mean counts for each"),
        pytest.param(3, None, "0.1", 100, id="a total is a total"),
        pytest.param(1, None, "0.0005", 0, id="half to even, down"),
        pytest.param(1, None, "0.0015", 2, id="half to even, up"),
        pytest.param(3, "0.0005", None, 2, id="rounded once, not for each"),
        pytest.param(0, None, None, 0, id="nothing happened"),
    ],
)
def test_response_times_are_rounded_once(
    transactions: int, mean_ms: str | None, total_ms: str | None, us: int
) -> None:
    said = {
        name: Decimal(it) if it else None for name, it in {"mean_ms": mean_ms, "total_ms": total_ms}.items()
    }

    assert total_us(transactions, **said) == us


@pytest.mark.parametrize(
    "said", [{"mean_ms": None, "total_ms": None}, {"mean_ms": Decimal(1), "total_ms": Decimal(1)}]
)
def test_either_the_mean_or_the_total_is_stated(said: dict[str, Decimal | None]) -> None:
    with pytest.raises(Invalid, match="mean_ms"):
        total_us(1, **said)


def test_a_mean_is_rounded_half_to_even() -> None:
    assert [rounded(total, 2) for total in (1, 2, 3, 5)] == [0, 1, 2, 2]
    assert rounded(8, 3) == 3
    assert Numbers(2, 5).mean_ms == 0.002
    assert Numbers(3, 10**19).mean_us == 3333333333333333333
    assert Numbers().mean_ms is None
    assert (Numbers().source, Numbers(sources=("api", "probe")).source) == (None, "api+probe")


def test_pairs_are_cut_the_same_whatever_their_order_the_oldest_day_first() -> None:
    pairs = [Pair(DAY - timedelta(days=n % 3), f"c{n}") for n in range(250)]

    cut = parts(reversed(pairs))

    assert cut == parts([*pairs, *pairs])
    assert [len(part) for part in cut] == [99, 99, 52]
    assert cut[0][0].day == DAY - timedelta(days=2)


def test_a_day_closes_a_day_after_its_end_or_after_its_first_sample() -> None:
    end = datetime(2026, 11, 23, tzinfo=UTC)

    assert closes_at(DAY) == closes_at(DAY, AT) == end + timedelta(hours=24)
    assert closes_at(DAY, end + timedelta(days=30)) == end + timedelta(days=31)


def test_a_closed_day_names_components_with_samples_in_order() -> None:
    one = Numbers(3, 10**19, 1, 2, ("api", "probe"))

    (day,) = closed(DAY, {"web": one, "api": one, "idle": Numbers()})

    assert list(day.components) == ["api", "web"]
    assert day.components["api"].numbers == one
    assert (day.part, day.parts) == (1, 1)
    assert closed(DAY, {"idle": Numbers()}) == []


def test_a_large_day_is_cut_into_parts_that_fit() -> None:
    numbers = {f"component-{n:05d}": Numbers(10**6, 10**12, 5, 1440, ("api",)) for n in range(5000)}

    found = closed(DAY, numbers)

    assert [day.part for day in found] == list(range(1, found[0].parts + 1))
    assert len(found) > 1
    assert all(len(canonical(facts(day))) <= LARGEST_PART + 200 for day in found)
    assert [id for day in found for id in day.components] == sorted(numbers)


def test_a_day_is_final_when_it_was_closed() -> None:
    numbers = Numbers(1, 1, 0, 1, ("api",))
    found = {DAY: {"api": numbers}}

    assert Days(found, frozenset({DAY})).of("api", DAY, lost=Lost(1, 2)) == (DAY, numbers, Lost(1, 2), False)
    assert Days(found).of("api", DAY, lost=Lost()).final
    assert Days(found).of("web", DAY, lost=Lost()) == (DAY, Numbers(), Lost(), True)
    assert not Days({}).of("api", DAY, lost=Lost()).final


def test_a_stretch_has_ninety_days_if_nothing_is_said_and_at_most_a_leap_year() -> None:
    first, last = asked(None, None, today=DAY)
    assert (len(stretch(first, last)), last) == (90, DAY)

    year = asked(date(2024, 1, 1), date(2024, 12, 31), today=DAY)
    assert len(stretch(*year)) == 366


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        pytest.param(date(2023, 12, 31), date(2024, 12, 31), "from", id="more than a year"),
        pytest.param(date(2025, 1, 1), date(2024, 12, 31), "to", id="backwards"),
        pytest.param(None, date(1, 1, 1), "to", id="long ago"),
        pytest.param(None, date.max, "to", id="far away"),
    ],
)
def test_a_stretch_that_cannot_be_names_its_end(first: date | None, last: date, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        asked(first, last, today=DAY)

    assert refused.value.field == field
