"""From an alarm to a suspected incident that readers see: a POST over HTTP, then the page until it shows."""

import secrets
import statistics
import time
from typing import Any

from bench import journey
from bench.laptop import Laptop

ALARMS = 25
LONGEST_SECONDS = 30
APART_SECONDS = 2
"""So long after the end of an alarm its retraction is published, and the next one has the publisher alone."""


def measure(laptop: Laptop) -> dict[str, float]:
    """Median and p95 in milliseconds over alarms of as many components, on a page of 30 with a past."""
    journey.fill(laptop, incidents=200, years=1.0)
    for n in range(ALARMS):
        laptop.post("/alarms/rules", _rule(n))
    samples = [_seen_after(laptop, n) for n in range(ALARMS)]
    return {
        "median_ms": statistics.median(samples) * 1000,
        "p95_ms": statistics.quantiles(samples, n=20)[-1] * 1000,
    }


def _rule(n: int) -> dict[str, Any]:
    return {
        "match": {"component": f"c{n}"}, "component": f"component{n:03d}", "status": "partial_outage",
        "title": "Bench {mark}",
    }  # fmt: skip


def _seen_after(laptop: Laptop, n: int) -> float:
    """From the sending on, which counts as well; afterwards the alarm ends."""
    mark = secrets.token_hex(8)
    alarm = {"fingerprint": mark, "status": "firing", "labels": {"component": f"c{n}", "mark": mark}}
    began = time.monotonic()
    laptop.post("/alarms/generic", {"alarms": [alarm]})
    while mark.encode() not in laptop.get("/"):
        if time.monotonic() - began > LONGEST_SECONDS:
            raise RuntimeError(f"not suspected after {LONGEST_SECONDS} s")
    seen = time.monotonic() - began
    laptop.post("/alarms/generic", {"alarms": [{**alarm, "status": "resolved"}]})
    time.sleep(APART_SECONDS)
    return seen
