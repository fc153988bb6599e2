"""Samples: reports of a component's health numbers, and what they add up to.

All sums are whole numbers, response times in microseconds: added in any order they come to the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import NamedTuple

from chalicelib.domain.errors import Invalid

US_A_MS = 1000
MOST_TRANSACTIONS = 10**9
LONGEST_MS = 86_400_000
"""The longest response time that a sample may state: a day."""
PAIRS_A_PART = 99
"""Components and days that one transaction takes, beside its marker."""


class SampleSource(StrEnum):
    """From where samples come."""

    API = "api"
    FILE = "file"
    CLOUDWATCH = "cloudwatch"
    PROBE = "probe"


@dataclass(frozen=True)
class Sample:
    """One report: so many transactions, errors among them, that took so many microseconds together."""

    component: str
    at: datetime
    transactions: int
    total_us: int = 0
    errors: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.transactions <= MOST_TRANSACTIONS:
            raise Invalid("transactions", f"must be 0 to {MOST_TRANSACTIONS}")
        if not 0 <= self.errors <= self.transactions:
            raise Invalid("errors", "must be 0 to as many as there were transactions")
        if not 0 <= self.total_us <= self.transactions * LONGEST_MS * US_A_MS:
            raise Invalid("total_ms", "must be 0 to a day for each transaction")

    @property
    def pair(self) -> "Pair":
        """The UTC day and the component to which it counts."""
        return Pair(self.at.astimezone(UTC).date(), self.component)


class Pair(NamedTuple):
    """What samples are added up by: UTC day and component."""

    day: date
    component: str


class Numbers(NamedTuple):
    """What the samples of one component and day add up to; `sources` are in the order of the alphabet."""

    transactions: int = 0
    total_us: int = 0
    errors: int = 0
    samples: int = 0
    sources: tuple[str, ...] = ()

    @property
    def mean_us(self) -> int | None:
        """Mean response time in microseconds, half to even; None without transactions."""
        return rounded(self.total_us, self.transactions) if self.transactions else None

    @property
    def mean_ms(self) -> float | None:
        """Mean response time in milliseconds, to three decimals; None without transactions."""
        mean = self.mean_us
        return None if mean is None else mean / US_A_MS

    @property
    def source(self) -> str | None:
        """From where they came: `api`, `api+probe`."""
        return "+".join(self.sources) or None


def total_us(transactions: int, *, mean_ms: Decimal | None, total_ms: Decimal | None) -> int:
    """The response times together, in microseconds, rounded once; either the mean or the total is stated."""
    if mean_ms is not None and total_ms is not None:
        raise Invalid("mean_ms", "must be absent where total_ms is given")
    if total_ms is None:
        if mean_ms is None and transactions:
            raise Invalid("mean_ms", "is missing, and so is total_ms")
        total_ms = (mean_ms or Decimal()) * transactions
    return int((total_ms * US_A_MS).to_integral_value(ROUND_HALF_EVEN))


def add_up(samples: Iterable[Sample], source: SampleSource) -> dict[Pair, Numbers]:
    """What samples come to, by day and component."""
    sums: dict[Pair, list[int]] = {}
    for sample in samples:
        found = sums.setdefault(sample.pair, [0, 0, 0, 0])
        found[0] += sample.transactions
        found[1] += sample.total_us
        found[2] += sample.errors
        found[3] += 1
    return {
        pair: Numbers(found[0], found[1], found[2], found[3], sources=(source.value,))
        for pair, found in sums.items()
    }


def parts(pairs: Iterable[Pair]) -> list[tuple[Pair, ...]]:
    """How pairs are cut into transactions: the same for the same pairs, oldest day first."""
    ordered = sorted(set(pairs))
    return [tuple(ordered[n : n + PAIRS_A_PART]) for n in range(0, len(ordered), PAIRS_A_PART)]


def rounded(total: int, count: int) -> int:
    """A total divided by a count above 0, half to even, without floats."""
    whole, rest = divmod(total, count)
    return whole + (2 * rest > count or (2 * rest == count and whole % 2 == 1))
