"""What advisories are made of: vulnerabilities with their scores, products, actions, references, credits."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from chalicelib.domain.checks import check_line, check_text
from chalicelib.domain.errors import Invalid
from chalicelib.domain.redactions import is_removed

LONGEST_URL = 1000
EVERY_VERSION = "vers:all/*"
"""As the VERS specification writes it, and CSAF with it."""
CVE = r"CVE-(?:1999|[2-9][0-9]{3})-[0-9]{4,19}"
"""The first ids are of 1999."""
_PART = r"(?:[A-Za-z0-9._~:/@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
URL = (
    r"https?://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    rf"(?:/{_PART})?(?:\?{_PART}(?:\?{_PART})*)?(?:#{_PART}(?:\?{_PART})*)?"
)
"""RFC 3986 without anything that a browser would have to guess: http or https, ASCII, no credentials."""


class Team(NamedTuple):
    """Who answers for the security of what the page is about, as the settings say.

    `contact` are addresses to reach them at (mailto:, https:, tel:), `policy` one of the web, `languages`
    tags of RFC 5646, with commas between them.
    """

    contact: str | None = None
    policy: str | None = None
    languages: str | None = None


NOBODY = Team()


class Severity(StrEnum):
    """How grave, in the words of CVSS (specification 3.1, section 5); from least to most."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Remedy(StrEnum):
    """What kind of action (CSAF 2.0, section 3.2.3.12.1)."""

    MITIGATION = "mitigation"
    WORKAROUND = "workaround"
    VENDOR_FIX = "vendor_fix"
    NO_FIX_PLANNED = "no_fix_planned"
    NONE_AVAILABLE = "none_available"


@dataclass(frozen=True)
class Score:
    """A CVSS vector and its base score as text (`9.8`), since the record holds no floats."""

    vector: str
    score: str
    severity: Severity

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]\.[0-9]|10\.0", self.score):
            raise Invalid("cvss", "must come to a score between 0.0 and 10.0")
        check_line("cvss", self.vector)

    @property
    def version(self) -> str:
        """Of CVSS; vectors of 2.0 do not say it."""
        said = re.match(r"CVSS:([0-9]\.[0-9])/", self.vector)
        return said[1] if said else "2.0"

    @property
    def is_rated(self) -> bool:
        """Whether its version has words for scores (3.1, section 5; 4.0, section 6); 2.0 has none."""
        return self.version >= "3"


@dataclass(frozen=True)
class Vulnerability:
    """One weakness: known by its CVE id, or by what is said of it."""

    cve: str | None = None
    title: str | None = None
    description: str | None = None
    cvss: Score | None = None

    def __post_init__(self) -> None:
        if self.cve is not None and not re.fullmatch(CVE, self.cve):
            raise Invalid("cve", "must be an id like CVE-2026-12345")
        if not (self.cve or self.title or self.description or self.cvss):
            raise Invalid("cve", "or something else must be said of a vulnerability")
        _check_line("title", self.title)
        if self.description is not None:
            check_text("description", self.description)


@dataclass(frozen=True)
class Affected:
    """A product with the versions that are affected and those that are no longer; none named: none known.

    `EVERY_VERSION` in place of one says that all are. `cves`: the vulnerabilities that this is about; none
    named: all of the advisory.
    """

    product: str
    vendor: str | None = None
    versions: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    cves: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_line("product", self.product)
        _check_line("vendor", self.vendor)
        for field, versions in (("versions", self.versions), ("fixed", self.fixed)):
            for n, version in enumerate(versions):
                check_line(f"{field}.{n}", version)
            _check_once(field, versions)
        if any(version in self.fixed and not is_removed(version) for version in self.versions):
            raise Invalid("fixed", "names a version that is affected")


@dataclass(frozen=True)
class Action:
    """Something to do; `products` and `cves` say for what, where it is not for all."""

    text: str
    remedy: Remedy = Remedy.MITIGATION
    url: str | None = None
    products: tuple[str, ...] = ()
    cves: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_text("text", self.text)
        if self.url is not None:
            check_url("url", self.url)


@dataclass(frozen=True)
class Reference:
    """Where more is said."""

    url: str
    title: str | None = None

    def __post_init__(self) -> None:
        check_url("url", self.url)
        _check_line("title", self.title)


@dataclass(frozen=True)
class Credit:
    """Whom there is to thank, and for what."""

    names: tuple[str, ...] = ()
    organization: str | None = None
    summary: str | None = None

    def __post_init__(self) -> None:
        if not (self.names or self.organization):
            raise Invalid("name", "or organization must be given")
        for name in self.names:
            check_line("name", name)
        _check_line("organization", self.organization)
        _check_line("summary", self.summary)


@dataclass(frozen=True)
class Issuer:
    """Who issued an advisory that we took over: a name, and the address that stands for them."""

    name: str
    url: str

    def __post_init__(self) -> None:
        check_line("name", self.name)
        check_url("url", self.url)


def check_url(field: str, url: str) -> None:
    """An address that leads somewhere and hides nothing."""
    if len(url) > LONGEST_URL:
        raise Invalid(field, f"must have at most {LONGEST_URL} characters")
    if not re.fullmatch(URL, url):
        raise Invalid(field, "must be an absolute http or https address in ASCII, like https://example.com/a")


def _check_line(field: str, text: str | None) -> None:
    if text is not None:
        check_line(field, text)


def _check_once(field: str, named: tuple[str, ...]) -> None:
    for n, one in enumerate(named):
        if one in named[:n] and not is_removed(one):
            raise Invalid(f"{field}.{n}", "is named twice")


def gravest(vulnerabilities: Iterable[Vulnerability]) -> Severity | None:
    """How grave the gravest of these is by its score."""
    found = (it.cvss.severity for it in vulnerabilities if it.cvss)
    return max(found, key=list(Severity).index, default=None)


def check_severity(stated: Severity | None, vulnerabilities: Iterable[Vulnerability]) -> None:
    """Words and numbers agree: a severity that is stated is the one that the gravest score comes to."""
    rated = gravest(it for it in vulnerabilities if it.cvss and it.cvss.is_rated)
    if stated is not None and rated is not None and stated is not rated:
        raise Invalid("severity", f"is {stated}, but the CVSS score comes to {rated}: leave it out, or null")
