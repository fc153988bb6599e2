"""What people send about advisories: JSON that becomes the fields of one, or names what cannot."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.bodies import Sent
from chalicelib.api.types import AdvisoryId, Body, Cve, Label, Line, Text, Url
from chalicelib.domain.advisories import Advisory, Category, Words
from chalicelib.domain.errors import Invalid
from chalicelib.domain.security import Action, Affected, Credit, Reference, Remedy, Severity, Vulnerability
from chalicelib.intake.scores import score

T = TypeVar("T")
S = TypeVar("S")

MOST_PARTS = 50
Vector = Annotated[
    str,
    Meta(
        max_length=500,
        description="A CVSS vector, 2.0 to 4.0, which is scored here.",
        examples=["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"],
    ),
]
Several = Meta(max_length=MOST_PARTS)
Cves = Annotated[list[Cve], Several]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of an advisory."""


class SentVulnerability(Part, frozen=True, kw_only=True):
    """One weakness: its CVE id, or what there is to say of it."""

    cve: Cve | None = None
    title: Line | None = None
    description: Text | None = None
    cvss: Vector | None = None

    def value(self) -> Vulnerability:
        """The vulnerability that is meant."""
        scored = score("cvss", self.cvss) if self.cvss else None
        return Vulnerability(self.cve, self.title, self.description, scored)


class SentAffected(Part, frozen=True, kw_only=True):
    """A product: the versions that are affected (none named: not known which; `vers:all/*`: every one), and
    those in which it is fixed."""

    product: Line
    vendor: Line | None = None
    versions: Annotated[list[Label], Several] = []
    fixed: Annotated[list[Label], Several] = []
    cves: Annotated[list[Cve], Several, Meta(description="Of these vulnerabilities alone.")] = []

    def value(self) -> Affected:
        """The product that is meant."""
        return Affected(
            self.product.strip(), self.vendor, tuple(self.versions), tuple(self.fixed), tuple(self.cves)
        )


class SentAction(Part, frozen=True, kw_only=True):
    """Something to do; for all products and vulnerabilities, or for some."""

    text: Text
    remedy: Annotated[
        Remedy | None, Meta(description="A vendor's fix if a fixed version is named, else a mitigation.")
    ] = None
    url: Url | None = None
    products: Annotated[list[Line], Several] = []
    cves: Cves = []


class SentReference(Part, frozen=True, kw_only=True):
    """Where more is said."""

    url: Url
    title: Line | None = None

    def value(self) -> Reference:
        """The reference that is meant."""
        return Reference(self.url, self.title)


class SentCredit(Part, frozen=True, kw_only=True):
    """Whom to thank: people, an organization, or people of one."""

    names: Annotated[list[Line], Several] = []
    organization: Line | None = None
    summary: Line | None = None

    def value(self) -> Credit:
        """The thanks that are meant."""
        return Credit(tuple(name.strip() for name in self.names), self.organization, self.summary)


Affecteds = Annotated[list[Line | SentAffected], Several]
Actions = Text | Annotated[list[Text | SentAction], Several]
References = Annotated[list[Url | SentReference], Several]
Credits = Annotated[list[Line | SentCredit], Several]
Vulnerabilities = Annotated[
    list[SentVulnerability],
    Several,
    Meta(description="In place of `cves` and `cvss`, where each has a score or words of its own."),
]
Scored = Annotated[Vector | None, Meta(description="Of each of the `cves`, or of the one that has none.")]
Active = Annotated[
    bool,
    Meta(description="Whether readers are warned of it in front; a notice is no threat unless you say so."),
]


class AdvisoryChange(Sent, frozen=True, kw_only=True):
    """A draft put otherwise."""

    EXAMPLE = {"title": "Sessions survive a sign-out", "actions": "Sign out everywhere."}

    title: Line | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    severity: (
        Annotated[
            Severity | None,
            Meta(description="Follows from the scores if null; what they contradict is refused."),
        ]
        | UnsetType
    ) = UNSET
    cvss: Scored | UnsetType = UNSET
    cves: Cves | UnsetType = UNSET
    vulnerabilities: Vulnerabilities | UnsetType = UNSET
    affected: Affecteds | UnsetType = UNSET
    summary: Body | UnsetType = UNSET
    actions: Actions | UnsetType = UNSET
    references: References | UnsetType = UNSET
    credits: Credits | UnsetType = UNSET
    active: Active | UnsetType = UNSET

    def said(self, before: Advisory | None = None) -> dict[str, Any]:
        """The fields that are meant, given the advisory that they change."""
        said = {
            name: value for name, value in self.stated().items() if name in ("title", "category", "summary")
        }
        if self.severity is not UNSET:
            said |= {"severity": self.severity, "severity_stated": self.severity is not None}
        if self.active is not UNSET:
            said["is_active"] = self.active
        if not (self.cves is UNSET and self.cvss is UNSET and self.vulnerabilities is UNSET):
            said["vulnerabilities"] = self._vulnerabilities(before)
        if self.affected is not UNSET:
            said["affected"] = _each("affected", self.affected, Affected)
        if self.actions is not UNSET:
            affected = said.get("affected", before.affected if before else ())
            said["actions"] = _actions(self.actions, affected)
        if self.references is not UNSET:
            said["references"] = _each("references", self.references, Reference)
        if self.credits is not UNSET:
            said["credits"] = _each("credits", self.credits, lambda name: Credit((name.strip(),)))
        return said

    def _vulnerabilities(self, before: Advisory | None) -> tuple[Vulnerability, ...]:
        if self.vulnerabilities is not UNSET:
            if not (self.cves is UNSET and self.cvss is UNSET):
                raise Invalid("vulnerabilities", "says already what cves and cvss would")
            return _each("vulnerabilities", self.vulnerabilities, Vulnerability)
        known = {it.cve: it for it in before.vulnerabilities} if before else {}
        cves = (before.cves if before else ()) if self.cves is UNSET else tuple(self.cves)
        if isinstance(self.cvss, str):
            scored = score("cvss", self.cvss)
            return tuple(Vulnerability(cve, cvss=scored) for cve in cves or (None,))
        if self.cvss is None:
            return tuple(Vulnerability(cve) for cve in cves)
        return tuple(known.get(cve, Vulnerability(cve)) for cve in cves)


class NewAdvisory(AdvisoryChange, frozen=True, kw_only=True):
    """An advisory: a draft that nobody but key holders sees, unless it is published at once."""

    EXAMPLE = {
        "title": "Sessions survive a sign-out",
        "category": "vulnerability",
        "cvss": "CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:H/I:L/A:N",
        "cves": ["CVE-2026-12345"],
        "affected": [{"product": "Acme CLI", "versions": ["< 2.4.1"], "fixed": ["2.4.1"]}],
        "summary": "Whoever kept a session could go on using it.",
        "actions": "Update to 2.4.1.",
        "references": ["https://acme.example/sessions"],
        "credits": ["Ada L."],
    }

    title: Line
    category: Category
    summary: Body
    actions: Actions
    id: Annotated[
        AdvisoryId | None, Meta(description="Chosen by you, or the next of the year, like CSA-2026-0001.")
    ] = None
    published: Annotated[bool, Meta(description="Publish at once.")] = False

    def words(self) -> Words:
        """The first update of one that is published at once."""
        return Words(self.summary, {})


class Publication(Sent, frozen=True, kw_only=True):
    """What to say when a draft is published; its summary if nothing."""

    EXAMPLE = {"body": "We fixed this on Monday and tell you now."}
    MAY_BE_EMPTY = True

    body: Body | None = None


class NewAdvisoryUpdate(AdvisoryChange, frozen=True, kw_only=True):
    """What to say next about an advisory, and the fields that it changes."""

    EXAMPLE = {"body": "Version 2.4.2 fixes it on Windows too.", "actions": "Update to 2.4.2."}

    body: Body

    def words(self, before: Advisory) -> Words:
        """What is said."""
        return Words(self.body, self.said(before))


class Withdrawal(Sent, frozen=True, kw_only=True):
    """Why an advisory is taken back; it stays readable with this reason."""

    EXAMPLE = {"reason": "It was about another product."}

    reason: Body


def _actions(sent: str | Sequence[str | SentAction], affected: Sequence[Affected]) -> tuple[Action, ...]:
    usual = Remedy.VENDOR_FIX if any(it.fixed for it in affected) else Remedy.MITIGATION
    several = [sent] if isinstance(sent, str) else sent
    return tuple(_each_action(several, usual))


def _each_action(sent: Sequence[str | SentAction], usual: Remedy) -> Iterator[Action]:
    for n, one in enumerate(sent):
        with _inside(f"actions.{n}"):
            if isinstance(one, str):
                yield Action(one.strip(), usual)
            else:
                products, cves = tuple(one.products), tuple(one.cves)
                yield Action(one.text.strip(), one.remedy or usual, one.url, products, cves)


def _each(field: str, sent: Sequence[Any], short: Callable[[str], T]) -> tuple[T, ...]:
    """The values of a list, in which a text stands for a value with nothing else in it."""
    made: list[T] = []
    for n, one in enumerate(sent):
        is_text = isinstance(one, str)
        with _inside(f"{field}.{n}", alone=is_text):
            made.append(short(one) if is_text else one.value())
    return tuple(made)


@contextmanager
def _inside(place: str, *, alone: bool = False) -> Iterator[None]:
    """Name the place of what a part refuses of itself; one that was sent as a text has no fields."""
    try:
        yield
    except Invalid as refused:
        raise Invalid(place if alone else f"{place}.{refused.field}", refused.reason) from refused
