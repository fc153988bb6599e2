"""Announced work: how it is told, begins, goes on and ends, by people or by the clock."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from chalicelib.domain.courses import (
    BEGUN,
    ENDED,
    Announcement,
    Move,
    Words,
    add_update,
    amend,
    announce,
    keep_time,
    reschedule,
)
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.maintenances import (
    NEXT,
    RUNNING,
    Course,
    ImportedMaintenance,
    Maintenance,
    overran_at,
)
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import Availability, ComponentStatus, Impact, MaintenanceStatus
from chalicelib.domain.updates import Amendment, Period, Standing

S = MaintenanceStatus
UP, MAINTAINED, DEGRADED, PARTIAL, MAJOR = ComponentStatus
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
START, END = NOW + HOUR, NOW + 3 * HOUR
PLAN = Period(START, END)
STANDINGS = {"api": Standing("EU - API", UP), "web": Standing("Web", DEGRADED)}


def announced(**said: Any) -> Course:
    """A maintenance that was just announced, an hour before it is to begin."""
    start, end = said.pop("starts_at", START), said.pop("ends_at", END)
    words = {"title": "New disks", "body": "We change disks.", "availability": Availability.READ_ONLY, **said}
    return announce(
        Announcement(period=Period(start, end), **words),
        ids=("m1", "u1"),
        moment=Moment(NOW, 7),
        standings=STANDINGS,
    )


def told(before: Maintenance, status: str, *, at: datetime = START, **said: Any) -> Course:
    """What a maintenance is after one more update."""
    words = Words(S(status), said.pop("body", "More."), **said)
    return add_update(before, words, id="u2", moment=Moment(at, 8), standings=STANDINGS)


def by_clock(before: Maintenance, at: datetime) -> Maintenance:
    """What a maintenance is when the clock has said all that it has to say."""
    while course := keep_time(before, id="u9", moment=Moment(at, 9), standings=STANDINGS):
        before = course.maintenance
    return before


def running(**said: Any) -> Maintenance:
    """A maintenance that the clock has begun."""
    return by_clock(announced(affects={"api": MAINTAINED}, **said).maintenance, START)


def moved(before: Maintenance, start: datetime, end: datetime, *, at: datetime = NOW) -> Maintenance:
    """A maintenance that is planned for another period."""
    said, moment = Move(Period(start, end), "Later."), Moment(at, 8)
    return reschedule(before, said, id="u3", moment=moment, standings=STANDINGS).maintenance


def imported(before: Maintenance) -> Maintenance:
    """A maintenance as an import left it."""
    elsewhere = ImportedMaintenance(NOW, NOW, NOW, "https://stspg.io/x", Impact.MAINTENANCE)
    return replace(before, updated_at=NOW, imported=elsewhere)


@pytest.mark.parametrize(("old", "new"), [pytest.param(*pair, id="-".join(pair)) for pair in product(S, S)])
def test_the_life_cycle_is_the_table(old: MaintenanceStatus, new: MaintenanceStatus) -> None:
    maintenance = replace(announced().maintenance, status=old)

    if new in NEXT[old]:
        assert told(maintenance, new).maintenance.status is new
    else:
        with pytest.raises(Conflict, match="cannot follow") as refused:
            told(maintenance, new)
        assert refused.value.field == "status"


def test_an_announcement_says_what_is_planned_and_changes_nothing_yet() -> None:
    course = announced(affects={"api": MAINTAINED, "web": UP}, remind_before=30)

    (update,) = course.updates
    maintenance = course.maintenance
    assert (maintenance.status, maintenance.began_at, maintenance.affects) == (S.SCHEDULED, None, {})
    assert (maintenance.planned, maintenance.components) == ({"api": MAINTAINED, "web": UP}, ("api", "web"))
    assert (maintenance.number, maintenance.seq, maintenance.revision) == (7, 7, 0)
    assert [(a.name, a.old, a.new) for a in update.affects] == [("EU - API", UP, UP), ("Web", UP, UP)]
    assert (update.plan, update.happened_at, maintenance.started_at) == (PLAN, NOW, START)
    assert (maintenance.is_open, maintenance.is_running, maintenance.remind_before) == (True, False, 30)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        pytest.param({"starts_at": END, "ends_at": START}, "ends_at", id="ends before it starts"),
        pytest.param({"ends_at": START}, "ends_at", id="ends as it starts"),
        pytest.param({"starts_at": NOW - HOUR}, "starts_at", id="began in the past"),
        pytest.param({"starts_at": NOW - 2 * MINUTE, "ends_at": NOW}, "ends_at", id="is over already"),
        pytest.param({"backfilled": True}, "backfilled", id="backfilled, but still to come"),
        pytest.param({"affects": {"nope": MAINTAINED}}, "affects.nope", id="no component"),
        pytest.param({"affects": {"api": PARTIAL}}, "affects.api", id="an outage"),
        pytest.param({"title": " "}, "title", id="blank title"),
        pytest.param({"body": "\n"}, "body", id="blank body"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        announced(**said)

    assert refused.value.field == field


def test_what_is_told_when_it_was_over_is_complete_at_once() -> None:
    course = announced(starts_at=NOW - 3 * HOUR, ends_at=NOW - HOUR, backfilled=True, affects={"api": UP})

    maintenance = course.maintenance
    assert (maintenance.status, maintenance.backfilled) == (S.COMPLETED, True)
    assert (maintenance.began_at, maintenance.ended_at) == (NOW - 3 * HOUR, NOW - HOUR)
    assert (course.updates[0].happened_at, course.updates[0].recorded_at) == (NOW - HOUR, NOW)
    assert by_clock(maintenance, END) == maintenance


def test_what_is_told_while_it_runs_is_under_way_and_ended_by_the_clock() -> None:
    course = announced(starts_at=NOW - HOUR, backfilled=True, affects={"api": MAINTAINED})

    maintenance = course.maintenance
    assert (maintenance.status, maintenance.began_at) == (S.IN_PROGRESS, NOW - HOUR)
    assert (maintenance.affects, maintenance.is_running) == ({"api": MAINTAINED}, True)
    assert by_clock(maintenance, END).status is S.COMPLETED


def test_the_clock_begins_and_ends_what_nobody_speaks_of() -> None:
    scheduled = announced(affects={"api": MAINTAINED, "web": UP}).maintenance

    begun = keep_time(scheduled, id="u2", moment=Moment(START + MINUTE, 8), standings=STANDINGS)
    assert begun is not None
    ended = keep_time(begun.maintenance, id="u3", moment=Moment(END, 9), standings=STANDINGS)
    assert ended is not None

    (first,), (last,) = begun.updates, ended.updates
    assert (first.body, first.status, first.happened_at, first.recorded_at) == (
        BEGUN,
        S.IN_PROGRESS,
        START,
        START + MINUTE,
    )
    assert begun.maintenance.affects == {"api": MAINTAINED}
    assert [(a.component, a.old, a.new) for a in first.affects] == [("api", UP, MAINTAINED), ("web", UP, UP)]
    assert (last.body, last.status, last.happened_at) == (ENDED, S.COMPLETED, END)
    assert [(a.component, a.old, a.new) for a in last.affects] == [("api", MAINTAINED, UP), ("web", UP, UP)]
    assert (ended.maintenance.began_at, ended.maintenance.ended_at) == (START, END)
    assert ended.maintenance.affects == {}


def test_the_clock_says_nothing_before_it_is_due() -> None:
    assert by_clock(announced().maintenance, START - MINUTE).status is S.SCHEDULED
    assert by_clock(running(), END - MINUTE).status is S.IN_PROGRESS


def test_missed_minutes_are_caught_up_with_the_planned_times() -> None:
    late = by_clock(announced().maintenance, END + 5 * HOUR)

    assert (late.status, late.began_at, late.ended_at) == (S.COMPLETED, START, END)
    assert overran_at(late, END + 6 * HOUR) is None


def test_who_begins_it_early_leaves_its_end_to_the_clock() -> None:
    early = told(announced().maintenance, "in_progress", at=START - 10 * MINUTE).maintenance

    assert (early.began_at, early.started_at) == (START - 10 * MINUTE, START - 10 * MINUTE)
    assert by_clock(early, START) == early
    assert by_clock(early, END).status is S.COMPLETED


def test_who_begins_it_after_its_planned_end_ends_it_too() -> None:
    late = told(announced().maintenance, "in_progress", at=END).maintenance

    assert (late.due, by_clock(late, END + HOUR)) == (None, late)


@pytest.mark.parametrize("status", ["in_progress", "verifying"])
def test_who_speaks_while_it_runs_ends_it_too(status: str) -> None:
    spoken = told(running(), status, at=START + HOUR).maintenance

    assert by_clock(spoken, END + HOUR) == spoken
    assert overran_at(spoken, END - MINUTE) is None
    assert overran_at(spoken, END) == END
    ended = told(spoken, "completed", at=END + HOUR).maintenance
    assert (ended.ended_at, overran_at(ended, END + 9 * HOUR)) == (END + HOUR, END)


def test_what_the_clock_is_about_to_end_does_not_overrun() -> None:
    assert overran_at(running(), END + MINUTE) is None


def test_who_ends_it_early_is_not_contradicted() -> None:
    ended = told(running(), "completed", at=START + HOUR, affects={"api": UP}).maintenance

    assert (ended.ended_at, ended.affects, by_clock(ended, END)) == (START + HOUR, {}, ended)
    assert overran_at(ended, END + HOUR) is None


def test_what_was_called_off_never_begins() -> None:
    cancelled = told(announced().maintenance, "cancelled", at=NOW + MINUTE).maintenance

    assert (cancelled.began_at, cancelled.ended_at, cancelled.is_open) == (None, NOW + MINUTE, False)
    assert by_clock(cancelled, END) == cancelled
    assert overran_at(replace(cancelled, ended_at=END + HOUR), END + HOUR) is None


def test_verifying_is_remembered_and_may_go_back() -> None:
    verifying = told(running(), "verifying", at=START + HOUR).maintenance

    again = told(verifying, "in_progress", at=START + 2 * HOUR).maintenance

    assert (again.status, again.verifying_at) == (S.IN_PROGRESS, START + HOUR)
    assert again.affects == {"api": MAINTAINED}
    assert told(again, "verifying", at=END).maintenance.verifying_at == START + HOUR


def test_components_may_be_let_go_and_taken_in_while_it_runs() -> None:
    course = told(running(), "in_progress", at=START + HOUR, affects={"api": UP, "web": MAINTAINED})

    assert course.maintenance.affects == {"web": MAINTAINED}
    assert [(a.component, a.old, a.new) for a in course.updates[0].affects] == [
        ("api", MAINTAINED, UP),
        ("web", UP, MAINTAINED),
    ]


def test_what_it_will_affect_can_be_said_before_it_begins() -> None:
    wider = told(
        announced().maintenance, "scheduled", at=NOW + MINUTE, affects={"web": MAINTAINED}
    ).maintenance

    assert (wider.affects, wider.planned) == ({}, {"web": MAINTAINED})
    assert by_clock(wider, START).affects == {"web": MAINTAINED}


@pytest.mark.parametrize(
    ("say", "field"),
    [
        pytest.param(
            lambda: told(running(), "completed", affects={"api": MAINTAINED}),
            "affects.api",
            id="ends with it",
        ),
        pytest.param(lambda: told(running(), "verifying", affects={"no": UP}), "affects.no", id="none"),
        pytest.param(
            lambda: told(running(), "verifying", happened_at=END), "happened_at", id="in the future"
        ),
        pytest.param(
            lambda: told(running(), "completed", happened_at=NOW), "happened_at", id="before it began"
        ),
        pytest.param(
            lambda: told(announced().maintenance, "in_progress", happened_at=NOW - MINUTE),
            "happened_at",
            id="before it was announced",
        ),
    ],
)
def test_a_wrong_word_is_refused_by_its_field(say: Callable[[], Course], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        say()

    assert refused.value.field == field


def test_words_that_claim_no_time_come_after_a_begin_that_runs_ahead() -> None:
    ahead = START + 4 * MINUTE
    begun = told(announced().maintenance, "in_progress", happened_at=ahead).maintenance

    assert told(begun, "verifying").maintenance.verifying_at == ahead
    assert told(begun, "completed").maintenance.ended_at == ahead
    with pytest.raises(Invalid, match="ends_at must be in the future, and after it began"):
        moved(begun, START, ahead, at=START + MINUTE)


def test_a_new_period_is_an_update_of_its_own() -> None:
    scheduled = announced(affects={"api": MAINTAINED}).maintenance

    period, moment = Period(START + HOUR, END + HOUR), Moment(NOW + MINUTE, 8)
    course = reschedule(scheduled, Move(period, "Later."), id="u2", moment=moment, standings=STANDINGS)

    (update,) = course.updates
    assert (update.status, update.plan, update.affects[0].name) == (S.SCHEDULED, period, "EU - API")
    assert (course.maintenance.starts_at, course.maintenance.ends_at) == (START + HOUR, END + HOUR)
    assert (course.maintenance.revision, course.maintenance.components) == (1, ("api",))
    assert by_clock(course.maintenance, START).status is S.SCHEDULED


def test_a_new_end_gives_the_end_back_to_the_clock() -> None:
    spoken = told(running(), "in_progress", at=START + HOUR).maintenance

    longer = moved(spoken, START, END + HOUR, at=END)

    assert (longer.status, longer.affects) == (S.IN_PROGRESS, {"api": MAINTAINED})
    assert by_clock(longer, END).status is S.IN_PROGRESS
    assert by_clock(longer, END + HOUR).ended_at == END + HOUR


@pytest.mark.parametrize(
    ("say", "field"),
    [
        pytest.param(lambda: moved(announced().maintenance, START, END), "starts_at", id="as planned"),
        pytest.param(
            lambda: moved(announced().maintenance, NOW - HOUR, END), "starts_at", id="into the past"
        ),
        pytest.param(lambda: moved(running(), START + HOUR, END, at=START), "starts_at", id="has begun"),
        pytest.param(
            lambda: moved(running(), START, END + HOUR, at=END + 2 * HOUR), "ends_at", id="over by then"
        ),
        pytest.param(lambda: moved(by_clock(running(), END), START, END + HOUR), "status", id="is over"),
    ],
)
def test_a_period_that_cannot_be_is_refused(say: Callable[[], Maintenance], field: str) -> None:
    with pytest.raises((Invalid, Conflict), match=field):
        say()


def test_what_goes_on_elsewhere_begins_and_ends_there() -> None:
    scheduled = imported(announced().maintenance)

    assert (scheduled.due, by_clock(scheduled, END)) == (None, scheduled)
    assert scheduled.created_at == NOW
    ours = told(scheduled, "scheduled", at=NOW + MINUTE).maintenance
    assert by_clock(ours, START).status is S.IN_PROGRESS


def test_our_own_word_takes_up_what_was_closed_elsewhere() -> None:
    scheduled = imported(announced().maintenance)
    assert scheduled.imported is not None
    closed = replace(scheduled, imported=replace(scheduled.imported, closed_elsewhere=True))
    assert not closed.is_open

    assert told(closed, "in_progress").maintenance.is_running


def test_title_and_availability_can_be_put_right() -> None:
    before = announced().maintenance

    after = amend(
        before, moment=Moment(NOW + HOUR, 9), title=" Disks ", availability=Availability.UNAVAILABLE,
        reason="We misspoke.",
    )  # fmt: skip
    renamed = amend(before, moment=Moment(NOW + HOUR, 9), title="Disks", reason="We misspoke.")

    was = Amendment("We misspoke.", NOW + HOUR, before.title, availability=before.availability)
    assert (after.amendments, renamed.amendments) == ((was,), (replace(was, availability=None),))

    assert (after.title, after.availability, after.revision, after.seq) == ("Disks", "unavailable", 1, 9)
    assert amend(before, moment=Moment(NOW + HOUR, 9), title=before.title) == before


def test_nothing_that_was_announced_changes_without_a_reason() -> None:
    with pytest.raises(Invalid, match="reason"):
        amend(announced().maintenance, moment=Moment(NOW + HOUR, 9), availability=Availability.AVAILABLE)


def test_what_is_never_ends_before_it_starts() -> None:
    with pytest.raises(Invalid, match="ends_at"):
        replace(announced().maintenance, ends_at=START - MINUTE)


def test_it_runs_in_two_of_its_statuses() -> None:
    assert {status for status in S if replace(running(), status=status).is_running} == RUNNING
