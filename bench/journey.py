"""From accepted to visible: a POST through HTTP, then page, RSS, Atom and JSON until all of them show it."""

import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import past
from bench.laptop import Laptop

SAMPLES = 50
SHOWN = ("/", "/history.rss", "/updates.atom", "/feed.json", "/api/v2/incidents.json")
LONGEST_SECONDS = 30


def fill(laptop: Laptop, *, incidents: int, years: float) -> float:
    """Thirty components and a past; returns the seconds until all of it was published."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        paths = past.write(Path(folder), components=30, incidents=incidents, years=years)
        laptop.command("import", "statuspage", *map(str, paths))
    laptop.await_published()
    return time.monotonic() - started


def measure(laptop: Laptop) -> dict[str, float]:
    """Median and p95 in milliseconds over fifty posts, half of them new incidents, half updates."""
    samples = [_visible_after(laptop, path, body) for path, body in _said(laptop)]
    return {
        "median_ms": statistics.median(samples) * 1000,
        "p95_ms": statistics.quantiles(samples, n=20)[-1] * 1000,
        "longest_ms": max(samples) * 1000,
    }


def _said(laptop: Laptop) -> Iterator[tuple[str, dict[str, Any]]]:
    affects = {"component003": "partial_outage"}
    for n in range(SAMPLES // 2):
        id = f"bench-{secrets.token_hex(4)}"
        yield "/incidents", {"id": id, "title": f"Bench {n}", "body": "We look.", "affects": affects}
        yield f"/incidents/{id}/updates", {"status": "resolved", "body": "It is over."}


def _visible_after(laptop: Laptop, path: str, body: dict[str, Any]) -> float:
    mark = secrets.token_hex(8)
    laptop.post(path, {**body, "body": f"{body['body']} {mark}"})
    accepted = time.monotonic()
    missing = set(SHOWN)
    if path.endswith("/updates"):
        missing.add(f"{path.removesuffix('/updates')}/")
        missing.discard("/")  # the index tells the end of an incident by its title
    while missing:
        missing -= {file for file in missing if mark.encode() in laptop.get(file)}
        if time.monotonic() - accepted > LONGEST_SECONDS:
            raise RuntimeError(f"not visible after {LONGEST_SECONDS} s: {sorted(missing)}")
    return time.monotonic() - accepted
