"""Statuspage's documents for tests: each builder hides what does not matter, and takes by name what does."""

import json
from typing import Any

from chalicelib.domain.imports import ForeignPage
from chalicelib.intake import statuspage

Object = dict[str, Any]


def at(minute: int) -> str:
    """A time of one evening in October 2026."""
    return f"2026-10-05T{20 + minute // 60}:{minute % 60:02d}:00.000Z"


def a_document(*, updated: int = 100, **parts: Any) -> Object:
    """A document of the page `acme`."""
    page = {"id": "acme", "name": "Acme", "url": "https://status.acme.example", "time_zone": "Etc/UTC"}
    return {"page": {**page, "updated_at": at(updated)}, **parts}


def a_summary(*incidents: Object, components: list[Object] | None = None, updated: int = 100) -> Object:
    """A summary.json: these open incidents; by default the component `api`, well."""
    return a_document(
        updated=updated,
        components=[a_component()] if components is None else components,
        incidents=list(incidents),
        scheduled_maintenances=[],
        status={"indicator": "none", "description": "All Systems Operational"},
    )


def a_component(id: str = "api", **changes: Any) -> Object:
    """A loose component that is well."""
    component = {
        "id": id, "name": id.title(), "status": "operational", "created_at": at(0), "updated_at": at(0),
        "position": 1, "description": None, "showcase": True, "start_date": None, "group_id": None,
        "page_id": "acme", "group": False, "only_show_if_degraded": False,
    }  # fmt: skip
    return {**component, **changes}


def an_update(id: str, minute: int, status: str = "investigating", **changes: Any) -> Object:
    """An update that says how its incident stands; `affects` gives components their new status."""
    affects = changes.pop("affects", None)
    update = {
        "id": id, "status": status, "body": f"We are {status}.", "incident_id": "slow",
        "created_at": at(minute), "updated_at": at(minute), "display_at": at(minute),
        "affected_components": affects and [an_affect(id, status) for id, status in affects.items()],
        "deliver_notifications": True, "custom_tweet": None, "tweet_id": None,
    }  # fmt: skip
    return {**update, **changes}


def an_affect(id: str, status: str, before: str = "operational") -> Object:
    """What an update does to a component."""
    return {"code": id, "name": id.title(), "old_status": before, "new_status": status}


def an_incident(id: str = "slow", *updates: Object, **changes: Any) -> Object:
    """An incident as its updates, given oldest first, leave it."""
    told = updates or (an_update(f"{id}-1", 10),)
    incident = {
        "id": id, "name": "Slow answers", "status": told[-1]["status"], "created_at": told[0]["created_at"],
        "updated_at": told[-1]["updated_at"], "monitoring_at": None, "resolved_at": None, "impact": "minor",
        "shortlink": f"https://stspg.io/{id}", "started_at": told[0]["created_at"], "page_id": "acme",
        "incident_updates": list(told[::-1]), "components": [a_component()], "reminder_intervals": None,
    }  # fmt: skip
    return {**incident, **changes}


def a_maintenance(id: str = "disks", *updates: Object, **changes: Any) -> Object:
    """A scheduled maintenance as its updates, given oldest first, leave it."""
    told = updates or (an_update(f"{id}-1", 10, "scheduled"),)
    maintenance = {**an_incident(id, *told), "name": "New disks", "impact": "maintenance"}
    del maintenance["reminder_intervals"]
    return {**maintenance, "scheduled_for": at(120), "scheduled_until": at(180), **changes}


def foreign(*documents: Object) -> ForeignPage:
    """What these documents say together."""
    return statuspage.read((f"document {n}", json.dumps(it).encode()) for n, it in enumerate(documents))
