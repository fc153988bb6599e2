"""Metrics of CloudWatch as people send and get them."""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.api.bodies import Sent
from chalicelib.api.types import ASCII, Id, Time
from chalicelib.domain.metrics import MOST_DIMENSIONS, Metric, Series, Unit
from chalicelib.domain.times import iso

Namespace = Annotated[str, Meta(pattern=ASCII, max_length=255, examples=["AWS/ApiGateway"])]
Word = Annotated[str, Meta(pattern=ASCII, max_length=255)]
Dimensions = Annotated[dict[Word, Word], Meta(max_length=MOST_DIMENSIONS)]


class SentSeries(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A metric in CloudWatch's words."""

    namespace: Namespace
    name: Word
    dimensions: Dimensions = {}

    def series(self) -> Series:
        """The one that is meant."""
        return Series(self.namespace, self.name, self.dimensions)


class NewMetric(Sent, frozen=True, kw_only=True):
    """Which metric becomes samples."""

    EXAMPLE = {
        "times": {"namespace": "AWS/ApiGateway", "name": "Latency", "dimensions": {"ApiName": "shop"}},
        "errors": {"namespace": "AWS/ApiGateway", "name": "5XXError", "dimensions": {"ApiName": "shop"}},
    }

    times: Annotated[SentSeries, Meta(description="Each value is the response time of a transaction.")]
    unit: Annotated[Unit, Meta(description="In which the metric counts time.")] = Unit.MILLISECONDS
    errors: Annotated[SentSeries | None, Meta(description="Its values add up to the failures.")] = None


class ShownSeries(Struct, frozen=True, kw_only=True):
    """A metric in CloudWatch's words."""

    namespace: str
    name: str
    dimensions: dict[str, str]


class MetricOf(Struct, frozen=True, kw_only=True):
    """Which metric becomes samples of a component; never public."""

    component: Id
    times: ShownSeries
    unit: Unit
    errors: ShownSeries | None
    created_at: Time


def document(metric: Metric) -> MetricOf:
    """A metric."""
    errors = _shown(metric.errors) if metric.errors else None
    return MetricOf(
        component=metric.component, times=_shown(metric.times), unit=metric.unit, errors=errors,
        created_at=iso(metric.created_at),
    )  # fmt: skip


def _shown(series: Series) -> ShownSeries:
    return ShownSeries(namespace=series.namespace, name=series.name, dimensions=dict(series.dimensions))
