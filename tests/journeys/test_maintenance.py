"""From an announcement to an end beyond its plan, as operators, readers and programs meet it."""

import json
from datetime import timedelta
from typing import Any

import feedparser
import icalendar
import pytest

from chalicelib.domain.times import iso
from tests.journeys.runtime import Runtime

PAGE = "/maintenances/disks/"


def announce(laptop: Runtime, *, start: int, end: int) -> Any:
    """Work on the checkout, from so many minutes from now until so many."""
    begin, over = (iso(laptop.told.at + timedelta(minutes=minutes)) for minutes in (start, end))
    return laptop.say(
        "/maintenances", id="disks", title="New disks", body="We change **disks**.", starts_at=begin,
        ends_at=over, availability="read_only", affects={"checkout": "under_maintenance"}, remind_before=30,
    )  # fmt: skip


def shown(laptop: Runtime, which: str) -> list[str]:
    """What programs that know Statuspage see."""
    document = json.loads(laptop.get(f"/api/v2/scheduled-maintenances/{which}.json"))
    return [found["status"] for found in document["scheduled_maintenances"]]


def component(laptop: Runtime) -> str:
    """How readers see the component."""
    return str(json.loads(laptop.get("/api/v2/components.json"))["components"][0]["status"])


def event(laptop: Runtime) -> Any:
    """The one event of the calendar."""
    (found,) = icalendar.Calendar.from_ical(laptop.get("/maintenances.ics").encode()).walk("VEVENT")
    return found


def test_a_maintenance_begins_and_ends_by_the_clock(laptop: Runtime) -> None:
    announce(laptop, start=60, end=120)

    assert "Planned maintenance" in laptop.get("/")
    assert (shown(laptop, "upcoming"), component(laptop)) == (["scheduled"], "operational")
    entry = feedparser.parse(laptop.get("/history.atom")).entries[0]
    assert (entry.title, entry.published) == ("New disks", f"{iso(laptop.told.at)[:19]}Z")

    laptop.pass_minutes(61)
    assert "Maintenance under way" in laptop.get("/")
    assert "Service Under Maintenance" in laptop.get("/")
    assert (shown(laptop, "active"), component(laptop)) == (["in_progress"], "under_maintenance")

    laptop.pass_minutes(58)
    assert shown(laptop, "active") == ["in_progress"]
    laptop.pass_minutes(30)
    assert (shown(laptop, "active"), component(laptop)) == ([], "operational")
    told = laptop.ask("GET", "/api/v1/maintenances/disks").json
    assert (told["ended_at"], told["updates"][0]["happened_at"]) == (told["ends_at"], told["ends_at"])
    assert told["updates"][0]["recorded_at"] > told["ends_at"]
    assert len(feedparser.parse(laptop.get("/updates.atom")).entries) == 3
    assert "Lasted" in laptop.get(PAGE)
    assert "New disks" in laptop.get(f"/history/{told['starts_at'][:7]}/")


def test_who_speaks_while_it_runs_ends_it_and_it_overruns_for_all_to_see(laptop: Runtime) -> None:
    announce(laptop, start=1, end=30)
    laptop.pass_minutes(1)
    laptop.say("/maintenances/disks/updates", status="in_progress", body="It takes longer.")

    laptop.pass_minutes(40)
    assert "goes on" in laptop.get("/")
    assert "still under way" in laptop.get(PAGE)

    laptop.say("/maintenances/disks/updates", status="verifying", body="We check.")
    laptop.say("/maintenances/disks/updates", status="completed", body="Done at last.")
    assert "longer than planned" in laptop.get(PAGE)
    assert "Maintenance under way" not in laptop.get("/")


def test_an_outage_shows_through_a_maintenance(laptop: Runtime) -> None:
    announce(laptop, start=1, end=30)
    laptop.pass_minutes(1)

    laptop.say("/incidents", id="down", title="Down", body="!", affects={"checkout": "major_outage"})
    assert component(laptop) == "major_outage"

    laptop.say("/incidents/down/updates", status="resolved", body="Up.")
    assert component(laptop) == "under_maintenance"


def test_a_calendar_follows_what_is_moved_and_called_off(laptop: Runtime) -> None:
    announce(laptop, start=60, end=120)
    before = event(laptop)

    later = iso(laptop.told.at + timedelta(minutes=180))
    laptop.say("/maintenances/disks/reschedule", body="It takes longer.", ends_at=later)
    moved = event(laptop)
    laptop.say("/maintenances/disks/cancel", body="The old ones will do.")
    off = event(laptop)

    assert before["uid"] == moved["uid"] == off["uid"]
    assert [found["sequence"] for found in (before, moved, off)] == [0, 1, 2]
    assert [str(found["status"]) for found in (before, moved, off)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert iso(moved["dtend"].dt) == later
    laptop.pass_minutes(90)
    assert component(laptop) == "operational"
    assert "Cancelled" in laptop.get(PAGE)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"ends_at": "2026-11-22T09:00:00Z"}, "ends_at", id="ends before it starts"),
        pytest.param({"starts_at": "2026-11-01T09:00:00Z"}, "starts_at", id="past, and not backfilled"),
        pytest.param({"availability": "so so"}, "availability", id="unknown availability"),
        pytest.param({"affects": {"nothing": "under_maintenance"}}, "affects.nothing", id="no component"),
    ],
)
def test_bad_input_is_a_problem_that_names_the_field(
    laptop: Runtime, changes: dict[str, Any], field: str
) -> None:
    said = {
        "title": "x", "body": "x", "starts_at": "2026-11-23T09:00:00Z", "ends_at": "2026-11-23T10:00:00Z",
        "availability": "available", **changes,
    }  # fmt: skip
    before = laptop.ask("GET", "/api/v1/record?limit=1").text

    refused = laptop.ask("POST", "/api/v1/maintenances", said)

    assert (refused.status, [fault["field"] for fault in refused.json["errors"]]) == (400, [field])
    assert laptop.ask("GET", "/api/v1/record?limit=1").text == before
