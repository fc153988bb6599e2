"""Times as readers see them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.domain.times import zone
from chalicelib.publishing.localtimes import (
    LocalTimes,
    day_run,
    lasted,
    machine,
    month_name,
    span,
    span_shown,
    weekday,
)

LATE = datetime(2026, 11, 22, 23, 5, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "day", "clock", "zone_name"),
    [
        ("Etc/UTC", "22 Nov 2026", "23:05", "UTC"),
        ("Europe/Berlin", "23 Nov 2026", "00:05", "CET"),
        ("America/Los_Angeles", "22 Nov 2026", "15:05", "PST"),
        ("Asia/Kolkata", "23 Nov 2026", "04:35", "IST"),
        ("America/Sao_Paulo", "22 Nov 2026", "20:05", "UTC-03:00"),
    ],
)
def test_day_clock_and_zone_are_those_of_the_page(name: str, day: str, clock: str, zone_name: str) -> None:
    local = LocalTimes(zone(name))

    assert (local.day(LATE), local.clock(LATE), local.zone_name(LATE)) == (day, clock, zone_name)


def test_a_brief_day_leaves_out_this_year_only() -> None:
    local = LocalTimes(UTC)

    assert [local.brief_day(LATE, year) for year in (2026, 2027)] == ["22 Nov", "22 Nov 2026"]


def test_machines_get_utc_to_the_second() -> None:
    assert machine(LATE.astimezone(zone("Asia/Kolkata"))) == "2026-11-22T23:05:59Z"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"),
        (5520, "1 h 32 min"), (86399, "23 h 59 min"), (86400, "1 d"), (273600, "3 d 4 h"),
    ],
)  # fmt: skip
def test_a_span_has_at_most_two_units(seconds: int, words: str) -> None:
    assert span(LATE, LATE + timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ((7, 54, 50), (7, 56, 20), "2 min"),
        ((7, 54, 10), (7, 56, 50), "2 min"),
        ((7, 54, 0), (7, 54, 40), "40 s"),
    ],
)  # fmt: skip
def test_a_span_beside_clock_times_is_the_one_between_them(
    start: tuple[int, int, int], end: tuple[int, int, int], words: str
) -> None:
    first, last = (datetime(2026, 11, 23, *at, tzinfo=UTC) for at in (start, end))

    assert span_shown(first, last) == words


def test_days_and_months_have_names() -> None:
    assert weekday(date(2026, 11, 22)) == "Sun 22 Nov"
    assert day_run(date(2026, 11, 18), date(2026, 11, 21)) == "18 to 21 Nov"
    assert day_run(date(2026, 10, 30), date(2026, 11, 2)) == "30 Oct to 2 Nov"
    assert month_name("2026-03") == "March 2026"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "under 1 min"),
        (59, "under 1 min"),
        (60, "1 min"),
        (5400, "1 h 30 min"),
        (7200, "2 h"),
        (86_400, "24 h"),
    ],
)
def test_outages_of_a_day_are_said_in_hours_and_minutes(seconds: int, said: str) -> None:
    assert lasted(seconds) == said
