"""What people get about advisories: the documents, as their schemas show them, and how they are made."""

from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta, Struct

from chalicelib.api import answers
from chalicelib.api.amendments import Amendments, amendments
from chalicelib.api.types import AdvisoryId, CorrectedAt, Id, Time
from chalicelib.domain import advisories
from chalicelib.domain.advisories import Advisory, AdvisoryStatus, AdvisoryStory, Category
from chalicelib.domain.security import Action, Affected, Credit, Issuer, Reference, Severity, Vulnerability
from chalicelib.domain.times import iso
from chalicelib.domain.updates import Correction


class AdvisoryUpdate(Struct, frozen=True, kw_only=True):
    """One public message of an advisory."""

    id: Id
    status: AdvisoryStatus
    body: str
    happened_at: Annotated[Time, Meta(description="When it was said: here, or where it was imported from.")]
    recorded_at: Annotated[Time, Meta(description="When we published it: our clock.")]
    corrected_at: CorrectedAt
    entry: Annotated[int, Meta(description="The number of its entry in the record.")]


class ListedAdvisory(Struct, frozen=True, kw_only=True):
    """An advisory as lists show it."""

    id: AdvisoryId
    title: str
    category: Category
    status: Annotated[AdvisoryStatus, Meta(description="A draft is seen by key holders alone.")]
    severity: Severity | None
    active: Annotated[bool, Meta(description="Whether nobody said that it is over.")]
    issued_at: Annotated[Time | None, Meta(description="When it was first said; a draft has no times.")]
    latest_at: Annotated[Time | None, Meta(description="When its newest update was said.")]
    revision: Annotated[int, Meta(description="How many updates it has.")]


class ToldOfAdvisory(AdvisoryUpdate, frozen=True, kw_only=True):
    """An update, and the advisory after it."""

    advisory: ListedAdvisory


class FullAdvisory(ListedAdvisory, frozen=True, kw_only=True):
    """An advisory with its updates, newest first: as many as fit, the others by `next`."""

    summary: str
    cves: list[str]
    vulnerabilities: tuple[Vulnerability, ...]
    affected: tuple[Affected, ...]
    actions: tuple[Action, ...]
    references: tuple[Reference, ...]
    credits: tuple[Credit, ...]
    reason: Annotated[str | None, Meta(description="Why it was withdrawn.")]
    published_at: Annotated[Time | None, Meta(description="When we published it: our clock.")]
    updated_at: Time
    imported: bool
    issuer: Annotated[Issuer | None, Meta(description="Who issued it, where it was imported.")]
    version: int
    amendments: Amendments
    updates: list[AdvisoryUpdate]
    next: Annotated[str | None, Meta(description="The `cursor` for earlier updates; null if these are all.")]


def full(
    advisory: Advisory,
    updates: Iterable[AdvisoryUpdate],
    next: str | None,
    corrections: Iterable[Correction] = (),
) -> FullAdvisory:
    """An advisory with a page of its updates, and what was put right in them."""
    return FullAdvisory(
        **_listed(advisories.listed(advisory)),
        summary=advisory.summary,
        cves=list(advisory.cves),
        vulnerabilities=advisory.vulnerabilities,
        affected=advisory.affected,
        actions=advisory.actions,
        references=advisory.references,
        credits=advisory.credits,
        reason=advisory.reason,
        published_at=iso(advisory.published_at) if advisory.published_at else None,
        updated_at=iso(advisory.updated_at),
        imported=advisory.imported > 0,
        issuer=advisory.issuer,
        version=advisory.version,
        amendments=amendments((), corrections),
        updates=list(updates),
        next=next,
    )


def listed(found: advisories.ListedAdvisory) -> ListedAdvisory:
    """An advisory in a list."""
    return ListedAdvisory(**_listed(found))


def told(story: AdvisoryStory) -> ToldOfAdvisory:
    """The one update that was just said, and the advisory after it."""
    (newest,) = story.updates
    return with_state(newest, story.advisory)


def with_state(found: advisories.AdvisoryUpdate, advisory: Advisory) -> ToldOfAdvisory:
    """An update, and where its advisory stands."""
    return ToldOfAdvisory(**_update(found), advisory=listed(advisories.listed(advisory)))


def update(found: advisories.AdvisoryUpdate) -> AdvisoryUpdate:
    """An update."""
    return AdvisoryUpdate(**_update(found))


def _update(found: advisories.AdvisoryUpdate) -> dict[str, Any]:
    return {
        "id": found.id,
        "status": found.status,
        "body": found.body,
        "happened_at": iso(found.happened_at),
        "recorded_at": iso(found.recorded_at),
        "corrected_at": answers.corrected_at(found),
        "entry": found.seq,
    }


def _listed(found: advisories.ListedAdvisory) -> dict[str, Any]:
    return {
        "id": found.id,
        "title": found.title,
        "category": found.category,
        "status": found.status,
        "severity": found.severity,
        "active": found.is_active,
        "issued_at": iso(found.issued_at) if found.issued_at else None,
        "latest_at": iso(found.latest_at) if found.latest_at else None,
        "revision": found.revision,
    }
