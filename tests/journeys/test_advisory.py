"""From a draft that nobody sees to an advisory taken back, as operators, readers and programs meet it."""

import hashlib
import json
from typing import Any

import feedparser
import pytest

from chalicelib.domain.times import iso
from tests.journeys.runtime import Runtime

PAGE, DOCUMENT = "/security/fhc-1/", "/.well-known/csaf/2026/fhc-1.json"
PLACES = ("/", "/security/", "/security/advisories.atom", "/updates.atom", "/feed.json", "/record/")
HOLE: dict[str, Any] = {
    "id": "FHC-1",
    "title": "Sessions survive a sign-out",
    "category": "vulnerability",
    "cvss": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "cves": ["CVE-2026-12345"],
    "affected": [{"product": "CLI", "vendor": "Acme", "versions": ["< 2.4.1"], "fixed": ["2.4.1"]}],
    "summary": "Whoever kept a session could go on using it.",
    "actions": "Update to 2.4.1.",
    "references": ["https://acme.example/sessions"],
    "credits": ["Ada L."],
}


def document(laptop: Runtime) -> Any:
    """The CSAF document, its hashes checked as `sha256sum -c` does."""
    text = laptop.get(DOCUMENT)
    for name in ("sha256", "sha512"):
        digest, file = laptop.get(f"{DOCUMENT}.{name}").split()
        assert (digest, file) == (hashlib.new(name, text.encode()).hexdigest(), "fhc-1.json")
    return json.loads(text)


def everywhere(laptop: Runtime, words: str) -> list[str]:
    """The places in which words stand."""
    return [path for path in PLACES if words in laptop.get(path)]


def test_a_draft_is_seen_by_nobody_until_it_is_published(laptop: Runtime) -> None:
    draft = laptop.say("/advisories", **HOLE)
    laptop.pass_minutes(5)

    assert (draft["status"], draft["published_at"]) == ("draft", None)
    assert everywhere(laptop, "Sessions survive") == []
    assert [laptop.ask("GET", path).status for path in (PAGE, DOCUMENT)] == [404, 404]
    (private,) = [it for it in _record(laptop) if it["kind"] == "private.noted"]
    assert (private["subject"], "body" in private, "salt" in private) == ("private", False, False)
    assert "Something noted (not public)" in laptop.get("/record/")

    laptop.change("/advisories/fhc-1", summary="Put otherwise.")
    laptop.say("/advisories/fhc-1/publish", body="We fixed this on Monday.")

    assert everywhere(laptop, "Sessions survive") == list(PLACES)
    assert "Put otherwise." in laptop.get(PAGE)
    assert "9.8" in laptop.get(PAGE)
    assert "Threats to know of" in laptop.get("/security/")
    assert document(laptop)["document"]["tracking"]["version"] == "1"
    assert laptop.get("/.well-known/csaf/index.txt") == "2026/fhc-1.json\n"


def test_an_update_moves_one_entry_adds_another_and_is_a_revision(laptop: Runtime) -> None:
    laptop.say("/advisories", **HOLE, published=True)
    before = feedparser.parse(laptop.get("/security/advisories.atom")).entries[0]

    laptop.pass_minutes(30)
    less = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H"
    laptop.say("/advisories/fhc-1/updates", body="2.4.2 is for Windows too.", cvss=less)

    (after,) = feedparser.parse(laptop.get("/security/advisories.atom")).entries
    assert (after.id, after.published) == (before.id, before.published)
    assert after.updated > before.updated
    updates = feedparser.parse(laptop.get("/updates.atom")).entries
    assert len({it.id for it in updates}) == 2
    tracking = document(laptop)["document"]["tracking"]
    assert [it["summary"] for it in tracking["revision_history"]] == [
        HOLE["summary"], "2.4.2 is for Windows too."
    ]  # fmt: skip
    assert (tracking["version"], tracking["current_release_date"]) == ("2", iso(laptop.told.at))
    assert laptop.get("/.well-known/csaf/changes.csv") == f'"2026/fhc-1.json","{iso(laptop.told.at)}"\n'
    assert "High severity" in laptop.get(PAGE)


def test_what_is_withdrawn_stays_readable_with_its_reason(laptop: Runtime) -> None:
    laptop.say("/advisories", **HOLE, published=True)

    laptop.say("/advisories/fhc-1/withdraw", reason="It was about another product.")

    assert "Why it was withdrawn" in laptop.get(PAGE)
    assert "Threats to know of" not in laptop.get("/security/")
    assert "Sessions survive" in laptop.get("/security/")
    (entry,) = feedparser.parse(laptop.get("/security/advisories.atom")).entries
    assert entry.title.startswith("Withdrawn: ")
    assert "It was about another product." in laptop.get(DOCUMENT)
    refused = laptop.ask("POST", "/api/v1/advisories/fhc-1/updates", {"body": "And yet."})
    assert (refused.status, refused.json["errors"][0]["field"]) == (409, "status")
    assert laptop.ask("DELETE", "/api/v1/advisories/fhc-1").status == 409


def test_a_threat_is_no_threat_any_more_when_nobody_spoke_of_it_for_a_month(laptop: Runtime) -> None:
    phishing = {"title": "Mails in our name", "category": "phishing", "summary": "They ask for passwords."}
    laptop.say("/advisories", **phishing, actions="Do not answer.", published=True)
    assert "Threats to know of" in laptop.get("/security/")

    laptop.pass_minutes(32 * 24 * 60)

    assert "We know of no threat" in laptop.get("/security/")
    assert "Mails in our name" in laptop.get("/security/")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"cvss": "CVSS:3.1/AV:N"}, "cvss", id="half a vector"),
        pytest.param({"cvss": "9.8"}, "cvss", id="a score is no vector"),
        pytest.param({"cves": ["CVE-26-1"]}, "cves.0", id="no CVE id"),
        pytest.param({"references": ["javascript:alert(1)"]}, "references.0", id="no address"),
        pytest.param({"category": "rumour"}, "category", id="unknown category"),
        pytest.param({"id": "fhc 1"}, "id", id="no id"),
    ],
)
def test_bad_input_is_a_problem_that_names_the_field(
    laptop: Runtime, changes: dict[str, Any], field: str
) -> None:
    before = laptop.ask("GET", "/api/v1/record?limit=1").text

    refused = laptop.ask("POST", "/api/v1/advisories", {**HOLE, **changes})

    assert refused.status == 400
    assert [fault["field"] for fault in refused.json["errors"]] == [field]
    assert laptop.ask("GET", "/api/v1/record?limit=1").text == before


def test_an_id_counts_once_whatever_its_case(laptop: Runtime) -> None:
    laptop.say("/advisories", **HOLE)

    refused = laptop.ask("POST", "/api/v1/advisories", {**HOLE, "id": "fhc-1"})

    assert (refused.status, refused.json["errors"][0]["field"]) == (409, "id")


def _record(laptop: Runtime) -> list[dict[str, Any]]:
    return [json.loads(line) for line in laptop.get("/record/entries/1.jsonl").splitlines()]
