"""Metrics: whole stretches, in order, none before it is over, none twice, none too old."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.errors import Invalid
from chalicelib.domain.metrics import LAG, STRETCH, Metric, Series, stretches

NOW = datetime(2026, 11, 22, 9, 12, 34, tzinfo=UTC)


def begins(until: datetime | None, now: datetime = NOW) -> list[str]:
    return [f"{begin:%H:%M}" for begin, end in stretches(until, now) if end - begin == STRETCH]


def at(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 22, hour, minute, tzinfo=UTC)


def test_the_first_time_one_stretch_is_fetched_that_has_been_over_for_a_while() -> None:
    assert begins(None) == ["09:00"]
    assert at(9, 5) + LAG <= NOW


def test_later_all_that_are_over_since_are_fetched_in_order() -> None:
    assert begins(at(8, 50)) == ["08:50", "08:55", "09:00"]
    assert begins(at(9, 5)) == []
    assert begins(at(9, 5), at(9, 15)) == ["09:05"]


def test_what_was_missed_a_day_ago_is_let_go() -> None:
    assert len(begins(at(9, 0) - timedelta(days=30))) == 24 * 12 - 1


def test_a_metric_that_cannot_be_names_its_field() -> None:
    dimensions = {f"d{n}": "x" for n in range(31)}
    for field, namespace, name, more in (
        ("namespace", " ", "Latency", {}), ("name", "AWS", "", {}), ("dimensions", "AWS", "x", dimensions)
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            Series(namespace, name, more)
        assert refused.value.field == field
    with pytest.raises(Invalid):
        Metric("No Good", Series("AWS", "Latency"), NOW)
