"""The story of an incident: how it begins, goes on and ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from chalicelib.domain.corrections import amend
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.incidents import (
    NEXT,
    OPENING,
    Draft,
    Incident,
    Said,
    Source,
    Story,
    add_update,
    is_overdue,
    open_incident,
)
from chalicelib.domain.incidents import ImportedIncident as Imported
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import ComponentStatus, Impact, IncidentStatus
from chalicelib.domain.updates import ImportedUpdate, Standing, Update, newest

S = IncidentStatus
UP, MAINTAINED, DEGRADED, PARTIAL, MAJOR = ComponentStatus
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
STANDINGS = {"api": Standing("EU - API", UP), "web": Standing("Web", DEGRADED)}


def opened(**draft: Any) -> Story:
    """An incident that was just opened."""
    said = Draft(**{"title": "Errors", "body": "We look into it.", **draft})
    return open_incident(said, ids=("i1", "u1"), moment=Moment(NOW, 7), standings=STANDINGS)


def told(incident: Incident, status: str, **said: Any) -> Story:
    """What an incident is after one more update, an hour later."""
    words = Said(S(status), said.pop("body", "More."), **said)
    return add_update(incident, words, id="u2", moment=Moment(NOW + HOUR, 8), standings=STANDINGS)


def an_incident_in(status: IncidentStatus) -> Incident:
    """An incident that has come to this status."""
    return replace(opened().incident, status=status)


@pytest.mark.parametrize(("old", "new"), [pytest.param(*pair, id="-".join(pair)) for pair in product(S, S)])
def test_the_life_cycle_is_the_table(old: IncidentStatus, new: IncidentStatus) -> None:
    incident = an_incident_in(old)

    if new in NEXT[old]:
        assert told(incident, new).incident.status is new
    else:
        with pytest.raises(Conflict, match="cannot follow") as refused:
            told(incident, new)
        assert refused.value.field == "status"


def test_the_life_cycle_is_what_the_design_says() -> None:
    going = {S.INVESTIGATING, S.IDENTIFIED, S.MONITORING}

    assert NEXT[S.SUSPECTED] - {S.SUSPECTED} == {S.INVESTIGATING, S.RETRACTED}
    assert all(NEXT[status] == going | {S.RESOLVED} for status in going)
    assert NEXT[S.RESOLVED] == NEXT[S.POSTMORTEM] == {S.INVESTIGATING}
    assert not NEXT[S.RETRACTED]


@pytest.mark.parametrize("status", list(S))
def test_an_incident_begins_only_as_the_table_allows(status: IncidentStatus) -> None:
    if status in OPENING:
        assert opened(status=status).incident.status is status
    else:
        with pytest.raises(Invalid, match="status must be one of"):
            opened(status=status)


def test_the_story_begins_with_both_clocks() -> None:
    story = opened(started_at=NOW - HOUR, detected_at=NOW - HOUR / 2)

    assert story.incident.started_at == NOW - HOUR
    assert story.incident.detected_at == NOW - HOUR / 2
    assert story.incident.published_at == story.incident.created_at == NOW
    assert story.updates[0].happened_at == story.updates[0].recorded_at == NOW
    assert story.updates[0].created_at == story.updates[0].updated_at == NOW
    assert story.incident.source is Source.PERSON


def test_an_update_may_claim_an_earlier_time_than_we_recorded() -> None:
    story = told(opened().incident, "identified", happened_at=NOW + HOUR / 2)

    assert story.updates[0].happened_at == story.incident.latest_at == NOW + HOUR / 2
    assert story.updates[0].recorded_at == NOW + HOUR


def test_what_it_affects_is_kept_with_the_names_and_states_of_then() -> None:
    story = opened(affects={"api": MAJOR, "web": PARTIAL})

    assert [(a.component, a.name, a.old, a.new) for a in story.updates[0].affects] == [
        ("api", "EU - API", UP, MAJOR),
        ("web", "Web", DEGRADED, PARTIAL),
    ]
    assert story.incident.affects == {"api": MAJOR, "web": PARTIAL}


def test_an_update_that_omits_a_component_leaves_it() -> None:
    first = opened(affects={"api": MAJOR, "web": PARTIAL}).incident

    second = told(first, "identified", affects={"web": UP})

    assert second.incident.affects == {"api": MAJOR}
    assert second.incident.components == ("api", "web")
    assert [(a.old, a.new) for a in second.updates[0].affects] == [(MAJOR, MAJOR), (PARTIAL, UP)]


@pytest.mark.parametrize("status", ["resolved"])
def test_the_end_returns_all_to_operational(status: str) -> None:
    ended = told(opened(affects={"api": MAJOR}).incident, status)

    assert ended.incident.affects == {}
    assert [(a.old, a.new) for a in ended.updates[0].affects] == [(MAJOR, UP)]
    assert ended.incident.resolved_at == NOW + HOUR
    assert not ended.incident.is_open


def test_the_end_may_say_itself_that_all_is_well() -> None:
    ended = told(opened(affects={"api": MAJOR}).incident, "resolved", affects={"api": UP})

    assert [(a.old, a.new) for a in ended.updates[0].affects] == [(MAJOR, UP)]


def test_the_end_cannot_leave_a_component_down() -> None:
    with pytest.raises(Invalid, match="affects.api must be operational"):
        told(opened(affects={"api": MAJOR}).incident, "resolved", affects={"api": PARTIAL})


def test_a_suspicion_is_confirmed_or_retracted() -> None:
    suspected = opened(status=S.SUSPECTED, affects={"api": MAJOR}).incident

    confirmed = told(suspected, "investigating").incident
    retracted = told(suspected, "retracted").incident

    assert suspected.acknowledged_at is None
    assert confirmed.acknowledged_at == NOW + HOUR
    assert confirmed.affects == {"api": MAJOR}
    assert (retracted.affects, retracted.is_open) == ({}, False)


def test_reopening_takes_the_end_back_and_keeps_the_monitoring() -> None:
    monitoring = told(opened(affects={"api": MAJOR}).incident, "monitoring").incident
    resolved = told(monitoring, "resolved").incident

    reopened = told(resolved, "investigating", affects={"api": DEGRADED}).incident

    assert reopened.resolved_at is None
    assert reopened.monitoring_at == NOW + HOUR
    assert reopened.affects == {"api": DEGRADED}


def test_impact_grows_with_what_is_affected_until_somebody_states_it() -> None:
    minor = opened(affects={"api": DEGRADED}).incident
    grown = told(minor, "identified", affects={"api": MAJOR}).incident
    stated = amend(grown, moment=Moment(NOW, 9), impact=Impact.MINOR, reason="Few use it.")

    assert (minor.impact, grown.impact) == (Impact.MINOR, Impact.CRITICAL)
    assert told(grown, "identified", affects={"api": UP}).incident.impact is Impact.CRITICAL
    assert told(stated, "identified", affects={"web": MAJOR}).incident.impact is Impact.MINOR
    assert opened(impact=Impact.MAJOR, affects={"api": DEGRADED}).incident.impact is Impact.MAJOR


def test_what_is_told_when_it_is_over_is_backfilled() -> None:
    late = opened(status=S.RESOLVED, affects={"api": MAJOR}, started_at=NOW - HOUR)

    assert late.incident.backfilled
    assert late.incident.affects == {}
    assert late.incident.resolved_at == late.updates[0].happened_at == NOW - HOUR
    assert late.incident.published_at == late.updates[0].recorded_at == NOW
    assert late.updates[0].affects[0].new is MAJOR
    assert late.incident.impact is Impact.CRITICAL
    assert not opened().incident.backfilled


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        pytest.param({"title": "  "}, "title", id="blank title"),
        pytest.param({"title": "\u202e\u200b"}, "title", id="title of characters that cannot be seen"),
        pytest.param({"body": "\ufffe"}, "body", id="body of characters that cannot be seen"),
        pytest.param({"title": "x" * 301}, "title", id="long title"),
        pytest.param({"body": "\n"}, "body", id="blank body"),
        pytest.param({"affects": {"nope": MAJOR}}, "affects.nope", id="unknown component"),
        pytest.param({"impact": Impact.MAINTENANCE}, "impact", id="impact of imports alone"),
        pytest.param({"started_at": NOW + HOUR}, "started_at", id="start in the future"),
        pytest.param({"detected_at": NOW + HOUR}, "detected_at", id="detection in the future"),
        pytest.param(
            {"started_at": NOW, "detected_at": NOW - HOUR}, "detected_at", id="detected before it began"
        ),
        pytest.param({"next_update_by": NOW}, "next_update_by", id="promise in the past"),
        pytest.param(
            {"next_update_by": NOW + HOUR, "status": S.RESOLVED}, "next_update_by", id="promise after the end"
        ),
    ],
)
def test_a_wrong_opening_names_its_field(draft: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        opened(**draft)

    assert refused.value.field == field


def test_a_wrong_id_is_refused() -> None:
    with pytest.raises(Invalid, match="id must be 1 to 64 characters"):
        open_incident(Draft("t", "b"), ids=("No!", "u"), moment=Moment(NOW, 1), standings={})


@pytest.mark.parametrize(
    ("said", "field"),
    [
        pytest.param({"body": " "}, "body", id="blank body"),
        pytest.param({"happened_at": NOW + 3 * HOUR}, "happened_at", id="claimed in the future"),
        pytest.param({"happened_at": NOW - 9 * HOUR}, "happened_at", id="claimed before it began"),
        pytest.param({"next_update_by": NOW}, "next_update_by", id="promise in the past"),
        pytest.param({"affects": {"nope": MAJOR}}, "affects.nope", id="unknown component"),
    ],
)
def test_a_wrong_update_names_its_field(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        told(opened().incident, "identified", **said)

    assert refused.value.field == field


def test_a_clock_that_runs_a_little_ahead_is_believed() -> None:
    ahead = NOW + HOUR + timedelta(minutes=4)

    assert told(opened().incident, "identified", happened_at=ahead).updates[0].happened_at == ahead


def test_words_that_claim_no_time_come_after_a_beginning_that_runs_ahead() -> None:
    ahead = NOW + timedelta(minutes=4)
    opening = opened(started_at=ahead)

    end = add_update(opening.incident, Said(S.RESOLVED, "b"), id="u2", moment=Moment(NOW, 8), standings={})

    assert opening.updates[0].happened_at == opening.incident.latest_at == ahead
    assert end.updates[0].happened_at == end.incident.resolved_at == ahead


def test_a_component_that_is_gone_keeps_its_id_as_its_name() -> None:
    held = replace(opened().incident, components=("old",), affects={"old": MAJOR})

    (affect,) = told(held, "identified").updates[0].affects

    assert (affect.name, affect.old, affect.new) == ("old", MAJOR, MAJOR)


def test_a_promise_is_overdue_from_its_minute_on_while_the_incident_is_open() -> None:
    incident = opened(next_update_by=NOW + HOUR).incident

    assert not is_overdue(incident, NOW)
    assert is_overdue(incident, NOW + HOUR)
    assert not is_overdue(told(incident, "resolved").incident, NOW + HOUR)
    assert not is_overdue(opened().incident, NOW + HOUR)


def test_an_imported_incident_keeps_its_times_and_may_be_closed_elsewhere() -> None:
    imported = Imported(NOW - HOUR, NOW, "https://stspg.io/x", closed_elsewhere=True)
    incident = replace(opened().incident, imported=imported)
    update = Update(
        "u", S.RESOLVED, "b", NOW, NOW, imported=ImportedUpdate(NOW - HOUR, NOW - HOUR / 2), seq=3
    )

    assert incident.created_at == NOW - HOUR
    assert not incident.is_open
    assert told(incident, "identified").incident.is_open
    assert (update.created_at, update.updated_at) == (NOW - HOUR, NOW - HOUR / 2)


def test_the_newest_update_is_the_one_written_last() -> None:
    first, second = opened().updates[0], told(opened().incident, "identified").updates[0]

    assert newest([second, first]) is second
