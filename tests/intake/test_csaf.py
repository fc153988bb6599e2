"""CSAF documents of others: what they say comes in, goes out again the same, or is refused by its place."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.advisories import AdvisoryStory, AdvisoryUpdate, Category
from chalicelib.domain.foreign_advisories import ForeignAdvisory, follow
from chalicelib.domain.record import Moment
from chalicelib.domain.security import Action, Affected, Credit, Issuer, Reference, Remedy, Severity
from chalicelib.intake import csaf
from chalicelib.intake.errors import Unreadable
from chalicelib.publishing.csaf import Publisher, document
from tests.builders import NOW
from tests.checks import check
from tests.foreign import (
    LOWER,
    RECORDED,
    SCORE,
    a_branch,
    a_foreign,
    a_tree,
    a_vulnerability,
    needed,
    written,
)

ACME = Publisher("Acme", "https://status.acme.example", "mailto:security@acme.example")
OURS = (ACME.site_url,)
each_recorded = pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)


def taken(found: ForeignAdvisory) -> AdvisoryStory:
    """The advisory that comes of it, with all its updates."""
    story = follow(None, found, id="u-1", moment=Moment(NOW, 1))
    updates: list[AdvisoryUpdate] = []
    while story is not None:
        advisory, updates = story.advisory, [*updates, *story.updates]
        seq = len(updates) + 1
        story = follow(advisory, found, id=f"u-{seq}", moment=Moment(NOW, seq))
    return AdvisoryStory(advisory, tuple(updates))


def read(said: Any) -> ForeignAdvisory:
    """What a document says."""
    return csaf.read("it.json", written(said))


def modelled(said: dict[str, Any]) -> dict[str, Any]:
    """What a document says, as far as an advisory of ours can, in no order."""
    frame = said["document"]
    named = {id: way for it in said["product_tree"]["branches"] for id, way in _ways(it, ())}
    return {
        "id": frame["tracking"]["id"],
        "title": frame["title"],
        "summary": [note["text"] for note in frame["notes"] if note["category"] == "summary"],
        "revisions": [
            (datetime.fromisoformat(it["date"]), it["summary"])
            for it in frame["tracking"]["revision_history"]
        ],
        "products": sorted(named.values()),
        "credits": {json.dumps(it, sort_keys=True) for it in _everywhere(said, "acknowledgments")},
        "references": {it["url"] for it in _everywhere(said, "references") if not it["url"].startswith(OURS)},
        "vulnerabilities": [_vulnerability(it, named) for it in said["vulnerabilities"]],
    }


def _ways(branch: dict[str, Any], above: tuple[str, ...]) -> Any:
    way = (*above, branch["name"])
    if "product" in branch:
        yield branch["product"]["product_id"], way
    for below in branch.get("branches", ()):
        yield from _ways(below, way)


def _everywhere(said: dict[str, Any], name: str) -> list[dict[str, Any]]:
    places = [said["document"], *said["vulnerabilities"]]
    return [it for place in places for it in place.get(name, ())]


def _vulnerability(it: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    status = it["product_status"]
    score = it["scores"][0]["cvss_v3"]
    return {
        "cve": it["cve"],
        "title": it.get("title"),
        "text": [n["text"] for n in it["notes"] if n["category"] in ("summary", "description")],
        "affected": {named[id] for id in status["known_affected"]},
        "fixed": {named[id] for id in status.get("fixed", ())},
        "score": (score["vectorString"], score["baseScore"], score["baseSeverity"], score["version"]),
        "remedies": {
            (r["category"], r["details"], r.get("url"), tuple(sorted(_affected_names(r, status, named))))
            for r in it["remediations"]
            if _affected_names(r, status, named)
        },
    }


def _affected_names(remedy: dict[str, Any], status: dict[str, Any], named: dict[str, Any]) -> set[Any]:
    return {named[id] for id in remedy["product_ids"] if id in status["known_affected"]}


@needed
@each_recorded
def test_a_recorded_advisory_comes_out_equal_in_what_we_model(path: Path) -> None:
    ours = document(taken(csaf.read(path.name, path.read_bytes())), ACME)

    assert modelled(ours) == modelled(json.loads(path.read_bytes()))


@needed
@each_recorded
def test_our_own_document_of_it_is_read_as_the_same_again(path: Path) -> None:
    first = csaf.read(path.name, path.read_bytes())

    again = read(document(taken(first), ACME))

    others = {"references", "issuer"}
    assert (again.id, again.revisions) == (first.id, first.revisions)
    assert {k: v for k, v in again.said.items() if k not in others} == {
        k: v for k, v in first.said.items() if k not in others
    }
    assert [it for it in again.said["references"] if not it.url.startswith(OURS)] == list(
        first.said["references"]
    )


@needed
def test_an_independent_check_finds_no_error_in_our_documents_of_them(tmp_path: Path) -> None:
    files = []
    for path in RECORDED:
        story = taken(csaf.read(path.name, path.read_bytes()))
        files.append(tmp_path / f"{story.advisory.key}.json")
        files[-1].write_text(json.dumps(document(story, ACME)))

    figure = check("csaf", *map(str, files), tools=("npm-csaf",))

    assert figure.startswith("csaf: documents=3 errors=0 ")


def test_who_issued_it_is_said_and_we_are_the_other_party() -> None:
    said = document(taken(read(a_foreign())), ACME)["document"]

    assert said["publisher"]["category"] == "other"
    assert {"category": "general", "title": "Issued by", "text": "Vendor, https://vendor.example"} in said[
        "notes"
    ]


def test_all_of_a_document_comes_in() -> None:
    found = read(
        a_foreign(
            ("2026-11-02T00:00:00+00:00", "Second."), ("2026-11-01T00:00:00Z", "First."),
            frame={
                "aggregate_severity": {"text": "Low"},
                "references": [{"url": "https://vendor.example/1", "summary": "More"}],
                "acknowledgments": [{"names": ["Ada L."]}, {"summary": "all of you"}],
            },
            vulnerabilities=[
                a_vulnerability(
                    references=[
                        {"url": "https://vendor.example/1", "summary": "Again"},
                        {"url": "https://vendor.example/2", "summary": "Else"},
                    ],
                    acknowledgments=[
                        {"names": ["Ada L."]},
                        {"organization": "Labs", "summary": "finding it"},
                    ],
                )
            ],
        )
    )  # fmt: skip

    assert (found.id, found.said["title"], found.said["category"]) == (
        "VND-2026-1", "A hole in App", Category.VULNERABILITY
    )  # fmt: skip
    assert [(it.body, it.said_at.day) for it in found.revisions] == [("First.", 1), ("Second.", 2)]
    assert (found.said["severity"], found.said["severity_stated"]) == (Severity.LOW, True)
    assert found.said["issuer"] == Issuer("Vendor", "https://vendor.example")
    assert found.said["references"] == (
        Reference("https://vendor.example/1", "More"),
        Reference("https://vendor.example/2", "Else"),
    )
    assert found.said["credits"] == (Credit(("Ada L.",)), Credit((), "Labs", "finding it"))
    assert found.said["affected"] == (Affected("App", "Vendor", ("1",), ("2",)),)
    assert found.said["actions"] == (Action("Update.", Remedy.VENDOR_FIX),)


def test_a_severity_that_the_scores_say_anyway_is_not_stated() -> None:
    found = read(a_foreign(frame={"aggregate_severity": {"text": "Critical"}}))

    assert not found.said["severity_stated"]
    assert taken(found).advisory.severity is Severity.CRITICAL


def test_the_gravest_of_several_scores_counts() -> None:
    scores = [{"cvss_v2": LOWER}, {"cvss_v3": SCORE, "cvss_v2": LOWER}, {}]

    (found,) = read(a_foreign(vulnerabilities=[a_vulnerability(scores=scores)])).said["vulnerabilities"]

    assert found.cvss.score == "9.8"


def test_what_has_no_vulnerabilities_is_a_notice_in_its_own_words() -> None:
    found = read(a_foreign(frame={"notes": []}, vulnerabilities=None, product_tree=None))

    assert (found.said["category"], found.said["summary"]) == (Category.NOTICE, "A hole in App")


@pytest.mark.parametrize(
    ("tree", "affected"),
    [
        pytest.param(
            a_tree(a_branch("product_version", "vers:all/*", product="three")),
            (Affected("App", "Vendor", ("1", "vers:all/*"), ("2",)),),
            id="every version, beside others",
        ),
        pytest.param(
            {
                **a_tree(),
                "branches": [
                    *a_tree()["branches"],
                    a_branch(
                        "product_name", "Box", a_branch("product_version", "vers:all/*", product="three")
                    ),
                ],
            },
            (Affected("App", "Vendor", ("1",), ("2",)), Affected("Box", None, ("vers:all/*",))),
            id="every version, and no other",
        ),
        pytest.param(
            a_tree(a_branch("product_version", "3", a_branch("architecture", "x86", product="three"))),
            (Affected("App", "Vendor", ("1", "3 x86"), ("2",)),),
            id="what is finer than a version belongs to it",
        ),
        pytest.param(
            {**a_tree(), "full_product_names": [{"name": "Old App", "product_id": "three"}]},
            (Affected("App", "Vendor", ("1",), ("2",)), Affected("Old App")),
            id="a name alone, of no known version",
        ),
        pytest.param(
            {
                **a_tree(),
                "relationships": [{"full_product_name": {"name": "App on Box", "product_id": "three"}}],
            },
            (Affected("App", "Vendor", ("1",), ("2",)), Affected("App on Box")),
            id="a product on another",
        ),
        pytest.param(
            {
                "branches": [
                    *a_tree()["branches"],
                    a_branch("product_family", "Boxes", a_branch("product_version", "3", product="three")),
                ]
            },
            (Affected("App", "Vendor", ("1",), ("2",)), Affected("Boxes", None, ("3",))),
            id="a family stands for a product",
        ),
    ],
)
def test_products_are_read_wherever_they_stand(tree: dict[str, Any], affected: tuple[Affected, ...]) -> None:
    status = {"known_affected": ["one"], "first_affected": ["three"], "first_fixed": ["two"]}
    vulnerability = a_vulnerability(product_status=status)

    found = read(a_foreign(product_tree=tree, vulnerabilities=[vulnerability]))

    assert found.said["affected"] == affected


def test_each_vulnerability_keeps_its_own_products_and_remedies() -> None:
    other = a_vulnerability(
        "CVE-2026-0002",
        product_status={"known_affected": ["two"], "fixed": ["one"]},
        remediations=[
            {"category": "workaround", "details": "Go back.", "product_ids": ["two"]},
            {"category": "vendor_fix", "details": "Update.", "group_ids": ["all"]},
            {"category": "mitigation", "details": "Of something else.", "product_ids": ["three"]},
        ],
    )
    tree = {
        "branches": [*a_tree()["branches"], a_branch("product_name", "Box", product="three")],
        "product_groups": [{"group_id": "all", "product_ids": ["one", "two"]}],
    }
    said = a_foreign(product_tree=tree, vulnerabilities=[a_vulnerability(), other])

    found = read(said)
    ours = document(taken(found), ACME)

    assert found.said["affected"] == (
        Affected("App", "Vendor", ("1",), ("2",), ("CVE-2026-0001",)),
        Affected("App", "Vendor", ("2",), ("1",), ("CVE-2026-0002",)),
    )
    assert found.said["actions"] == (
        Action("Update.", Remedy.VENDOR_FIX),
        Action("Go back.", Remedy.WORKAROUND, cves=("CVE-2026-0002",)),
    )
    one, two = (
        leaf["product"]["product_id"]
        for leaf in ours["product_tree"]["branches"][0]["branches"][0]["branches"]
    )
    assert [it["product_status"] for it in ours["vulnerabilities"]] == [
        {"known_affected": [one], "fixed": [two]},
        {"known_affected": [two], "fixed": [one]},
    ]


def test_a_remedy_for_some_products_names_them() -> None:
    tree = {"branches": [*a_tree()["branches"], a_branch("product_name", "Box", product="three")]}
    vulnerability = a_vulnerability(product_status={"known_affected": ["one", "three"]})

    found = read(a_foreign(product_tree=tree, vulnerabilities=[vulnerability]))

    assert found.said["actions"] == (Action("Update.", Remedy.VENDOR_FIX, None, ("App",)),)


DEEP = b'{"product_tree":{"branches":' + b'[{"category":"x","name":"x","branches":' * 50_000
WRONG = [
    pytest.param(b"{", ": is not JSON that can be read: ", id="broken"),
    pytest.param(b"\xff", ": is not JSON that can be read: ", id="not text"),
    pytest.param(DEEP, ": is not JSON that can be read: ", id="deep"),
    pytest.param(written({}), ": is wrong: Object missing required field `document`", id="nothing"),
    pytest.param(
        written(a_foreign(frame={"csaf_version": "1.2"})), ": document.csaf_version is wrong: ", id="old"
    ),
    pytest.param(
        written(a_foreign(tracking={"status": "draft"})),
        ": document.tracking.status is draft: its issuer has not published it",
        id="a draft",
    ),
    pytest.param(
        written(a_foreign(frame={"distribution": {"tlp": {"label": "AMBER"}}})),
        ": document.distribution.tlp.label is 'AMBER': not for everybody",
        id="a secret",
    ),
    pytest.param(
        written(a_foreign(tracking={"id": "VND:1"})), ": document.tracking.id must be 1 to 64 ", id="id"
    ),
    pytest.param(
        written(a_foreign(frame={"publisher": {"name": "V", "namespace": "javascript:1"}})),
        ": document.publisher.namespace must be an absolute http",
        id="who it is",
    ),
    pytest.param(
        written(a_foreign(tracking={"revision_history": []})),
        ": document.tracking.revision_history is wrong: ",
        id="never said",
    ),
    pytest.param(
        written(a_foreign(("2026-11-01T00:00:00Z", " "))),
        ": document.tracking.revision_history[0].summary must not be blank",
        id="a silent revision",
    ),
    pytest.param(
        written(a_foreign(("1500-11-01T00:00:00Z", "x"))),
        ": document.tracking.revision_history[0].date is not a year of ours",
        id="long ago",
    ),
    pytest.param(
        written(a_foreign(vulnerabilities=[a_vulnerability("CVE-1")])),
        ": vulnerabilities[0].cve must be an id like",
        id="no CVE id",
    ),
    pytest.param(
        written(
            a_foreign(vulnerabilities=[a_vulnerability(scores=[{"cvss_v3": {**SCORE, "baseScore": 1}}])])
        ),
        ": vulnerabilities[0].scores[0].cvss_v3.baseScore is 1.0, but the vector comes to 9.8",
        id="a score of its own",
    ),
    pytest.param(
        written(
            a_foreign(
                vulnerabilities=[a_vulnerability(scores=[{"cvss_v3": {"vectorString": "x", "baseScore": 1}}])]
            )
        ),
        ": vulnerabilities[0].scores[0].cvss_v3.vectorString must be a CVSS vector",
        id="no vector",
    ),
    pytest.param(
        written(a_foreign(vulnerabilities=[a_vulnerability(product_status={"fixed": ["two", "x"]})])),
        ": vulnerabilities[0].product_status.fixed[1] is no product of the tree: 'x'",
        id="no product",
    ),
    pytest.param(
        written(
            a_foreign(
                vulnerabilities=[
                    a_vulnerability(
                        remediations=[{"category": "mitigation", "details": "x", "group_ids": ["g"]}]
                    )
                ]
            )
        ),
        ": vulnerabilities[0].remediations[0].group_ids[0] is no group of the tree: 'g'",
        id="no group",
    ),
    pytest.param(
        written(a_foreign(product_tree=a_tree(a_branch("product_version", "3", product="one")))),
        ": product_tree names 'one' twice",
        id="one id for two",
    ),
    pytest.param(
        written(
            a_foreign(
                vulnerabilities=[
                    a_vulnerability(),
                    a_vulnerability(None, product_status={"known_affected": ["two"]}),
                ]
            )
        ),
        ": vulnerabilities[1].cve is needed, since the vulnerabilities are not all in the same products",
        id="which vulnerability",
    ),
    pytest.param(
        written(a_foreign(frame={"title": "x" * 301})), ": title must have at most 300", id="a long title"
    ),
    pytest.param(
        written(a_foreign(vulnerabilities=[a_vulnerability(), a_vulnerability()])),
        ": cves.1 is named twice",
        id="one vulnerability twice",
    ),
    pytest.param(
        written(a_foreign(frame={"references": [{"url": "ftp://x", "summary": "x"}]})),
        ": document.references[0].url must be an absolute http",
        id="a strange address",
    ),
]


@pytest.mark.parametrize(("text", "reason"), WRONG)
def test_what_cannot_be_is_refused_by_its_place_in_one_line(text: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        csaf.read("it.json", text)

    assert f"it.json{reason}" in str(refused.value)
    assert "\n" not in str(refused.value)


@settings(max_examples=300)
@given(
    path=st.lists(st.integers(0, 50), min_size=1, max_size=6),
    value=st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.just([]) | st.just({}),
)
def test_a_document_with_anything_anywhere_is_read_or_refused(path: list[int], value: Any) -> None:
    said = a_foreign()
    place: Any = said
    for step in path[:-1]:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        inner = place[keys[step % len(keys)]] if keys else None
        if not isinstance(inner, dict | list) or not inner:
            break
        place = inner
    keys = list(place) if isinstance(place, dict) else range(len(place))
    place[keys[path[-1] % len(keys)]] = value

    try:
        found = read(said)
    except Unreadable:
        return
    assert found.revisions


def test_times_are_instants_whatever_their_zone() -> None:
    found = read(a_foreign(("2026-11-01T10:00:00.123456+01:00", "First.")))

    assert found.revisions[0].said_at == datetime(2026, 11, 1, 9, 0, 0, 123000, tzinfo=UTC)
