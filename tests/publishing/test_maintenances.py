"""Announced work as readers see it: on the front, on its page, in history, feeds and calendars."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import icalendar
import pytest

from chalicelib.domain.maintenances import Course
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import ComponentStatus as C
from chalicelib.domain.statuses import MaintenanceStatus as M
from chalicelib.domain.updates import Period
from chalicelib.publishing import site
from tests.builders import NOW, STEP, a_component, a_course, a_page, a_snapshot, a_story
from tests.publishing.reading import page, tags, xml
from tests.publishing.test_texts import HOSTILE
from tests.publishing.worlds import everything

SITE = "https://status.example.com"
UNDER = {"api": C.UNDER_MAINTENANCE}
DAY = timedelta(days=1)


def files(snapshot: Snapshot) -> dict[str, bytes]:
    return {key: file.body for key, file in site.build(snapshot, site_url=SITE).items()}


def text(snapshot: Snapshot, key: str = "index.html") -> str:
    return page(files(snapshot)[key]).text


def running(**changes: Any) -> Course:
    """A maintenance that began as planned, when the clock is to end it."""
    return a_course(M.SCHEDULED, M.IN_PROGRESS, at=NOW - 6 * STEP, affects=UNDER, **changes)


def events(snapshot: Snapshot) -> dict[str, Any]:
    calendar = icalendar.Calendar.from_ical(files(snapshot)["maintenances.ics"])
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


# --- front ------------------------------------------------------------------------------------------------


def test_the_front_shows_what_is_under_way_and_what_is_to_come() -> None:
    shown = text(everything())

    under_way, planned = shown.index("Maintenance under way"), shown.index("Planned maintenance")
    assert "2 maintenances under way" in shown
    assert under_way < shown.index("Word 2 about running.") < planned < shown.index("Word 0 about planned.")
    assert "While it runs, you can read and change nothing" in shown
    assert "since 22 Nov, 06:05 UTC, planned until 08:05 UTC" in shown
    assert "It was planned to end 22 Nov, 08:05 UTC and goes on" in shown
    assert "22 Nov, 10:05 UTC to 12:05 UTC" in shown


def test_a_component_is_under_maintenance_while_it_runs() -> None:
    components = (a_component(), a_component("web"))

    shown = a_snapshot(running(), components=components)
    assert shown.statuses["api"] is C.UNDER_MAINTENANCE
    assert shown.headline.description == "Service Under Maintenance"
    assert a_snapshot(a_course(affects=UNDER), components=components).statuses["api"] is C.OPERATIONAL


def test_a_maintenance_never_masks_an_outage() -> None:
    outage = a_story(affects={"api": C.PARTIAL_OUTAGE})

    shown = a_snapshot(running(), outage, components=(a_component(), a_component("web")))

    assert shown.statuses["api"] is C.PARTIAL_OUTAGE
    assert shown.headline.description == "Minor Service Outage"


def test_recent_days_tell_what_took_place_and_not_what_is_to_come() -> None:
    shown = text(everything())
    recent = shown[shown.index("The last 14 days") :]

    assert "Thu 19 Nov New disks Maintenance Completed 10:05 to 11:05 UTC, 1 h" in recent
    assert "Cancelled planned 10:05 to 12:05 UTC" in recent
    assert "Word 0 about planned." not in recent


# --- its page ---------------------------------------------------------------------------------------------


def test_its_page_shows_the_plan_beside_what_came_of_it() -> None:
    shown = text(everything(), "maintenances/done/index.html")

    assert "Planned 19 Nov 2026, 10:05 UTC to 10:25 UTC (20 min)" in shown
    assert "Began 19 Nov 2026, 10:05 UTC" in shown
    assert "Ended 19 Nov 2026, 11:05 UTC" in shown
    assert "Lasted 1 h" in shown
    assert "Beyond its plan 40 min longer than planned" in shown


@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("running", "Beyond its plan planned to end 22 Nov 2026, 08:05 UTC, still under way"),
        ("running", "Docs Under maintenance"),
        ("planned", "Planned at last"),
        ("planned", "Planned: 23 Nov 2026, 09:05 UTC to 24 Nov 2026, 09:05 UTC"),
        ("planned", "It begins and ends as planned, unless we say otherwise."),
        ("planned", "Concerns Docs"),
        ("off", "Cancelled 18 Nov 2026, 10:05 UTC"),
        ("told-late", "This maintenance was told when it had already begun."),
        ("elsewhere", "That page no longer shows it, and said nothing more about it."),
    ],
)
def test_its_page_says(id: str, words: str) -> None:
    assert words in text(everything(), f"maintenances/{id}/index.html")


def test_what_has_begun_does_not_say_that_it_will_begin() -> None:
    early = running(starts_at=NOW + STEP, ends_at=NOW + 9 * STEP)

    shown = text(a_snapshot(early), "maintenances/disks/index.html")

    assert "It ends as planned, unless we say otherwise." in shown
    assert "begins and ends as planned" not in shown


def test_its_page_tells_its_updates_newest_first_with_what_each_changed() -> None:
    shown = text(a_snapshot(running()), "maintenances/disks/index.html")

    assert shown.index("Word 1 about disks.") < shown.index("Word 0 about disks.")
    assert "Api: Operational → to Under maintenance" in shown


@pytest.mark.parametrize(
    ("course", "links"),
    [
        pytest.param(a_course(at=NOW + 40 * DAY), False, id="still to come"),
        pytest.param(a_course(M.SCHEDULED, M.CANCELLED, at=NOW), False, id="called off before"),
        pytest.param(running(), True, id="under way"),
        pytest.param(a_course(M.COMPLETED, at=NOW - 9 * DAY, began_at=None), False, id="ended before"),
        pytest.param(
            a_course(M.COMPLETED, at=NOW - 9 * DAY, began_at=None, ended_at=NOW), True, id="without a begin"
        ),
    ],
)
def test_it_leads_to_its_month_once_that_has_come(course: Course, links: bool) -> None:
    html = files(a_snapshot(course, months={}))["maintenances/disks/index.html"]

    assert (b'"/history/2026-' in html) is links


# --- history ----------------------------------------------------------------------------------------------


def test_a_month_lists_incidents_and_maintenances_of_each_day() -> None:
    at = NOW - 2 * DAY
    snapshot = a_snapshot(a_course(M.SCHEDULED, M.IN_PROGRESS, M.COMPLETED, at=at), a_story(at=at), as_of=NOW)

    shown = text(snapshot, "history/2026-11/index.html")

    assert shown.index("Slow answers") < shown.index("New disks")
    assert shown.count("Fri 20 Nov") == 1


# --- feeds ------------------------------------------------------------------------------------------------


def test_history_dates_what_is_to_come_by_its_announcement() -> None:
    snapshot = a_snapshot(a_course(at=NOW), a_story(at=NOW - DAY))

    atom, rss = (xml(files(snapshot)[name]) for name in ("history.atom", "history.rss"))

    assert feedparser.parse(files(snapshot)["history.atom"]).entries[0].published == "2026-11-22T09:05:00Z"
    item = rss.find("channel/item")
    assert tags(item) == ["title", "description", "pubDate", "maintenanceEndDate", "link", "guid"]
    assert item.findtext("pubDate") == "Sun, 22 Nov 2026 09:05:00 +0000"
    assert item.findtext("maintenanceEndDate") == "Sun, 22 Nov 2026 12:05:00 +0000"
    assert [tag for tag in tags(rss.findall("channel/item")[1]) if "End" in tag] == []
    assert tags(atom.findall("{*}entry")[0]) == tags(atom.findall("{*}entry")[1])


@pytest.mark.parametrize(
    ("course", "words"),
    [
        pytest.param(
            a_course(),
            "<p><strong>THIS IS A SCHEDULED EVENT Nov <var data-var='date'>22</var>, "
            "<var data-var='time'>10:05</var> - <var data-var='time'>12:05</var> UTC</strong></p>",
            id="on one day",
        ),
        pytest.param(
            a_course(at=datetime(2027, 2, 8, 21, tzinfo=UTC), ends_at=datetime(2027, 2, 9, 13, tzinfo=UTC)),
            "<p><strong>THIS IS A SCHEDULED EVENT Feb <var data-var='date'> 8</var>, "
            "<var data-var='time'>22:00</var> UTC &nbsp;-&nbsp; Feb <var data-var='date'> 9</var>, "
            "<var data-var='time'>13:00</var> UTC</strong></p>",
            id="over midnight",
        ),
        pytest.param(running(), "<strong>In progress</strong> - Word 1 about disks.", id="under way"),
    ],
)
def test_history_tells_a_maintenance_in_statuspages_html(course: Course, words: str) -> None:
    entry = xml(files(a_snapshot(course))["history.atom"]).find("{*}entry")

    told = entry.findtext("{*}content")
    assert words in told
    assert told.startswith("<p><strong>THIS IS A") is (course.maintenance.status is M.SCHEDULED)
    assert entry.find("{*}link").get("href") == f"{SITE}/maintenances/disks/"


def test_every_update_of_it_is_an_entry_of_our_feeds() -> None:
    items = json.loads(files(a_snapshot(running(seq=7)))["feed.json"])["items"]

    assert [(item["id"], item["title"]) for item in items] == [
        ("tag:status.acme.example,2026:Update/8", "New disks: In progress"),
        ("tag:status.acme.example,2026:Update/7", "New disks: Scheduled"),
    ]
    assert items[0]["url"] == f"{SITE}/maintenances/disks/#update-disks-1"
    assert items[1]["date_published"] == "2026-11-22T08:05:00Z"
    assert "Api: Under maintenance (was: Operational)" in items[0]["content_html"]


# --- Statuspage -------------------------------------------------------------------------------------------


def test_statuspages_documents_tell_upcoming_and_active_apart() -> None:
    made = files(everything())
    ids = {
        name: [found["id"] for found in json.loads(made[f"api/v2/{name}.json"])["scheduled_maintenances"]]
        for name in (
            "summary",
            "scheduled-maintenances",
            "scheduled-maintenances/upcoming",
            "scheduled-maintenances/active",
        )
    }

    assert ids["scheduled-maintenances/upcoming"] == ["planned"]
    assert ids["scheduled-maintenances/active"] == ["checked", "running"]
    assert ids["summary"] == ["planned", "checked", "running"]
    assert len(ids["scheduled-maintenances"]) == 7


def test_our_own_maintenance_is_a_scheduled_maintenance_of_statuspage() -> None:
    snapshot = a_snapshot(running(), components=(a_component(),))

    (found,) = json.loads(files(snapshot)["api/v2/summary.json"])["scheduled_maintenances"]

    assert list(found) == [
        "id", "name", "status", "created_at", "updated_at", "monitoring_at", "resolved_at", "impact",
        "shortlink", "started_at", "page_id", "incident_updates", "components", "scheduled_for",
        "scheduled_until",
    ]  # fmt: skip
    assert (found["status"], found["impact"]) == ("in_progress", "maintenance")
    assert found["shortlink"] == f"{SITE}/maintenances/disks/"
    assert found["started_at"] == "2026-11-22T08:05:00.000Z"
    assert found["scheduled_for"] == "2026-11-22T09:05:00.000Z"
    assert [component["status"] for component in found["components"]] == ["under_maintenance"]


def test_what_was_called_off_is_completed_to_others() -> None:
    snapshot = a_snapshot(a_course(M.SCHEDULED, M.CANCELLED))

    (found,) = json.loads(files(snapshot)["api/v2/scheduled-maintenances.json"])["scheduled_maintenances"]

    assert (found["status"], found["incident_updates"][0]["status"]) == ("completed", "completed")
    assert found["resolved_at"] == found["updated_at"]


# --- calendar ---------------------------------------------------------------------------------------------


def test_the_calendar_has_what_is_planned_in_utc() -> None:
    event = events(a_snapshot(a_course()))["maintenance-disks@status.acme.example"]

    assert (event["dtstart"].dt, event["dtend"].dt) == (NOW + 6 * STEP, NOW + 18 * STEP)
    assert (event["dtstamp"].dt, event["sequence"], str(event["status"])) == (NOW, 0, "CONFIRMED")
    assert str(event["url"]) == f"{SITE}/maintenances/disks/"
    assert "Word 0 about disks." in event["description"]
    assert "you can read and change nothing" in event["description"]


def test_an_event_keeps_its_id_and_counts_its_changes() -> None:
    before = a_course()
    moved = replace(before.updates[0], id="moved", plan=Period(NOW + DAY, NOW + 2 * DAY))
    after = replace(
        before,
        maintenance=replace(before.maintenance, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY, revision=1),
        updates=(*before.updates, moved),
    )

    first, second = events(a_snapshot(before)), events(a_snapshot(after, page=a_page(name="Renamed")))

    assert first.keys() == second.keys()
    (event,) = second.values()
    assert (event["sequence"], event["dtstart"].dt) == (1, NOW + DAY)


def test_what_was_called_off_is_cancelled_in_calendars() -> None:
    (event,) = events(a_snapshot(a_course(M.SCHEDULED, M.CANCELLED))).values()

    assert (str(event["status"]), event["sequence"]) == ("CANCELLED", 1)


def test_an_event_that_takes_no_time_has_a_start_alone() -> None:
    course = a_course()
    at_once = replace(course, maintenance=replace(course.maintenance, ends_at=course.maintenance.starts_at))

    (event,) = events(a_snapshot(at_once)).values()

    assert "dtend" not in event


@pytest.mark.parametrize("words", [*HOSTILE, "a\r\nEND:VCALENDAR\r\nX:1", "\x00\x07\x1b;,\\\\n\u2028"])
def test_hostile_text_is_words_in_calendars(words: str) -> None:
    course = a_course()
    title = (words.replace("\n", " ")[:200] + ".").strip()
    told = replace(course.updates[0], body=words + ".")
    named = replace(course.maintenance, title=title)
    snapshot = a_snapshot(replace(course, maintenance=named, updates=(told,)))

    body = files(snapshot)["maintenances.ics"]

    assert len(events(snapshot)) == 1
    assert body.count(b"\r\nEND:VCALENDAR\r\n") == 1
    assert not [byte for byte in body if byte < 32 and byte not in b"\t\r\n"]
    assert max(map(len, body.split(b"\r\n"))) <= 75


def test_an_unrelated_entry_changes_no_byte_of_the_calendar() -> None:
    one, other = a_snapshot(a_course()), a_snapshot(a_course(), a_story(seq=90))

    assert files(one)["maintenances.ics"] == files(other)["maintenances.ics"]
