"""Announced work through the API: announced, gone on with, moved, called off, found, refused by its field."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.keys import Scope
from chalicelib.domain.times import iso
from chalicelib.stores import record
from tests.api.callers import NOW, Api, a_key

HOUR = timedelta(hours=1)
START, END = iso(NOW + HOUR), iso(NOW + 3 * HOUR)
SAID = {
    "id": "disks", "title": "New disks", "body": "We change disks.", "starts_at": START, "ends_at": END,
    "availability": "read_only", "affects": {"checkout": "under_maintenance"},
}  # fmt: skip


@pytest.fixture
def shop(api: Api) -> Api:
    """The API with a component."""
    assert api.post("/components", {"id": "checkout", "name": "Checkout"}).status == 201
    return api


@pytest.fixture
def planned(shop: Api) -> Api:
    """The API with a component and a maintenance of it that is to begin in an hour."""
    assert shop.post("/maintenances", SAID).status == 201
    return shop


def test_a_maintenance_is_announced_with_its_first_update(shop: Api) -> None:
    told = shop.post("/maintenances", {**SAID, "remind_before": "P1DT2H"})

    assert (told.status, told.etag, told.headers["Location"]) == (201, '"1"', "/api/v1/maintenances/disks")
    assert told.json == shop.get("/maintenances/disks").json
    maintenance = told.json
    (update,) = maintenance.pop("updates")
    assert maintenance == {
        "id": "disks", "title": "New disks", "status": "scheduled", "availability": "read_only",
        "starts_at": START, "ends_at": END, "began_at": None, "ended_at": None, "affects": {},
        "ends_by_clock": True, "version": 1, "components": ["checkout"],
        "planned": {"checkout": "under_maintenance"}, "published_at": iso(NOW), "updated_at": iso(NOW),
        "verifying_at": None, "remind_before": 26 * 60, "backfilled": False, "imported": False, "next": None,
        "amendments": [],
    }  # fmt: skip
    well = {"component": "checkout", "name": "Checkout", "old": "operational", "new": "operational"}
    assert update == {
        "id": "id-1", "status": "scheduled", "body": "We change disks.", "affects": [well],
        "happened_at": iso(NOW), "recorded_at": iso(NOW), "plan": {"starts_at": START, "ends_at": END},
        "corrected_at": None, "entry": 4,
    }  # fmt: skip
    assert shop.get("/components/checkout").json["status"] == "operational"


def test_it_runs_and_ends_as_people_say(planned: Api) -> None:
    planned.told.pass_time(minutes=50)
    begun = planned.post("/maintenances/disks/updates", {"status": "in_progress", "body": "We begin early."})
    running = planned.get("/components/checkout").json["status"]
    planned.told.pass_time(hours=1)
    body = {"status": "completed", "body": "Done.", "happened_at": iso(NOW + HOUR)}
    ended = planned.post("/maintenances/disks/updates", body)

    assert (begun.status, begun.json["maintenance"]["began_at"]) == (201, iso(NOW + timedelta(minutes=50)))
    assert begun.json["maintenance"]["affects"] == {"checkout": "under_maintenance"}
    assert begun.json["affects"][0]["new"] == running == "under_maintenance"
    assert (ended.status, ended.json["maintenance"]["ended_at"]) == (201, iso(NOW + HOUR))
    assert planned.get("/components/checkout").json["status"] == "operational"
    statuses = [update["status"] for update in planned.get("/maintenances/disks").json["updates"]]
    assert statuses == ["completed", "in_progress", "scheduled"]


def test_a_maintenance_never_masks_an_outage(planned: Api) -> None:
    planned.post("/incidents", {"title": "Down", "body": "!", "affects": {"checkout": "major_outage"}})

    planned.post("/maintenances/disks/updates", {"status": "in_progress", "body": "We begin."})

    assert planned.get("/components/checkout").json["status"] == "major_outage"


def test_it_is_moved_by_an_update_that_says_where_to(planned: Api) -> None:
    later = iso(NOW + 5 * HOUR)

    moved = planned.post("/maintenances/disks/reschedule", {"body": "Longer.", "ends_at": later})

    assert (moved.status, moved.json["status"]) == (201, "scheduled")
    assert moved.json["plan"] == {"starts_at": START, "ends_at": later}
    assert planned.get("/maintenances/disks").json["ends_at"] == later


def test_it_is_called_off_with_a_reason(planned: Api) -> None:
    gone = planned.post("/maintenances/disks/cancel", {"body": "The old ones will do."})

    assert (gone.status, gone.json["status"]) == (201, "cancelled")
    assert planned.post("/maintenances/disks/cancel", {"body": "Again."}).status == 409
    again = planned.post(
        "/maintenances/disks/reschedule", {"body": "Or not?", "ends_at": iso(NOW + 9 * HOUR)}
    )
    assert (again.status, again.fields) == (409, ["status"])


def test_title_and_availability_are_put_right(planned: Api) -> None:
    said = {"title": "New discs", "availability": "unavailable", "reason": "We misspoke."}

    changed = planned.patch("/maintenances/disks", said, If_Match='"1"')

    assert (changed.status, changed.etag, changed.json["title"]) == (200, '"2"', "New discs")
    assert changed.json["availability"] == "unavailable"
    silent = planned.patch("/maintenances/disks", {"title": "Nothing"}, If_Match="*")
    for nothing in ({}, {"reason": "No."}):
        refused = planned.patch("/maintenances/disks", nothing, If_Match="*")
        assert (refused.status, refused.fields) == (400, ["title"])
    assert (silent.status, silent.fields) == (400, ["reason"])
    assert planned.patch("/maintenances/disks", said, If_Match='"1"').status == 412
    assert planned.patch("/maintenances/disks", said).status == 428


def test_a_change_decided_on_an_older_version_is_refused(planned: Api) -> None:
    planned.post("/maintenances/disks/updates", {"status": "in_progress", "body": "We begin."})

    late = planned.post("/maintenances/disks/cancel", {"body": "Not today."}, If_Match='"1"')

    assert late.status == 412


def test_what_was_is_told_afterwards(shop: Api) -> None:
    times = {"starts_at": iso(NOW - 3 * HOUR), "ends_at": iso(NOW - HOUR), "backfilled": True}

    told = shop.post("/maintenances", {**SAID, **times})

    assert (told.status, told.json["status"], told.json["backfilled"]) == (201, "completed", True)
    assert (told.json["began_at"], told.json["ended_at"]) == (times["starts_at"], times["ends_at"])


@pytest.mark.parametrize(
    ("said", "field"),
    [
        pytest.param({"ends_at": iso(NOW)}, "ends_at", id="ends before it starts"),
        pytest.param({"starts_at": iso(NOW - HOUR)}, "starts_at", id="past, and not backfilled"),
        pytest.param({"starts_at": "tomorrow"}, "starts_at", id="no time"),
        pytest.param({"starts_at": "2027-01-16T22:00:00"}, "starts_at", id="no offset"),
        pytest.param({"ends_at": "9999-12-31T23:59:59Z"}, "ends_at", id="beyond all calendars"),
        pytest.param({"availability": "mostly"}, "availability", id="unknown availability"),
        pytest.param({"affects": {"checkout": "major_outage"}}, "affects.checkout", id="an outage"),
        pytest.param({"affects": {"nope": "under_maintenance"}}, "affects.nope", id="no component"),
        pytest.param({"affects": ["checkout"]}, "affects", id="affects as a list"),
        pytest.param({"remind_before": 0}, "remind_before", id="a reminder when it begins"),
        pytest.param({"remind_before": "P1M"}, "remind_before", id="a month"),
        pytest.param({"remind_before": "PT0M"}, "remind_before", id="no minutes"),
        pytest.param({"remind_before": "soon"}, "remind_before", id="no duration"),
        pytest.param({"backfilled": True}, "backfilled", id="backfilled, but still to come"),
        pytest.param({"title": " "}, "title", id="blank title"),
        pytest.param({"body": ""}, "body", id="empty body"),
        pytest.param({"id": "A b"}, "id", id="no id"),
        pytest.param({"status": "completed"}, "status", id="unknown field"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(shop: Api, said: dict[str, Any], field: str) -> None:
    head = record.head()

    refused = shop.post("/maintenances", {**SAID, **said})

    assert (refused.status, refused.fields) == (400, [field]), refused.text
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert record.head() == head


@pytest.mark.parametrize("missing", ["title", "body", "starts_at", "ends_at", "availability"])
def test_what_is_missing_is_named(shop: Api, missing: str) -> None:
    refused = shop.post("/maintenances", {name: it for name, it in SAID.items() if name != missing})

    assert (refused.status, refused.fields) == (400, [missing])


@pytest.mark.parametrize(
    ("path", "said", "status", "field"),
    [
        pytest.param("", SAID, 409, "id", id="a taken id"),
        pytest.param(
            "/disks/updates", {"status": "completed", "body": "?"}, 409, "status", id="skips its run"
        ),
        pytest.param(
            "/disks/updates", {"status": "resolved", "body": "?"}, 400, "status", id="an incident's word"
        ),
        pytest.param("/disks/reschedule", {"body": "As it is."}, 409, "starts_at", id="moved to where it is"),
        pytest.param(
            "/disks/reschedule", {"body": "?", "ends_at": START}, 400, "ends_at", id="ends as it starts"
        ),
        pytest.param(
            "/disks/reschedule", {"body": "?", "starts_at": iso(NOW - HOUR)}, 400, "starts_at", id="past"
        ),
        pytest.param("/disks/reschedule", {"body": "?", "ends_at": None}, 400, "ends_at", id="no end"),
        pytest.param("/disks/cancel", {}, 400, "body", id="no reason"),
    ],
)
def test_a_word_that_cannot_be_stores_nothing(
    planned: Api, path: str, said: dict[str, Any], status: int, field: str
) -> None:
    head = record.head()

    refused = planned.post(f"/maintenances{path}", said)

    assert (refused.status, refused.fields) == (status, [field]), refused.text
    assert record.head() == head


@pytest.mark.parametrize("path", ["", "/updates", "/reschedule", "/cancel"])
def test_what_is_not_there_is_not_found(api: Api, path: str) -> None:
    said = {"/updates": {"status": "completed", "body": "!"}, "": None}.get(path, {"body": "!"})

    reply = api.send("POST" if path else "GET", f"/maintenances/nope{path}", said)

    assert (reply.status, "maintenance" in reply.text) == (404, True)


def test_maintenances_are_written_with_a_scope_of_their_own(planned: Api) -> None:
    others = tuple(scope for scope in Scope if scope is not Scope.MAINTENANCES_WRITE)
    denied = Api(a_key(*others, id="others"))
    allowed = Api(a_key(Scope.MAINTENANCES_WRITE, id="allowed"))

    assert denied.post("/maintenances/disks/cancel", {"body": "No."}).status == 403
    assert allowed.post("/maintenances/disks/cancel", {"body": "Yes."}).status == 201


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        pytest.param("", ["late", "disks", "old"], id="all"),
        pytest.param("?open=true", ["late", "disks"], id="still to come"),
        pytest.param("?open=false", ["old"], id="over"),
        pytest.param("?month=2026-11", ["disks", "old"], id="a month"),
        pytest.param("?open=true&month=2026-12", ["late"], id="still to come in a month"),
        pytest.param("?month=2025-01", [], id="an empty month"),
    ],
)
def test_maintenances_are_listed_by_when_they_begin(planned: Api, query: str, ids: list[str]) -> None:
    past = {"starts_at": iso(NOW - 3 * HOUR), "ends_at": iso(NOW - HOUR), "backfilled": True}
    later = {"starts_at": iso(NOW + 500 * HOUR), "ends_at": iso(NOW + 501 * HOUR)}
    planned.post("/maintenances", {**SAID, **past, "id": "old"})
    planned.post("/maintenances", {**SAID, **later, "id": "late"})
    planned.post("/incidents", {"title": "Another thing", "body": "!"})

    path = f"/maintenances{query}{'&' if query else '?'}limit="
    whole = planned.get(f"{path}100").json
    pages = [planned.get(f"{path}1").json]
    while pages[-1]["next"]:
        pages.append(planned.get(f"{path}1&cursor={pages[-1]['next']}").json)

    assert [found["id"] for found in whole["items"]] == ids
    assert [found["id"] for page in pages for found in page["items"]] == ids


def test_updates_are_given_in_pages(planned: Api) -> None:
    for word in ("One.", "Two."):
        planned.post("/maintenances/disks/updates", {"status": "scheduled", "body": word})

    first = planned.get("/maintenances/disks?limit=2").json
    second = planned.get(f"/maintenances/disks?limit=2&cursor={first['next']}").json

    bodies = [update["body"] for page in (first, second) for update in page["updates"]]
    assert bodies == ["Two.", "One.", "We change disks."]
