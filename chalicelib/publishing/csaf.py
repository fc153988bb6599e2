"""An advisory as a CSAF 2.0 document: its category decides the profile, its updates are the revisions.

Texts are those of the record. One that somebody else issued names them in a note, and us as the other party
that hands it on (section 3.2.1.8.1). No version is claimed that nobody named; where no product is named,
what this page is about is under investigation. One that is withdrawn says of no product anything any more.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.domain.advisories import Advisory, AdvisoryStatus, AdvisoryStory, AdvisoryUpdate, Category
from chalicelib.domain.security import Action, Credit, Score, Severity, Vulnerability
from chalicelib.domain.times import iso
from chalicelib.domain.updates import Correction
from chalicelib.publishing import paths
from chalicelib.publishing.advisory_words import title
from chalicelib.publishing.csaf_products import Product, branches, ids_of, products_of
from chalicelib.publishing.templates import word
from chalicelib.publishing.texts import clean

Node = dict[str, Any]

PROFILES = {
    Category.VULNERABILITY: "csaf_security_advisory",
    Category.PHISHING: "csaf_security_incident_response",
    Category.MALWARE: "csaf_security_incident_response",
    Category.BREACH: "csaf_security_incident_response",
    Category.NOTICE: "csaf_informational_advisory",
}
WITHDRAWN = "csaf_base"
"""CSAF 2.0 has no profile for it, and all others but this one want products or actions."""
LANGUAGE = "en"
TLP = {"label": "WHITE", "url": "https://www.first.org/tlp/v1/"}
CVE_ADDRESS = "https://www.cve.org/CVERecord?id={cve}"


class Publisher(NamedTuple):
    """Who publishes: the page's name, its address, and how to reach who answers for its security."""

    name: str
    site_url: str
    contact: str | None = None

    @property
    def node(self) -> Node:
        """The publisher as documents and the provider's metadata say it."""
        contact = {"contact_details": self.contact} if self.contact else {}
        return {"category": "vendor", "name": clean(self.name), "namespace": self.site_url, **contact}


def document(story: AdvisoryStory, publisher: Publisher) -> Node:
    """The whole document (CSAF 2.0, section 3.2)."""
    advisory = story.advisory
    found: Node = {"document": _document(story, publisher)}
    if _states_products(advisory):
        products = products_of(advisory, publisher.name)
        vulnerabilities = advisory.vulnerabilities or (Vulnerability(title=advisory.title),)
        found["product_tree"] = {"branches": branches(products)}
        found["vulnerabilities"] = [_vulnerability(advisory, it, products) for it in vulnerabilities]
    cleaned: Node = _cleaned(found)
    return cleaned


def profile(advisory: Advisory) -> str:
    """The profile that its document keeps to."""
    is_gone = advisory.category is Category.VULNERABILITY and not _states_products(advisory)
    return WITHDRAWN if is_gone else PROFILES[advisory.category]


def _states_products(advisory: Advisory) -> bool:
    """Whether programs shall learn from it which products are affected."""
    is_vulnerability = advisory.category is Category.VULNERABILITY
    return is_vulnerability and advisory.status is not AdvisoryStatus.WITHDRAWN


def _document(story: AdvisoryStory, publisher: Publisher) -> Node:
    advisory = story.advisory
    optional = {
        "acknowledgments": [_acknowledgment(credit) for credit in advisory.credits],
        "aggregate_severity": {"text": _severity(advisory.severity)} if advisory.severity else None,
    }
    return {
        **{name: value for name, value in optional.items() if value},
        "category": profile(advisory),
        "csaf_version": "2.0",
        "lang": LANGUAGE,
        "distribution": {"text": word("csaf", "distribution"), "tlp": TLP},
        "notes": list(_notes(advisory)),
        "publisher": publisher.node | ({"category": "other"} if advisory.issuer else {}),
        "references": list(_references(advisory, publisher)),
        "title": title(advisory),
        "tracking": _tracking(story),
    }


def _tracking(story: AdvisoryStory) -> Node:
    """Revisions count from 1; a draft never comes here, so that every document is final."""
    history = list(_history(story))
    return {
        "current_release_date": history[-1]["date"],
        "generator": {"engine": {"name": "Candor"}},
        "id": story.advisory.id,
        "initial_release_date": history[0]["date"],
        "revision_history": history,
        "status": "final",
        "version": history[-1]["number"],
    }


def _history(story: AdvisoryStory) -> Iterator[Node]:
    """A revision for each update as it reads now, and for each correction of one: the document changed.

    They stand as they were entered, and none is dated before one that it follows (section 6.1.14).
    """
    numbers, date = dict[str, int](), min(update.happened_at for update in story.updates)
    told: list[AdvisoryUpdate | Correction] = [*story.updates, *story.corrections]
    for number, it in enumerate(sorted(told, key=lambda it: it.seq), 1):
        if isinstance(it, Correction):
            date = max(date, it.at)
            summary = word("csaf", "correction", number=str(numbers[it.update]), reason=it.reason)
        else:
            numbers[it.id], date, summary = number, max(date, it.happened_at), it.body
        yield {"date": iso(date), "number": str(number), "summary": summary}


def _notes(advisory: Advisory) -> Iterator[Node]:
    yield _note("summary", word("csaf", "summary"), advisory.summary)
    if advisory.issuer:
        said = f"{advisory.issuer.name}, {advisory.issuer.url}"
        yield _note("general", word("csaf", "issuer"), said)
    if advisory.reason:
        yield _note("general", word("csaf", "withdrawn"), advisory.reason)
    if advisory.category is not Category.VULNERABILITY:
        for action in advisory.actions:
            yield _note("general", word("csaf", "action"), _text(action))


def _references(advisory: Advisory, publisher: Publisher) -> Iterator[Node]:
    site = publisher.site_url
    yield _reference("self", f"{site}/{paths.csaf(advisory)}", word("csaf", "canonical"))
    yield _reference(
        "external", f"{site}/{paths.address(paths.subject_of_advisory(advisory))}", word("csaf", "page")
    )
    for it in advisory.references:
        yield _reference("external", it.url, it.title or it.url)
    if advisory.category is not Category.VULNERABILITY:
        for cve in advisory.cves:
            yield _reference("external", CVE_ADDRESS.format(cve=cve), cve)


def _vulnerability(advisory: Advisory, it: Vulnerability, products: Iterable[Product]) -> Node:
    """One with what is known of it; where no product is said to have it, all are under investigation."""
    concerned = [product for product in products if product.concerns(it)]
    affected = ids_of(product for product in concerned if not product.is_fixed)
    fixed = [id for id in ids_of(product for product in concerned if product.is_fixed) if id not in affected]
    status = {"known_affected": affected, "fixed": fixed}
    if not (concerned and advisory.affected):
        status = {"under_investigation": ids_of(products)}
    scored = affected or ids_of(concerned or products)
    optional = {
        "cve": it.cve,
        "title": it.title,
        "remediations": list(_remediations(advisory, it, concerned)),
        "scores": [{**_score(it.cvss), "products": scored}] if it.cvss and it.cvss.version < "4" else None,
    }
    return {
        **{name: value for name, value in optional.items() if value},
        "notes": list(_vulnerability_notes(advisory, it)),
        "product_status": {name: ids for name, ids in status.items() if ids},
    }


def _vulnerability_notes(advisory: Advisory, it: Vulnerability) -> Iterator[Node]:
    """CSAF 2.0 has no place for scores of CVSS 4.0 but a note."""
    yield _note("description", word("csaf", "description"), it.description or advisory.summary)
    if it.cvss and it.cvss.version >= "4":
        said = f"{it.cvss.score} ({_severity(it.cvss.severity)}), {it.cvss.vector}"
        yield _note("other", f"CVSS {it.cvss.version}", said)


def _remediations(advisory: Advisory, it: Vulnerability, concerned: list[Product]) -> Iterator[Node]:
    affected = [product for product in concerned if not product.is_fixed] or concerned
    for action in advisory.actions:
        ids = ids_of(p for p in affected if not action.products or p.name in action.products)
        if ids and (not action.cves or it.cve in action.cves):
            url = {"url": action.url} if action.url else {}
            yield {"category": action.remedy, "details": action.text, "product_ids": ids, **url}


def _score(score: Score) -> Node:
    """CVSS 2.0 knows no words for its scores."""
    said = {"baseScore": float(score.score), "vectorString": score.vector, "version": score.version}
    if score.version == "2.0":
        return {"cvss_v2": said}
    return {"cvss_v3": {**said, "baseSeverity": score.severity.upper()}}


def _acknowledgment(credit: Credit) -> Node:
    said = {"names": list(credit.names), "organization": credit.organization, "summary": credit.summary}
    return {name: value for name, value in said.items() if value}


def _text(action: Action) -> str:
    return f"{action.text} {action.url}" if action.url else action.text


def _severity(severity: Severity) -> str:
    return severity.capitalize()


def _note(category: str, title: str, text: str) -> Node:
    return {"category": category, "text": text, "title": title}


def _reference(category: str, url: str, summary: str) -> Node:
    return {"category": category, "summary": summary, "url": url}


def _cleaned(value: Any) -> Any:
    """Every text without characters that break documents or hide what they say."""
    if isinstance(value, str):
        return clean(str(value))
    if isinstance(value, Mapping):
        return {name: _cleaned(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_cleaned(inner) for inner in value]
    return value
