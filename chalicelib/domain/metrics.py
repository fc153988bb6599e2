"""Metrics: numbers that CloudWatch keeps of a component, and from when to when they are fetched.

CloudWatch gives a metric's values of a minute some minutes later. So whole stretches of five minutes are
fetched, each when it has been over for a while; what comes later than that is not seen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.checks import check_id, check_line
from chalicelib.domain.errors import Invalid

STRETCH = timedelta(minutes=5)
LAG = timedelta(minutes=5)
OLDEST = timedelta(hours=24)
"""What was missed longer ago is not fetched any more: its day may be closed."""
MOST_METRICS = 160
"""So many take one request to CloudWatch, with three series each (AWS: 500 in one)."""
MOST_DIMENSIONS = 30


class Unit(StrEnum):
    """In what a metric counts time."""

    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    MICROSECONDS = "microseconds"


US = {Unit.SECONDS: 1_000_000, Unit.MILLISECONDS: 1000, Unit.MICROSECONDS: 1}


@dataclass(frozen=True)
class Series:
    """A metric of CloudWatch, in its own words."""

    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_line("namespace", self.namespace)
        check_line("name", self.name)
        if len(self.dimensions) > MOST_DIMENSIONS:
            raise Invalid("dimensions", f"must be at most {MOST_DIMENSIONS}")


@dataclass(frozen=True)
class Metric:
    """What becomes samples of a component.

    Of `times` each value is the response time of one transaction, in `unit`; of `errors` they add up to how
    many failed.
    """

    component: str
    times: Series
    created_at: datetime
    unit: Unit = Unit.MILLISECONDS
    errors: Series | None = None
    version: int = 0

    def __post_init__(self) -> None:
        check_id("component", self.component)


def stretches(until: datetime | None, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """From when to when is to be fetched now, where all until then has been; the first time, one stretch."""
    end = _floor(now - LAG)
    begin = max(until, _floor(now - OLDEST)) if until else end - STRETCH
    while begin < end:
        yield begin, begin + STRETCH
        begin += STRETCH


def _floor(moment: datetime) -> datetime:
    return moment - timedelta(seconds=moment.timestamp() % STRETCH.total_seconds())
