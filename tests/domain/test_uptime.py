"""Uptime: the formula, as displayed elsewhere, and seconds that count once, on their own day."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.domain.statuses import ComponentStatus
from chalicelib.domain.uptime import DAY_SECONDS, Lost, Outage, hundredths, lost_by_day, shown, uptime_of

RECORDED = Path(__file__).parents[3] / "shared/data/statuspage/uptime-displayed.json"
PARTIAL, MAJOR = ComponentStatus.PARTIAL_OUTAGE, ComponentStatus.MAJOR_OUTAGE
DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(hour: int, minute: int = 0, *, day: int = 20) -> datetime:
    """An instant of the days around the twentieth."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def lost(*outages: Outage, first: date = DAY, last: date = DAY) -> dict[date, Lost]:
    """What these cost."""
    return lost_by_day(outages, first, last, now=NOW)


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded pages are not here")
def test_recorded_outages_come_out_as_they_were_displayed() -> None:
    rows = json.loads(RECORDED.read_text())

    found = [shown(Lost(it["partial_s"], it["major_s"]), it["days"] * DAY_SECONDS) for it in rows]

    assert len(rows) == 33
    assert found == [row["displayed_percent"] for row in rows]


@pytest.mark.parametrize(
    ("partial", "major", "displayed"),
    [
        pytest.param(0, 0, "100.0", id="nothing lost"),
        pytest.param(1, 0, "99.99", id="a second is never rounded away"),
        pytest.param(0, 864, "99.0", id="one decimal at least"),
        pytest.param(86_400, 0, "70.0", id="partial costs three tenths"),
        pytest.param(0, 86_400, "0.0", id="all lost"),
        pytest.param(86_400, 86_400, "0.0", id="never below nothing"),
    ],
)
def test_uptime_is_displayed_rounded_down(partial: int, major: int, displayed: str) -> None:
    assert shown(Lost(partial, major), DAY_SECONDS) == displayed


def test_uptime_is_exact_where_floats_are_not() -> None:
    assert hundredths(Lost(0, 7776), 90 * DAY_SECONDS) == 9990


@pytest.mark.parametrize(
    ("outages", "cost"),
    [
        pytest.param([Outage(PARTIAL, at(1), at(2))], Lost(3600, 0), id="an hour"),
        pytest.param(
            [Outage(PARTIAL, at(1), at(3)), Outage(PARTIAL, at(2), at(4))], Lost(10800, 0), id="overlap once"
        ),
        pytest.param(
            [Outage(PARTIAL, at(1), at(4)), Outage(MAJOR, at(2), at(3))], Lost(7200, 3600), id="worst wins"
        ),
        pytest.param(
            [Outage(ComponentStatus.DEGRADED_PERFORMANCE, at(1), at(4))], None, id="degraded costs nothing"
        ),
        pytest.param([Outage(MAJOR, at(2), at(1))], None, id="an end before the beginning"),
        pytest.param([Outage(MAJOR, at(1, day=22), at(2, day=22))], None, id="another day"),
    ],
)
def test_a_moment_costs_once_as_the_worst_of_what_overlaps(outages: list[Outage], cost: Lost | None) -> None:
    assert lost(*outages) == ({DAY: cost} if cost else {})


def test_an_outage_counts_on_each_day_that_it_touches() -> None:
    found = lost(Outage(MAJOR, at(23), at(1, day=22)), last=date(2026, 11, 22))

    assert found == {
        DAY: Lost(0, 3600), date(2026, 11, 21): Lost(0, 86_400), date(2026, 11, 22): Lost(0, 3600)
    }  # fmt: skip


def test_an_outage_that_goes_on_counts_until_now() -> None:
    found = lost(Outage(MAJOR, at(11, day=23)), last=date(2026, 11, 25))

    assert found == {date(2026, 11, 23): Lost(0, 3600)}


def test_pieces_of_an_outage_cost_as_much_as_the_whole() -> None:
    begin, step = at(1), timedelta(milliseconds=700)
    pieces = [Outage(MAJOR, begin + n * step, begin + (n + 1) * step) for n in range(10)]

    assert lost(*pieces) == lost(Outage(MAJOR, begin, begin + 10 * step)) == {DAY: Lost(0, 7)}


def test_a_component_counts_from_the_day_when_it_began() -> None:
    found = {DAY: Lost(0, 864), date(2026, 11, 1): Lost(0, 86_400)}

    assert uptime_of(found, date(2026, 8, 23), DAY, began=DAY) == "99.0"
    assert uptime_of(found, date(2026, 8, 23), DAY, began=date(2020, 1, 1)) == "98.87"
    assert uptime_of(found, date(2026, 8, 23), DAY) == "98.87"
    assert uptime_of(found, date(2026, 8, 23), DAY, began=date(2026, 11, 21)) is None
