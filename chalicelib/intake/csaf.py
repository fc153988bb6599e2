"""A CSAF 2.0 document → an advisory that somebody else issued: under its id, with its revisions and times.

Taken is what an advisory of ours can say: title, summary, vulnerabilities with the gravest score of each,
products with their versions, remedies, references (those of vulnerabilities with the document's), thanks.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from chalicelib.domain.advisories import Category, check_advisory_id, draft
from chalicelib.domain.errors import Invalid
from chalicelib.domain.foreign_advisories import ForeignAdvisory, Revision
from chalicelib.domain.record import Moment
from chalicelib.domain.security import (
    Action,
    Credit,
    Issuer,
    Reference,
    Remedy,
    Score,
    Severity,
    Vulnerability,
    check_url,
)
from chalicelib.domain.times import instant
from chalicelib.intake import csaf_products as products
from chalicelib.intake.csaf_documents import (
    Acknowledgment,
    CsafDocument,
    Note,
    ReferenceObject,
    Remediation,
    ScoreObject,
    Tracking,
    VulnerabilityObject,
    decode,
)
from chalicelib.intake.csaf_products import Concern, Products
from chalicelib.intake.errors import Unreadable, naming
from chalicelib.intake.scores import score

ROUNDING = 0.05
YEARS = range(1970, 3000)
_Key = tuple[Remedy, str, str | None, tuple[str, ...]]


def read(name: str, text: bytes) -> ForeignAdvisory:
    """What the document of this name says; `Unreadable` names the place of what cannot be."""
    found = decode(name, text)
    document = found.document
    with naming(name, "document.tracking"):
        check_advisory_id(document.tracking.id)
    with naming(name, "document.publisher"):
        check_url("namespace", document.publisher.namespace)
        issuer = Issuer(document.publisher.name, document.publisher.namespace)
    vulnerabilities = tuple(_vulnerability(name, n, it) for n, it in enumerate(found.vulnerabilities))
    known = products.read(name, found.product_tree)
    concerned = products.concerns(known, found)
    affected = products.affected(name, concerned, [it.cve for it in vulnerabilities])
    severity = _stated(found, vulnerabilities)
    said: dict[str, Any] = {
        "title": document.title,
        "category": Category.VULNERABILITY if vulnerabilities else Category.NOTICE,
        "summary": _text(document.notes, "summary", "description", "details") or document.title,
        "severity_stated": severity is not None,
        "vulnerabilities": vulnerabilities,
        "affected": affected,
        "actions": _actions(found, known, concerned),
        "references": tuple(_references(name, found)),
        "credits": tuple(_credits(name, found)),
        "issuer": issuer,
        **({"severity": severity} if severity else {}),
    }
    revisions = _revisions(name, document.tracking)
    with naming(name, ""):
        draft(document.tracking.id, said, moment=Moment(revisions[-1].said_at, 0))
    return ForeignAdvisory(document.tracking.id, said, revisions)


def _revisions(name: str, tracking: Tracking) -> tuple[Revision, ...]:
    """The oldest first."""
    path = "document.tracking.revision_history"
    found = []
    for n, it in enumerate(tracking.revision_history):
        if not it.summary.strip():
            raise Unreadable(name, f"{path}[{n}].summary", "must not be blank")
        found.append(Revision(it.summary, _instant(name, f"{path}[{n}].date", it.date)))
    return tuple(sorted(found, key=lambda it: it.said_at))


def _instant(name: str, path: str, moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise Unreadable(name, path, "is not a year of ours")
    return instant(moment)


def _vulnerability(name: str, n: int, found: VulnerabilityObject) -> Vulnerability:
    path = f"vulnerabilities[{n}]"
    scored = _gravest(name, path, found.scores)
    with naming(name, path):
        return Vulnerability(
            found.cve, found.title, _text(found.notes, "description", "summary", "details"), scored
        )


def _gravest(name: str, path: str, scores: Iterable[ScoreObject]) -> Score | None:
    """The highest of its scores; CSAF 2.0 knows those of CVSS 2 and 3."""
    found = []
    for n, it in enumerate(scores):
        for field, said in (("cvss_v3", it.cvss_v3), ("cvss_v2", it.cvss_v2)):
            if said is None:
                continue
            with naming(name, f"{path}.scores[{n}].{field}"):
                scored = score("vectorString", said.vectorString)
                if abs(float(scored.score) - said.baseScore) > ROUNDING:
                    reason = f"is {said.baseScore}, but the vector comes to {scored.score}"
                    raise Invalid("baseScore", reason)
            found.append(scored)
            break
    return max(found, key=lambda it: float(it.score), default=None)


def _stated(found: CsafDocument, vulnerabilities: Iterable[Vulnerability]) -> Severity | None:
    """The severity of all of it where it is in our words, and not what the scores say anyway."""
    severities = list(Severity)
    text = found.document.aggregate_severity.text.lower() if found.document.aggregate_severity else ""
    if text not in severities:
        return None
    scored = [it.cvss.severity for it in vulnerabilities if it.cvss]
    computed = max(scored, key=severities.index, default=None)
    return None if text == computed else Severity(text)


def _actions(found: CsafDocument, known: Products, concerned: list[Concern]) -> tuple[Action, ...]:
    """Remedies, each once: for all that is affected, or for some products or vulnerabilities."""
    meant: dict[_Key, list[int]] = {}
    everything = {it.product.name for it in concerned}
    for n, vulnerability in enumerate(found.vulnerabilities):
        affected = {it.product.name for it in concerned if it.vulnerability == n and not it.is_fixed}
        for m, it in enumerate(vulnerability.remediations):
            names = _names(known, f"vulnerabilities[{n}].remediations[{m}]", it)
            if names and not names & everything:
                continue
            some = () if names >= affected or not names else tuple(sorted(names & everything))
            numbers = meant.setdefault((it.category, it.details, it.url, some), [])
            numbers += [n] if n not in numbers else []
    cves = [it.cve for it in found.vulnerabilities]
    made = []
    for (remedy, details, url, some), numbers in meant.items():
        with naming(known.source, f"vulnerabilities[{numbers[0]}].remediations"):
            made.append(Action(details, remedy, url, some, products.some(known.source, numbers, cves)))
    return tuple(made)


def _names(known: Products, path: str, it: Remediation) -> set[str]:
    found = known.named(f"{path}.product_ids", it.product_ids)
    return {it.name for it in (*found, *known.in_groups(f"{path}.group_ids", it.group_ids))}


def _references(name: str, found: CsafDocument) -> Iterator[Reference]:
    """Each address once, the document's own before those of its vulnerabilities."""
    listed = [("document.references", found.document.references)]
    listed += [(f"vulnerabilities[{n}].references", it.references) for n, it in _numbered(found)]
    seen = set()
    for path, references in listed:
        for n, it in enumerate(references):
            if it.url not in seen:
                seen.add(it.url)
                yield _reference(name, f"{path}[{n}]", it)


def _reference(name: str, path: str, it: ReferenceObject) -> Reference:
    with naming(name, path):
        return Reference(it.url, it.summary)


def _credits(name: str, found: CsafDocument) -> Iterator[Credit]:
    """Each once; thanks to nobody by name are left out."""
    listed = [("document.acknowledgments", found.document.acknowledgments)]
    listed += [(f"vulnerabilities[{n}].acknowledgments", it.acknowledgments) for n, it in _numbered(found)]
    seen = set()
    for path, acknowledgments in listed:
        for n, it in enumerate(acknowledgments):
            if it.names or it.organization:
                credit = _credit(name, f"{path}[{n}]", it)
                if credit not in seen:
                    seen.add(credit)
                    yield credit


def _credit(name: str, path: str, it: Acknowledgment) -> Credit:
    with naming(name, path):
        return Credit(tuple(it.names), it.organization, it.summary)


def _numbered(found: CsafDocument) -> Iterable[tuple[int, VulnerabilityObject]]:
    return enumerate(found.vulnerabilities)


def _text(notes: Iterable[Note], *categories: str) -> str | None:
    """The notes of the first of these categories that there are."""
    for category in categories:
        texts = [note.text for note in notes if note.category == category and note.text.strip()]
        if texts:
            return "\n\n".join(texts)
    return None
