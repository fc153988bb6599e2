"""CSAF documents keep to the schema and to their profiles, and say what the record says and nothing more."""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource

from chalicelib.domain.advisories import AdvisoryStory, Category, Words, add_update, listed
from chalicelib.domain.advisory_corrections import correct_advisory
from chalicelib.domain.record import Moment
from chalicelib.domain.security import EVERY_VERSION, Action, Affected, Credit, Remedy, Vulnerability
from chalicelib.domain.times import iso
from chalicelib.domain.wordings import Right, with_update
from chalicelib.intake.scores import score
from chalicelib.publishing import csaf_files, paths
from chalicelib.publishing.csaf import PROFILES, Publisher, document
from tests.advisories import a_draft, a_statement
from tests.builders import LONG_AGO, NOW, STEP

SCHEMAS = Path(__file__).parents[3] / "shared/data/csaf/schema"
needed = pytest.mark.skipif(not SCHEMAS.is_dir(), reason=f"the schemas are not here: {SCHEMAS}")
CVSS = ("2.0", "3.0", "3.1")
SITE = "https://status.acme.example"
ACME = Publisher("Acme", SITE, "mailto:security@acme.example")
SECOND = score("cvss", "AV:N/AC:L/Au:N/C:P/I:P/A:P")
FOURTH = score("cvss", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N")
EVERYTHING: dict[str, Any] = {
    "vulnerabilities": (
        Vulnerability("CVE-2026-11111", cvss=SECOND),
        Vulnerability(title="The second", description="It is \u202ehidden.", cvss=FOURTH),
    ),
    "affected": (
        Affected("App", "Vendor", ("1.0", "<= 0.9"), ("1.1",), ("CVE-2026-11111",)),
        Affected("Server"),
        Affected("App", "Vendor", ("1.0",)),
        Affected("Library", "Vendor", (), ("7",)),
    ),
    "actions": (
        Action("Update it.", Remedy.VENDOR_FIX, "https://acme.example/update", products=("App",)),
        Action("Wait.", cves=("CVE-2026-11111",)),
    ),
    "credits": (Credit(("Ada L.", "Grace H."), "Example Labs", "finding it"), Credit(organization="Others")),
}


def corrected(story: AdvisoryStory, n: int, **right: Any) -> AdvisoryStory:
    """The story with its n-th update put right, half an hour after its last one."""
    moment = Moment(story.advisory.updated_at + 3 * STEP, story.advisory.seq + 1)
    mended = correct_advisory(story, story.updates[n].id, Right("We misspoke.", **right), moment=moment)
    assert mended.correction is not None
    updates, corrections = with_update(story.updates, mended.update), (*story.corrections, mended.correction)
    return AdvisoryStory(mended.head, updates, corrections)


STORIES = [
    pytest.param(a_statement(), id="one revision"),
    pytest.param(corrected(a_statement("a", "b"), 0, body="A name."), id="corrected"),
    pytest.param(a_statement("a", "b", withdrawn="c"), id="withdrawn"),
    pytest.param(a_statement(**EVERYTHING), id="everything"),
    pytest.param(
        a_statement(vulnerabilities=(), affected=(), actions=(), references=(), credits=()),
        id="as little as can be",
    ),
    *(pytest.param(a_statement(category=category), id=category) for category in Category),
]
each_story = pytest.mark.parametrize("story", STORIES)


def validator(name: str) -> Draft202012Validator:
    """One of the schemas of CSAF 2.0, with those of CVSS left open."""
    schemas = [json.loads(path.read_text()) for path in sorted(SCHEMAS.glob("*.json"))]
    resources = [(it["$id"], Resource.from_contents(it)) for it in (*schemas, *map(_cvss, CVSS))]
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft202012Validator(json.loads((SCHEMAS / name).read_text()), registry=registry)


def _cvss(version: str) -> dict[str, Any]:
    """What tells scores of one version from those of another."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://www.first.org/cvss/cvss-v{version}.json",
        "properties": {"version": {"const": version}},
    }


@needed
@each_story
def test_a_document_keeps_to_the_schema(story: AdvisoryStory) -> None:
    errors = [
        f"{it.json_path} {it.message}"
        for it in validator("csaf_json_schema.json").iter_errors(document(story, ACME))
    ]

    assert errors == []


@each_story
def test_the_category_decides_the_profile_and_its_parts(story: AdvisoryStory) -> None:
    said = document(story, ACME)

    is_withdrawn = story.advisory.reason is not None
    profile = "csaf_base" if is_withdrawn else PROFILES[story.advisory.category]
    assert said["document"]["category"] == profile
    is_vulnerability = story.advisory.category is Category.VULNERABILITY and not is_withdrawn
    assert ("vulnerabilities" in said, "product_tree" in said) == (is_vulnerability, is_vulnerability)
    assert any(it["category"] == "external" for it in said["document"]["references"])
    for it in said.get("vulnerabilities", ()):
        assert it["notes"]
        assert it["product_status"]


def test_updates_are_revisions_that_count_from_one() -> None:
    tracking = document(a_statement("a", "b", withdrawn="c"), ACME)["document"]["tracking"]

    revisions = [(it["number"], it["summary"]) for it in tracking["revision_history"]]
    assert revisions == [("1", "a"), ("2", "b"), ("3", "c")]
    assert (tracking["status"], tracking["version"]) == ("final", "3")
    assert tracking["initial_release_date"] == "2026-11-22T09:05:00.000Z"
    assert tracking["current_release_date"] == "2026-11-22T09:25:00.000Z"


def test_a_correction_is_a_revision_of_its_own() -> None:
    story = corrected(a_statement("First.", "Second."), 1, body="Right.")
    story = corrected(story, 0, happened_at=NOW - STEP)

    tracking = document(story, ACME)["document"]["tracking"]

    assert [(it["number"], it["summary"]) for it in tracking["revision_history"]] == [
        ("1", "First."),
        ("2", "Right."),
        ("3", "Correction of revision 2: We misspoke."),
        ("4", "Correction of revision 1: We misspoke."),
    ]
    dates = [it["date"] for it in tracking["revision_history"]]
    assert dates == sorted(dates)
    assert (tracking["version"], tracking["current_release_date"]) == ("4", dates[-1])
    assert tracking["initial_release_date"] == dates[0] == iso(NOW - STEP)
    files = csaf_files.of_all([listed(story.advisory)], ACME, LONG_AGO)
    assert dates[-1] in files[paths.CSAF_CHANGES].body.decode()
    assert dates[-1] == json.loads(files[paths.CSAF_FEED].body)["feed"]["entry"][0]["updated"]


def test_no_revision_is_dated_before_one_that_it_follows() -> None:
    """An update may claim an earlier time than a correction had: it was said elsewhere, and entered later."""
    story = corrected(a_statement("First."), 0, body="Right.")
    words = Words("Later.", {}, NOW + STEP)
    told = add_update(story.advisory, words, id="u9", moment=Moment(NOW + 9 * STEP, 9))

    history = document(
        AdvisoryStory(told.advisory, (*story.updates, *told.updates), story.corrections), ACME
    )["document"]["tracking"]["revision_history"]

    assert [it["date"] for it in history] == [iso(NOW), iso(NOW + 3 * STEP), iso(NOW + 3 * STEP)]


def test_a_withdrawn_one_says_so_and_why_and_nothing_of_products() -> None:
    story = a_statement(withdrawn="It was not us.")
    said = document(story, ACME)

    assert said["document"]["title"] == "Withdrawn: Sessions survive a sign-out"
    reason = {"category": "general", "title": "Withdrawn", "text": "It was not us."}
    assert reason in said["document"]["notes"]
    assert set(said) == {"document"}
    [entry] = _feed_of(story)
    assert entry["title"] == "Withdrawn: Sessions survive a sign-out"


def test_a_product_of_which_no_version_is_named_has_none() -> None:
    affected = (Affected("App", "Acme"), Affected("App", "Acme", ("1",)), Affected("Box", "Acme"))
    said = document(a_statement(affected=affected), ACME)

    [vendor] = said["product_tree"]["branches"]
    assert [(it["name"], "product" in it, "branches" in it) for it in vendor["branches"]] == [
        ("App", False, True), ("App", True, False), ("Box", True, False),
    ]  # fmt: skip
    assert vendor["branches"][2]["product"]["name"] == "Acme Box"
    assert len(said["vulnerabilities"][0]["product_status"]["known_affected"]) == 3


def test_every_version_is_affected_where_somebody_says_so() -> None:
    said = document(a_statement(affected=(Affected("App", "Acme", (EVERY_VERSION,)),)), ACME)

    [leaf] = said["product_tree"]["branches"][0]["branches"][0]["branches"]
    assert (leaf["category"], leaf["name"]) == ("product_version_range", "vers:all/*")


def test_versions_that_are_removed_are_affected_rather_than_fixed() -> None:
    gone = "[removed 2026-11-22: a name]"
    only = Affected("App", versions=(gone, gone), fixed=(gone, gone))

    said = document(a_statement(affected=(only,), actions=(Action("Wait."),)), ACME)

    (product,) = said["product_tree"]["branches"][0]["branches"]
    assert [leaf["name"] for leaf in product["branches"]] == [gone]
    assert said["vulnerabilities"][0]["product_status"] == {"known_affected": ["CSAFPID-0001"]}


def test_where_no_product_is_named_nothing_is_said_to_be_affected() -> None:
    said = document(a_statement(affected=()), ACME)

    assert said["vulnerabilities"][0]["product_status"] == {"under_investigation": ["CSAFPID-0001"]}
    [vendor] = said["product_tree"]["branches"]
    product = {"name": "Acme", "product_id": "CSAFPID-0001"}
    assert vendor["branches"] == [{"category": "product_name", "name": "Acme", "product": product}]


def test_each_version_stands_once_below_its_product_and_vendor() -> None:
    vendors = document(a_statement(**EVERYTHING), ACME)["product_tree"]["branches"]

    tree = {
        (vendor["name"], product["name"]): [
            (leaf["category"], leaf["name"]) for leaf in product.get("branches", ())
        ]
        for vendor in vendors
        for product in vendor["branches"]
    }
    version, several = "product_version", "product_version_range"
    assert tree == {
        ("Vendor", "App"): [(version, "1.0"), (several, "<= 0.9"), (version, "1.1")],
        ("Vendor", "Library"): [(version, "7")],
        ("Acme", "Server"): [],
    }


def test_each_vulnerability_names_the_products_that_have_it() -> None:
    first, second = document(a_statement(**EVERYTHING), ACME)["vulnerabilities"]

    app, old, fixed, library, server = (f"CSAFPID-{n:04}" for n in range(1, 6))
    assert first["product_status"] == {"known_affected": [app, old, server], "fixed": [fixed, library]}
    assert second["product_status"] == {"known_affected": [app, server], "fixed": [library]}
    assert [(it["details"], it["product_ids"]) for it in first["remediations"]] == [
        ("Update it.", [app, old]),
        ("Wait.", [app, old, server]),
    ]
    assert [it["details"] for it in second["remediations"]] == ["Update it."]


def test_what_nobody_tied_to_a_product_is_under_investigation() -> None:
    two = (Vulnerability("CVE-2026-11111"), Vulnerability("CVE-2026-22222", cvss=SECOND))
    said = document(
        a_statement(vulnerabilities=two, affected=(Affected("App", cves=("CVE-2026-11111",)),)), ACME
    )

    assert said["vulnerabilities"][1]["product_status"] == {"under_investigation": ["CSAFPID-0001"]}
    assert said["vulnerabilities"][1]["scores"][0]["products"] == ["CSAFPID-0001"]


def test_scores_stand_where_their_version_has_a_place() -> None:
    first, second = document(a_statement(**EVERYTHING), ACME)["vulnerabilities"]

    assert first["scores"][0]["cvss_v2"] == {
        "baseScore": 7.5, "vectorString": "AV:N/AC:L/Au:N/C:P/I:P/A:P", "version": "2.0",
    }  # fmt: skip
    assert "scores" not in second
    assert f"9.3 (Critical), {FOURTH.vector}" in [note["text"] for note in second["notes"]]


def test_actions_and_cves_of_what_is_no_vulnerability_are_notes_and_references() -> None:
    said = document(
        a_statement(
            category=Category.BREACH, actions=EVERYTHING["actions"][:1], affected=EVERYTHING["affected"][1:3]
        ),
        ACME,
    )

    assert "Update it. https://acme.example/update" in [note["text"] for note in said["document"]["notes"]]
    assert "https://www.cve.org/CVERecord?id=CVE-2026-12345" in [
        it["url"] for it in said["document"]["references"]
    ]


def test_nothing_hides_in_a_text() -> None:
    assert "\u202e" not in json.dumps(document(a_statement(**EVERYTHING), ACME), ensure_ascii=False)


def test_a_publisher_without_a_contact_has_none() -> None:
    assert "contact_details" not in Publisher("Acme", SITE).node


def test_the_hashes_are_those_of_the_document_beside_them() -> None:
    files = csaf_files.of_advisory(a_statement(), ACME)

    key = ".well-known/csaf/2026/csa-2026-0001.json"
    assert set(files) == {key, f"{key}.sha256", f"{key}.sha512"}
    for hash in ("sha256", "sha512"):
        digest = hashlib.new(hash, files[key].body).hexdigest()
        assert files[f"{key}.{hash}"].body.decode() == f"{digest}  csa-2026-0001.json\n"


def test_a_draft_has_no_file() -> None:
    with pytest.raises(ValueError, match="draft"):
        csaf_files.of_all([listed(a_draft())], ACME, LONG_AGO)
    with pytest.raises(ValueError, match="draft"):
        csaf_files.of_advisory(AdvisoryStory(a_draft(), a_statement().updates), ACME)


def _feed_of(*stories: AdvisoryStory) -> list[dict[str, Any]]:
    """The entries of the ROLIE feed."""
    files = csaf_files.of_all([listed(story.advisory) for story in stories], ACME, LONG_AGO)
    entries: list[dict[str, Any]] = json.loads(files[paths.CSAF_FEED].body)["feed"]["entry"]
    return entries


def lists() -> dict[str, bytes]:
    """The lists of two advisories, of which the older one was updated last, by their names."""
    later = a_statement(id="CSA-2026-0002", at=NOW + STEP / 2, seq=3)
    both = [a_statement("a", "b"), later]
    files = csaf_files.of_all([listed(story.advisory) for story in both], ACME, LONG_AGO)
    return {key.removeprefix(".well-known/csaf/"): file.body for key, file in files.items()}


@needed
def test_the_metadata_keep_to_the_schema() -> None:
    said = json.loads(lists()["provider-metadata.json"])

    assert [it.message for it in validator("provider_json_schema.json").iter_errors(said)] == []
    assert (said["role"], said["last_updated"]) == ("csaf_provider", "2026-11-22T09:15:00.000Z")
    assert said["canonical_url"] == f"{SITE}/.well-known/csaf/provider-metadata.json"


def test_every_list_names_every_document() -> None:
    found = lists()

    names = ["2026/csa-2026-0001.json", "2026/csa-2026-0002.json"]
    assert found["index.txt"].decode().split() == names
    changes = list(csv.reader(found["changes.csv"].decode().splitlines()))
    assert changes == [[names[0], "2026-11-22T09:15:00.000Z"], [names[1], "2026-11-22T09:10:00.000Z"]]
    entries = json.loads(found["csaf-feed-tlp-white.json"])["feed"]["entry"]
    assert [it["content"]["src"] for it in entries] == [f"{SITE}/.well-known/csaf/{name}" for name in names]
    assert [link["rel"] for link in entries[0]["link"]] == ["self", "hash", "hash"]


def test_lists_of_nothing_stand_since_the_page_does() -> None:
    files = csaf_files.of_all([], ACME, LONG_AGO)

    assert files[".well-known/csaf/index.txt"].body == files[".well-known/csaf/changes.csv"].body == b""
    assert (
        json.loads(files[".well-known/csaf/provider-metadata.json"].body)["last_updated"]
        == "2026-01-05T08:00:00.000Z"
    )
