"""Where each published file lies in the bucket: its address without the leading slash."""

INDEX = "index.html"
HEARTBEAT = "heartbeat.json"
NOT_FOUND = "404.html"
HISTORY = "history/index.html"
FRONT = frozenset(
    {
        INDEX,
        NOT_FOUND,
        HISTORY,
        "history.rss",
        "history.atom",
        "updates.rss",
        "updates.atom",
        "feed.json",
        "api/v2/status.json",
        "api/v2/summary.json",
        "api/v2/components.json",
        "api/v2/incidents.json",
        "api/v2/incidents/unresolved.json",
        "api/v2/incidents/resolved.json",
        "api/v2/scheduled-maintenances.json",
        "api/v2/scheduled-maintenances/upcoming.json",
        "api/v2/scheduled-maintenances/active.json",
    }
)
"""The files that every build makes; beside them stand incident pages, months and the heartbeat."""

_INCIDENTS = "incidents/"
_HISTORY = "history/"
_PAGE = "/index.html"


def incident(id: str) -> str:
    """An incident's page."""
    return f"{_INCIDENTS}{id}{_PAGE}"


def month(month: str) -> str:
    """The history of a month, `2026-11`."""
    return f"{_HISTORY}{month}{_PAGE}"


def incident_of(key: str) -> str | None:
    """The id of the incident whose page this is."""
    return _between(key, _INCIDENTS)


def month_of(key: str) -> str | None:
    """The month whose history this is."""
    return _between(key, _HISTORY)


def _between(key: str, start: str) -> str | None:
    inner = key.removeprefix(start).removesuffix(_PAGE)
    return inner if key == f"{start}{inner}{_PAGE}" and "/" not in inner else None
