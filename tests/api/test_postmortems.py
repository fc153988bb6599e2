"""After an incident: its postmortem, promises, corrections, a retraction, through the API."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.domain.promises import Kept, Punctuality
from chalicelib.domain.times import iso
from chalicelib.stores import promises, record
from tests.api.callers import Api, Reply
from tests.api.conftest import with_something

case = pytest.param
FOUND = {"root_cause": "A cable.", "body": "**What happened.**"}
WHY = {"reason": "r"}
WORDS = "updates/over"
ALARM = {"id": "alarm", "text": "Add an alarm", "due": "2026-11-25T09:00:00Z"}
PAST, SOON, LATER = "2026-11-22T09:00:00Z", "2026-11-24T09:00:00Z", "2026-12-24T09:00:00Z"
JUST = "2026-11-22T09:06:00Z"


@pytest.fixture
def resolved(api: Api) -> Api:
    """The API with an incident that is over; the update that ended it has the id `over`."""
    with_something(api)
    api.told.new_id = lambda: "over"  # type: ignore[method-assign]
    api.post("/incidents/slow/updates", {"status": "resolved", "body": "Over."})
    del api.told.new_id
    return api


def change(api: Api, path: str, **said: Any) -> Reply:
    """A change of what stands now."""
    return api.patch(path, said, If_Match="*")


def kinds(api: Api) -> list[str]:
    """What the record tells of incidents, oldest first."""
    entries = api.get("/record?limit=100").json["items"]
    return [entry["kind"] for entry in entries if entry["subject"].startswith("incident/")]


def body_of_last(api: Api) -> Any:
    """What the newest entry says."""
    return json.loads(api.get("/record?limit=100").json["items"][-1]["body"])


def test_a_postmortem_is_promised_and_published_in_time(resolved: Api) -> None:
    promised = change(resolved, "/incidents/slow", postmortem_due=SOON)
    assert promised.json["postmortem_due"] == "2026-11-24T09:00:00.000Z"
    assert [promise.incident for promise in promises.read().open] == ["slow"]

    told = resolved.post("/incidents/slow/postmortem", FOUND, If_Match=promised.etag)

    assert (told.status, told.json["status"], told.json["body"]) == (201, "postmortem", "**What happened.**")
    incident = resolved.get("/incidents/slow")
    assert incident.etag == told.etag
    assert incident.json["postmortem"] == {
        "update": told.json["id"],
        "root_cause": "A cable.",
        "published_at": told.json["recorded_at"],
        "due": "2026-11-24T09:00:00.000Z",
        "first_due": None,
    }
    assert incident.json["postmortem_due"] is None
    assert promises.read().open == ()
    assert promises.read().kept.postmortems == Punctuality(in_time=1)
    assert kinds(resolved)[-2:] == ["incident.amended", "incident.postmortem"]


def test_what_was_not_promised_is_not_counted_as_kept(resolved: Api) -> None:
    resolved.post("/incidents/slow/postmortem", FOUND)

    assert promises.read().kept == Kept()


def test_a_promise_is_moved_and_taken_back_in_time(resolved: Api) -> None:
    change(resolved, "/incidents/slow", postmortem_due=SOON)
    moved = change(resolved, "/incidents/slow", postmortem_due=LATER)
    same = change(resolved, "/incidents/slow", postmortem_due=LATER)
    assert (moved.etag, [promise.due.day for promise in promises.read().open]) == (same.etag, [24])

    taken_back = change(resolved, "/incidents/slow", postmortem_due=None)

    first = taken_back.json["postmortem_first_due"]
    assert (taken_back.json["postmortem_due"], promises.read().due, first[:10]) == (None, (), SOON[:10])
    assert [promise.is_taken_back for promise in promises.read().open] == [True]

    told = resolved.post("/incidents/slow/postmortem", FOUND)

    assert (told.status, promises.read().open) == (201, ())
    assert resolved.get("/incidents/slow").json["postmortem"]["first_due"] == first


def test_a_follow_up_is_promised_moved_and_done(resolved: Api) -> None:
    promised = resolved.post("/incidents/slow/follow-ups", ALARM)
    assert promised.status == 201
    assert promised.json == {
        "id": "alarm", "text": "Add an alarm", "due": "2026-11-25T09:00:00.000Z",
        "promised_at": resolved.get("/incidents/slow").json["updated_at"], "done_at": None, "update": None,
        "first_due": None,
    }  # fmt: skip
    moved = resolved.patch("/incidents/slow/follow-ups/alarm", {"due": LATER}, If_Match=promised.etag)
    assert [promise.due.month for promise in promises.read().open] == [12]

    resolved.told.pass_time(days=1)
    done = resolved.patch(
        "/incidents/slow/follow-ups/alarm",
        {"done_at": "2026-11-23T08:00:00Z", "body": "It rings."},
        If_Match=moved.etag,
    )

    story = resolved.get("/incidents/slow").json
    assert done.json["done_at"] == "2026-11-23T08:00:00.000Z"
    assert (done.json["update"], story["follow_ups"]) == (story["updates"][0]["id"], [done.json])
    newest = story["updates"][0]
    assert (newest["body"], newest["status"], newest["follow_up"]) == ("It rings.", "resolved", "alarm")
    assert newest["happened_at"] == done.json["done_at"] < newest["recorded_at"]
    assert (promises.read().open, promises.read().kept.follow_ups.in_time) == ((), 1)
    assert kinds(resolved)[-3:] == ["followup.promised", "followup.moved", "followup.done"]


def test_a_promise_kept_late_counts_as_late(resolved: Api) -> None:
    resolved.post("/incidents/slow/follow-ups", ALARM)
    resolved.told.pass_time(days=9)

    late = change(resolved, "/incidents/slow/follow-ups/alarm", done_at="2026-12-01T08:00:00Z")

    assert (late.status, promises.read().kept.follow_ups) == (200, Punctuality(late=1))
    assert resolved.get("/incidents/slow").json["updates"][0]["body"] == "Add an alarm"


def test_when_a_follow_up_was_done_is_put_right_in_the_update_that_tells_it(resolved: Api) -> None:
    promised = resolved.post("/incidents/slow/follow-ups", ALARM).json["promised_at"]
    resolved.told.pass_time(days=9)
    update = change(resolved, "/incidents/slow/follow-ups/alarm", done_at="2026-12-01T08:00:00Z").json[
        "update"
    ]
    told = f"/incidents/slow/updates/{update}"

    early = change(resolved, told, reason="Wrong.", happened_at="2020-01-01T00:00:00Z")
    right = change(resolved, told, reason="It rang before.", happened_at="2026-11-24T08:00:00Z")

    assert (early.status, early.json["errors"][0]["field"]) == (400, "happened_at")
    follow_up = resolved.get("/incidents/slow").json["follow_ups"][0]
    assert follow_up["done_at"] == right.json["happened_at"] == "2026-11-24T08:00:00.000Z" > promised
    kept = promises.read().kept
    assert kept.follow_ups == Punctuality(in_time=1)
    assert [iso(one.done_at) for one in kept.newest] == ["2026-11-24T08:00:00.000Z"]


def test_follow_ups_stand_in_the_order_of_their_promises(resolved: Api) -> None:
    for id in ("b", "a"):
        resolved.post("/incidents/slow/follow-ups", {**ALARM, "id": id})
        resolved.told.pass_time(minutes=1)

    assert [one["id"] for one in resolved.get("/incidents/slow").json["follow_ups"]] == ["b", "a"]


def test_an_update_is_corrected_with_a_reason(resolved: Api) -> None:
    seen = resolved.get("/incidents/slow")
    first = seen.json["updates"][-1]

    right = resolved.patch(
        f"/incidents/slow/updates/{first['id']}",
        {"reason": "A typing error.", "body": "We looked into it.", "happened_at": "2026-11-22T08:00:00Z"},
        If_Match=seen.etag,
    )

    assert right.status == 200
    assert (right.json["body"], right.json["happened_at"]) == (
        "We looked into it.",
        "2026-11-22T08:00:00.000Z",
    )
    assert (right.json["id"], right.json["entry"], right.json["recorded_at"]) == (
        first["id"],
        first["entry"],
        first["recorded_at"],
    )
    after = resolved.get("/incidents/slow")
    assert after.etag == right.etag != seen.etag
    assert after.json["started_at"] == "2026-11-22T08:00:00.000Z"
    assert after.json["updates"][-1]["corrected_at"] == after.json["updated_at"]
    said = body_of_last(resolved)
    assert kinds(resolved)[-1] == "update.corrected"
    assert (said["correction"]["reason"], said["correction"]["body"]) == (
        "A typing error.",
        "We look into it.",
    )
    assert said["was"] == {"started_at": first["happened_at"]}
    listed = resolved.get("/incidents?month=2026-11").json["items"]
    assert [incident["id"] for incident in listed] == ["slow"]


def test_what_says_the_same_is_no_correction(resolved: Api) -> None:
    head, seen = record.head(), resolved.get("/incidents/slow").json["updates"][0]

    same = change(resolved, f"/incidents/slow/updates/{seen['id']}", reason="Nothing.", body=seen["body"])

    assert (same.status, same.json["corrected_at"], record.head()) == (200, None, head)


def test_a_root_cause_is_corrected_where_it_was_told(resolved: Api) -> None:
    update = resolved.post("/incidents/slow/postmortem", FOUND).json["id"]

    right = change(
        resolved, f"/incidents/slow/updates/{update}", reason="Looked again.", root_cause="A fuse."
    )

    assert right.json["body"] == FOUND["body"]
    assert resolved.get("/incidents/slow").json["postmortem"]["root_cause"] == "A fuse."


def test_an_incident_that_was_none_is_retracted_and_stays(api: Api) -> None:
    with_something(api)
    api.post(
        "/incidents", {"id": "oops", "title": "Test", "body": "x", "affects": {"checkout": "major_outage"}}
    )
    api.post("/incidents/oops/follow-ups", ALARM)

    told = api.post("/incidents/oops/retract", {"reason": "A test."})

    assert (told.status, told.json["status"], told.json["body"]) == (
        201,
        "retracted",
        "A test.",
    )
    assert told.json["incident"]["affects"] == {}
    assert api.get("/components/checkout").json["status"] == "operational"
    assert api.get("/incidents/oops").json["updates"][1]["affects"][0]["new"] == "major_outage"
    assert promises.read().open == ()
    assert kinds(api)[-1] == "incident.retracted"


def test_a_false_alarm_is_told_the_same_whichever_way(api: Api) -> None:
    api.post("/incidents", {"id": "maybe", "title": "Maybe", "body": "x", "status": "suspected"})

    api.post("/incidents/maybe/updates", {"status": "retracted", "body": "It was nothing."})

    assert kinds(api)[-1] == "incident.retracted"


@pytest.mark.parametrize(
    ("method", "path", "said", "status", "field"),
    [
        case("POST", "postmortem", {"body": "x"}, 400, "root_cause", id="a postmortem without a cause"),
        case("POST", "postmortem", {**FOUND, "root_cause": " "}, 400, "root_cause", id="a blank cause"),
        case("POST", "postmortem", {**FOUND, "body": ""}, 400, "body", id="a postmortem without words"),
        case("POST", "postmortem", {**FOUND, "due": SOON}, 400, "due", id="an unknown field"),
        case("POST", "updates", {"status": "postmortem", "body": "x"}, 409, "status", id="not as an update"),
        case("PATCH", "", {"postmortem_due": PAST}, 400, "postmortem_due", id="due before now"),
        case("PATCH", "", {"postmortem_due": "2026-11-24"}, 400, "postmortem_due", id="due on no instant"),
        case("POST", "follow-ups", {"text": "x"}, 400, "due", id="a promise without a time"),
        case("POST", "follow-ups", {**ALARM, "text": ""}, 400, "text", id="a promise of nothing"),
        case("POST", "follow-ups", {**ALARM, "due": PAST}, 400, "due", id="due in the past"),
        case("POST", "follow-ups", {**ALARM, "id": "No"}, 400, "id", id="an id that is none"),
        case("POST", "follow-ups", {**ALARM, "id": "first"}, 409, "id", id="a taken id"),
        case("PATCH", "follow-ups/first", {"done_at": LATER}, 400, "done_at", id="done in the future"),
        case("PATCH", "follow-ups/first", {"done_at": PAST}, 400, "done_at", id="done before the promise"),
        case("PATCH", "follow-ups/first", {"body": "x"}, 400, "body", id="words about nothing"),
        case(
            "PATCH", "follow-ups/first", {"done_at": PAST, "due": LATER}, 400, "due",
            id="done and moved",
        ),
        case("PATCH", "follow-ups/first", {"due": PAST}, 400, "due", id="moved into the past"),
        case("PATCH", WORDS, {"body": "x"}, 400, "reason", id="a correction without a reason"),
        case("PATCH", WORDS, {"reason": " ", "body": "x"}, 400, "reason", id="a blank reason"),
        case("PATCH", WORDS, WHY, 400, "body", id="a reason alone"),
        case("PATCH", "follow-ups/first", {}, 400, "done_at", id="neither done nor moved"),
        case("PATCH", WORDS, {**WHY, "body": ""}, 400, "body", id="words taken away"),
        case("PATCH", WORDS, {**WHY, "happened_at": LATER}, 400, "happened_at", id="a future claim"),
        case("PATCH", WORDS, {**WHY, "root_cause": "x"}, 409, "root_cause", id="a cause elsewhere"),
        case("PATCH", WORDS, {**WHY, "status": "monitoring"}, 400, "status", id="another status"),
        case("POST", "retract", {}, 400, "reason", id="a retraction without a reason"),
        case("POST", "retract", {"reason": "\u200b"}, 400, "reason", id="a reason that cannot be seen"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_stored(
    resolved: Api, method: str, path: str, said: dict[str, Any], status: int, field: str
) -> None:
    resolved.post("/incidents/slow/follow-ups", {**ALARM, "id": "first"})
    head = record.head()

    headers = {"If-Match": "*"} if method == "PATCH" else {}
    reply = resolved.send(method, f"/incidents/slow/{path}".rstrip("/"), said, headers)

    assert (reply.status, reply.fields) == (status, [field])
    assert record.head() == head


@pytest.mark.parametrize("path", ["updates/nope", "follow-ups/nope", "updates/No"])
def test_what_was_never_said_is_not_found(resolved: Api, path: str) -> None:
    assert change(resolved, f"/incidents/slow/{path}", reason="r", body="x").status in (400, 404)
    assert (
        resolved.patch("/incidents/nope/updates/u1", {"reason": "r", "body": "x"}, If_Match="*").status == 404
    )
    assert resolved.patch("/incidents/slow/follow-ups/nope", {"due": LATER}, If_Match="*").status == 404
    assert (
        resolved.patch("/incidents/slow/updates/nope", {"reason": "r", "body": "x"}, If_Match="*").status
        == 404
    )


def test_what_comes_too_late_conflicts(resolved: Api) -> None:
    resolved.post("/incidents/slow/follow-ups", ALARM)
    change(resolved, "/incidents/slow", postmortem_due=SOON)
    resolved.told.pass_time(days=5)

    moved = change(resolved, "/incidents/slow/follow-ups/alarm", due=LATER)
    postponed = change(resolved, "/incidents/slow", postmortem_due=LATER)
    assert [(moved.status, moved.fields), (postponed.status, postponed.fields)] == [
        (409, ["due"]),
        (409, ["postmortem_due"]),
    ]
    assert resolved.post("/incidents/slow/postmortem", FOUND).status == 201
    assert promises.read().kept.postmortems == Punctuality(late=1)


def test_the_same_thing_happens_once(resolved: Api) -> None:
    resolved.post("/incidents/slow/follow-ups", ALARM)
    done = {"done_at": JUST}
    ways: list[Callable[[], Reply]] = [
        lambda: change(resolved, "/incidents/slow/follow-ups/alarm", **done),
        lambda: resolved.post("/incidents/slow/postmortem", FOUND),
        lambda: resolved.post("/incidents/slow/retract", {"reason": "None."}),
    ]

    for way in ways:
        first, second = way(), way()
        assert (first.status // 100, second.status) == (2, 409)


def test_nothing_follows_from_what_was_retracted(resolved: Api) -> None:
    resolved.post("/incidents/slow/follow-ups", ALARM)
    resolved.post("/incidents/slow/retract", {"reason": "None."})

    refused = [
        resolved.post("/incidents/slow/postmortem", FOUND),
        resolved.post("/incidents/slow/follow-ups", {**ALARM, "id": "other"}),
        change(resolved, "/incidents/slow/follow-ups/alarm", done_at=JUST),
        change(resolved, "/incidents/slow", postmortem_due=SOON),
        resolved.post("/incidents/slow/updates", {"status": "investigating", "body": "x"}),
    ]

    assert [reply.status for reply in refused] == [409] * 5


def test_a_change_of_words_or_promises_is_made_to_what_was_seen(resolved: Api) -> None:
    resolved.post("/incidents/slow/follow-ups", ALARM)

    for path, said in ((WORDS, {**WHY, "body": "x"}), ("follow-ups/alarm", {"due": LATER})):
        blind = resolved.patch(f"/incidents/slow/{path}", said)
        stale = resolved.patch(f"/incidents/slow/{path}", said, If_Match='"1"')
        assert (blind.status, stale.status) == (428, 412)


def test_a_preview_of_what_follows_stores_nothing(resolved: Api) -> None:
    head = record.head()

    postmortem = resolved.post("/incidents/slow/postmortem?dry_run=true", FOUND)
    corrected = resolved.patch(
        "/incidents/slow/updates/over?dry_run=true", {**WHY, "body": "x"}, If_Match="*"
    )

    assert (postmortem.status, postmortem.json["status"]) == (200, "postmortem")
    assert (corrected.status, corrected.json["body"]) == (200, "x")
    assert record.head() == head


def test_many_promises_at_once_are_all_kept(resolved: Api) -> None:
    def promise_and_do(n: int) -> int:
        resolved.post("/incidents/slow/follow-ups", {**ALARM, "id": f"f{n}"})
        return change(resolved, f"/incidents/slow/follow-ups/f{n}", done_at=JUST).status

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(promise_and_do, range(8)))

    assert statuses == [200] * 8
    assert (promises.read().open, promises.read().kept.follow_ups.in_time) == ((), 8)
    assert len({one["update"] for one in resolved.get("/incidents/slow").json["follow_ups"]}) == 8
