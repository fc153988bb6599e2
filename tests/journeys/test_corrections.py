"""What was wrong is put right in the open: corrected words, a retracted incident, a retired component."""

import json
from datetime import timedelta

import feedparser
import pytest
from icalendar import Calendar

from chalicelib.domain.times import iso
from tests.journeys.runtime import Runtime

PAGE = "/incidents/slow/"
FEEDS = ("updates", "security/advisories")
WRONG, RIGHT, WHY = "It is the wrong database.", "It is the orders database.", "We named another one."


@pytest.fixture
def slow(laptop: Runtime) -> Runtime:
    """An open incident, its first words wrong."""
    laptop.say("/incidents", id="slow", title="Slow", body=WRONG, affects={"checkout": "major_outage"})
    laptop.pass_minutes(10)
    return laptop


def first_update(laptop: Runtime) -> str:
    """The id of the oldest update."""
    return str(laptop.ask("GET", "/api/v1/incidents/slow").json["updates"][-1]["id"])


def test_corrected_words_show_with_the_earlier_ones_a_click_away(slow: Runtime) -> None:
    update = first_update(slow)
    before = feedparser.parse(slow.get("/updates.atom")).entries

    slow.change(f"/incidents/slow/updates/{update}", reason=WHY, body=RIGHT)

    page = slow.get(PAGE)
    assert page.index(RIGHT) < page.index("<details") < page.rindex(WRONG)
    assert WHY in page
    after = feedparser.parse(slow.get("/updates.atom")).entries
    assert [(it.id, it.published) for it in after] == [(it.id, it.published) for it in before]
    assert RIGHT in after[0].content[0].value
    summary = json.loads(slow.get("/api/v2/summary.json"))
    assert summary["incidents"][0]["incident_updates"][0]["body"] == RIGHT
    assert slow.told_by("/incidents/slow") == [RIGHT]


def test_a_corrected_time_keeps_the_feeds_time_and_both_clocks(slow: Runtime) -> None:
    update = first_update(slow)
    earlier = "2026-11-22T08:00:00.000Z"
    before = feedparser.parse(slow.get("/updates.atom")).entries[0]

    slow.change(f"/incidents/slow/updates/{update}", reason="It began earlier.", happened_at=earlier)

    told = slow.ask("GET", "/api/v1/incidents/slow").json["updates"][-1]
    assert told["happened_at"] == earlier < told["recorded_at"]
    after = feedparser.parse(slow.get("/updates.atom")).entries[0]
    assert (after.id, after.published) == (before.id, before.published)
    assert "It gave the time as" in slow.get(PAGE)


def test_a_corrected_maintenance_shows_how_it_read_and_is_told_anew_to_calendars(laptop: Runtime) -> None:
    start, end = (iso(laptop.told.at + timedelta(minutes=minutes)) for minutes in (60, 120))
    said = {"id": "disks", "title": "Disks", "body": WRONG, "availability": "read_only"}
    update = laptop.say("/maintenances", **said, starts_at=start, ends_at=end)["updates"][0]["id"]
    before = feedparser.parse(laptop.get("/updates.atom")).entries

    laptop.change(f"/maintenances/disks/updates/{update}", reason=WHY, body=RIGHT)

    page = laptop.get("/maintenances/disks/")
    assert page.index(RIGHT) < page.index("<details") < page.rindex(WRONG)
    after = feedparser.parse(laptop.get("/updates.atom")).entries
    assert [(it.id, it.published) for it in after] == [(it.id, it.published) for it in before]
    (event,) = Calendar.from_ical(laptop.get("/maintenances.ics").encode()).walk("VEVENT")
    assert (event["sequence"], RIGHT in str(event["description"])) == (1, True)


def test_a_corrected_advisory_shows_how_it_read_and_is_a_revision_for_programs(laptop: Runtime) -> None:
    said = {"title": "Mails", "category": "phishing", "summary": WRONG, "actions": "Delete them."}
    update = laptop.say("/advisories", id="mails", **said, published=True)["updates"][0]["id"]
    before = [feedparser.parse(laptop.get(f"/{feed}.atom")).entries for feed in FEEDS]

    earlier = iso(laptop.told.at - timedelta(minutes=5))
    laptop.change(f"/advisories/mails/updates/{update}", reason=WHY, body=RIGHT, happened_at=earlier)

    page = laptop.get("/security/mails/")
    assert page.index(RIGHT) < page.index("<details") < page.rindex(WRONG)
    after = [feedparser.parse(laptop.get(f"/{feed}.atom")).entries for feed in FEEDS]
    assert [[(it.id, it.published) for it in feed] for feed in after] == [
        [(it.id, it.published) for it in feed] for feed in before
    ]
    tracking = json.loads(laptop.get("/.well-known/csaf/2026/mails.json"))["document"]["tracking"]
    assert [it["summary"] for it in tracking["revision_history"]] == [
        RIGHT,
        f"Correction of revision 1: {WHY}",
    ]
    assert tracking["initial_release_date"] == earlier


def test_an_incident_that_was_none_is_retracted_and_stays_readable(slow: Runtime) -> None:
    slow.say("/incidents/slow/retract", reason="A test of our alarms was published by mistake.")

    assert "Retracted" in slow.get(PAGE)
    assert "A test of our alarms" in slow.get(PAGE)
    components = json.loads(slow.get("/api/v2/components.json"))["components"]
    assert components[0]["status"] == "operational"
    incident = json.loads(slow.get("/api/v2/incidents.json"))["incidents"][0]
    assert (incident["status"], incident["resolved_at"]) == ("resolved", iso(slow.told.at))
    assert WRONG in slow.get(PAGE)
    assert slow.ask("DELETE", "/api/v1/incidents/slow").status == 405


def test_a_component_is_retired_and_what_it_was_in_stays(slow: Runtime) -> None:
    refused = slow.ask("POST", "/api/v1/components/checkout/retire", {"reason": "Replaced."})
    assert refused.status == 409
    slow.say("/incidents/slow/updates", status="resolved", body="It works.")

    slow.say("/components/checkout/retire", reason="Replaced.")

    assert json.loads(slow.get("/api/v2/components.json"))["components"] == []
    assert "Checkout" in slow.get(PAGE)
    assert "component.retired" in slow.get("/record/entries/1.jsonl")
    assert "Component retired: <bdi>Checkout</bdi>: <bdi>Replaced.</bdi>" in slow.get("/record/")
    assert slow.ask("GET", "/api/v1/components/checkout").json["retired"]["reason"] == "Replaced."


@pytest.mark.parametrize(
    ("path", "said", "status", "field"),
    [
        pytest.param("updates/none", {"reason": "x", "body": "y"}, 404, None, id="of what is not there"),
        pytest.param("updates/FIRST", {"body": "y"}, 400, "reason", id="without a reason"),
        pytest.param("updates/FIRST", {"reason": "x", "body": " "}, 400, "body", id="to nothing"),
        pytest.param("updates/FIRST", {"reason": "x", "title": "y"}, 400, "title", id="of what it lacks"),
    ],
)
def test_a_bad_correction_is_a_problem_and_changes_nothing(
    slow: Runtime, path: str, said: dict[str, str], status: int, field: str | None
) -> None:
    path = path.replace("FIRST", first_update(slow))
    before = slow.ask("GET", "/api/v1/record?limit=1").text

    refused = slow.ask("PATCH", f"/api/v1/incidents/slow/{path}", said, If_Match="*")

    assert refused.status == status, refused.text
    assert field is None or field in [fault["field"] for fault in refused.json["errors"]]
    assert slow.ask("GET", "/api/v1/record?limit=1").text == before
