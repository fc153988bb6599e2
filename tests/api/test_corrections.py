"""Updates of maintenances and advisories put right through the API: in the record, once, by their fields."""

import json
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
    """Something that was told: its address, the id of its one update, and its word in the record."""

    path: str
    update: str
    word: str

    @property
    def said(self) -> str:
        """The address of its update."""
        return f"{self.path}/updates/{self.update}"


@pytest.fixture(params=["maintenance", "advisory"])
def told(api: Api, request: pytest.FixtureRequest) -> Told:
    """One of each."""
    if request.param == "maintenance":
        reply = api.post("/maintenances", {**WORK, "affects": {}})
        return Told("/maintenances/disks", reply.json["updates"][0]["id"], "maintenance")
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

    right = correct(api, told, happened_at="2026-11-22T09:00:00+00:00")

    assert (right.status, right.json["happened_at"]) == (200, "2026-11-22T09:00:00.000Z")
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
