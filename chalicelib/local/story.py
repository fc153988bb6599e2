"""The story that DEMO=1 tells: a small cloud provider, its three instances, and the incidents in story.md."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from chalicelib.domain.statuses import ComponentStatus, IncidentStatus

NAME = "Fernhill Cloud"
TEAM = {"CANDOR_SECURITY_CONTACT": "security@fernhill.example"}

# id, name, region, release
INSTANCES = (
    ("eu1", "EU1", "Europe", "26.11"),
    ("na1", "NA1", "Americas", "26.11"),
    ("ap1", "AP1", "Asia Pacific", "26.11"),
)

# id (behind the instance's), name, description
COMPONENTS = (
    ("web", "Web application", "What people see after signing in."),
    ("api", "API", "REST and GraphQL, as documented for developers."),
    ("jobs", "Background jobs", "Imports, exports, scheduled reports and webhooks."),
    ("login", "Sign-in", "Passwords, passkeys and single sign-on."),
)

# what all instances share: id, name, description
SHARED = (
    ("docs", "Documentation", "Guides and references."),
    ("billing", "Billing", "Invoices, plans and means of payment."),
)


@dataclass(frozen=True)
class Word:
    """One update, and until when the next one was promised."""

    at: datetime
    status: IncidentStatus
    body: str
    affects: dict[str, ComponentStatus]
    promised: datetime | None


@dataclass(frozen=True)
class Tale:
    """One incident, with its words in their order."""

    id: str
    title: str
    start: datetime
    detected_at: datetime | None
    words: tuple[Word, ...]


def tales(now: datetime) -> tuple[Tale, ...]:
    """The incidents of story.md, counted back from `now`; the form is described there."""
    text = Path(__file__).with_name("story.md").read_text(encoding="utf-8")
    return tuple(_tale(part, now) for part in text.split("\n## ")[1:])


def _tale(text: str, now: datetime) -> Tale:
    head, *words = text.split("\n### ")
    id, began, noticed, title = head.strip().split(" | ")
    start = time_of(began, now)
    detected_at = None if noticed == "-" else start + timedelta(minutes=int(noticed))
    return Tale(id, title, start, detected_at, tuple(_words(words, start)))


def _words(texts: list[str], start: datetime) -> Iterator[Word]:
    for text in texts:
        head, body = text.split("\n", 1)
        after, status, affects, promised = head.split(" | ")
        at = start + timedelta(minutes=int(after))
        yield Word(
            at, IncidentStatus(status), body.strip(), _affects(affects),
            None if promised == "-" else at + timedelta(minutes=int(promised)),
        )  # fmt: skip


def _affects(text: str) -> dict[str, ComponentStatus]:
    pairs = (pair.split("=") for pair in text.split() if pair != "-")
    return {id: ComponentStatus(status) for id, status in pairs}


def time_of(told: str, now: datetime) -> datetime:
    """`172 minutes ago`, `58 days ago, 15:42` or `in 3 days, 22:00`."""
    number, unit = told.removeprefix("in ").split()[:2]
    if unit == "minutes":
        return now.replace(second=0, microsecond=0) - timedelta(minutes=int(number))
    days = timedelta(days=int(number))
    day = (now + days if told.startswith("in ") else now - days).date()
    return datetime.combine(day, time.fromisoformat(told[-5:]), now.tzinfo)
