"""CSAF 2.0 documents as types, as far as an advisory of ours can say what they do, and their decoding."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from chalicelib.domain.security import Remedy
from chalicelib.intake.errors import Unreadable

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
Moment = Annotated[datetime, Meta(tz=True)]
PUBLIC = ("WHITE", "CLEAR")


class Note(Struct):
    """Section 3.1.5."""

    category: str
    text: str


class ReferenceObject(Struct):
    """Section 3.1.10."""

    url: str
    summary: str


class Acknowledgment(Struct):
    """Section 3.1.1."""

    names: list[str] = []
    organization: str | None = None
    summary: str | None = None


class FullName(Struct):
    """Section 3.1.3."""

    name: str
    product_id: str


class Branch(Struct):
    """Section 3.1.2: further branches, or a product."""

    category: str
    name: str
    branches: "list[Branch]" = []
    product: FullName | None = None


class Relationship(Struct):
    """Section 3.2.2.4."""

    full_product_name: FullName


class ProductGroup(Struct):
    """Section 3.2.2.3."""

    group_id: str
    product_ids: list[str]


class ProductTree(Struct):
    """Section 3.2.2."""

    branches: list[Branch] = []
    full_product_names: list[FullName] = []
    relationships: list[Relationship] = []
    product_groups: list[ProductGroup] = []


class ProductStatus(Struct):
    """Section 3.2.3.9."""

    known_affected: list[str] = []
    first_affected: list[str] = []
    last_affected: list[str] = []
    fixed: list[str] = []
    first_fixed: list[str] = []


class Remediation(Struct):
    """Section 3.2.3.12."""

    category: Remedy
    details: str
    url: str | None = None
    product_ids: list[str] = []
    group_ids: list[str] = []


class Cvss(Struct):
    """What FIRST's schemas ask of every version, as far as we do."""

    vectorString: str
    baseScore: float


class ScoreObject(Struct):
    """Section 3.2.3.13."""

    cvss_v3: Cvss | None = None
    cvss_v2: Cvss | None = None


class VulnerabilityObject(Struct):
    """Section 3.2.3."""

    cve: str | None = None
    title: str | None = None
    notes: list[Note] = []
    product_status: ProductStatus = msgspec.field(default_factory=ProductStatus)
    references: list[ReferenceObject] = []
    remediations: list[Remediation] = []
    scores: list[ScoreObject] = []
    acknowledgments: list[Acknowledgment] = []


class PublisherObject(Struct):
    """Section 3.2.1.8."""

    name: str
    namespace: str


class RevisionObject(Struct):
    """Section 3.2.1.12.6."""

    date: Moment
    number: str
    summary: str


class Tracking(Struct):
    """Section 3.2.1.12."""

    id: str
    status: Literal["final", "interim", "draft"]
    revision_history: Annotated[list[RevisionObject], Meta(min_length=1)]


class SeverityObject(Struct):
    """Section 3.2.1.2."""

    text: str


class Tlp(Struct):
    """Section 3.2.1.5.2."""

    label: str


class Distribution(Struct):
    """Section 3.2.1.5."""

    tlp: Tlp | None = None


class Frame(Struct):
    """`document`: section 3.2.1."""

    category: str
    csaf_version: Literal["2.0"]
    title: str
    publisher: PublisherObject
    tracking: Tracking
    notes: list[Note] = []
    references: list[ReferenceObject] = []
    acknowledgments: list[Acknowledgment] = []
    aggregate_severity: SeverityObject | None = None
    distribution: Distribution | None = None


class CsafDocument(Struct):
    """Section 3.2."""

    document: Frame
    product_tree: ProductTree = msgspec.field(default_factory=ProductTree)
    vulnerabilities: list[VulnerabilityObject] = []


def decode(name: str, text: bytes) -> CsafDocument:
    """The document of this name, or `Unreadable` with the path of the field that is wrong."""
    try:
        found: Any = msgspec.json.decode(text.removeprefix(BYTE_ORDER_MARK), type=CsafDocument)
    except msgspec.ValidationError as wrong:
        reason, _, path = str(wrong).partition(" - at `$.")
        raise Unreadable(name, path.removesuffix("`"), f"is wrong: {reason}") from wrong
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise Unreadable(name, "", f"is not JSON that can be read: {broken}") from broken
    _check_public(name, found.document)
    return found  # type: ignore[no-any-return]


def _check_public(name: str, document: Frame) -> None:
    """Nothing comes here that its issuer has not published, or not for everybody."""
    if document.tracking.status == "draft":
        raise Unreadable(name, "document.tracking.status", "is draft: its issuer has not published it")
    tlp = document.distribution.tlp if document.distribution else None
    if tlp and tlp.label not in PUBLIC:
        raise Unreadable(name, "document.distribution.tlp.label", f"is {tlp.label!r:.40}: not for everybody")
