"""Statuspage's documents are read as §1.7 of the wire formats has it."""

import json
from datetime import UTC, datetime

import pytest

from chalicelib.domain.incidents import Source
from chalicelib.domain.statuses import ComponentStatus, Impact, IncidentStatus
from chalicelib.domain.statuses import MaintenanceStatus as M
from chalicelib.intake import statuspage
from tests.statuspages import (
    a_component,
    a_document,
    a_maintenance,
    a_summary,
    an_affect,
    an_incident,
    an_update,
    at,
    foreign,
)

DEGRADED = ComponentStatus.DEGRADED_PERFORMANCE
MAJOR = ComponentStatus.MAJOR_OUTAGE
OPERATIONAL = ComponentStatus.OPERATIONAL
PARTIAL = ComponentStatus.PARTIAL_OUTAGE
MAINTENANCE = ComponentStatus.UNDER_MAINTENANCE


def when(minute: int) -> datetime:
    """The instant that `at` writes."""
    return datetime.fromisoformat(at(minute))


def test_the_page_comes_with_its_name_zone_and_time() -> None:
    page = foreign(a_summary())

    assert (page.id, page.name, page.time_zone, page.updated_at) == ("acme", "Acme", "Etc/UTC", when(100))


def test_components_and_groups_keep_their_place_in_the_document() -> None:
    page = foreign(
        a_summary(
            components=[
                a_component("europe", group=True),
                a_component("api", group_id="europe", start_date="2020-01-31"),
                a_component("web", position=1),
            ]
        )
    )

    assert [(group.id, group.rank) for group in page.groups] == [("europe", 0)]
    assert [(c.id, c.rank, c.group) for c in page.components] == [("api", 1, "europe"), ("web", 2, None)]
    assert str(page.components[0].start_date) == "2020-01-31"
    assert all(component.imported for component in page.components)


def test_an_incident_is_what_its_updates_leave() -> None:
    told = [
        an_update("one", 10, "monitoring"),
        an_update("two", 20, "investigating"),
        an_update("three", 30, "resolved", display_at=at(25)),
    ]
    (story,) = foreign(a_summary(an_incident("slow", *told, updated_at=at(40), impact="maintenance"))).stories

    incident = story.incident
    assert [update.id for update in story.updates] == ["one", "two", "three"]
    assert (incident.status, incident.impact) == (IncidentStatus.RESOLVED, Impact.MAINTENANCE)
    assert (incident.monitoring_at, incident.resolved_at) == (when(10), when(25))
    assert (incident.started_at, incident.updated_at, incident.latest_at) == (when(10), when(40), when(25))
    assert (incident.source, incident.backfilled, incident.impact_stated) == (Source.IMPORT, True, True)


def test_the_newest_update_is_the_one_written_last() -> None:
    late = an_update("late", 10, "identified", created_at=at(30), display_at=at(5))
    (story,) = foreign(a_summary(an_incident("slow", late, an_update("early", 20)))).stories

    assert story.incident.status is IncidentStatus.IDENTIFIED


@pytest.mark.parametrize(
    ("keys", "kept"),
    [
        pytest.param({}, (False, None), id="absent"),
        pytest.param({"reminder_intervals": None}, (True, None), id="null"),
        pytest.param({"reminder_intervals": "[6]"}, (True, "[6]"), id="text"),
    ],
)
def test_reminder_intervals_have_three_states(
    keys: dict[str, str | None], kept: tuple[bool, str | None]
) -> None:
    incident = an_incident()
    del incident["reminder_intervals"]
    (story,) = foreign(a_summary({**incident, **keys})).stories

    assert story.incident.imported is not None
    assert (
        story.incident.imported.has_reminder_intervals,
        story.incident.imported.reminder_intervals,
    ) == kept


def test_a_tweet_id_stays_exact() -> None:
    update = an_update("one", 10, tweet_id=1_234_567_890_123_456_789)
    (story,) = foreign(a_summary(an_incident("slow", update))).stories

    assert story.updates[0].imported is not None
    assert story.updates[0].imported.tweet_id == 1_234_567_890_123_456_789


def test_affects_keep_their_order_and_components_that_are_gone() -> None:
    affected = [
        an_affect("web", "major_outage"),
        an_affect("gone", "partial_outage"),
        an_affect("api", "operational"),
    ]
    update = an_update("one", 10, affected_components=affected)
    (story,) = foreign(a_summary(an_incident("slow", update))).stories

    assert [(a.component, a.name, a.new) for a in story.updates[0].affects] == [
        ("web", "Web", MAJOR),
        ("gone", "Gone", PARTIAL),
        ("api", "Api", OPERATIONAL),
    ]
    assert story.incident.affects == {}


@pytest.mark.parametrize(
    ("said", "live", "affects", "direct"),
    [
        pytest.param("partial_outage", PARTIAL, {"api": PARTIAL}, None, id="as the incident says"),
        pytest.param("major_outage", DEGRADED, {"api": DEGRADED}, None, id="better: another hand changed it"),
        pytest.param("degraded_performance", MAJOR, {"api": DEGRADED}, MAJOR, id="worse: the rest is direct"),
        pytest.param("major_outage", OPERATIONAL, {}, None, id="well again before the incident ends"),
        pytest.param("operational", MAINTENANCE, {}, MAINTENANCE, id="maintenance without an incident"),
    ],
)
def test_the_live_status_is_divided_into_affects_and_direct(
    said: str, live: ComponentStatus, affects: dict[str, ComponentStatus], direct: ComponentStatus | None
) -> None:
    incident = an_incident("slow", an_update("one", 10, affects={"api": said}))
    page = foreign(a_summary(incident, components=[a_component(status=live)]))

    (component,) = page.components
    assert page.stories[0].incident.affects == affects
    assert (component.direct and component.direct.status) == direct


def test_an_ended_incident_affects_nothing() -> None:
    told = an_update("one", 10, "resolved", affects={"api": "major_outage"})
    page = foreign(a_summary(an_incident("slow", told), components=[a_component(status="major_outage")]))

    assert page.stories[0].incident.affects == {}
    assert page.components[0].direct is not None


def test_old_documents_lack_keys() -> None:
    incident, update, component = an_incident(), an_update("one", 10), a_component()
    for lacking, keys in (
        (incident, ["started_at", "components", "shortlink", "reminder_intervals"]),
        (update, ["display_at", "affected_components", "deliver_notifications", "custom_tweet", "tweet_id"]),
        (component, ["showcase", "start_date", "group", "only_show_if_degraded", "description"]),
    ):
        for key in keys:
            del lacking[key]
    document = a_summary({**incident, "incident_updates": [update]}, components=[component])
    del document["page"]["time_zone"]
    page = foreign(document)

    assert page.time_zone == "Etc/UTC"
    assert page.stories[0].incident.started_at == when(10)
    assert page.stories[0].updates[0].happened_at == when(10)


def test_documents_of_one_page_are_read_together() -> None:
    past = an_incident("past", an_update("p1", 1, "resolved"))
    page = foreign(a_document(incidents=[an_incident(), past]), a_summary(an_incident()))

    assert [story.incident.id for story in page.stories] == ["past", "slow"]
    assert (page.lists_components, page.lists_open) == (True, True)


def test_the_newer_document_counts_whatever_the_order() -> None:
    old = a_document(updated=50, incidents=[an_incident(name="Before")])
    new = a_summary(an_incident(name="After"), updated=60)

    assert [foreign(*pair).stories[0].incident.title for pair in ((old, new), (new, old))] == ["After"] * 2
    assert foreign(old, new).updated_at == when(60)


def test_what_a_newer_summary_does_not_list_is_closed_elsewhere() -> None:
    history = a_document(updated=50, incidents=[an_incident(), an_incident("other")])
    page = foreign(history, a_summary(an_incident("other"), updated=60))

    assert {story.incident.id: story.incident.is_open for story in page.stories} == {
        "slow": False,
        "other": True,
    }


def test_an_incident_newer_than_the_summary_stays_open() -> None:
    page = foreign(a_document(updated=60, incidents=[an_incident()]), a_summary(updated=50))

    assert page.stories[0].incident.is_open


def test_without_a_list_the_components_are_those_that_incidents_carry() -> None:
    carried = a_component(group_id="unknown", status="major_outage")
    page = foreign(a_document(incidents=[an_incident(components=[carried])]))

    assert [component.id for component in page.components] == ["api"]
    assert page.components[0].direct is not None
    assert (page.lists_components, page.lists_open) == (False, False)


def test_components_alone_are_a_document() -> None:
    page = foreign(a_document(components=[a_component()]))

    assert (page.lists_components, page.lists_open, page.stories) == (True, False, ())


def test_a_maintenance_stands_as_its_updates_leave_it() -> None:
    begun = an_update("w2", 121, "in_progress", affects={"api": "under_maintenance"})
    work = a_maintenance("work", an_update("w1", 10, "scheduled"), begun)
    api = a_component(status="under_maintenance")
    page = foreign({**a_summary(components=[api]), "scheduled_maintenances": [work]})

    (course,) = page.courses
    found = course.maintenance
    assert (found.status, found.is_running, found.availability) == (M.IN_PROGRESS, True, None)
    assert [found.starts_at, found.ends_at, found.began_at] == [when(120), when(180), when(121)]
    assert (found.affects, found.planned) == ({"api": MAINTENANCE}, {"api": MAINTENANCE})
    assert [update.id for update in course.updates] == ["w1", "w2"]
    assert (page.lists_pending, page.components[0].direct) == (True, None)


def test_what_is_only_scheduled_does_nothing_yet() -> None:
    planned = an_update("w1", 10, "scheduled", affects={"api": "under_maintenance"})
    document = {**a_summary(), "scheduled_maintenances": [a_maintenance("work", planned)]}

    (course,) = foreign(document).courses

    assert (course.maintenance.affects, course.maintenance.is_running) == ({}, False)


def test_those_of_the_same_start_keep_their_order() -> None:
    works = [a_maintenance("b"), a_maintenance("later", scheduled_for=at(130)), a_maintenance("a")]

    courses = foreign({**a_summary(), "scheduled_maintenances": works}).courses

    ranks = {it.maintenance.id: it.maintenance.imported and it.maintenance.imported.rank for it in courses}
    assert ranks == {"b": 0, "later": 0, "a": 1}


def test_maintenances_alone_are_a_document() -> None:
    page = foreign(a_document(scheduled_maintenances=[a_maintenance()]))

    assert (len(page.courses), page.lists_pending) == (1, False)
    assert [component.id for component in page.components] == ["api"]


def test_a_newer_document_that_lists_what_is_pending_closes_the_rest() -> None:
    older = a_document(updated=90, scheduled_maintenances=[a_maintenance("old"), a_maintenance("kept")])
    newer = {**a_summary(), "scheduled_maintenances": [a_maintenance("kept")]}

    courses = foreign(older, newer).courses

    assert {it.head.id: it.head.is_open for it in courses} == {"old": False, "kept": True}


def test_unknown_keys_and_a_byte_order_mark_do_not_matter() -> None:
    text = json.dumps({**a_summary(), "new": {"deep": [1.5, None]}}).encode()

    assert statuspage.read([("summary", b"\xef\xbb\xbf" + text)]).id == "acme"


def test_times_become_utc_milliseconds() -> None:
    document = a_summary()
    document["page"]["updated_at"] = "2026-10-05T16:00:00.123456-04:00"

    assert foreign(document).updated_at == datetime(2026, 10, 5, 20, 0, 0, 123000, UTC)
