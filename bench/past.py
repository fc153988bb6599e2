"""A past to measure against: a Statuspage document with as many incidents as wanted, spread over years."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

END = datetime(2026, 10, 1, tzinfo=UTC)
PAGE = {
    "id": "benchpage000",
    "name": "Bench",
    "url": "https://bench.example",
    "time_zone": "Etc/UTC",
    "updated_at": "2026-10-01T00:00:00.000Z",
}


def write(folder: Path, *, components: int, incidents: int, years: float) -> list[Path]:
    """Write summary.json and incidents.json; returns their paths."""
    step = timedelta(days=365 * years) / max(incidents, 1)
    written = []
    for name, document in (
        ("summary", summary(components)),
        ("incidents", history(incidents, end=END, step=step)),
    ):
        path = folder / f"{name}.json"
        path.write_text(json.dumps(document))
        written.append(path)
    return written


def summary(components: int) -> dict[str, Any]:
    """A summary.json with so many components, all well, and nothing open."""
    status = {"indicator": "none", "description": "All Systems Operational"}
    nothing: list[Any] = []
    return {
        "page": PAGE, "components": [_component(n) for n in range(components)], "incidents": nothing,
        "scheduled_maintenances": nothing, "status": status,
    }  # fmt: skip


def history(incidents: int, *, end: datetime, step: timedelta) -> dict[str, Any]:
    """An incidents.json with so many incidents, each a step before the last."""
    return {"page": PAGE, "incidents": [_incident(n, end - step * n) for n in range(incidents)]}


def _component(n: int) -> dict[str, Any]:
    at = "2020-01-01T00:00:00.000Z"
    return {
        "id": f"component{n:03d}", "name": f"Component {n}", "status": "operational", "created_at": at,
        "updated_at": at, "position": n, "description": None, "showcase": False, "start_date": None,
        "group_id": None, "page_id": PAGE["id"], "group": False, "only_show_if_degraded": False,
    }  # fmt: skip


def _incident(n: int, start: datetime) -> dict[str, Any]:
    id, end = f"past{n:08d}", start + timedelta(hours=1)
    updates = list(_updates(id, start, end))
    return {
        "id": id, "name": f"Trouble number {n}", "status": "resolved", "created_at": _ms(start),
        "updated_at": _ms(end), "monitoring_at": None, "resolved_at": _ms(end), "impact": "minor",
        "shortlink": f"https://stspg.io/{id}", "started_at": _ms(start), "page_id": PAGE["id"],
        "incident_updates": updates, "components": [], "reminder_intervals": None,
    }  # fmt: skip


def _updates(id: str, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    for word, at in (("resolved", end), ("investigating", start)):
        yield {
            "id": f"{id}{word[:3]}", "status": word, "body": f"We say that it is {word}. " * 8,
            "incident_id": id, "created_at": _ms(at), "updated_at": _ms(at), "display_at": _ms(at),
            "affected_components": None, "deliver_notifications": True,
            "custom_tweet": None, "tweet_id": None,
        }  # fmt: skip


def _ms(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
