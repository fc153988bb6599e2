"""Putting updates of a maintenance right: what moves with a claimed time, and what cannot be."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.course_corrections import correct_course
from chalicelib.domain.errors import Invalid, NotFound
from chalicelib.domain.maintenances import Course, ImportedMaintenance, Maintenance
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import Impact, MaintenanceStatus
from chalicelib.domain.updates import Corrected
from chalicelib.domain.wordings import Mended, Right
from tests.builders import NOW, STEP, a_course

S = MaintenanceStatus
HOUR = 6 * STEP
LATER = Moment(NOW + timedelta(days=1), 99)
WHOLE = (S.SCHEDULED, S.SCHEDULED, S.IN_PROGRESS, S.VERIFYING, S.COMPLETED)


def mended(course: Course, n: int, **right: Any) -> Mended[Maintenance, MaintenanceStatus]:
    """The course with its n-th update put right, a day later."""
    return correct_course(course, course.updates[n].id, Right("It was wrong.", **right), moment=LATER)


def test_other_words_leave_every_time_and_count_as_a_change() -> None:
    course = a_course(*WHOLE)

    maintenance, update, correction = mended(course, 2, body=" Right. ")

    before = course.maintenance
    assert maintenance == replace(before, updated_at=LATER.at, revision=before.revision + 1, seq=LATER.seq)
    assert (update.body, update.corrected) == ("Right.", Corrected(LATER.at, course.updates[2].happened_at))
    assert correction is not None
    assert (correction.body, correction.happened_at) == (course.updates[2].body, None)


@pytest.mark.parametrize(
    ("n", "moved"),
    [
        pytest.param(1, set(), id="words before it began, nothing"),
        pytest.param(2, {"began_at"}, id="the begin, when it began"),
        pytest.param(3, {"verifying_at"}, id="the first verifying, when that began"),
        pytest.param(4, {"ended_at", "latest_at"}, id="the end, when it ended"),
    ],
)
def test_a_claimed_time_moves_what_followed_from_it(n: int, moved: set[str]) -> None:
    course = a_course(*WHOLE)
    at = course.updates[n].happened_at - timedelta(minutes=1)

    maintenance = mended(course, n, happened_at=at).head

    before = course.maintenance
    changed = {name for name in vars(before) if getattr(maintenance, name) != getattr(before, name)}
    assert changed - {"updated_at", "revision", "seq"} == moved
    assert {getattr(maintenance, name) for name in moved} <= {at}


def test_the_time_of_an_announcement_moves_nothing_and_only_later() -> None:
    course, at = a_course(*WHOLE), NOW + timedelta(minutes=1)

    after = mended(course, 0, happened_at=at)

    assert after.update.happened_at == at
    assert (after.head.starts_at, after.head.created_at) == (NOW + HOUR, NOW)


def test_what_another_system_announced_may_be_said_before_it_was_written() -> None:
    course = a_course()
    elsewhere = ImportedMaintenance(NOW, NOW, NOW, "https://stspg.io/x", Impact.MAINTENANCE)
    course = replace(course, maintenance=replace(course.maintenance, imported=elsewhere))

    assert mended(course, 0, happened_at=NOW - HOUR).update.happened_at == NOW - HOUR


def test_what_was_told_when_it_was_over_keeps_the_begin_that_was_planned() -> None:
    course = a_course(S.COMPLETED, began_at=NOW - HOUR, backfilled=True)

    assert mended(course, 0, happened_at=NOW - STEP).head.ended_at == NOW - STEP
    with pytest.raises(Invalid, match="before the maintenance began"):
        mended(course, 0, happened_at=NOW - 2 * HOUR)


def test_what_began_after_its_planned_end_ends_by_the_clock_once_that_is_taken_back() -> None:
    course = a_course(S.SCHEDULED, S.IN_PROGRESS)
    begun, end = course.updates[1].happened_at, NOW + HOUR + timedelta(minutes=2)
    short = replace(course, maintenance=replace(course.maintenance, ends_at=end))

    late = mended(short, 1, happened_at=end)
    back = mended(Course(late.head, (short.updates[0], late.update)), 1, happened_at=begun)

    assert (short.maintenance.due, late.head.due, back.head.due) == (end, None, end)
    assert (late.head.is_ended_by_clock, back.head.is_ended_by_clock) == (False, True)


@pytest.mark.parametrize(
    ("n", "at", "words"),
    [
        pytest.param(0, NOW + STEP, "after the update was written", id="after it was written"),
        pytest.param(0, NOW - HOUR, "before the maintenance was announced", id="an earlier announcement"),
        pytest.param(1, NOW - STEP, "before the maintenance was announced", id="before it was announced"),
        pytest.param(2, NOW + 3 * HOUR - STEP, "after the update was written", id="begun too late"),
        pytest.param(4, NOW + 3 * HOUR - STEP, "after the end that it precedes", id="ended before verifying"),
        pytest.param(2, NOW - STEP, "before the maintenance was announced", id="begun before that"),
        pytest.param(4, NOW + HOUR, "before the maintenance began", id="ended before it began"),
    ],
)
def test_a_claimed_time_that_cannot_be_is_refused(n: int, at: datetime, words: str) -> None:
    with pytest.raises(Invalid, match=f"happened_at must not .*{words}"):
        mended(a_course(*WHOLE), n, happened_at=at)


def test_a_begin_is_not_moved_behind_what_was_said_while_it_ran() -> None:
    course = a_course(S.SCHEDULED, S.IN_PROGRESS, S.VERIFYING)
    soon = replace(course.updates[2], happened_at=course.updates[1].happened_at)
    course = replace(course, updates=(*course.updates[:2], soon))

    with pytest.raises(Invalid, match="must not let an update come before the maintenance began"):
        mended(course, 1, happened_at=soon.happened_at + timedelta(minutes=3))


def test_what_was_said_of_it_is_not_moved_behind_its_end() -> None:
    course = a_course(S.SCHEDULED, S.IN_PROGRESS, S.IN_PROGRESS, S.COMPLETED)
    note = course.updates[2]
    ended = replace(course.updates[3], happened_at=note.happened_at + timedelta(minutes=1))
    course = replace(course, updates=(*course.updates[:3], ended))
    course = replace(course, maintenance=replace(course.maintenance, ended_at=ended.happened_at))

    with pytest.raises(Invalid, match="happened_at must not .*after the end that it precedes"):
        mended(course, 2, happened_at=note.happened_at + timedelta(minutes=4))


def test_what_says_the_same_corrects_nothing() -> None:
    course = a_course(*WHOLE)

    assert mended(course, 1, body=course.updates[1].body) == Mended(
        course.maintenance, course.updates[1], None
    )


def test_what_was_never_said_cannot_be_corrected() -> None:
    with pytest.raises(NotFound, match="no update has the id 'nope'"):
        correct_course(a_course(), "nope", Right("r", "x"), moment=LATER)
