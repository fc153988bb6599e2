"""Where each published file lies in the bucket: its address without the leading slash."""

import re
from datetime import UTC

from chalicelib.domain.advisories import Advisory, ListedAdvisory
from chalicelib.domain.subjects import (
    ADVISORY,
    COMPONENT,
    GROUP,
    INCIDENT,
    MAINTENANCE,
    id_of,
    kind_of,
    subject_of,
)

INDEX = "index.html"
HEARTBEAT = "heartbeat.json"
NOT_FOUND = "404.html"
HISTORY = "history/index.html"
RECORD = "record/index.html"
RECORD_HEAD = "record/head.json"
HEADS_ATOM = "record/heads.atom"
HEADS_JSON = "record/heads.json"
HEADS = frozenset({HEADS_ATOM, HEADS_JSON})
"""The heads of the days."""

CALENDAR = "maintenances.ics"
FRONT = frozenset(
    {
        INDEX,
        NOT_FOUND,
        HISTORY,
        RECORD,
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
        CALENDAR,
    }
)
"""The files that every build makes; beside them stand incidents, months, the record, the heartbeat."""

SECURITY = "security/index.html"
SECURITY_ATOM = "security/advisories.atom"
SECURITY_RSS = "security/advisories.rss"
SECURITY_TXT = ".well-known/security.txt"
CSAF = ".well-known/csaf/"
CSAF_METADATA = f"{CSAF}provider-metadata.json"
CSAF_FEED = f"{CSAF}csaf-feed-tlp-white.json"
CSAF_SERVICE = f"{CSAF}service.json"
CSAF_CATEGORIES = f"{CSAF}category.json"
CSAF_INDEX = f"{CSAF}index.txt"
CSAF_CHANGES = f"{CSAF}changes.csv"
CSAF_LISTS = frozenset({CSAF_METADATA, CSAF_FEED, CSAF_SERVICE, CSAF_CATEGORIES, CSAF_INDEX, CSAF_CHANGES})
SECURITY_LISTS = frozenset({SECURITY, SECURITY_ATOM, SECURITY_RSS, SECURITY_TXT, *CSAF_LISTS})
"""The files that say which advisories there are, and how to reach who answers for security."""

TRUST = "trust/index.html"
TRUST_FIGURES = "trust/figures.json"
ABOUT_US = frozenset({TRUST, TRUST_FIGURES})
"""The figures about ourselves."""

PLACES = {INCIDENT: "incidents/", MAINTENANCE: "maintenances/", ADVISORY: "security/"}
"""Under which folder the pages of a kind stand."""

INSTANCES = "instances/index.html"
FOLDERS = {COMPONENT: "components/", GROUP: "groups/"}
"""Under which folder the pages of components and groups stand."""

DAYS_JSON = "days.json"
DOSSIER = (INDEX, DAYS_JSON, "days.csv")
"""The files of a component or group."""

_HISTORY = "history/"
ENTRIES = "record/entries/"
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


def advisory(advisory: Advisory) -> frozenset[str]:
    """The files of a published advisory: its page, its CSAF document, and that one's hashes."""
    document = csaf(advisory)
    about = page(subject_of_advisory(advisory))
    return frozenset({about, document, f"{document}.sha256", f"{document}.sha512"})


def subject_of_advisory(advisory: Advisory | ListedAdvisory) -> str:
    """The name by which pages are found."""
    return subject_of(ADVISORY, advisory.key)


def csaf(advisory: Advisory | ListedAdvisory) -> str:
    """A published advisory's CSAF document: in the year in which it was first said, in lower case."""
    if advisory.issued_at is None:
        raise ValueError("a draft has no public file")
    return f"{CSAF}{advisory.issued_at.astimezone(UTC).year:04}/{advisory.key}.json"


def month(month: str) -> str:
    """The history of a month, `2026-11`."""
    return f"{_HISTORY}{month}{_PAGE}"


def folder(subject: str) -> str:
    """Where the files of a component or group stand."""
    return f"{FOLDERS[kind_of(subject)]}{id_of(subject)}/"


def dossier(subject: str) -> frozenset[str]:
    """The files of a component or group: its page, its days for programs."""
    return frozenset(f"{folder(subject)}{name}" for name in DOSSIER)


def entries(first: int) -> str:
    """The file of the record that begins with this entry."""
    return f"{ENTRIES}{first}{_LINES}"


def subject_of_page(key: str) -> str | None:
    """The subject whose page this is."""
    ids = ((kind, _between(key, place)) for kind, place in PLACES.items())
    return next((subject_of(kind, id) for kind, id in ids if id), None)


def subject_of_csaf(key: str) -> str | None:
    """The subject whose CSAF document, or a hash of it, this is."""
    found = re.fullmatch(rf"{re.escape(CSAF)}[0-9]{{4}}/([a-z0-9-]+)\.json(?:\.sha256|\.sha512)?", key)
    return subject_of(ADVISORY, found[1]) if found else None


def days_of(subject: str) -> str:
    """The days of a component or group for programs."""
    return f"{folder(subject)}{DAYS_JSON}"


def month_of(key: str) -> str | None:
    """The month whose history this is."""
    return _between(key, _HISTORY)


def first_entry_of(key: str) -> int | None:
    """The number of the entry that this file of the record begins with."""
    inner = key.removeprefix(ENTRIES).removesuffix(_LINES)
    return int(inner) if re.fullmatch("[1-9][0-9]{0,15}", inner) and key == entries(int(inner)) else None


def _between(key: str, start: str) -> str | None:
    inner = key.removeprefix(start).removesuffix(_PAGE)
    return inner if key == f"{start}{inner}{_PAGE}" and "/" not in inner else None
