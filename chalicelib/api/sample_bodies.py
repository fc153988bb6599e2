"""What people send of a component's health: samples."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from chalicelib.api.bodies import Sent, instant_of
from chalicelib.api.types import Given, Id
from chalicelib.domain.samples import LONGEST_MS, MOST_TRANSACTIONS, Sample, total_us

MOST_SAMPLES = 5_000

Count = Annotated[int, Meta(ge=0, le=MOST_TRANSACTIONS)]
Mean = Annotated[float, Meta(ge=0, le=LONGEST_MS, description="Mean response time; or else `total_ms`.")]
Total = Annotated[
    float,
    Meta(
        ge=0, le=LONGEST_MS * MOST_TRANSACTIONS, description="All response times together; or else `mean_ms`."
    ),
]


class NewSample(Sent, frozen=True, kw_only=True):
    """What a component did in a while that began, or ended, at `at`: it counts to that day in UTC."""

    EXAMPLE = {"component": "checkout", "at": "2026-11-22T09:05:00Z", "transactions": 1200, "mean_ms": 81.5}

    component: Id
    at: Given
    transactions: Count
    mean_ms: Mean | None = None
    total_ms: Total | None = None
    errors: Annotated[Count, Meta(description="How many of the transactions failed.")] = 0

    def sample(self) -> Sample:
        """The sample that is meant."""
        total = total_us(self.transactions, mean_ms=_exact(self.mean_ms), total_ms=_exact(self.total_ms))
        at = instant_of("at", self.at)
        return Sample(self.component, at, self.transactions, total, self.errors)


def _exact(given: float | None) -> Decimal | None:
    """The number as it was written."""
    return None if given is None else Decimal(repr(given))
