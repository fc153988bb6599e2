"""What follows an incident: its postmortem, and promises that are kept, moved in time, or overdue."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib.domain.corrections import retract
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.incidents import ImportedIncident, Incident, Story
from chalicelib.domain.postmortems import (
    MOST_FOLLOW_UPS,
    Done,
    Findings,
    done_anew,
    keep_follow_up,
    move_follow_up,
    promise_follow_up,
    promise_of,
    promise_postmortem,
    publish_postmortem,
)
from chalicelib.domain.promises import (
    NEWEST_KEPT,
    FollowUp,
    Kept,
    KeptPromise,
    Promise,
    Promises,
    Punctuality,
)
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import ComponentStatus, IncidentStatus
from chalicelib.domain.updates import Pledge, Standing
from tests.builders import NOW, STEP, an_incident

S = IncidentStatus
DAY = timedelta(days=1)
LATER = Moment(NOW + DAY, 99)
STANDINGS = {"api": Standing("API", ComponentStatus.OPERATIONAL)}
RESOLVED = an_incident(status=S.RESOLVED, components=("api",), resolved_at=NOW)
FOLLOW_UP = FollowUp("alarm", "Add an alarm", NOW + 3 * DAY, NOW)


def published(
    incident: Incident = RESOLVED, *, body: str = "What happened.", cause: str = " A cable. "
) -> Story:
    """The incident with its postmortem, a day later."""
    return publish_postmortem(incident, Findings(body, cause), id="u9", moment=LATER, standings=STANDINGS)


def done(
    incident: Incident = RESOLVED, follow_up: FollowUp = FOLLOW_UP, **said: Any
) -> tuple[Story, FollowUp]:
    """The follow-up done, a day later."""
    return keep_follow_up(incident, follow_up, Done("u9", **said), moment=LATER, standings=STANDINGS)


def test_a_postmortem_is_an_update_with_a_cause_that_keeps_the_time_of_the_end() -> None:
    story = published(replace(RESOLVED, postmortem_due=NOW + 2 * DAY))

    (update,) = story.updates
    assert (update.status, update.body, update.recorded_at) == (S.POSTMORTEM, "What happened.", LATER.at)
    assert (story.incident.status, story.incident.resolved_at) == (S.POSTMORTEM, NOW)
    postmortem = story.incident.postmortem
    assert postmortem is not None
    assert (postmortem.update, postmortem.root_cause) == ("u9", "A cable.")
    assert (postmortem.published_at, postmortem.due) == (LATER.at, NOW + 2 * DAY)
    assert story.incident.postmortem_due is None


@pytest.mark.parametrize("status", [status for status in S if status is not S.RESOLVED])
def test_a_postmortem_follows_the_resolution_alone(status: S) -> None:
    with pytest.raises(Conflict, match=f"status is {status}"):
        published(an_incident(status=status))


@pytest.mark.parametrize(("said", "field"), [({"body": " "}, "body"), ({"cause": " "}, "root_cause")])
def test_a_postmortem_says_something(said: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        published(body=said.get("body", "b"), cause=said.get("cause", "c"))

    assert refused.value.field == field


def test_a_reopened_incident_keeps_the_promise_of_a_postmortem() -> None:
    promised = promise_postmortem(RESOLVED, NOW + 2 * DAY, moment=LATER)

    assert (promised.postmortem_due, promised.updated_at, promised.seq) == (NOW + 2 * DAY, *LATER)
    assert published(promised).incident.postmortem_due is None


def test_a_promise_is_moved_or_taken_back_before_its_time_has_come() -> None:
    promised = replace(RESOLVED, postmortem_due=NOW + 2 * DAY)

    assert promise_postmortem(promised, NOW + 2 * DAY, moment=LATER) is promised
    assert promise_postmortem(promised, NOW + 9 * DAY, moment=LATER).postmortem_due == NOW + 9 * DAY
    assert promise_postmortem(promised, None, moment=LATER).postmortem_due is None


def test_the_first_promise_of_a_postmortem_stays_said() -> None:
    promised = promise_postmortem(RESOLVED, NOW + 2 * DAY, moment=LATER)
    moved = promise_postmortem(promised, NOW + 9 * DAY, moment=LATER)
    dropped = promise_postmortem(moved, None, moment=LATER)

    assert promise_of(RESOLVED) is None
    assert promise_of(promised) == Promise("slow", NOW + 2 * DAY)
    assert promise_of(moved) == Promise("slow", NOW + 9 * DAY, first_due=NOW + 2 * DAY)
    assert promise_of(dropped) == Promise("slow", NOW + 2 * DAY, is_taken_back=True)
    told = published(dropped).incident
    assert told.postmortem is not None
    assert (told.postmortem.due, told.postmortem.first_due) == (None, NOW + 2 * DAY)
    assert promise_of(told) is None


def test_a_retraction_says_what_is_no_longer_promised() -> None:
    promised = promise_postmortem(RESOLVED, NOW + 2 * DAY, moment=LATER)

    none = retract(promised, "None.", id="u9", moment=LATER, standings=STANDINGS).incident

    assert (none.postmortem_due, none.postmortem_first_due) == (None, NOW + 2 * DAY)
    assert promise_of(none) is None


def test_what_was_taken_back_is_never_overdue() -> None:
    assert Promises((Promise("slow", NOW, is_taken_back=True),)).overdue(NOW + DAY) == ()


@pytest.mark.parametrize("due", [None, NOW + 9 * DAY])
def test_a_promise_whose_time_has_come_stays(due: datetime | None) -> None:
    with pytest.raises(Conflict, match="postmortem_due has passed"):
        promise_postmortem(replace(RESOLVED, postmortem_due=LATER.at), due, moment=LATER)


def test_nothing_is_promised_for_the_past() -> None:
    with pytest.raises(Invalid, match="postmortem_due must be in the future"):
        promise_postmortem(RESOLVED, LATER.at, moment=LATER)
    with pytest.raises(Invalid, match="due must be in the future"):
        promise_follow_up(
            RESOLVED, replace(FOLLOW_UP, due=NOW), standing=(), moment=LATER, standings=STANDINGS
        )
    with pytest.raises(Invalid, match="due must be in the future"):
        move_follow_up(RESOLVED, FOLLOW_UP, NOW, moment=LATER)


@pytest.mark.parametrize("status", [S.POSTMORTEM, S.RETRACTED])
def test_a_postmortem_is_promised_while_there_is_none(status: S) -> None:
    with pytest.raises(Conflict, match="postmortem_due cannot be promised any more"):
        promise_postmortem(an_incident(status=status), NOW + 2 * DAY, moment=LATER)


def test_a_follow_up_is_promised_by_our_clock() -> None:
    story, promised = promise_follow_up(RESOLVED, FOLLOW_UP, standing=(), moment=LATER, standings=STANDINGS)

    assert promised == replace(FOLLOW_UP, promised_at=LATER.at)
    (update,) = story.updates
    assert (update.id, update.body, update.status) == ("promise-99", FOLLOW_UP.text, S.RESOLVED)
    assert update.pledge == Pledge("alarm", FOLLOW_UP.due)
    assert story.incident == replace(RESOLVED, updated_at=LATER.at, latest_at=LATER.at, seq=LATER.seq)


def test_a_promise_does_not_open_again_what_was_closed_elsewhere() -> None:
    imported = ImportedIncident(NOW, NOW, "https://x.example/", closed_elsewhere=True)
    closed = an_incident(imported=imported)

    story, _ = promise_follow_up(closed, FOLLOW_UP, standing=(), moment=LATER, standings=STANDINGS)

    assert not story.incident.is_open


def test_a_follow_up_is_promised_once_and_not_without_end() -> None:
    many = [replace(FOLLOW_UP, id=f"f{n}") for n in range(MOST_FOLLOW_UPS)]

    with pytest.raises(Conflict, match="id is taken"):
        promise_follow_up(RESOLVED, FOLLOW_UP, standing=[FOLLOW_UP], moment=LATER, standings=STANDINGS)
    with pytest.raises(Conflict, match="one more than 50"):
        promise_follow_up(RESOLVED, FOLLOW_UP, standing=many, moment=LATER, standings=STANDINGS)


def test_a_follow_up_says_something() -> None:
    with pytest.raises(Invalid, match="text must not be blank"):
        replace(FOLLOW_UP, text=" ")


def test_a_follow_up_is_moved_before_its_time_has_come() -> None:
    _, moved = move_follow_up(RESOLVED, FOLLOW_UP, NOW + 9 * DAY, moment=LATER)

    _, again = move_follow_up(RESOLVED, moved, NOW + 12 * DAY, moment=LATER)

    assert moved == replace(FOLLOW_UP, due=NOW + 9 * DAY, first_due=FOLLOW_UP.due)
    assert again == replace(FOLLOW_UP, due=NOW + 12 * DAY, first_due=FOLLOW_UP.due)
    assert move_follow_up(RESOLVED, FOLLOW_UP, FOLLOW_UP.due, moment=LATER) == (RESOLVED, FOLLOW_UP)
    with pytest.raises(Conflict, match="due has passed"):
        move_follow_up(RESOLVED, replace(FOLLOW_UP, due=NOW), NOW + 9 * DAY, moment=LATER)


def test_what_is_done_is_told_in_an_update_that_leaves_the_incident_as_it_is() -> None:
    story, kept = done(at=NOW, body="It rings.")

    (update,) = story.updates
    assert (update.status, update.body, update.follow_up) == (S.RESOLVED, "It rings.", "alarm")
    assert (update.happened_at, update.recorded_at) == (NOW, LATER.at)
    assert kept == replace(FOLLOW_UP, done_at=NOW, update="u9")
    assert (story.incident.status, story.incident.resolved_at) == (S.RESOLVED, NOW)


def test_what_is_done_without_words_of_its_own_has_those_of_the_promise() -> None:
    open_still = an_incident(next_update_by=NOW + 2 * DAY, components=("api",))

    story, kept = done(open_still)

    assert (story.updates[0].body, kept.done_at) == ("Add an alarm", LATER.at)
    assert (story.incident.status, story.incident.next_update_by) == (S.INVESTIGATING, NOW + 2 * DAY)


def test_what_is_done_follows_the_words_that_tell_it() -> None:
    story, kept = done(at=NOW + STEP)
    update = replace(story.updates[0], happened_at=NOW)

    assert done_anew(kept, update) == replace(kept, done_at=NOW)
    with pytest.raises(Invalid, match="happened_at must not be before it was promised"):
        done_anew(kept, replace(update, happened_at=NOW - DAY))


def test_a_promise_that_was_kept_at_another_time_counts_anew() -> None:
    late = KeptPromise("slow", NOW, NOW + DAY, "alarm", first_due=NOW - DAY)
    other = KeptPromise("slow", NOW, NOW)
    kept = Kept().after(other, seq=3).after(late, seq=4)

    after = kept.corrected(late, replace(late, done_at=NOW), seq=5)

    assert after == Kept(Punctuality(1), Punctuality(1), (replace(late, done_at=NOW), other), seq=5)
    assert after.corrected(late, replace(late, done_at=NOW), seq=5) == after
    assert after.corrected(replace(late, done_at=NOW), late, seq=6) == replace(kept, seq=6)


def test_what_is_done_is_done() -> None:
    _, kept = done()

    moved = partial(move_follow_up, RESOLVED, kept, NOW + 9 * DAY, moment=LATER)
    for again in (lambda: done(follow_up=kept), moved):
        with pytest.raises(Conflict, match="done_at is said already"):
            again()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        pytest.param({"at": NOW + 2 * DAY}, "done_at", id="done in the future"),
        pytest.param({"at": NOW - DAY}, "done_at", id="done before it was promised"),
        pytest.param({"body": " "}, "body", id="no words"),
    ],
)
def test_a_wrong_end_names_its_field(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        done(**said)

    assert refused.value.field == field


def test_nothing_follows_from_a_retracted_incident() -> None:
    none = an_incident(status=S.RETRACTED)

    for follow in (
        lambda: promise_follow_up(none, FOLLOW_UP, standing=(), moment=LATER, standings=STANDINGS),
        lambda: move_follow_up(none, FOLLOW_UP, NOW + 9 * DAY, moment=LATER),
        lambda: done(none),
    ):
        with pytest.raises(Conflict, match="status is retracted"):
            follow()


def test_promises_are_kept_in_time_or_late_and_counted_once() -> None:
    told = KeptPromise("slow", NOW, NOW)
    late = KeptPromise("slow", NOW, NOW + DAY, "alarm")

    kept = Kept().after(told, seq=3).after(late, seq=4)

    assert kept == Kept(Punctuality(in_time=1), Punctuality(late=1), (late, told), seq=4)
    assert kept.after(late, seq=4) == kept
    assert [promise.is_late for promise in kept.newest] == [True, False]


def test_of_kept_promises_the_newest_are_listed_and_all_are_counted() -> None:
    kept = Kept()
    for seq in range(1, NEWEST_KEPT + 3):
        kept = kept.after(KeptPromise(f"i{seq}", NOW, NOW), seq=seq)

    assert kept.postmortems.cases == NEWEST_KEPT + 2
    assert [kept.newest[0].incident, kept.newest[-1].incident] == [f"i{NEWEST_KEPT + 2}", "i3"]


def test_a_promise_is_overdue_from_its_instant_on() -> None:
    promises = Promises((Promise("slow", NOW), Promise("slow", NOW + DAY, "alarm", "Add an alarm")))

    assert promises.overdue(NOW - DAY) == ()
    assert promises.overdue(NOW) == promises.open[:1]
    assert promises.overdue(NOW + DAY) == promises.open
