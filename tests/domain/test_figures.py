"""Figures about ourselves: what an incident adds to its month; changes change them by the difference."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.corrections import amend, correct, retract
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.figures import (
    NOTHING,
    Spread,
    Tally,
    added_by,
    bears,
    differences,
    month_counted,
    months_shown,
    rounded,
    total,
)
from chalicelib.domain.incidents import Draft, Incident, Said, Story, add_update, open_incident
from chalicelib.domain.postmortems import Done, Findings, keep_follow_up, publish_postmortem
from chalicelib.domain.promises import FollowUp, Punctuality
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.domain.wordings import Right
from tests.builders import NOW, an_incident
from tests.publishing.worlds import IMPORTED

S = IncidentStatus
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def ours(**changes: object) -> Incident:
    """An incident of our own people's, confirmed when it was published."""
    incident = an_incident(at=AT, acknowledged_at=AT)
    changes = {"acknowledged_at": changes.get("published_at", AT), **changes}
    return replace(incident, **changes)  # type: ignore[arg-type]


def test_an_incident_counts_in_the_month_in_which_it_began_by_utc() -> None:
    assert month_counted(datetime.fromisoformat("2026-12-01T00:30:00+01:00")) == "2026-11"


def test_how_soon_we_spoke_is_counted_from_start_and_from_detection() -> None:
    added = added_by(ours(detected_at=AT + minutes(20), published_at=AT + minutes(30)))

    assert (added.publication, added.first_word) == (Spread({30: 1}), Spread({10: 1}))
    assert (added.incidents, added.publication.soon, added.first_word.soon) == (1, 0, 1)


def test_a_detection_that_nobody_noted_is_no_case() -> None:
    added = added_by(ours(detected_at=None))

    assert (added.publication.cases, added.first_word.cases) == (1, 0)


def test_of_what_is_told_afterwards_nobody_says_how_soon_we_spoke() -> None:
    added = added_by(ours(backfilled=True, detected_at=AT))

    assert added == Tally(incidents=1, afterwards=1)


def test_what_another_system_told_is_not_counted() -> None:
    theirs = ours(imported=IMPORTED, next_updates=Punctuality(1, 1))

    assert added_by(theirs) == NOTHING
    assert differences(theirs, replace(theirs, started_at=AT - timedelta(days=40))) == {}


def test_a_retracted_incident_counts_as_that_alone() -> None:
    assert added_by(ours(status=S.RETRACTED, next_updates=Punctuality(1, 1))) == Tally(retracted=1)


@pytest.mark.parametrize(
    ("acknowledged", "status", "suspected"),
    [
        pytest.param(None, S.SUSPECTED, 1, id="nobody has confirmed it"),
        pytest.param(None, S.RETRACTED, 1, id="nobody ever did"),
        pytest.param(AT + minutes(4), S.RESOLVED, 1, id="somebody confirmed it"),
        pytest.param(AT, S.RESOLVED, 0, id="it never was a suspicion"),
    ],
)
def test_a_suspicion_counts_whatever_comes_of_it(
    acknowledged: datetime | None, status: IncidentStatus, suspected: int
) -> None:
    assert added_by(ours(status=status, acknowledged_at=acknowledged)).suspected == suspected


def test_a_start_ahead_of_our_clock_takes_no_time() -> None:
    assert added_by(ours(started_at=AT + minutes(3))).publication == Spread({0: 1})


@pytest.mark.parametrize(
    ("took", "counted"),
    [(0, 0), (1, 1), (240, 240), (241, 300), (5760, 5760), (5761, 7200), (7200, 7200)],
)
def test_times_are_rounded_up_ever_more_coarsely(took: int, counted: int) -> None:
    assert rounded(took) == counted


def test_a_quarter_of_an_hour_is_soon_and_a_second_more_is_not() -> None:
    for seconds, soon in ((900, 1), (901, 0)):
        added = added_by(ours(published_at=AT + timedelta(seconds=seconds)))
        assert added.publication.soon == soon


@pytest.mark.parametrize(
    ("spread", "median"),
    [({}, None), ({7: 1}, 7), ({2: 1, 9: 1}, 2), ({1: 1, 2: 1, 9: 1}, 2), ({1: 1, 9: 2}, 9)],
)
def test_half_of_the_cases_took_no_longer_than_the_median(spread: dict[int, int], median: int | None) -> None:
    assert Spread(spread).median == median


@pytest.mark.parametrize(("after", "kept", "missed"), [(30, 1, 0), (31, 0, 1)])
def test_a_promised_update_is_kept_or_missed_to_the_instant(after: int, kept: int, missed: int) -> None:
    said, moment = Said(S.IDENTIFIED, "x"), Moment(AT + minutes(after), 2)

    told = add_update(ours(next_update_by=AT + minutes(30)), said, id="u", moment=moment, standings={})

    assert told.incident.next_updates == Punctuality(kept, missed)
    assert (added_by(told.incident).kept, added_by(told.incident).missed) == (kept, missed)
    assert added_by(told.incident).promised == 1


def test_a_retraction_answers_a_promise_and_no_promise_is_neither() -> None:
    promised = ours(next_update_by=AT + minutes(30))

    none = retract(promised, "None.", id="u", moment=Moment(AT, 2), standings={})
    told = add_update(ours(), Said(S.IDENTIFIED, "x"), id="u", moment=Moment(AT, 2), standings={})

    assert none.incident.next_updates == Punctuality(in_time=1)
    assert told.incident.next_updates == Punctuality()


def test_a_follow_up_done_leaves_the_promise_of_the_next_update_standing() -> None:
    promised = ours(next_update_by=AT + minutes(30))
    follow_up = FollowUp("alarm", "Add an alarm", AT + minutes(90), AT)

    told, _ = keep_follow_up(promised, follow_up, Done("u"), moment=Moment(AT, 2), standings={})

    assert told.incident.next_update_by == promised.next_update_by
    assert told.incident.next_updates == Punctuality()


def test_tallies_add_up_and_differences_take_away() -> None:
    one = Tally(incidents=1, kept=2, first_word=Spread({3: 1}))
    two = Tally(incidents=3, missed=1, first_word=Spread({3: 1, 4: 2}))

    assert total([one, two]) == Tally(incidents=4, kept=2, missed=1, first_word=Spread({3: 2, 4: 2}))
    assert total([one, two]) - two == one
    assert total([]) == NOTHING


def test_a_corrected_start_moves_an_incident_from_one_month_to_another() -> None:
    before = ours(published_at=AT)
    after = replace(before, started_at=AT - timedelta(days=30))

    changed = differences(before, after)

    assert list(changed) == ["2026-10", "2026-11"]
    assert changed["2026-11"] == NOTHING - added_by(before)
    assert differences(before, replace(before, title="Another")) == {}


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        pytest.param("incident.opened", {}, True, id="it is opened"),
        pytest.param("incident.updated", {}, False, id="somebody speaks of it"),
        pytest.param("incident.updated", {"next_update_by": NOW}, True, id="promises to"),
        pytest.param("incident.updated", {"next_updates": Punctuality(1)}, True, id="had promised to"),
        pytest.param("incident.imported", {}, False, id="another system does"),
    ],
)
def test_only_what_may_change_the_page_about_ourselves_bears_on_it(
    kind: str, changes: dict[str, object], expected: bool
) -> None:
    assert bears(kind, ours(**changes)) is expected


def test_twelve_months_are_shown_until_the_next_one_begins() -> None:
    late = datetime.fromisoformat("2027-01-01T00:30:00+01:00")

    assert months_shown(late)[0] == "2026-12"
    assert (len(months_shown(late)), months_shown(late)[-1]) == (12, "2026-01")


# --- a law: what changes add up to is what counting anew gives ---------------------------------------------

STEPS = ["open", "suspect", "afterwards", "tell", "promise", "correct", "retract", "amend", "story"]
steps = st.lists(
    st.tuples(
        st.sampled_from(STEPS),
        st.integers(0, 2),
        st.integers(0, 60 * 24 * 40),
    ),
    min_size=1,
    max_size=25,
)  # fmt: skip


@given(steps)
def test_the_figures_are_at_any_time_what_counting_anew_gives(steps: list[tuple[str, int, int]]) -> None:
    stories: dict[int, Story] = {}
    running: dict[str, Tally] = {}
    for seq, (name, id, much) in enumerate(steps, start=2):
        before = stories.get(id)
        try:
            after = _next(before, name, Moment(AT + minutes(97 * seq), seq), minutes(much))
        except (Conflict, Invalid):
            continue
        for month, tally in differences(before.incident if before else None, after.incident).items():
            running[month] = running.get(month, NOTHING) + tally
        stories[id] = after

        anew = {month_counted(story.incident.started_at) for story in stories.values()}
        counted = {month: total(_added(stories, month)) for month in anew}
        assert {month: tally for month, tally in running.items() if tally != NOTHING} == counted
        _check(running)


def _check(running: dict[str, Tally]) -> None:
    for tally in running.values():
        assert tally.publication.cases + tally.afterwards == tally.incidents
        assert tally.first_word.cases <= tally.publication.cases
        assert min(Counter(tally.publication.minutes).values(), default=1) > 0


def _added(stories: dict[int, Story], month: str) -> list[Tally]:
    heads = (story.incident for story in stories.values())
    return [added_by(head) for head in heads if month_counted(head.started_at) == month]


def _next(before: Story | None, name: str, moment: Moment, much: timedelta) -> Story:
    """The story one step further; what the rules refuse is refused."""
    opening = {"open": S.INVESTIGATING, "suspect": S.SUSPECTED, "afterwards": S.RESOLVED}
    if before is None:
        start = moment.at - much
        detected = start + much / 2 if much.seconds % 2 else None
        status = opening.get(name, S.INVESTIGATING)
        draft = Draft("Slow", "x", status=status, started_at=start, detected_at=detected)
        return open_incident(draft, ids=("slow", f"u{moment.seq}"), moment=moment, standings={})
    incident, id = before.incident, f"u{moment.seq}"
    match name:
        case "retract":
            told = retract(incident, "None.", id=id, moment=moment, standings={})
        case "amend":
            told = Story(amend(incident, moment=moment, title=f"Slow {moment.seq}", reason="Wrong."), ())
        case "correct":
            right = Right("Wrong.", happened_at=moment.at - much)
            mended = correct(before, before.updates[0].id, right, moment=moment)
            return replace(before, incident=mended.head, updates=(mended.update, *before.updates[1:]))
        case "story":
            told = publish_postmortem(incident, Findings("x", "y"), id=id, moment=moment, standings={})
        case _:
            by = moment.at + much / 200 + minutes(1) if name == "promise" else None
            status = S.RESOLVED if name == "open" else S.INVESTIGATING
            said = Said(status, "x", next_update_by=by)
            told = add_update(incident, said, id=id, moment=moment, standings={})
    return Story(told.incident, (*before.updates, *told.updates))
