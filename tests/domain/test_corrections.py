"""Putting right what was published: what moves with it, and what stays as it was told."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.corrections import amend, correct, correct_detection, retract
from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.incidents import Incident, Story
from chalicelib.domain.promises import Postmortem
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import ComponentStatus, Impact, IncidentStatus
from chalicelib.domain.updates import (
    MOST_AMENDMENTS,
    Amendment,
    Corrected,
    Detected,
    ImportedUpdate,
    Standing,
)
from chalicelib.domain.wordings import MOST_CORRECTIONS, Mended, Right, check_end
from tests.builders import NOW, STEP, a_story, an_incident, an_update

S = IncidentStatus
DAY = timedelta(days=1)
LATER = Moment(NOW + DAY, 99)
WHOLE = (S.INVESTIGATING, S.MONITORING, S.RESOLVED, S.POSTMORTEM)


def mended(story: Story, n: int, **right: Any) -> Mended[Incident, IncidentStatus]:
    """The story with its n-th update put right, a day later."""
    return correct(story, story.updates[n].id, Right("It was wrong.", **right), moment=LATER)


def with_postmortem(story: Story) -> Story:
    """The story with a root cause, told by its last update."""
    postmortem = Postmortem(story.updates[-1].id, "A cable.", NOW)
    return replace(story, incident=replace(story.incident, postmortem=postmortem))


def test_title_and_impact_are_put_right() -> None:
    before = an_incident()

    after = amend(before, moment=LATER, title=" Better ", impact=Impact.MAJOR, reason=" We misspoke. ")

    assert after.amendments == (Amendment("We misspoke.", LATER.at, before.title, before.impact),)
    assert (after.title, after.impact, after.impact_stated) == ("Better", Impact.MAJOR, True)
    assert (after.updated_at, after.seq) == LATER
    assert amend(before, moment=LATER) == before


def test_an_impact_that_is_stated_as_it_followed_is_no_correction() -> None:
    after = amend(an_incident(), moment=LATER, impact=an_incident().impact)

    assert (after.impact_stated, after.amendments) == (True, ())


@pytest.mark.parametrize("reason", [None, " "])
def test_nothing_that_was_published_changes_without_a_reason(reason: str | None) -> None:
    with pytest.raises(Invalid, match="reason"):
        amend(an_incident(), moment=LATER, title="All is fine", reason=reason)


def test_who_puts_right_without_end_is_told_to_say_it_in_an_update() -> None:
    incident = an_incident()
    for n in range(MOST_AMENDMENTS):
        incident = amend(incident, moment=LATER, title=f"Title {n}", reason="Again.")

    with pytest.raises(Conflict, match="reason would be one more than 20"):
        amend(incident, moment=LATER, title="Another", reason="Again.")


def test_an_impact_of_imports_alone_cannot_be_stated() -> None:
    with pytest.raises(Invalid, match="impact must be"):
        amend(an_incident(), moment=LATER, impact=Impact.MAINTENANCE)


def test_when_it_was_detected_is_put_right_between_beginning_and_first_word() -> None:
    before = an_incident(started_at=NOW - DAY)

    first = correct_detection(before, NOW - STEP, moment=LATER, reason=" Our logs say so. ")
    second = correct_detection(first, None, moment=LATER, reason="They do not.")

    assert (first.detected_at, first.updated_at, first.seq) == (NOW - STEP, *LATER)
    assert second.detected_at is None
    assert second.amendments == (
        Amendment("Our logs say so.", LATER.at, detected=Detected(None)),
        Amendment("They do not.", LATER.at, detected=Detected(NOW - STEP)),
    )
    assert correct_detection(first, NOW - STEP, moment=LATER) is first


@pytest.mark.parametrize(
    ("at", "words"),
    [
        pytest.param(NOW - 2 * DAY, "before the incident began", id="before it began"),
        pytest.param(NOW + STEP / 10, "after the incident was first told of", id="after it was told"),
    ],
)
def test_a_detection_that_cannot_be_is_refused(at: datetime, words: str) -> None:
    with pytest.raises(Invalid, match=f"detected_at must not be {words}"):
        correct_detection(an_incident(started_at=NOW - DAY), at, moment=LATER, reason="r")


def test_a_detection_is_not_put_right_without_a_reason() -> None:
    with pytest.raises(Invalid, match="reason must say why"):
        correct_detection(an_incident(), NOW, moment=LATER)


def test_other_words_leave_every_time_and_say_how_it_read_before() -> None:
    story = a_story(*WHOLE)

    incident, update, correction = mended(story, 1, body=" Right. ")

    assert update == replace(
        story.updates[1], body="Right.", corrected=Corrected(LATER.at, story.updates[1].happened_at)
    )
    assert correction is not None
    assert (correction.update, correction.body, correction.happened_at) == (
        "slow-1",
        "Word 1 about slow.",
        None,
    )
    assert (correction.reason, correction.at, correction.seq) == ("It was wrong.", *LATER)
    assert incident == replace(story.incident, updated_at=LATER.at, seq=LATER.seq)


def test_an_update_corrected_twice_keeps_the_time_that_it_claimed_first() -> None:
    story = a_story()
    first = mended(story, 0, happened_at=NOW - STEP)
    again = replace(story, incident=first.head, updates=(first.update,))

    second = mended(again, 0, happened_at=NOW - 2 * STEP)

    assert second.update.first_claimed_at == NOW
    assert second.update.happened_at == NOW - 2 * STEP
    assert second.correction is not None
    assert second.correction.happened_at == NOW - STEP


def test_a_corrected_update_was_last_changed_when_it_was_corrected() -> None:
    story = a_story()
    imported = replace(story.updates[0], imported=ImportedUpdate(NOW - DAY, NOW - DAY))

    assert mended(story, 0, body="Right.").update.updated_at == LATER.at
    assert replace(imported, corrected=Corrected(NOW, NOW)).updated_at == NOW
    assert imported.updated_at == NOW - DAY
    assert imported.first_claimed_at == NOW


@pytest.mark.parametrize(
    ("n", "moved"),
    [
        pytest.param(0, {"started_at"}, id="the first one, when it began"),
        pytest.param(1, {"monitoring_at"}, id="the first monitoring, when that began"),
        pytest.param(2, {"resolved_at"}, id="the resolution, when it ended"),
        pytest.param(3, {"latest_at"}, id="the newest one, when words were last said"),
    ],
)
def test_a_claimed_time_moves_what_followed_from_it(n: int, moved: set[str]) -> None:
    story = a_story(*WHOLE)
    at = story.updates[n].happened_at - timedelta(minutes=1)

    incident = mended(story, n, happened_at=at).head

    changed = {name for name in vars(incident) if getattr(incident, name) != getattr(story.incident, name)}
    assert changed - {"updated_at", "seq"} == moved
    assert {getattr(incident, name) for name in moved} == {at}


def test_a_beginning_that_was_claimed_by_itself_stays() -> None:
    story = a_story(started_at=NOW - DAY)

    assert mended(story, 0, happened_at=NOW - STEP).head.started_at == NOW - DAY


def test_a_second_monitoring_moves_nothing_but_itself() -> None:
    story = a_story(S.MONITORING, S.INVESTIGATING, S.MONITORING, S.IDENTIFIED)

    incident = mended(story, 2, happened_at=NOW).head

    assert incident == replace(story.incident, updated_at=LATER.at, seq=LATER.seq)


def test_an_end_that_was_taken_back_moves_nothing() -> None:
    story = a_story(S.RESOLVED, S.INVESTIGATING, S.RESOLVED, resolved_at=NOW + 2 * STEP)

    assert mended(story, 0, happened_at=NOW - STEP).head.resolved_at == NOW + 2 * STEP
    assert mended(story, 2, happened_at=NOW + STEP).head.resolved_at == NOW + STEP


def test_what_was_said_of_a_resolved_incident_does_not_move_its_end() -> None:
    done = an_update("slow-1", status=S.RESOLVED, at=NOW + STEP, seq=3)
    story = a_story(S.RESOLVED)
    story = replace(story, updates=(*story.updates, done))

    assert mended(story, 1, happened_at=NOW).head.resolved_at == NOW


def test_a_retraction_is_the_end_of_what_was_never_resolved() -> None:
    story = a_story(S.SUSPECTED, S.RETRACTED)

    assert mended(story, 1, happened_at=NOW).head.resolved_at == NOW


def test_an_incident_cannot_come_to_begin_after_it_was_detected() -> None:
    story = a_story(detected_at=NOW)
    late = NOW + timedelta(minutes=2)

    with pytest.raises(Conflict, match="happened_at would let the incident begin after it was detected"):
        mended(story, 0, happened_at=late)
    assert mended(story, 0, happened_at=NOW - STEP).head.started_at == NOW - STEP


@pytest.mark.parametrize(
    ("n", "at", "words"),
    [
        pytest.param(0, NOW + STEP, "after the update was written", id="a beginning after it was told"),
        pytest.param(1, NOW - STEP, "before the incident began", id="monitoring before the beginning"),
        pytest.param(2, NOW - STEP, "before the incident began", id="an end before the beginning"),
        pytest.param(2, NOW + STEP / 2, "after the end that it precedes", id="an end before monitoring"),
        pytest.param(3, NOW + STEP, "the postmortem come before the end", id="a postmortem before the end"),
    ],
)
def test_a_claimed_time_that_cannot_be_is_refused(n: int, at: datetime, words: str) -> None:
    with pytest.raises(Invalid, match=f"happened_at must not .*{words}"):
        mended(with_postmortem(a_story(*WHOLE)), n, happened_at=at)


def test_what_was_said_is_not_moved_behind_an_end_that_came_after_it() -> None:
    story = a_story(*WHOLE)
    early = mended(story, 2, happened_at=NOW + STEP)
    story = replace(story, incident=early.head, updates=(*story.updates[:2], early.update))

    with pytest.raises(Invalid, match="happened_at must not .*after the end that it precedes"):
        mended(story, 1, happened_at=NOW + STEP + timedelta(minutes=1))


def test_the_first_words_may_be_spoken_when_all_is_over() -> None:
    story = a_story(S.INVESTIGATING, S.RESOLVED, started_at=NOW - DAY)

    assert mended(story, 1, happened_at=NOW - STEP).head.resolved_at == NOW - STEP


def test_an_end_that_claims_its_time_comes_after_what_was_told() -> None:
    (told,) = a_story().updates

    for claimed in (None, NOW):
        check_end([told], claimed)
    with pytest.raises(Invalid, match="happened_at must not be before an update that it ends"):
        check_end([told], NOW - STEP)


def test_nothing_is_said_before_a_beginning_that_was_claimed_by_itself() -> None:
    story = a_story(started_at=NOW - DAY)

    with pytest.raises(Invalid, match="happened_at must not .*before the incident began"):
        mended(story, 0, happened_at=NOW - DAY - STEP)


def test_a_correction_does_not_speak_of_the_time_to_come() -> None:
    story, soon = a_story(), NOW + timedelta(minutes=4)
    right, update = Right("It was wrong.", happened_at=soon), story.updates[0].id

    assert correct(story, update, right, moment=Moment(soon, 9)).update.happened_at == soon
    with pytest.raises(Invalid, match="happened_at must not be in the future"):
        correct(story, update, right, moment=Moment(soon - timedelta(seconds=1), 9))


def test_who_corrects_an_update_without_end_is_told_to_say_it_in_another() -> None:
    story = a_story()
    for n in range(MOST_CORRECTIONS):
        after = mended(story, 0, body=f"Word {n}.")
        story = replace(story, incident=after.head, updates=(after.update,))

    with pytest.raises(Conflict, match="reason would be one more than 100 corrections"):
        mended(story, 0, body="Another.")


def test_no_other_time_moves_so_that_an_update_cannot_be() -> None:
    story = a_story(*WHOLE)
    soon = replace(story.updates[1], happened_at=NOW)

    with pytest.raises(Invalid, match="before the incident began"):
        mended(replace(story, updates=(story.updates[0], soon)), 0, happened_at=NOW + timedelta(minutes=2))


def test_what_an_import_left_in_disorder_can_be_put_right_otherwise() -> None:
    story = a_story(*WHOLE)
    early = replace(story.updates[1], happened_at=NOW - DAY)
    story = replace(story, updates=(story.updates[0], early, *story.updates[2:]))

    assert mended(story, 1, body="Right.").update.body == "Right."
    assert mended(story, 2, happened_at=NOW + STEP).head.resolved_at == NOW + STEP
    with pytest.raises(Invalid, match="before the incident began"):
        mended(story, 1, happened_at=NOW - STEP)


def test_a_root_cause_is_put_right_where_it_was_told() -> None:
    story = with_postmortem(a_story(*WHOLE))

    incident, update, correction = mended(story, 3, root_cause=" A fuse. ")

    assert incident.postmortem is not None
    assert incident.postmortem.root_cause == "A fuse."
    assert correction is not None
    assert (correction.root_cause, correction.body) == ("A cable.", None)
    assert (update.body, update.updated_at) == (story.updates[3].body, LATER.at)


def test_words_and_root_cause_are_put_right_at_once() -> None:
    _, update, correction = mended(with_postmortem(a_story(*WHOLE)), 3, body="Right.", root_cause="A fuse.")

    assert correction is not None
    assert (correction.root_cause, correction.body, update.body) == (
        "A cable.",
        "Word 3 about slow.",
        "Right.",
    )


@pytest.mark.parametrize("cause", [None, "A cable."])
def test_what_says_the_same_corrects_nothing(cause: str | None) -> None:
    story = with_postmortem(a_story(*WHOLE))
    same = story.updates[3]

    assert mended(story, 3, body=f" {same.body} ", happened_at=same.happened_at, root_cause=cause) == Mended(
        story.incident, same, None
    )


@pytest.mark.parametrize(
    ("right", "field"),
    [
        pytest.param({"body": " "}, "body", id="blank words"),
        pytest.param({"happened_at": NOW + 2 * DAY}, "happened_at", id="a claim about the future"),
        pytest.param({"root_cause": " "}, "root_cause", id="a blank cause"),
        pytest.param({"root_cause": "x" * 1001}, "root_cause", id="an endless cause"),
    ],
)
def test_a_wrong_correction_names_its_field(right: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        mended(with_postmortem(a_story(*WHOLE)), 3, **right)

    assert refused.value.field == field


def test_a_correction_has_a_reason() -> None:
    with pytest.raises(Invalid, match="reason must not be blank"):
        Right(" \u200b")


def test_a_cause_belongs_to_the_postmortem() -> None:
    for story in (a_story(*WHOLE), with_postmortem(a_story(*WHOLE))):
        with pytest.raises(Conflict, match="root_cause belongs to the postmortem"):
            mended(story, 0, root_cause="A fuse.")


def test_what_was_never_said_cannot_be_corrected() -> None:
    with pytest.raises(NotFound, match="no update has the id 'nope'"):
        correct(a_story(), "nope", Right("r"), moment=LATER)


def retracted(incident: Incident, reason: str = "It was a test.") -> Story:
    """The incident taken back a day later."""
    standings = {"api": Standing("API", ComponentStatus.MAJOR_OUTAGE)}
    return retract(incident, reason, id="u9", moment=LATER, standings=standings)


@pytest.mark.parametrize("status", [status for status in S if status is not S.RETRACTED])
def test_an_incident_is_retracted_wherever_it_stands(status: S) -> None:
    held = {"api": ComponentStatus.MAJOR_OUTAGE}
    before = an_incident(status=status, components=("api",), affects=held, postmortem_due=NOW + 2 * DAY)

    after = retracted(before)

    assert (after.incident.status, after.incident.affects) == (S.RETRACTED, {})
    assert (after.incident.resolved_at, after.incident.postmortem_due) == (LATER.at, None)
    assert [(u.status, u.body, u.affects[0].new) for u in after.updates] == [
        (S.RETRACTED, "It was a test.", ComponentStatus.OPERATIONAL)
    ]


def test_what_was_resolved_before_it_was_retracted_ended_then() -> None:
    assert retracted(an_incident(status=S.RESOLVED, resolved_at=NOW)).incident.resolved_at == NOW


def test_a_retraction_has_a_reason_and_happens_once() -> None:
    with pytest.raises(Invalid, match="reason must not be blank"):
        retracted(an_incident(), " ")
    with pytest.raises(Conflict, match="status is retracted already"):
        retracted(retracted(an_incident()).incident)
