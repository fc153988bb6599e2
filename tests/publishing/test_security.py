"""The pages and feeds about security, and security.txt: what they say, when, and what they are safe from."""

from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest

from chalicelib.domain.advisories import AdvisoryStory, Category
from chalicelib.domain.security import (
    EVERY_VERSION,
    Action,
    Affected,
    Credit,
    Reference,
    Severity,
    Team,
    Vulnerability,
)
from chalicelib.publishing import paths, site
from tests.advisories import a_statement
from tests.builders import NOW, a_page, a_snapshot
from tests.publishing.reading import Reader, page, xml
from tests.publishing.test_texts import HOSTILE
from tests.publishing.worlds import everything, secured

SITE = "https://status.example.com"
NOBODY = Team()
NOBODY = Team()
ACME = Team("security@acme.example, https://acme.example/report", "https://acme.example/policy", "en, de")


def built(
    *told: AdvisoryStory, as_of: datetime = NOW, team: Team = NOBODY, **changes: Any
) -> dict[str, bytes]:
    """The files of a site on which these advisories are all that was published."""
    snapshot = a_snapshot(as_of=as_of, **secured(*told, as_of=as_of), **changes)
    return {key: file.body for key, file in site.build(snapshot, site_url=SITE, team=team).items()}


def read(key: str, *told: AdvisoryStory, **how: Any) -> Reader:
    """One of its pages."""
    return page(built(*told, **how)[key])


def of_everything(key: str) -> Reader:
    """A page of the world that shows everything."""
    return page(site.build(everything(), site_url=SITE)[key].body)


# --- pages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [paths.INDEX, paths.SECURITY])
def test_threats_stand_on_top_the_gravest_first(key: str) -> None:
    text = of_everything(key).text

    graver, lesser = (
        text.index("Sessions survive a sign-out"),
        text.index("Phishing Low severity CSA-2026-0002"),
    )
    assert text.index("Threats to know of") < graver < lesser
    assert "CSA-2026-0003" not in text[:lesser]


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(a_statement(is_active=False), id="over"),
        pytest.param(a_statement(withdrawn="It was none."), id="withdrawn"),
        pytest.param(a_statement(at=NOW - timedelta(days=31)), id="nobody spoke of it for a month"),
        pytest.param(a_statement(category=Category.NOTICE), id="a notice"),
    ],
)
def test_what_is_no_threat_stands_in_the_list_alone(told: AdvisoryStory) -> None:
    index, listed = read(paths.INDEX, told).text, read(paths.SECURITY, told).text

    assert "Threats to know of" not in index + listed
    assert told.advisory.title not in index
    assert told.advisory.title in listed


def test_a_page_without_advisories_says_so() -> None:
    assert "None has been published yet." in read(paths.SECURITY).text


def test_every_page_leads_to_security_and_its_feeds() -> None:
    reader = read(paths.NOT_FOUND)

    links = {link["href"] for link in (*reader.named("a"), *reader.named("link"))}
    assert {"/security/", "/security/advisories.atom", "/security/advisories.rss"} <= links


@pytest.mark.parametrize(
    ("key", "words"),
    [
        pytest.param("csa-2026-0001", "CSA-2026-0001: Sessions survive a sign-out · Acme Status", id="title"),
        pytest.param("csa-2026-0001", "Severity Critical severity", id="severity"),
        pytest.param(
            "csa-2026-0001", "Fix CLI CVE-2026-12345 Update. https://acme.example/2", id="what to do"
        ),
        pytest.param("csa-2026-0001", "Nothing available yet Wait.", id="and to wait for"),
        pytest.param(
            "csa-2026-0001", "Acme CLI Affected: < 2, 3.0 Fixed in: 2 CVE-2026-12345", id="versions"
        ),
        pytest.param("csa-2026-0001", "Server Nobody said which versions", id="no version"),
        pytest.param("csa-2026-0003", "Withdrawn: CSA-2026-0003: Sessions", id="that it is withdrawn"),
        pytest.param("csa-2026-0001", "Library Fixed in: 7", id="only fixed ones"),
        pytest.param("csa-2026-0001", "CVE-2026-12345 Sessions They stay. CVSS 3.1: 9.8", id="vulnerability"),
        pytest.param("csa-2026-0001", "Ada L., Grace H., Labs finding it", id="thanks"),
        pytest.param("csa-2026-0001", "Updated 21 Nov 2026, 09:15 UTC # Second. Published", id="updates"),
        pytest.param("csa-2026-0003", "Why it was withdrawn It was none.", id="reason"),
        pytest.param("csa-2026-0003", "Whoever kept a session could go on using it.", id="its words stay"),
        pytest.param("old-1", "Breach Old-1 Imported", id="imported"),
    ],
)
def test_an_advisory_page_says(key: str, words: str) -> None:
    assert words in of_everything(f"security/{key}/index.html").text


def test_every_version_is_affected_where_somebody_says_so() -> None:
    told = a_statement(affected=(Affected("App", versions=(EVERY_VERSION,)),))

    assert "App Every version is affected" in read("security/csa-2026-0001/index.html", told).text


def test_an_advisory_page_leads_to_its_document_and_stands_on_its_newest_entry() -> None:
    reader = read("security/csa-2026-0001/index.html", a_statement("a", "b", seq=7))

    links = [str(link["href"]) for link in reader.named("a")]
    assert "/.well-known/csaf/2026/csa-2026-0001.json" in links
    assert [tag["content"] for tag in reader.named("meta") if tag.get("name") == "record-seq"] == ["8"]


def test_a_page_of_an_advisory_does_not_change_with_the_clock() -> None:
    key, told = "security/csa-2026-0001/index.html", a_statement()

    assert built(told)[key] == built(told, as_of=NOW + timedelta(days=90))[key]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_whatever_an_advisory_says_is_inert(hostile: str) -> None:
    words: dict[str, Any] = {
        "title": hostile[:300],
        "summary": hostile,
        "vulnerabilities": (Vulnerability(title=hostile[:300], description=hostile),),
        "affected": (Affected(hostile[:300], hostile[:300], (hostile[:300],)),),
        "actions": (Action(hostile),),
        "references": (Reference("https://a.example/", hostile[:300]),),
        "credits": (Credit((hostile[:300],), hostile[:300], hostile[:300]),),
    }
    files = built(a_statement(hostile, withdrawn=hostile, **words), a_statement(hostile, id="b-1", **words))

    for key in (paths.INDEX, paths.SECURITY, "security/csa-2026-0001/index.html", "security/b-1/index.html"):
        reader = page(files[key])
        assert not {tag.name for tag in reader.tags} & {"script", "img", "iframe", "object", "form", "input"}
        assert not [tag for tag in reader.tags if any(name.startswith("on") for name in tag.attributes)]
        for link in reader.named("a"):
            assert str(link["href"]).startswith(("/", "#", "https://", "http://", "mailto:")), link
    for key in (paths.SECURITY_ATOM, paths.SECURITY_RSS):
        xml(files[key])


# --- feeds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [paths.SECURITY_ATOM, paths.SECURITY_RSS])
def test_the_feeds_have_one_entry_for_each_advisory_as_it_stands(key: str) -> None:
    parsed = feedparser.parse(site.build(everything(), site_url=SITE)[key].body)

    assert not parsed.bozo
    assert [entry.title for entry in parsed.entries] == [
        "Withdrawn: CSA-2026-0003: Sessions survive a sign-out",
        "CSA-2026-0001: Sessions survive a sign-out",
        "CSA-2026-0002: Sessions survive a sign-out",
        "Old-1: Sessions survive a sign-out",
    ]
    assert "It <em>was</em> none." in str(parsed.entries[0])
    assert "https://acme.example/2" in str(parsed.entries[1])


@pytest.mark.parametrize("key", [paths.SECURITY_ATOM, paths.SECURITY_RSS])
def test_an_entry_begins_with_the_newest_words_and_says_which_versions(key: str) -> None:
    told = a_statement(
        "We *fixed* it.", "Only 2.4.1 fixes it.", affected=(Affected("CLI", None, ("< 2",), ("2",)),)
    )

    [entry] = feedparser.parse(built(told)[key]).entries
    said = entry.content[0].value if "content" in entry else entry.summary
    text = page(said.encode()).text
    assert text.startswith("Updated Only 2.4.1 fixes it. Vulnerability, critical severity")
    assert "Affected CLI; affected: < 2; fixed in: 2 More about it" in text
    assert "https://acme.example/sessions" in said


def test_words_that_are_the_summary_stand_once() -> None:
    told = a_statement("Whoever kept a session could go on using it.")

    assert built(told)[paths.SECURITY_ATOM].count(b"Whoever kept a session") == 1


def test_an_entry_keeps_its_id_when_its_advisory_goes_on() -> None:
    first, second = (
        xml(built(told)[paths.SECURITY_ATOM]) for told in (a_statement("a"), a_statement("a", "b"))
    )
    found = "{http://www.w3.org/2005/Atom}entry/{http://www.w3.org/2005/Atom}"

    assert (
        first.findtext(f"{found}id")
        == second.findtext(f"{found}id")
        == "tag:status.acme.example,2026:Advisory/2"
    )
    assert first.findtext(f"{found}updated") < second.findtext(f"{found}updated")


def test_the_feeds_of_nothing_are_whole() -> None:
    for key in (paths.SECURITY_ATOM, paths.SECURITY_RSS):
        assert not feedparser.parse(built()[key]).bozo


# --- security.txt -----------------------------------------------------------------------------------------


def test_security_txt_says_how_to_reach_whom() -> None:
    assert built(team=ACME)[paths.SECURITY_TXT].decode().splitlines() == [
        "Contact: mailto:security@acme.example",
        "Contact: https://acme.example/report",
        "Expires: 2027-01-01T00:00:00Z",
        "Canonical: https://status.example.com/.well-known/security.txt",
        "Policy: https://acme.example/policy",
        "Preferred-Languages: en, de",
        "CSAF: https://status.example.com/.well-known/csaf/provider-metadata.json",
    ]


def test_security_txt_needs_a_contact_and_nothing_else() -> None:
    assert paths.SECURITY_TXT not in built(team=Team(None, "https://acme.example/policy"))
    assert b"Policy" not in built(team=Team("tel:+1-201-555-0123"))[paths.SECURITY_TXT]


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "as_of", "expires"),
    [
        pytest.param("Etc/UTC", at(11, 1, 0), "2027-01-01T00:00:00Z", id="a month begins"),
        pytest.param("Etc/UTC", at(11, 30, 23, 59), "2027-01-01T00:00:00Z", id="and ends"),
        pytest.param("Etc/UTC", at(12, 1, 0), "2027-02-01T00:00:00Z", id="and the next one"),
        pytest.param("Asia/Tokyo", at(11, 30, 15), "2027-01-31T15:00:00Z", id="where readers are"),
    ],
)
def test_security_txt_expires_at_the_end_of_the_month_after_this(
    zone: str, as_of: datetime, expires: str
) -> None:
    text = built(team=ACME, as_of=as_of, page=a_page(time_zone=zone))[paths.SECURITY_TXT].decode()

    assert f"Expires: {expires}" in text


def test_the_contact_stands_in_the_documents_too() -> None:
    assert (
        b"security@acme.example"
        in built(a_statement(), team=ACME)[".well-known/csaf/2026/csa-2026-0001.json"]
    )


def test_a_severity_that_nobody_named_is_left_out() -> None:
    assert "everity" not in read("security/csa-2026-0001/index.html", a_statement(vulnerabilities=())).text
    graded = a_statement(vulnerabilities=(), severity=Severity.NONE, severity_stated=True)
    assert "No severity" in read("security/csa-2026-0001/index.html", graded).text
