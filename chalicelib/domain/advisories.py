"""Advisories: what is published about security, its life cycle and how the story of one goes on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.domain.checks import check_among, check_line, check_once, check_text
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.record import Moment
from chalicelib.domain.restatements import earlier
from chalicelib.domain.security import (
    Action,
    Affected,
    Credit,
    Issuer,
    Reference,
    Severity,
    Vulnerability,
    check_severity,
    gravest,
)
from chalicelib.domain.updates import Correction, Update

ID = r"[A-Za-z0-9-]{1,64}"
PREFIX = "CSA"
NUMBERED = rf"{PREFIX}-([0-9]{{4}})-([0-9]{{4,15}})"
THREAT_DAYS = 30


class Category(StrEnum):
    """What an advisory is about."""

    VULNERABILITY = "vulnerability"
    PHISHING = "phishing"
    MALWARE = "malware"
    BREACH = "breach"
    NOTICE = "notice"


class AdvisoryStatus(StrEnum):
    """Where the story of an advisory stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"


S = AdvisoryStatus

NEXT: dict[AdvisoryStatus, frozenset[AdvisoryStatus]] = {
    S.DRAFT: frozenset({S.DRAFT, S.PUBLISHED}),
    S.PUBLISHED: frozenset({S.UPDATED, S.WITHDRAWN}),
    S.UPDATED: frozenset({S.UPDATED, S.WITHDRAWN}),
    S.WITHDRAWN: frozenset(),
}
_REFUSALS = {
    S.DRAFT: "is draft: nobody but key holders has seen it, publish it first",
    S.PUBLISHED: "is published already: say what changes in an update",
    S.UPDATED: "is published already: say what changes in an update",
    S.WITHDRAWN: "is withdrawn: nothing follows",
}

AdvisoryUpdate = Update[AdvisoryStatus]


@dataclass(frozen=True)
class Advisory:
    """A security statement; its updates are values of their own.

    `id` is kept as it was given, and known whatever its case. `severity` follows from the scores unless it
    was stated. `issued_at` and `latest_at` are the claimed times of its first and newest update,
    `published_at` and `updated_at` ours; a draft has the last one alone. `is_active`: nobody said that it is
    over. `corrected_at`: when an update was last put right; `first_issued_at`: which time the first one had
    claimed before. `revision` counts the updates, `imported` those that came from the `issuer`; `number` is
    the record entry that published it, `seq` the newest one that bears on it. `reason` is why it was
    withdrawn.
    """

    id: str
    title: str
    category: Category
    summary: str
    updated_at: datetime
    status: AdvisoryStatus = AdvisoryStatus.DRAFT
    severity: Severity | None = None
    severity_stated: bool = False
    vulnerabilities: tuple[Vulnerability, ...] = ()
    affected: tuple[Affected, ...] = ()
    actions: tuple[Action, ...] = ()
    references: tuple[Reference, ...] = ()
    credits: tuple[Credit, ...] = ()
    is_active: bool = True
    reason: str | None = None
    issued_at: datetime | None = None
    published_at: datetime | None = None
    latest_at: datetime | None = None
    corrected_at: datetime | None = None
    first_issued_at: datetime | None = None
    revision: int = 0
    imported: int = 0
    issuer: Issuer | None = None
    number: int = 0
    version: int = 0
    seq: int = 0

    def __post_init__(self) -> None:
        check_advisory_id(self.id)
        check_line("title", self.title)
        check_text("summary", self.summary)
        check_once("cves", self.cves)
        for n, affected in enumerate(self.affected):
            check_among(f"affected.{n}.cves", affected.cves, self.cves)
        products = [affected.product for affected in self.affected]
        for n, action in enumerate(self.actions):
            check_among(f"actions.{n}.cves", action.cves, self.cves)
            check_among(f"actions.{n}.products", action.products, products)

    @property
    def key(self) -> str:
        """By what addresses, files, table and record know it."""
        return key_of(self.id)

    @property
    def cves(self) -> tuple[str, ...]:
        """The CVE ids of its vulnerabilities."""
        return tuple(it.cve for it in self.vulnerabilities if it.cve)

    @property
    def is_public(self) -> bool:
        """Whether readers may know of it."""
        return self.status is not S.DRAFT

    def is_threat(self, since: datetime) -> bool:
        """Whether readers should be warned: neither over nor withdrawn, and spoken of since then."""
        stands = self.is_public and self.status is not S.WITHDRAWN
        return stands and self.is_active and self.latest_at is not None and self.latest_at >= since


@dataclass(frozen=True)
class ListedAdvisory:
    """An advisory as lists show it; see `Advisory`."""

    id: str
    title: str
    category: Category
    status: AdvisoryStatus
    severity: Severity | None
    is_active: bool
    issued_at: datetime | None
    latest_at: datetime | None
    revision: int
    seq: int
    corrected_at: datetime | None = None

    @property
    def key(self) -> str:
        """By what addresses, files, table and record know it."""
        return key_of(self.id)


@dataclass(frozen=True)
class AdvisoryStory:
    """An advisory with its updates and what was corrected in them, oldest first."""

    advisory: Advisory
    updates: tuple[AdvisoryUpdate, ...]
    corrections: tuple[Correction, ...] = ()

    @property
    def head(self) -> Advisory:
        """What it tells of."""
        return self.advisory


@dataclass(frozen=True)
class Words:
    """What is said in an update, and the fields of the advisory that it changes by their names.

    `happened_at` is claimed: an import says when something was said elsewhere.
    """

    body: str
    changes: Mapping[str, Any]
    happened_at: datetime | None = None


def draft(id: str, said: Mapping[str, Any], *, moment: Moment) -> Advisory:
    """A new advisory that nobody but key holders sees; `said` are its fields. A notice is no threat."""
    stated = {"is_active": said["category"] is not Category.NOTICE, **said}
    return _graded(Advisory(id, **stated, updated_at=moment.at, seq=moment.seq), said)


def redraft(advisory: Advisory, said: Mapping[str, Any], *, moment: Moment) -> Advisory:
    """A draft put otherwise."""
    _check_next(advisory, S.DRAFT)
    return _graded(replace(advisory, **said, updated_at=moment.at, seq=moment.seq), said)


def publish(advisory: Advisory, words: Words, *, id: str, moment: Moment) -> AdvisoryStory:
    """Let everybody know; `id` is the first update's."""
    issued_at = words.happened_at or moment.at
    first = {"published_at": moment.at, "issued_at": issued_at, "number": moment.seq}
    said = replace(words, changes={**words.changes, **first})
    return _told(advisory, S.PUBLISHED, said, id=id, moment=moment)


def add_update(advisory: Advisory, words: Words, *, id: str, moment: Moment) -> AdvisoryStory:
    """Go on with the story: the advisory as it is then, and the one new update."""
    return _told(advisory, S.UPDATED, words, id=id, moment=moment)


def withdraw(advisory: Advisory, reason: str, *, id: str, moment: Moment) -> AdvisoryStory:
    """Take it back: it stays where it is, with the reason."""
    words = Words(reason, {"is_active": False, "reason": reason.strip()})
    return _told(advisory, S.WITHDRAWN, words, id=id, moment=moment)


def listed(advisory: Advisory) -> ListedAdvisory:
    """What lists show of an advisory."""
    return ListedAdvisory(
        advisory.id, advisory.title, advisory.category, advisory.status, advisory.severity,
        advisory.is_active, advisory.issued_at, advisory.latest_at, advisory.revision, advisory.seq,
        advisory.corrected_at,
    )  # fmt: skip


def threats_since(today_began: datetime) -> datetime:
    """Since when somebody must have spoken of a threat for readers to be warned of it today."""
    return today_began - timedelta(days=THREAT_DAYS)


def check_advisory_id(id: str) -> None:
    """Ids stand in addresses and file names, whatever their case."""
    if not re.fullmatch(ID, id):
        raise Invalid("id", "must be 1 to 64 letters of a-z, digits and hyphens")


def key_of(id: str) -> str:
    """An id by which no two are the same (CSAF 2.0, section 5.1: file names are in lower case)."""
    return id.lower()


def numbered(year: int, number: int) -> str:
    """The id of the n-th advisory of a year: `CSA-2026-0001`."""
    return f"{PREFIX}-{year}-{number:04}"


def _told(
    advisory: Advisory, status: AdvisoryStatus, words: Words, *, id: str, moment: Moment
) -> AdvisoryStory:
    """The advisory after one more update."""
    _check_next(advisory, status)
    _check_claim(advisory, words.happened_at, moment.at)
    happened_at = words.happened_at or max(moment.at, advisory.latest_at or moment.at)
    after = replace(
        advisory,
        **words.changes,
        status=status,
        updated_at=moment.at,
        latest_at=happened_at,
        revision=advisory.revision + 1,
        seq=moment.seq,
    )
    after = _graded(after, words.changes)
    update = Update(
        id=id, status=status, body=words.body.strip(), happened_at=happened_at, recorded_at=moment.at,
        earlier=earlier(advisory, after) if advisory.is_public else None, seq=moment.seq,
    )  # fmt: skip
    return AdvisoryStory(after, (update,))


def _check_claim(advisory: Advisory, happened_at: datetime | None, now: datetime) -> None:
    """Who says when something was said elsewhere says it in order, and not of the future."""
    if happened_at is None:
        return
    if happened_at > now:
        raise Invalid("happened_at", "must not be in the future")
    if advisory.latest_at is not None and happened_at < advisory.latest_at:
        raise Invalid("happened_at", "must not be before the update that it follows")


def _graded(advisory: Advisory, said: Mapping[str, Any]) -> Advisory:
    """With the gravest of its scores as its severity, unless one was stated; `said` are its new fields.

    What somebody else issued says both in their words.
    """
    if not advisory.severity_stated:
        return replace(advisory, severity=gravest(advisory.vulnerabilities))
    if "issuer" not in said and not {"severity", "vulnerabilities"}.isdisjoint(said):
        check_severity(advisory.severity, advisory.vulnerabilities)
    return advisory


def _check_next(advisory: Advisory, status: AdvisoryStatus) -> None:
    if status not in NEXT[advisory.status]:
        raise Conflict("status", _REFUSALS[advisory.status])
