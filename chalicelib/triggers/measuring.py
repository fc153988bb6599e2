"""The minute's metrics: what CloudWatch has by now of the minutes that are over becomes samples.

Each stretch of a component is a batch whose key is the component and the stretch: so it counts once, whoever
else fetches it, and wherever somebody is killed.
"""

import time
from collections.abc import Callable
from datetime import datetime

from chalicelib.domain.metrics import stretches
from chalicelib.domain.samples import Sample, SampleSource
from chalicelib.domain.times import iso
from chalicelib.intake.metrics import CloudWatch, fetch
from chalicelib.stores import metrics, samples
from chalicelib.stores.idempotency import Repeat
from chalicelib.stores.samples import Batch

OWNER = "cloudwatch"
BUDGET_SECONDS = 10.0


def fetch_metrics(
    client: Callable[[], CloudWatch], now: Callable[[], datetime], *, seconds: float = BUDGET_SECONDS
) -> int:
    """Fetch what is due; how many samples that gave. One query where nothing is; the next minute goes on."""
    standing, until, counted = metrics.read(), time.monotonic() + seconds, 0
    if not standing.all:
        return 0
    for begin, end in stretches(standing.until, now()):
        wanted = [metric for metric in standing.all.values() if metric.created_at < end]
        for component, found in fetch(client(), wanted, begin, end).items():
            counted += _count(component, begin, found, now)
        metrics.fetched(end)
        if time.monotonic() > until:
            break
    return counted


def _count(component: str, begin: datetime, found: list[Sample], now: Callable[[], datetime]) -> int:
    """Count what is not counted yet; what belongs to a component that is gone is left out."""
    if not found:
        return 0
    key = f"{component}/{iso(begin)}"
    batch = Batch(Repeat(OWNER, key, key), dict(enumerate(found)), SampleSource.CLOUDWATCH, True)
    return samples.take(batch, now=now).counted
