"""Where each published file lies in the bucket: its address without the leading slash."""

import re

from chalicelib.domain.subjects import ADVISORY, INCIDENT, MAINTENANCE, id_of, kind_of, subject_of

INDEX = "index.html"
HEARTBEAT = "heartbeat.json"
NOT_FOUND = "404.html"
HISTORY = "history/index.html"
RECORD_HEAD = "record/head.json"
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
"""The files that every build makes; beside them stand incidents, months, the record, the heartbeat."""

PLACES = {INCIDENT: "incidents/", MAINTENANCE: "maintenances/", ADVISORY: "security/"}
"""Under which folder the pages of a kind stand."""

_HISTORY = "history/"
_ENTRIES = "record/entries/"
_LINES = ".jsonl"
_PAGE = "/index.html"


def address(subject: str) -> str:
    """A subject's page as a link leads to it."""
    return f"{PLACES[kind_of(subject)]}{id_of(subject)}/"


def page(subject: str) -> str:
    """A subject's page."""
    return f"{PLACES[kind_of(subject)]}{id_of(subject)}{_PAGE}"


def incident(id: str) -> str:
    """An incident's page."""
    return page(subject_of(INCIDENT, id))


def month(month: str) -> str:
    """The history of a month, `2026-11`."""
    return f"{_HISTORY}{month}{_PAGE}"


def entries(first: int) -> str:
    """The file of the record that begins with this entry."""
    return f"{_ENTRIES}{first}{_LINES}"


def subject_of_page(key: str) -> str | None:
    """The subject whose page this is."""
    ids = ((kind, _between(key, place)) for kind, place in PLACES.items())
    return next((subject_of(kind, id) for kind, id in ids if id), None)


def month_of(key: str) -> str | None:
    """The month whose history this is."""
    return _between(key, _HISTORY)


def first_entry_of(key: str) -> int | None:
    """The number of the entry that this file of the record begins with."""
    inner = key.removeprefix(_ENTRIES).removesuffix(_LINES)
    return int(inner) if re.fullmatch("[1-9][0-9]{0,15}", inner) and key == entries(int(inner)) else None


def _between(key: str, start: str) -> str | None:
    inner = key.removeprefix(start).removesuffix(_PAGE)
    return inner if key == f"{start}{inner}{_PAGE}" and "/" not in inner else None
