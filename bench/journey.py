"""From accepted to visible: a POST through HTTP, then every page, feed and document until all show it."""

import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench import past
from bench.laptop import Laptop

SAMPLES = 50
MARK = "MARK"
"""Stands in what is said where the reader looks for it."""

UPDATES = ("/updates.rss", "/updates.atom", "/feed.json")
LONGEST_SECONDS = 30


class Said(NamedTuple):
    """A request, and the files that show it: those to which it belongs."""

    path: str
    body: dict[str, Any]
    shown: tuple[str, ...]


def fill(laptop: Laptop, *, incidents: int, years: float) -> float:
    """Thirty components and a past; returns the seconds until all of it was published."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        paths = past.write(Path(folder), components=30, incidents=incidents, years=years)
        laptop.command("import", "statuspage", *map(str, paths))
    laptop.await_published()
    return time.monotonic() - started


def measure(laptop: Laptop, kind: Callable[[int], Iterator[Said]]) -> dict[str, float]:
    """Median and p95 in milliseconds over fifty posts of a kind: half new, half say how it went on."""
    samples = [_visible_after(laptop, said) for n in range(SAMPLES // 2) for said in kind(n)]
    return {
        "median_ms": statistics.median(samples) * 1000,
        "p95_ms": statistics.quantiles(samples, n=20)[-1] * 1000,
        "longest_ms": max(samples) * 1000,
    }


def incident(n: int) -> Iterator[Said]:
    """One that is opened and resolved; the index tells its end by its title."""
    id = f"bench-{secrets.token_hex(4)}"
    page, history = f"/incidents/{id}/", ("/history.rss", "/history.atom", "/api/v2/incidents.json", *UPDATES)
    new = {"id": id, "title": f"Bench {n}", "affects": {"component003": "partial_outage"}}
    yield Said("/incidents", {**new, "body": f"We look. {MARK}"}, ("/", page, *history))
    over = {"status": "resolved", "body": f"It is over. {MARK}"}
    yield Said(f"/incidents/{id}/updates", over, (page, *history))


def maintenance(n: int) -> Iterator[Said]:
    """One that is announced and called off; the calendar tells its title."""
    id = f"bench-{secrets.token_hex(4)}"
    page, history = f"/maintenances/{id}/", ("/history.rss", "/history.atom", *UPDATES)
    planned = ("/", "/maintenances.ics", "/api/v2/summary.json", "/api/v2/scheduled-maintenances.json")
    new = {
        "id": id, "title": f"Bench {n} {MARK}", "body": "We work.", "availability": "read_only",
        "starts_at": "2999-01-01T00:00:00Z", "ends_at": "2999-01-02T00:00:00Z",
        "affects": {"component004": "under_maintenance"},
    }  # fmt: skip
    yield Said("/maintenances", new, (page, *planned, *history))
    yield Said(f"/maintenances/{id}/cancel", {"body": f"Not now. {MARK}"}, (page, *history))


def advisory(n: int) -> Iterator[Said]:
    """A threat that is published, and over; its document is of this year."""
    id = f"bench-{secrets.token_hex(4)}"
    page, document = f"/security/{id}/", f"/.well-known/csaf/{time.gmtime().tm_year}/{id}.json"
    lists = (
        "/", "/security/", "/security/advisories.atom", "/security/advisories.rss",
        "/.well-known/csaf/csaf-feed-tlp-white.json",
    )  # fmt: skip
    new = {
        "id": id, "title": f"Bench {n} {MARK}", "category": "phishing", "summary": "They ask.",
        "actions": "Do not answer.", "published": True,
    }  # fmt: skip
    yield Said("/advisories", new, (page, document, *lists, *UPDATES))
    over = {"body": f"They stopped. {MARK}", "active": False}
    yield Said(f"/advisories/{id}/updates", over, (page, document, *UPDATES))


KINDS = {"": incident, "a maintenance, ": maintenance, "an advisory, ": advisory}
"""How figures name what was said, and what it was."""


def _visible_after(laptop: Laptop, said: Said) -> float:
    mark = secrets.token_hex(8)
    body = {
        name: text.replace(MARK, mark) if isinstance(text, str) else text for name, text in said.body.items()
    }
    laptop.post(said.path, body)
    accepted = time.monotonic()
    missing = set(said.shown)
    while missing:
        missing -= {file for file in missing if mark.encode() in laptop.get(file)}
        if time.monotonic() - accepted > LONGEST_SECONDS:
            raise RuntimeError(f"not visible after {LONGEST_SECONDS} s: {sorted(missing)}")
    return time.monotonic() - accepted
