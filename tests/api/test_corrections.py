"""Updates of maintenances and advisories put right through the API: in the record, once, by their fields."""

import json
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from chalicelib.domain.keys import Scope
from chalicelib.domain.times import iso
from chalicelib.stores import record
from tests.api.callers import NOW, Api, Reply, a_key
from tests.api.test_advisories import SAID as ADVICE
from tests.api.test_maintenances import SAID as WORK

WHY = {"reason": "r"}
LATE = "2026-12-24T09:00:00Z"


class Told(NamedTuple):
    """Something that was told: its address, its one update, its word in the record, and another time."""

    path: str
    update: str
    word: str
    right: str = "2026-11-22T09:00:00.000Z"

    @property
    def said(self) -> str:
        """The address of its update."""
        return f"{self.path}/updates/{self.update}"


@pytest.fixture(params=["maintenance", "advisory"])
def told(api: Api, request: pytest.FixtureRequest) -> Told:
    """One of each."""
    if request.param == "maintenance":
        reply = api.post("/maintenances", {**WORK, "affects": {}})
        later = iso(NOW + timedelta(minutes=1))
        return Told("/maintenances/disks", reply.json["updates"][0]["id"], "maintenance", later)
    reply = api.post("/advisories", {**ADVICE, "id": "hole", "published": True})
    return Told("/advisories/hole", reply.json["updates"][0]["id"], "advisory")


def correct(api: Api, told: Told, **right: Any) -> Reply:
    """Put the update right as it stands now."""
    return api.patch(told.said, {"reason": "It was wrong.", **right}, If_Match="*")


def test_an_update_is_put_right_and_the_record_says_how_it_read(api: Api, told: Told) -> None:
    seen = api.get(told.path)
    before = seen.json["updates"][0]
    api.told.pass_time(minutes=5)

    right = api.patch(told.said, {"reason": "It was wrong.", "body": "Right."}, If_Match=seen.etag)

    now = iso(api.told.at)
    assert (right.status, right.json["body"], right.json["corrected_at"]) == (200, "Right.", now)
    assert right.json[told.word]["id"] == seen.json["id"]
    after = api.get(told.path)
    assert (after.etag, after.json["updates"][0]["entry"]) == (right.etag, before["entry"])
    assert after.json["updates"] == [{**before, "body": "Right.", "corrected_at": now}]
    entry = list(record.entries(0))[-1]
    assert (entry.kind, entry.subject) == ("update.corrected", f"{told.word}/{seen.json['id']}")
    said = json.loads(entry.body or "")
    assert (said["update"]["body"], said["correction"]["body"]) == ("Right.", before["body"])


def test_a_claimed_time_is_put_right(api: Api, told: Told) -> None:
    api.told.pass_time(minutes=5)

    right = correct(api, told, happened_at=told.right.replace(".000Z", "+00:00"))

    assert (right.status, right.json["happened_at"]) == (200, told.right)
    assert right.json["recorded_at"] == iso(NOW)


@pytest.mark.parametrize(
    ("right", "status", "field"),
    [
        pytest.param({"body": "x"}, 400, "reason", id="without a reason"),
        pytest.param({"reason": " ", "body": "x"}, 400, "reason", id="a blank reason"),
        pytest.param(WHY, 400, "body", id="a reason alone"),
        pytest.param({**WHY, "body": " "}, 400, "body", id="words taken away"),
        pytest.param({**WHY, "happened_at": LATE}, 400, "happened_at", id="a future claim"),
        pytest.param({**WHY, "root_cause": "x"}, 400, "root_cause", id="a cause, which it cannot have"),
        pytest.param({**WHY, "status": "updated"}, 400, "status", id="another status"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    api: Api, told: Told, right: dict[str, Any], status: int, field: str
) -> None:
    head = record.head()

    reply = api.patch(told.said, right, If_Match="*")

    assert (reply.status, reply.fields, record.head()) == (status, [field], head)


def test_a_correction_is_made_once_to_what_was_seen(api: Api, told: Told) -> None:
    head = record.head()
    body = {**WHY, "body": "Right."}
    assert api.patch(told.said, body).status == 428
    assert api.patch(told.said, body, If_Match='"7"').status == 412
    preview = api.patch(f"{told.said}?dry_run=true", body, If_Match="*")
    assert (preview.status, preview.json["body"], record.head()) == (200, "Right.", head)

    first, again = correct(api, told, body="Right."), correct(api, told, body="Right.")

    assert (first.status, again.status, record.head().seq) == (200, 200, head.seq + 1)
    assert first.etag == again.etag


def test_what_was_never_said_is_not_found(api: Api, told: Told) -> None:
    assert api.patch(f"{told.path}/updates/nope", {**WHY, "body": "x"}, If_Match="*").status == 404


def test_correcting_needs_the_scope_of_writing(api: Api, told: Told) -> None:
    wanted = {"maintenance": Scope.MAINTENANCES_WRITE, "advisory": Scope.ADVISORIES_WRITE}[told.word]
    other = a_key(*(scope for scope in Scope if scope is not wanted), id="others")

    assert correct(Api(other, api.told), told, body="x").status == 403


def test_a_draft_has_no_update_to_correct(api: Api) -> None:
    api.post("/advisories", {**ADVICE, "id": "draft"})

    assert correct(api, Told("/advisories/draft", "u1", "advisory"), body="x").status == 404


def test_a_begin_that_is_put_right_moves_the_maintenance_to_its_month(api: Api) -> None:
    api.post("/maintenances", {**WORK, "affects": {}})
    api.told.pass_time(days=30)
    begun = api.post("/maintenances/disks/updates", {"status": "in_progress", "body": "We begin."}).json
    assert [it["id"] for it in api.get("/maintenances?month=2026-12").json["items"]] == ["disks"]

    correct(api, Told("/maintenances/disks", begun["id"], "maintenance"), happened_at=iso(NOW))

    found = api.get("/maintenances?month=2026-11").json["items"]
    assert [(it["id"], it["began_at"]) for it in found] == [("disks", iso(NOW))]
    assert api.get("/maintenances?month=2026-12").json["items"] == []


def test_what_was_put_right_is_listed(api: Api, told: Told) -> None:
    before = api.get(told.path).json
    assert before["amendments"] == []
    api.told.pass_time(minutes=5)

    correct(api, told, body="Right.", happened_at=iso(NOW))
    correct(api, told, happened_at=told.right)

    first, second = api.get(told.path).json["amendments"]
    words = before["updates"][0]["body"]
    assert (first["update"], first["changed"], first["body"]) == (told.update, ["body"], words)
    assert (second["changed"], second["happened_at"], second["body"]) == (["happened_at"], iso(NOW), None)
    assert (second["at"], second["reason"]) == (iso(api.told.at), "It was wrong.")


def test_all_that_was_put_right_of_an_incident_is_listed_in_its_order(api: Api) -> None:
    opened = api.post("/incidents", {"id": "slow", "title": "Slow", "body": "x"}).json
    told = Told("/incidents/slow", opened["updates"][0]["id"], "incident")
    api.told.pass_time(minutes=1)
    correct(api, told, body="Right.")
    api.told.pass_time(minutes=1)
    both = {"title": "Fast", "detected_at": opened["started_at"], "reason": "r"}

    changed = api.patch("/incidents/slow", both, If_Match="*")

    assert changed.json["detected_at"] == opened["started_at"]
    found = api.get("/incidents/slow").json["amendments"]
    assert [(it["update"], it["changed"]) for it in found] == [
        (told.update, ["body"]), (None, ["title"]), (None, ["detected_at"]),
    ]  # fmt: skip
    assert (found[1]["title"], found[2]["detected_at"]) == ("Slow", None)
    api.patch("/incidents/slow", {"detected_at": None, "reason": "r"}, If_Match="*")
    assert api.get("/incidents/slow").json["amendments"][3]["detected_at"] == opened["started_at"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        pytest.param({"detected_at": "2026-11-22T09:00:00Z"}, "detected_at", id="before it began"),
        pytest.param({"detected_at": LATE}, "detected_at", id="in the future"),
        pytest.param({"detected_at": "yesterday"}, "detected_at", id="no time"),
        pytest.param({"detected_at": iso(NOW), "reason": None}, "reason", id="without a reason"),
    ],
)
def test_a_detection_that_cannot_be_is_named_and_not_stored(
    api: Api, said: dict[str, Any], field: str
) -> None:
    api.post("/incidents", {"id": "slow", "title": "Slow", "body": "x", "started_at": iso(NOW)})
    head = record.head()
    sent = {name: value for name, value in {**WHY, **said}.items() if value}

    refused = api.patch("/incidents/slow", sent, If_Match="*")

    assert (refused.status, refused.fields, record.head()) == (400, [field], head)


@pytest.mark.parametrize("sent", [{}, {"reason": "only"}])
def test_what_changes_nothing_of_an_incident_is_refused(api: Api, sent: dict[str, str]) -> None:
    api.post("/incidents", {"id": "slow", "title": "Slow", "body": "x"})

    refused = api.patch("/incidents/slow", sent, If_Match="*")

    assert (refused.status, refused.fields) == (400, ["title"])


def test_a_correction_does_not_stand_in_the_way_of_what_follows(api: Api, told: Told) -> None:
    api.told.pass_time(minutes=1)
    soon = iso(api.told.at + timedelta(minutes=4))

    refused = correct(api, told, happened_at=soon)

    assert (refused.status, refused.fields) == (400, ["happened_at"])
    after = {"maintenance": ("cancel", {"body": "b"}), "advisory": ("withdraw", {"reason": "r"})}
    way, words = after[told.word]
    assert api.post(f"{told.path}/{way}", words).status == 201


def test_an_end_does_not_claim_to_come_before_what_it_ends(api: Api) -> None:
    api.post("/incidents", {"id": "slow", "title": "Slow", "body": "x", "started_at": "2026-11-22T08:00:00Z"})
    api.post("/maintenances", {**WORK, "affects": {}})
    api.told.pass_time(minutes=5)
    for path, status in (("/incidents/slow", "identified"), ("/maintenances/disks", "in_progress")):
        api.post(f"{path}/updates", {"status": status, "body": "x"})
    api.told.pass_time(minutes=5)
    api.post("/maintenances/disks/updates", {"status": "verifying", "body": "x"})

    for path, status in (("/incidents/slow", "resolved"), ("/maintenances/disks", "completed")):
        end = {"status": status, "body": "x"}
        early = api.post(f"{path}/updates", {**end, "happened_at": iso(NOW + timedelta(minutes=4.5))})
        at_once = api.post(f"{path}/updates", {**end, "happened_at": iso(api.told.at)})
        assert (early.status, early.fields, at_once.status) == (400, ["happened_at"], 201)


def test_an_incident_that_is_told_late_may_have_ended_before_its_first_words(api: Api) -> None:
    api.post("/incidents", {"id": "slow", "title": "Slow", "body": "x", "started_at": "2026-11-22T08:00:00Z"})
    end = {"status": "resolved", "body": "x", "happened_at": "2026-11-22T08:30:00.000Z"}

    assert api.post("/incidents/slow/updates", end).json["happened_at"] == end["happened_at"]
