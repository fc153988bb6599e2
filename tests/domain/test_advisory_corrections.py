"""Putting updates of an advisory right: what follows from them, their order, and what stays as stated."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.advisories import Advisory, AdvisoryStatus, AdvisoryStory, listed
from chalicelib.domain.advisory_corrections import correct_advisory
from chalicelib.domain.errors import Invalid, NotFound
from chalicelib.domain.record import Moment
from chalicelib.domain.updates import Corrected
from chalicelib.domain.wordings import Mended, Right
from tests.advisories import a_draft, a_statement
from tests.builders import NOW, STEP

LATER = Moment(NOW + timedelta(days=1), 99)
NEW_YEAR = datetime(2027, 1, 1, 0, 5, tzinfo=UTC)


def mended(story: AdvisoryStory, n: int, **right: Any) -> Mended[Advisory, AdvisoryStatus]:
    """The story with its n-th update put right, a day later."""
    return correct_advisory(story, story.updates[n].id, Right("It was wrong.", **right), moment=LATER)


def test_other_words_leave_what_the_advisory_states() -> None:
    story = a_statement("First.", "Second.")

    advisory, update, correction = mended(story, 1, body="Right.")

    assert advisory == replace(
        story.advisory, updated_at=LATER.at, corrected_at=LATER.at, first_issued_at=NOW, seq=LATER.seq
    )
    assert (update.body, update.corrected) == ("Right.", Corrected(LATER.at, NOW + STEP))
    assert correction is not None
    assert (correction.body, correction.reason) == ("Second.", "It was wrong.")
    assert listed(advisory).corrected_at == LATER.at


def test_claimed_times_move_when_it_was_first_and_last_said() -> None:
    story = a_statement("First.", "Second.")

    first = mended(story, 0, happened_at=NOW - STEP).head
    last = mended(story, 1, happened_at=NOW + timedelta(minutes=1)).head

    assert (first.issued_at, first.first_issued_at, first.latest_at) == (NOW - STEP, NOW, NOW + STEP)
    assert (last.issued_at, last.latest_at) == (NOW, NOW + timedelta(minutes=1))


def test_the_words_of_a_withdrawal_are_its_reason() -> None:
    story = a_statement("First.", withdrawn="It was ours.")

    assert mended(story, 1, body="It was theirs.").head.reason == "It was theirs."
    assert mended(story, 0, body="Right.").head.reason == "It was ours."


@pytest.mark.parametrize(("n", "at"), [(0, NOW + STEP), (1, NOW - STEP)])
def test_revisions_keep_their_order(n: int, at: datetime) -> None:
    story = a_statement("First.", "Second.")
    late = replace(story.updates[0], recorded_at=NOW + STEP)
    soon = replace(story.updates[1], happened_at=NOW + STEP / 2)
    story = replace(story, updates=(late, soon))

    with pytest.raises(Invalid, match="happened_at must not let an update come before the one that it"):
        mended(story, n, happened_at=at)


def test_a_document_stays_in_the_folder_of_its_year() -> None:
    story, moment = a_statement("First.", at=NEW_YEAR), Moment(NEW_YEAR + STEP, 99)
    (first,) = story.updates

    within, before = (Right("r", happened_at=NEW_YEAR - timedelta(minutes=n)) for n in (4, 10))
    assert correct_advisory(story, first.id, within, moment=moment).correction is not None
    with pytest.raises(Invalid, match="happened_at must stay in the year"):
        correct_advisory(story, first.id, before, moment=moment)


def test_no_update_claims_to_be_after_it_was_written() -> None:
    with pytest.raises(Invalid, match="happened_at must not be after the update was written"):
        mended(a_statement("First."), 0, happened_at=NOW + timedelta(seconds=1))


def test_what_says_the_same_corrects_nothing() -> None:
    story = a_statement("First.")

    assert mended(story, 0, body=" First. ") == Mended(story.advisory, story.updates[0], None)


def test_a_draft_has_nothing_to_correct() -> None:
    with pytest.raises(NotFound, match="no update has the id 'u1'"):
        correct_advisory(AdvisoryStory(a_draft(), ()), "u1", Right("r", "x"), moment=LATER)
