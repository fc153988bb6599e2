"""Metrics in the table: which one becomes samples of which component, and until when all have been fetched.

All of it is private: it names an account's own resources, so nothing of it is said in the record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.metrics import MOST_METRICS, Metric
from chalicelib.stores import catalogue, table
from chalicelib.stores.record import Change

PARTITION = "METRICS"
FETCHED = (PARTITION, "FETCHED")


@dataclass(frozen=True)
class Metrics:
    """All metrics by component, and until when they have been fetched."""

    all: Mapping[str, Metric] = field(default_factory=dict)
    until: datetime | None = None


def read() -> Metrics:
    """All of it, in one query."""
    found, until = dict[str, Metric](), None
    for item in table.query(PARTITION):
        if (item.pk, item.sk) == FETCHED:
            until = table.value(item, datetime)
        else:
            found[item.sk] = table.value(item, Metric)
    return Metrics(found, until)


def get(component: str) -> Metric:
    """The metric of a component, or `NotFound`."""
    item = table.get(PARTITION, component)
    if item is None:
        raise NotFound("metric", component)
    return table.value(item, Metric)


def put(metric: Metric) -> Change[Metric]:
    """The metric of a component, in place of the one that it had; `Conflict` if there are enough."""
    component = catalogue.component(metric.component)
    if component.retired:
        raise Conflict("id", "is retired")
    standing = read().all
    before = standing.get(component.id)
    if before is None and len(standing) >= MOST_METRICS:
        raise Conflict("id", f"would be one too many: there are {MOST_METRICS} metrics")
    version = before.version if before else 0
    after = replace(metric, version=version + 1)
    return Change(after, puts=(table.versioned(PARTITION, component.id, after, version=version),))


def remove(component: str) -> Change[Metric]:
    """Fetch it no more."""
    return Change(get(component), deletes=((PARTITION, component),))


def fetched(until: datetime) -> None:
    """Note that all has been fetched until then; harmless where another one notes the same."""
    table.put_all([table.stored(*FETCHED, until)])
