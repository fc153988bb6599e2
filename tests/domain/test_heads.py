"""Heads of days: which entry was the last of each, and when nothing can change that any more."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.heads import MOST_DAYS, entered, is_over, over, utc_day
from chalicelib.domain.record import Entry, Fact, Head, follow, head_of

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def a_record(*times: datetime) -> list[Entry]:
    """An entry at each of these times."""
    entries, head = list[Entry](), Head()
    for time in times:
        entries += follow(head, [Fact("page.noted", "page", {})], at=time, salts=[bytes(32)])
        head = head_of(entries[-1])
    return entries


def numbers(heads: tuple[Head, ...]) -> list[int]:
    """The entries of these heads."""
    return [head.seq for head in heads]


def test_the_last_entry_of_a_day_is_its_head() -> None:
    entries = a_record(
        NOON, NOON + timedelta(hours=11, minutes=59), NOON + timedelta(hours=12), NOON + 3 * DAY
    )

    days = entered((), entries)

    assert numbers(days) == [2, 3, 4]
    assert days[0] == head_of(entries[1])


@pytest.mark.parametrize(
    ("after", "shown"),
    [
        pytest.param(timedelta(hours=11), [1], id="the day goes on"),
        pytest.param(timedelta(hours=12, minutes=4), [1], id="something may still be under way"),
        pytest.param(timedelta(hours=12, minutes=5), [1, 2], id="the day is over"),
        pytest.param(timedelta(days=9), [1, 2], id="days without entries have no head"),
    ],
)
def test_a_head_is_shown_when_its_day_is_over(after: timedelta, shown: list[int]) -> None:
    days = entered((), a_record(NOON - DAY, NOON))

    assert numbers(over(days, NOON + after)) == shown


def test_a_day_is_over_at_once_when_the_next_one_has_an_entry() -> None:
    midnight = NOON + DAY / 2

    days = entered((), a_record(NOON, midnight))

    assert numbers(over(days, midnight)) == [1]


def test_only_the_newest_days_are_held() -> None:
    days = entered((), a_record(*(NOON + n * DAY for n in range(MOST_DAYS + 9))))

    assert numbers(days) == list(range(9, MOST_DAYS + 10))
    assert numbers(over(days, NOON + 900 * DAY)) == list(range(10, MOST_DAYS + 10))


def test_without_entries_there_are_no_days() -> None:
    assert over(entered((), []), NOON) == ()
    with pytest.raises(ValueError, match="no days"):
        is_over(Head(), NOON)


@given(st.lists(st.integers(0, 60 * 24 * 3), max_size=70), st.lists(st.integers(0, 70), max_size=6))
def test_it_does_not_matter_in_which_pieces_the_record_is_read(pauses: list[int], cuts: list[int]) -> None:
    times = [NOON + timedelta(minutes=sum(pauses[: n + 1])) for n in range(len(pauses))]
    entries = a_record(*times)

    days: tuple[Head, ...] = ()
    for cut in sorted(cuts):
        days = entered(days, entries[max(0, cut - 9) : cut])  # pieces overlap, as files of a hundred do
        days = entered(days, entries[:cut])
    days = entered(days, entries)

    assert days == entered((), entries)
    assert len({utc_day(head) for head in days}) == len(days)
