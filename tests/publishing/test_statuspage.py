"""Statuspage's documents, key by key."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.components import Touch
from chalicelib.domain.incidents import ImportedIncident, Source
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import ComponentStatus as C
from chalicelib.domain.statuses import Impact
from chalicelib.domain.statuses import IncidentStatus as S
from chalicelib.domain.updates import Affect, ImportedUpdate
from chalicelib.publishing import statuspage
from tests.builders import NOW, STEP, a_component, a_group, a_page, a_snapshot, a_story, an_update

SITE = "https://status.example.com"
IMPORTED = ImportedIncident(NOW, NOW, "https://stspg.io/abc", True, "[6]")


def read(snapshot: Snapshot, name: str) -> Any:
    return json.loads(statuspage.files(snapshot, SITE)[f"api/v2/{name}.json"].body)


def test_every_document_begins_with_the_page() -> None:
    snapshot = a_snapshot(page=a_page(id="p1"), updated_at=NOW)

    for name, file in statuspage.files(snapshot, SITE).items():
        page = json.loads(file.body)["page"]
        assert list(page.items()) == [
            ("id", "p1"), ("name", "Acme"), ("url", SITE), ("time_zone", "Etc/UTC"),
            ("updated_at", "2026-11-22T09:05:00.000Z"),
        ], name  # fmt: skip


def test_documents_are_those_that_clients_ask_for() -> None:
    assert list(statuspage.files(a_snapshot(), SITE)) == [
        f"api/v2/{name}.json"
        for name in (
            "status", "summary", "components", "incidents", "incidents/unresolved", "incidents/resolved",
            "scheduled-maintenances", "scheduled-maintenances/upcoming", "scheduled-maintenances/active",
        )
    ]  # fmt: skip


def test_a_summary_has_its_parts_in_order() -> None:
    summary = read(a_snapshot(), "summary")

    assert list(summary) == ["page", "components", "incidents", "scheduled_maintenances", "status"]
    assert summary["status"] == {"indicator": "none", "description": "All Systems Operational"}


def test_a_component_is_written_with_every_key() -> None:
    component = a_component(
        description="What it does", position=3, showcase=True, start_date=date(2026, 1, 2)
    )

    (written,) = read(a_snapshot(components=(component,)), "components")["components"]

    assert list(written.items()) == [
        ("id", "api"), ("name", "Api"), ("status", "operational"),
        ("created_at", "2026-01-05T08:00:00.000Z"), ("updated_at", "2026-01-05T08:00:00.000Z"),
        ("position", 3), ("description", "What it does"), ("showcase", True), ("start_date", "2026-01-02"),
        ("group_id", None), ("page_id", "page"), ("group", False), ("only_show_if_degraded", False),
    ]  # fmt: skip


def test_groups_stand_among_components_with_their_worst_childs_status() -> None:
    down = a_story(affects={"b": C.MAJOR_OUTAGE})
    components = (
        a_component("b", group="europe", position=2),
        a_component("a", group="europe", position=1),
        a_component("loose", position=1, rank=1),
    )

    written = read(
        a_snapshot(down, components=components, groups=(a_group(position=2, rank=-1),)), "components"
    )

    assert [thing["id"] for thing in written["components"]] == ["a", "loose", "europe", "b"]
    assert list(written["components"][2].items())[-5:] == [
        ("group_id", None), ("page_id", "page"), ("group", True), ("only_show_if_degraded", False),
        ("components", ["a", "b"]),
    ]  # fmt: skip
    assert [thing["status"] for thing in written["components"]] == [
        "operational", "operational", "major_outage", "major_outage"
    ]  # fmt: skip


def test_a_component_changes_when_an_incident_touches_it() -> None:
    snapshot = a_snapshot(components=(a_component(),), touches={"api": Touch(5, NOW)})

    assert read(snapshot, "components")["components"][0]["updated_at"] == "2026-11-22T09:05:00.000Z"


def test_an_incident_is_written_with_every_key() -> None:
    story = a_story(S.INVESTIGATING, S.MONITORING, S.RESOLVED, affects={"api": C.PARTIAL_OUTAGE})

    incident = read(a_snapshot(story, components=(a_component(),)), "incidents")["incidents"][0]

    assert [(key, value) for key, value in incident.items() if not isinstance(value, list)] == [
        ("id", "slow"), ("name", "Slow answers"), ("status", "resolved"),
        ("created_at", "2026-11-22T09:05:00.000Z"), ("updated_at", "2026-11-22T09:25:00.000Z"),
        ("monitoring_at", "2026-11-22T09:15:00.000Z"), ("resolved_at", "2026-11-22T09:25:00.000Z"),
        ("impact", "minor"), ("shortlink", f"{SITE}/incidents/slow/"),
        ("started_at", "2026-11-22T09:05:00.000Z"), ("page_id", "page"), ("reminder_intervals", None),
    ]  # fmt: skip
    assert list(incident)[-3:] == ["incident_updates", "components", "reminder_intervals"]
    assert [update["status"] for update in incident["incident_updates"]] == [
        "resolved", "monitoring", "investigating"
    ]  # fmt: skip


def test_an_update_is_written_with_every_key() -> None:
    told = a_story(affects={"api": C.PARTIAL_OUTAGE})
    late = replace(told.updates[0], happened_at=NOW - STEP)

    incident = read(a_snapshot(replace(told, updates=(late,))), "incidents/unresolved")["incidents"][0]

    assert list(incident["incident_updates"][0].items()) == [
        ("id", "slow-0"), ("status", "investigating"), ("body", "Word 0 about slow."),
        ("incident_id", "slow"),
        ("created_at", "2026-11-22T09:05:00.000Z"), ("updated_at", "2026-11-22T09:05:00.000Z"),
        ("display_at", "2026-11-22T08:55:00.000Z"),
        ("affected_components", [
            {"code": "api", "name": "Api", "old_status": "operational", "new_status": "partial_outage"}
        ]),
        ("deliver_notifications", True), ("custom_tweet", None), ("tweet_id", None),
    ]  # fmt: skip


def test_no_affected_component_is_null_and_no_component_an_empty_list() -> None:
    incident = read(a_snapshot(a_story()), "incidents")["incidents"][0]

    assert incident["incident_updates"][0]["affected_components"] is None
    assert incident["components"] == []


def test_an_incidents_components_are_the_live_ones_in_its_order() -> None:
    story = a_story(affects={"web": C.PARTIAL_OUTAGE, "gone": C.MAJOR_OUTAGE, "api": C.DEGRADED_PERFORMANCE})
    snapshot = a_snapshot(story, components=(a_component(), a_component("web", name="Website")))

    incident = read(snapshot, "incidents")["incidents"][0]

    assert [(c["name"], c["status"]) for c in incident["components"]] == [
        ("Website", "partial_outage"), ("Api", "degraded_performance")
    ]  # fmt: skip


def test_an_imported_update_is_written_as_it_came() -> None:
    tweet = 2**60 + 1
    affects = (
        Affect("api", "Old name", C.OPERATIONAL, C.MAJOR_OUTAGE),
        Affect("x", "X", C.OPERATIONAL, C.OPERATIONAL),
    )
    written_then = ImportedUpdate(NOW - STEP, NOW - STEP / 2, False, tweet, "tweeted")
    update = an_update(affects=affects, imported=written_then)
    components = (a_component(name="API", group="europe"),)
    story = replace(a_story(source=Source.IMPORT, imported=IMPORTED), updates=(update,))

    incident = read(a_snapshot(story, components=components, groups=(a_group(),)), "incidents")["incidents"][
        0
    ]

    assert (incident["shortlink"], incident["reminder_intervals"]) == ("https://stspg.io/abc", "[6]")
    (written,) = incident["incident_updates"]
    assert [affect["name"] for affect in written["affected_components"]] == ["Europe - API", "X"]
    assert written["created_at"] == "2026-11-22T08:55:00.000Z"
    assert written["updated_at"] == "2026-11-22T09:00:00.000Z"
    assert (written["deliver_notifications"], written["custom_tweet"], written["tweet_id"]) == (
        False, "tweeted", tweet
    )  # fmt: skip


def test_our_own_update_keeps_the_names_of_its_time() -> None:
    story = a_story(affects={"api": C.MAJOR_OUTAGE})

    incident = read(a_snapshot(story, components=(a_component(name="Renamed"),)), "incidents")["incidents"][0]

    assert incident["incident_updates"][0]["affected_components"][0]["name"] == "Api"
    assert incident["components"][0]["name"] == "Renamed"


def test_reminder_intervals_are_absent_where_the_imported_document_had_none() -> None:
    story = a_story(imported=replace(IMPORTED, has_reminder_intervals=False))

    assert "reminder_intervals" not in read(a_snapshot(story), "incidents")["incidents"][0]


@pytest.mark.parametrize(
    ("ours", "theirs"), [([S.SUSPECTED], "investigating"), ([S.SUSPECTED, S.RETRACTED], "resolved")]
)
def test_what_only_we_call_so_is_written_in_words_that_clients_know(ours: list[S], theirs: str) -> None:
    incident = read(a_snapshot(a_story(*ours)), "incidents")["incidents"][0]

    assert incident["status"] == incident["incident_updates"][0]["status"] == theirs


def test_lists_divide_by_what_is_over() -> None:
    over, begun = a_story(S.RESOLVED, id="over"), a_story(S.INVESTIGATING, id="begun", at=NOW + STEP)
    gone = a_story(id="gone", at=NOW - STEP, imported=replace(IMPORTED, closed_elsewhere=True))
    snapshot = a_snapshot(over, begun, gone)

    found = {name: [i["id"] for i in read(snapshot, name)["incidents"]] for name in (
        "incidents", "incidents/unresolved", "incidents/resolved", "summary")}  # fmt: skip

    assert found == {
        "incidents": ["begun", "over", "gone"],
        "incidents/unresolved": ["begun"],
        "incidents/resolved": ["over"],
        "summary": ["begun"],
    }


def test_unresolved_are_sorted_by_their_last_change_and_all_by_their_newest_words() -> None:
    edited = a_story(id="edited", at=NOW, updated_at=NOW + 5 * STEP)
    told = a_story(id="told", at=NOW + STEP)
    snapshot = a_snapshot(told, edited)

    assert [i["id"] for i in read(snapshot, "summary")["incidents"]] == ["edited", "told"]
    assert [i["id"] for i in read(snapshot, "incidents")["incidents"]] == ["told", "edited"]


def test_incidents_are_the_50_newest() -> None:
    stories = [a_story(id=f"i{n}", at=NOW - n * timedelta(days=1), seq=100 - n) for n in range(60)]
    snapshot = a_snapshot(*stories, latest=tuple(stories))

    assert [i["id"] for i in read(snapshot, "incidents")["incidents"]] == [f"i{n}" for n in range(50)]


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [
        ("Etc/UTC", "2026-01-05T08:00:00.123Z", "2026-07-05T08:00:00.000Z"),
        ("UTC", "2026-01-05T08:00:00.123Z", "2026-07-05T08:00:00.000Z"),
        ("America/New_York", "2026-01-05T03:00:00.123-05:00", "2026-07-05T04:00:00.000-04:00"),
        ("Europe/London", "2026-01-05T08:00:00.123+00:00", "2026-07-05T09:00:00.000+01:00"),
    ],
)
def test_dates_are_in_the_pages_zone(zone: str, winter: str, summer: str) -> None:
    then = datetime(2026, 1, 5, 8, 0, 0, 123000, tzinfo=UTC)
    component = a_component(created_at=then, updated_at=datetime(2026, 7, 5, 8, tzinfo=UTC))

    (written,) = read(a_snapshot(page=a_page(time_zone=zone), components=(component,)), "components")[
        "components"
    ]

    assert (written["created_at"], written["updated_at"]) == (winter, summer)


def test_bytes_have_no_blanks_and_no_escapes_and_survive_what_utf8_cannot_say() -> None:
    body = statuspage.files(a_snapshot(page=a_page(name="Ακμή \ud800")), SITE)["api/v2/status.json"].body

    assert body.startswith('{"page":{"id":"page","name":"Ακμή ?",'.encode())


def test_impact_is_written_as_stored() -> None:
    assert (
        read(a_snapshot(a_story(impact=Impact.MAINTENANCE)), "incidents")["incidents"][0]["impact"]
        == "maintenance"
    )
