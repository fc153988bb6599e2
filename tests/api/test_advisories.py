"""Advisories through the API: private while drafts, numbered by us, refused by field, said once."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.domain.keys import Scope
from chalicelib.stores import record
from tests.api.callers import Api, Reply, a_key

VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
SAID: dict[str, Any] = {
    "title": "Sessions survive a sign-out",
    "category": "vulnerability",
    "summary": "Whoever kept a session could go on using it.",
    "actions": "Update to 2.4.1.",
}


def write(api: Api, **more: Any) -> Reply:
    """Write an advisory."""
    return api.post("/advisories", {**SAID, **more})


def test_an_advisory_is_drafted_published_continued_and_withdrawn(api: Api) -> None:
    drafted = write(api, cvss=VECTOR, cves=["CVE-2026-12345"])
    published = api.post("/advisories/csa-2026-0001/publish", {"body": "We tell you now."})
    updated = api.post("/advisories/CSA-2026-0001/updates", {"body": "Wider.", "title": "Wider"})
    withdrawn = api.post("/advisories/CSA-2026-0001/withdraw", {"reason": "It was another product."})

    assert [it.status for it in (drafted, published, updated, withdrawn)] == [201] * 4
    assert (drafted.json["id"], drafted.json["status"]) == ("CSA-2026-0001", "draft")
    assert drafted.headers["Location"] == "/api/v1/advisories/csa-2026-0001"
    assert drafted.json["vulnerabilities"][0]["cvss"]["score"] == "9.8"
    full = api.get("/advisories/CSA-2026-0001").json
    assert (full["title"], full["severity"], full["reason"]) == (
        "Wider",
        "critical",
        "It was another product.",
    )
    assert [it["body"] for it in full["updates"]] == ["It was another product.", "Wider.", "We tell you now."]
    assert [it["status"] for it in full["updates"]] == ["withdrawn", "updated", "published"]


def test_one_may_be_published_at_once_with_its_summary_as_the_first_words(api: Api) -> None:
    reply = write(api, published=True)

    assert (reply.json["status"], reply.json["updates"][0]["body"]) == ("published", SAID["summary"])


@pytest.mark.parametrize(
    ("said", "is_threat"),
    [
        pytest.param({"category": "notice"}, False, id="a notice"),
        pytest.param({"category": "notice", "active": True}, True, id="a notice that is said to be one"),
        pytest.param({"category": "phishing"}, True, id="all others"),
        pytest.param({"category": "phishing", "active": False}, False, id="one that is over"),
    ],
)
def test_readers_are_warned_of_what_threatens_them(api: Api, said: dict[str, Any], is_threat: bool) -> None:
    assert write(api, published=True, **said).json["active"] is is_threat


def test_a_draft_that_is_published_without_a_word_says_its_summary(api: Api) -> None:
    write(api)

    reply = api.post("/advisories/CSA-2026-0001/publish")

    assert (reply.status, reply.json["body"]) == (201, SAID["summary"])


def test_the_record_has_no_word_of_a_draft_and_not_even_its_id(api: Api) -> None:
    write(api, id="xz-backdoor", title="Hush")
    api.patch("/advisories/xz-backdoor", {"title": "Hush hush"}, If_Match='"1"')

    entries = list(record.entries(2))
    assert [(it.kind, it.subject, it.body) for it in entries] == [("private.noted", "private", None)] * 2
    assert "xz" not in api.get("/record").text.lower() and "hush" not in api.get("/record").text.lower()


def test_drafts_are_seen_by_key_holders_alone(api: Api) -> None:
    write(api)
    stranger = Api(None, api.told)

    assert stranger.get("/advisories").status == stranger.get("/advisories/CSA-2026-0001").status == 401
    assert api.get("/advisories/CSA-2026-0001").json["status"] == "draft"


@pytest.mark.parametrize(
    "path", ["", "/CSA-2026-0001/publish", "/CSA-2026-0001/updates", "/CSA-2026-0001/withdraw"]
)
def test_writing_needs_a_scope_of_its_own(api: Api, path: str) -> None:
    others = a_key(*(scope for scope in Scope if scope is not Scope.ADVISORIES_WRITE), id="others")

    reply = Api(others, api.told).post(f"/advisories{path}", SAID)

    assert reply.status == 403
    assert "advisories:write" in reply.text


def test_a_draft_is_put_otherwise_and_what_is_published_is_not(api: Api) -> None:
    made = write(api, cves=["CVE-2026-12345"])
    changed = api.patch("/advisories/CSA-2026-0001", {"cvss": VECTOR}, If_Match=made.etag)

    assert changed.json["vulnerabilities"][0]["cve"] == "CVE-2026-12345"
    assert changed.json["severity"] == "critical"
    api.post("/advisories/CSA-2026-0001/publish")
    again = api.patch("/advisories/CSA-2026-0001", {"title": "Other"}, If_Match="*")
    assert (again.status, again.fields) == (409, ["status"])


def test_a_draft_is_removed_with_its_words_and_its_number_stays_taken(api: Api) -> None:
    write(api, title="Hush")
    stale = api.delete("/advisories/CSA-2026-0001", If_Match='"7"')
    preview = api.delete("/advisories/CSA-2026-0001?dry_run=true")
    gone = api.delete("/advisories/CSA-2026-0001")
    again = api.delete("/advisories/CSA-2026-0001")

    assert [it.status for it in (stale, preview, gone, again)] == [412, 200, 200, 404]
    assert api.get("/advisories").json["items"] == []
    assert api.get("/advisories/CSA-2026-0001").status == 404
    entries = list(record.entries(2))
    assert [(it.kind, it.subject, it.body) for it in entries] == [("private.noted", "private", None)] * 2
    assert write(api).json["id"] == "CSA-2026-0002"


def test_what_is_published_cannot_be_removed(api: Api) -> None:
    write(api, published=True)

    refused = api.delete("/advisories/CSA-2026-0001")

    assert (refused.status, refused.fields) == (409, ["status"])
    assert api.get("/advisories/CSA-2026-0001").json["status"] == "published"


@pytest.mark.parametrize(
    ("change", "severity", "cves"),
    [
        pytest.param({"cvss": None}, None, ["CVE-2026-12345"], id="without a score"),
        pytest.param({"cves": ["CVE-2026-12345", "CVE-2026-22222"]}, "critical", None, id="one more"),
        pytest.param({"cves": []}, None, [], id="without ids"),
        pytest.param({"severity": "low", "cvss": None}, "low", ["CVE-2026-12345"], id="a stated severity"),
        pytest.param(
            {"vulnerabilities": [{"title": "Another"}]}, None, [], id="other vulnerabilities"
        ),
        pytest.param({"references": ["https://a.example/"]}, "critical", None, id="something else"),
    ],
)  # fmt: skip
def test_an_update_changes_only_what_it_names(
    api: Api, change: dict[str, Any], severity: str | None, cves: list[str] | None
) -> None:
    write(api, cvss=VECTOR, cves=["CVE-2026-12345"], published=True)

    api.post("/advisories/CSA-2026-0001/updates", {"body": "More.", **change})

    full = api.get("/advisories/CSA-2026-0001").json
    assert full["severity"] == severity
    assert full["cves"] == (change.get("cves", ["CVE-2026-12345"]) if cves is None else cves)


@pytest.mark.parametrize(
    ("path", "said"),
    [("", {**SAID, "cvss": VECTOR, "severity": "low"}), ("/first/updates", {"body": "x", "severity": "low"})],
)
def test_a_severity_that_contradicts_the_score_is_refused_by_its_name(
    api: Api, path: str, said: dict[str, Any]
) -> None:
    write(api, id="first", cvss=VECTOR, published=True)
    head = record.head()

    refused = api.post(f"/advisories{path}", said)

    assert (refused.status, refused.fields, record.head()) == (400, ["severity"], head)
    assert "comes to critical" in refused.text


def test_texts_stand_for_products_actions_references_and_people(api: Api) -> None:
    full = write(
        api,
        affected=["Acme CLI", {"product": "Acme App", "versions": ["< 3"], "fixed": ["3"]}],
        actions=["Update.", {"text": "Sign out.", "remedy": "workaround", "products": ["Acme App"]}],
        references=["https://a.example/x"],
        credits=["Ada L.", {"organization": "Example Labs"}],
        active=False,
        severity="low",
    ).json

    assert [it["product"] for it in full["affected"]] == ["Acme CLI", "Acme App"]
    assert [(it["text"], it["remedy"]) for it in full["actions"]] == [
        ("Update.", "vendor_fix"),
        ("Sign out.", "workaround"),
    ]
    assert full["references"][0]["url"] == "https://a.example/x"
    assert [(it["names"], it["organization"]) for it in full["credits"]] == [
        (["Ada L."], None),
        ([], "Example Labs"),
    ]
    assert (full["active"], full["severity"]) == (False, "low")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        pytest.param({"title": None}, "title", id="no title"),
        pytest.param({"summary": " "}, "summary", id="a blank summary"),
        pytest.param({"category": "virus"}, "category", id="an unknown category"),
        pytest.param({"severity": "huge"}, "severity", id="an unknown severity"),
        pytest.param({"cvss": "9.8"}, "cvss", id="a score in place of a vector"),
        pytest.param({"cvss": "CVSS:3.1/AV:N"}, "cvss", id="half a vector"),
        pytest.param({"cvss": VECTOR + "/A:L"}, "cvss", id="a vector that says two things"),
        pytest.param({"cvss": VECTOR.replace("3.1", "3.7")}, "cvss", id="a vector of no version"),
        pytest.param({"cves": ["CVE-2026-1234", "2026-1"]}, "cves.1", id="no CVE id"),
        pytest.param({"cves": ["CVE-2026-1234"] * 2}, "cves.1", id="a CVE id twice"),
        pytest.param({"vulnerabilities": [{"cvss": "x"}]}, "vulnerabilities.0.cvss", id="a vector inside"),
        pytest.param({"vulnerabilities": [], "cves": []}, "vulnerabilities", id="vulnerabilities twice"),
        pytest.param({"references": ["https://a.b/", "javascript:x"]}, "references.1", id="a script"),
        pytest.param({"references": [{"url": "/x"}]}, "references.0.url", id="half an address"),
        pytest.param({"references": ["https://u:p@a.b/"]}, "references.0", id="credentials"),
        pytest.param({"affected": [{"versions": ["1"]}]}, "affected.0.product", id="no product"),
        pytest.param({"affected": ["a", {"product": "b", "fixed": [""]}]}, "affected.1.fixed.0", id="blank"),
        pytest.param({"actions": [{"text": "a", "products": ["b"]}]}, "actions.0.products.0", id="nothing"),
        pytest.param({"actions": [{"text": "a", "url": "b"}]}, "actions.0.url", id="an action's address"),
        pytest.param({"credits": [{}]}, "credits.0.name", id="thanks to nobody"),
        pytest.param({"id": "RHSA-2026:1"}, "id", id="an id that no file can have"),
        pytest.param({"cvs": VECTOR}, "cvs", id="an unknown field"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field_and_nothing_is_stored(
    api: Api, said: dict[str, Any], field: str
) -> None:
    before = record.head()

    reply = api.post("/advisories", {**SAID, **said})

    assert reply.status == 400
    (named,) = reply.fields
    assert named == field or named.startswith(f"{field}.")
    assert record.head() == before


def test_an_id_that_is_taken_in_another_case_is_taken(api: Api) -> None:
    write(api, id="Sessions-2026")

    reply = write(api, id="sessions-2026")

    assert (reply.status, reply.fields) == (409, ["id"])


def test_what_nobody_wrote_is_not_found(api: Api) -> None:
    replies = [
        api.get("/advisories/CSA-2026-0001"),
        api.get("/advisories/a_b"),
        api.post("/advisories/CSA-2026-0001/publish"),
    ]

    assert [reply.status for reply in replies] == [404] * 3
    assert replies[1].json["detail"] == "There is no advisory of this id."


@pytest.mark.parametrize("step", ["publish", "updates", "withdraw"])
def test_a_decision_on_an_older_version_is_refused(api: Api, step: str) -> None:
    write(api, published=step != "publish")

    reply = api.post(
        f"/advisories/CSA-2026-0001/{step}", {"reason" if step == "withdraw" else "body": "x"}, If_Match='"9"'
    )

    assert (reply.status, reply.fields) == (412, ["If-Match"])


def test_a_repeat_counts_once_and_gets_the_same_answer(api: Api) -> None:
    first, again = (api.post("/advisories", SAID, Idempotency_Key="once") for _ in range(2))

    assert first.text == again.text
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(api.get("/advisories").json["items"]) == 1


def test_a_dry_run_previews_and_stores_nothing(api: Api) -> None:
    before = record.head()

    drafted = api.post("/advisories?dry_run=true", SAID)
    published = api.post("/advisories?dry_run=true", {**SAID, "published": True})

    assert [it.status for it in (drafted, published)] == [200, 200]
    assert [it.json["status"] for it in (drafted, published)] == ["draft", "published"]
    assert "id" not in drafted.json
    assert record.head() == before


def test_twenty_at_once_get_twenty_numbers_without_a_gap(api: Api) -> None:
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda n: write(api, published=bool(n % 2)), range(20)))

    assert sorted(it.json["id"] for it in replies) == [f"CSA-2026-{n:04}" for n in range(1, 21)]


def test_a_number_that_somebody_chose_is_left_out(api: Api) -> None:
    write(api, id="csa-2026-0002")

    assert [write(api).json["id"] for _ in range(2)] == ["CSA-2026-0001", "CSA-2026-0003"]


def test_the_year_of_a_number_is_that_of_its_writing(api: Api) -> None:
    write(api)
    api.told.pass_time(days=60)

    assert write(api).json["id"] == "CSA-2027-0001"


def test_the_list_has_drafts_first_and_then_the_newest_in_pages(api: Api) -> None:
    for n in range(3):
        write(api, published=True, title=f"Published {n}")
        api.told.pass_time(minutes=1)
    for n in range(2):
        write(api, id=f"draft-{n}")

    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get(f"/advisories?limit=2{cursor and f'&cursor={cursor}'}").json
        seen, cursor = [*seen, *(it["id"] for it in page["items"])], page["next"]

    assert seen == ["draft-1", "draft-0", "CSA-2026-0003", "CSA-2026-0002", "CSA-2026-0001"]


def test_updates_come_in_pages(api: Api) -> None:
    write(api, published=True)
    for n in range(3):
        api.post("/advisories/CSA-2026-0001/updates", {"body": f"Word {n}"})

    first = api.get("/advisories/CSA-2026-0001?limit=3").json
    rest = api.get(f"/advisories/CSA-2026-0001?limit=3&cursor={first['next']}").json

    bodies = [it["body"] for it in (*first["updates"], *rest["updates"])]
    assert bodies == ["Word 2", "Word 1", "Word 0", SAID["summary"]]
    assert rest["next"] is None


def test_what_is_published_stands_in_the_record_whole(api: Api) -> None:
    write(api, cvss=VECTOR, published=True)

    (entry,) = record.entries(2)
    said = json.loads(entry.body or "")
    assert (entry.kind, entry.subject) == ("advisory.published", "advisory/csa-2026-0001")
    assert said["advisory"]["vulnerabilities"][0]["cvss"]["score"] == "9.8"
    assert said["update"]["body"] == SAID["summary"]
