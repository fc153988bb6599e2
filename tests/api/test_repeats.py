"""Repeats are harmless, versions are minded, previews store nothing, many at once lose nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.domain.record import check_chain
from chalicelib.stores import incidents, record
from tests.api.callers import Api, Reply, a_key
from tests.api.conftest import HOLE, PLANNED, SAID, with_something

NEXT = {"status": "identified", "body": "A cause."}
BEGIN = {"status": "in_progress", "body": "We begin."}
LONGER = {"body": "Longer.", "ends_at": "2026-11-23T01:00:00Z"}
PROMISE = {"text": "Add an alarm", "due": "2027-01-01T00:00:00Z"}
POSTS = [
    pytest.param("/groups", {"name": "x"}, id="groups"),
    pytest.param("/components", {"name": "x", "id": "chosen"}, id="components"),
    pytest.param("/incidents", {**SAID, "id": "chosen"}, id="incidents"),
    pytest.param("/incidents/slow/updates", NEXT, id="updates"),
    pytest.param("/incidents/slow/retract", {"reason": "A test."}, id="retraction"),
    pytest.param(
        "/incidents/slow/follow-ups",
        {"text": "Alarm", "due": "2027-01-01T00:00:00Z", "id": "f1"},
        id="promise",
    ),
    pytest.param("/maintenances", {**PLANNED, "id": "chosen"}, id="maintenances"),
    pytest.param("/maintenances/disks/updates", BEGIN, id="words about a maintenance"),
    pytest.param("/maintenances/disks/reschedule", LONGER, id="moved"),
    pytest.param("/maintenances/disks/cancel", {"body": "Not today."}, id="called off"),
    pytest.param("/advisories", {**HOLE, "id": "chosen"}, id="advisories"),
    pytest.param("/advisories/hole/publish", {}, id="publications"),
    pytest.param(
        "/alarms/rules",
        {"match": {"app": "x"}, "component": "checkout", "status": "partial_outage"},
        id="rules",
    ),
    pytest.param("/keys", {"name": "x", "scopes": ["read"]}, id="keys"),
]
each_post = pytest.mark.parametrize(("path", "said"), POSTS)


def again(reply: Reply) -> Reply:
    """The same answer, marked as given again."""
    return Reply(reply.status, {**reply.headers, "Idempotent-Replayed": "true"}, reply.text)


@each_post
def test_the_same_request_gets_the_same_answer_again(api: Api, path: str, said: dict[str, object]) -> None:
    with_something(api)

    first = api.post(path, said, Idempotency_Key="k1")
    head = record.head()

    assert first.status == 201
    assert "Idempotent-Replayed" not in first.headers
    assert api.post(path, said, Idempotency_Key="k1") == again(first)
    assert record.head() == head


@each_post
def test_a_preview_stores_nothing(api: Api, path: str, said: dict[str, object]) -> None:
    with_something(api)
    head = record.head()

    preview = api.post(f"{path}?dry_run=true", said, Idempotency_Key="k1")

    assert preview.status == 200
    assert {"Location", "ETag"}.isdisjoint(preview.headers)
    assert record.head() == head
    told = api.post(path, said, Idempotency_Key="k1")
    assert told.status == 201
    assert told.json.keys() - preview.json.keys() == {"id", *(["credential"] if path == "/keys" else [])}


def test_a_preview_of_a_change_stores_nothing(api: Api) -> None:
    with_something(api)
    head = record.head()

    said = {"title": "Slower", "reason": "It is slower."}
    preview = api.patch("/incidents/slow?dry_run=true", said, If_Match='"1"')

    assert (preview.status, preview.json["title"]) == (200, "Slower")
    assert record.head() == head


def test_a_preview_of_a_revocation_revokes_nothing(api: Api) -> None:
    other = a_key(id="other")

    assert api.delete("/keys/other?dry_run=true").json["revoked_at"]
    assert api.get("/page", Authorization=f"Bearer {other}").status == 200


def test_a_preview_of_what_is_wrong_is_refused(api: Api) -> None:
    with_something(api)

    assert api.post("/incidents?dry_run=true", {**SAID, "id": "slow"}).status == 409
    assert api.post("/incidents?dry_run=true", {**SAID, "affects": {"nope": "major_outage"}}).fields == [
        "affects.nope"
    ]


def test_a_key_used_for_something_else_is_refused(api: Api) -> None:
    with_something(api)
    api.post("/incidents", SAID, Idempotency_Key="k1")
    head = record.head()

    other = api.post("/incidents", {**SAID, "title": "Other"}, Idempotency_Key="k1")
    elsewhere = api.post("/incidents/slow/updates", NEXT, Idempotency_Key="k1")

    assert [other.status, elsewhere.status] == [422, 422]
    assert other.fields == ["Idempotency-Key"]
    assert record.head() == head


@pytest.mark.parametrize(("tag", "status"), [("*", 200), (None, 412)], ids=["any version", "the one seen"])
@pytest.mark.parametrize(
    ("part", "said"),
    [
        pytest.param("", {"title": "Slower", "reason": "It is slower."}, id="a title"),
        pytest.param("/updates/{update}", {"body": "We look.", "reason": "A slip."}, id="words"),
    ],
)
def test_a_change_sent_again_changes_nothing_twice_whatever_key_it_carries(
    api: Api, part: str, said: dict[str, str], tag: str | None, status: int
) -> None:
    with_something(api)
    path = f"/incidents/slow{part}".format(update=api.get("/incidents/slow").json["updates"][0]["id"])
    seen = tag or api.get("/incidents/slow").headers["ETag"]

    first = api.patch(path, said, If_Match=seen, Idempotency_Key="k1")
    head = record.head()
    repeat = api.patch(path, said, If_Match=seen, Idempotency_Key="k1")

    assert (first.status, repeat.status) == (200, status)
    assert record.head() == head


def test_refusals_are_not_kept(api: Api) -> None:
    assert api.post("/groups", {"name": ""}, Idempotency_Key="k1").status == 400
    assert api.post("/groups", {"name": "x"}, Idempotency_Key="k1").status == 201


def test_after_a_day_the_same_key_is_new(api: Api) -> None:
    first = api.post("/groups", {"name": "x"}, Idempotency_Key="k1")

    api.told.pass_time(hours=23, minutes=59)
    assert api.post("/groups", {"name": "x"}, Idempotency_Key="k1") == again(first)
    api.told.pass_time(minutes=1)
    later = api.post("/groups", {"name": "y"}, Idempotency_Key="k1")

    assert (later.status, later.json["id"] != first.json["id"]) == (201, True)


@pytest.mark.parametrize("key", ["", "x" * 256, "sch\u00f6n", "a\tb", "a\n"])
def test_an_idempotency_key_is_printable_ascii(standing: Api, key: str) -> None:
    refused = standing.post("/groups", {"name": "x"}, Idempotency_Key=key)

    assert (refused.status, refused.fields) == (400, ["Idempotency-Key"])


@pytest.mark.parametrize("key", ["1", "x" * 255, "any text of yours"])
def test_any_printable_text_is_an_idempotency_key(api: Api, key: str) -> None:
    assert api.post("/groups", {"name": "x"}, Idempotency_Key=key).status == 201


def test_twins_sent_at_once_are_one(api: Api) -> None:
    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda _: api.post("/incidents", SAID, Idempotency_Key="k1"), range(8)))

    assert {(reply.status, reply.text) for reply in replies} == {(201, replies[0].text)}
    assert sum("Idempotent-Replayed" not in reply.headers for reply in replies) == 1
    assert len(api.get("/incidents").json["items"]) == 1


@pytest.mark.parametrize("path", ["/incidents/slow", "/components/checkout", "/groups/eu5", "/page"])
def test_a_change_is_made_to_what_was_seen(api: Api, path: str) -> None:
    with_something(api)
    field = "title" if "incidents" in path else "name"
    why = {"reason": "It was wrong."} if "incidents" in path else {}
    seen = api.get(path).etag

    blind = api.patch(path, {field: "New", **why})
    stale = api.patch(path, {field: "New", **why}, If_Match='"99"')
    weak = api.patch(path, {field: "New", **why}, If_Match=f"W/{seen}")
    broken = api.patch(path, {field: "New", **why}, If_Match="3")
    right = api.patch(path, {field: "New", **why}, If_Match=f'"99", {seen}')
    late = api.patch(path, {field: "Newer", **why}, If_Match=seen)

    refused = [blind, stale, weak, broken, late]
    assert [reply.status for reply in refused] == [428, 412, 412, 400, 412]
    assert {tuple(reply.fields) for reply in refused} == {("If-Match",)}
    assert (right.status, right.json[field], right.etag != seen) == (200, "New", True)
    assert api.patch(path, {field: "Newest", **why}, If_Match="*").status == 200


def test_a_change_that_changes_nothing_leaves_no_entry(api: Api) -> None:
    with_something(api)
    head = record.head()

    for path in ("/incidents/slow", "/components/checkout", "/groups/eu5", "/page"):
        seen = api.get(path)
        said = {"title": seen.json["title"]} if "incidents" in path else {}
        same = api.patch(path, said, If_Match=seen.etag)
        assert (same.status, same.etag) == (200, seen.etag)
        assert same.json.items() <= seen.json.items()

    assert record.head() == head


def test_an_update_may_mind_the_version(api: Api) -> None:
    with_something(api)

    told = api.post("/incidents/slow/updates", NEXT, If_Match='"1"')
    late = api.post("/incidents/slow/updates", NEXT, If_Match='"1"')
    blind = api.post("/incidents/slow/updates", NEXT)

    assert [told.status, late.status, blind.status] == [201, 412, 201]


def test_many_updates_at_once_are_all_kept(api: Api) -> None:
    with_something(api)

    def tell(n: int) -> Reply:
        return api.post("/incidents/slow/updates", {"status": "investigating", "body": f"Word {n}."})

    with ThreadPoolExecutor(20) as threads:
        replies = list(threads.map(tell, range(20)))

    assert [reply.status for reply in replies] == [201] * 20
    assert {reply.json["body"] for reply in replies} == {f"Word {n}." for n in range(20)}
    assert len(incidents.updates("slow")) == 21
    assert incidents.get("slow").version == 21
    assert check_chain(record.entries(0)).seq == record.head().seq
