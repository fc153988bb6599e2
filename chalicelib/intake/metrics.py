"""Metrics of CloudWatch as samples: what GetMetricData says of each minute."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Protocol

from botocore.exceptions import ClientError

from chalicelib.domain.metrics import US, Metric, Series
from chalicelib.domain.samples import LONGEST_MS, MOST_TRANSACTIONS, US_A_MS, Sample

MINUTE = 60
WRONG = frozenset(
    {"ValidationError", "InvalidParameterValue", "InvalidParameterCombination", "MissingRequiredParameter"}
)
"""What CloudWatch says of a request that it will never understand."""

_log = logging.getLogger("candor.metrics")

Values = dict[datetime, float]


class CloudWatch(Protocol):
    """The one thing that is asked of CloudWatch."""

    def get_metric_data(self, **asked: Any) -> Any: ...


class Unanswered(RuntimeError):
    """CloudWatch does not say what it has; the next minute asks again."""


def fetch(
    client: CloudWatch, metrics: Sequence[Metric], begin: datetime, end: datetime
) -> dict[str, list[Sample]]:
    """The samples of each component from one time to another, one for each minute that has any.

    One setting that CloudWatch refuses has the whole request refused: so halves are asked for, and halves of
    these, until that one is alone and left out.
    """
    if not metrics:
        return {}
    try:
        return _fetched(client, metrics, begin, end)
    except ClientError as refused:
        if refused.response["Error"]["Code"] not in WRONG:
            raise
        if len(metrics) == 1:
            _log.warning("metric refused", extra={"component": metrics[0].component})
            return {}
    half = len(metrics) // 2
    return fetch(client, metrics[:half], begin, end) | fetch(client, metrics[half:], begin, end)


def _fetched(
    client: CloudWatch, metrics: Sequence[Metric], begin: datetime, end: datetime
) -> dict[str, list[Sample]]:
    found: dict[str, Values] = {}
    for page in _pages(client, list(_queries(metrics)), begin, end):
        for result in page["MetricDataResults"]:
            if result.get("StatusCode") not in ("Complete", "PartialData"):
                raise Unanswered(str(result.get("StatusCode")))
            values = found.setdefault(result["Id"], {})
            values.update(zip(result["Timestamps"], result["Values"], strict=True))
    told = {it.component: _samples(it, n, found) for n, it in enumerate(metrics)}
    return {id: [sample for sample in samples if begin <= sample.at < end] for id, samples in told.items()}


def _pages(
    client: CloudWatch, queries: list[dict[str, Any]], begin: datetime, end: datetime
) -> Iterator[Mapping[str, Any]]:
    asked: dict[str, Any] = {"MetricDataQueries": queries, "StartTime": begin, "EndTime": end}
    while True:
        page = client.get_metric_data(**asked)
        yield page
        if not page.get("NextToken"):
            return
        asked["NextToken"] = page["NextToken"]


def _queries(metrics: Sequence[Metric]) -> Iterator[dict[str, Any]]:
    for n, metric in enumerate(metrics):
        yield _query(f"n{n}", metric.times, "SampleCount")
        yield _query(f"t{n}", metric.times, "Sum")
        if metric.errors:
            yield _query(f"e{n}", metric.errors, "Sum")


def _query(id: str, series: Series, statistic: str) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in sorted(series.dimensions.items())]
    metric = {"Namespace": series.namespace, "MetricName": series.name, "Dimensions": dimensions}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": MINUTE, "Stat": statistic}}


def _samples(metric: Metric, n: int, found: Mapping[str, Values]) -> Iterator[Sample]:
    """What the values say; values that no sample can have are cut to what it can."""
    times, errors = found.get(f"t{n}", {}), found.get(f"e{n}", {})
    for at, count in sorted(found.get(f"n{n}", {}).items()):
        transactions = min(int(count), MOST_TRANSACTIONS)
        if transactions > 0:
            total = max(Decimal(repr(times.get(at, 0.0))), Decimal()) * US[metric.unit]
            most = transactions * LONGEST_MS * US_A_MS
            total_us = min(int(total.to_integral_value(ROUND_HALF_EVEN)), most)
            failed = min(max(int(errors.get(at, 0)), 0), transactions)
            yield Sample(metric.component, at.astimezone(UTC), transactions, total_us, failed)
