"""The heads of the days: where the record ended on each UTC day, so that anybody can keep them.

A day on which nothing was entered has no head of its own: the one before still holds. They follow from the
entries alone: `entered` takes them up as the record is read, from its first entry or from any later place.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from chalicelib.domain.record import Entry, Head, head_of
from chalicelib.domain.times import day_of, day_start

MOST_DAYS = 50
"""So many days that are over are shown; the one that goes on is kept beside them."""

GRACE = timedelta(minutes=5)
"""After midnight, until no transaction of the day before can still be under way, nor a clock be behind."""

ONE_DAY = timedelta(days=1)


def entered(days: Iterable[Head], entries: Iterable[Entry]) -> tuple[Head, ...]:
    """The last head of each of the newest days when these entries are there too, oldest first.

    What was taken up already may come again.
    """
    last: dict[date, Head | Entry] = {utc_day(head): head for head in days}
    for entry in entries:
        day = day_of(entry.recorded_at, UTC)
        if day not in last or last[day].seq < entry.seq:
            last[day] = entry
    newest = (last[day] for day in sorted(last)[-MOST_DAYS - 1 :])
    return tuple(head_of(it) if isinstance(it, Entry) else it for it in newest)


def over(days: tuple[Head, ...], as_of: datetime) -> tuple[Head, ...]:
    """Those that nothing can change any more, oldest first: of days that are over.

    A day is over when a later one has an entry, since the record's time never runs backwards, or soon
    after midnight.
    """
    ended = days if days and is_over(days[-1], as_of) else days[:-1]
    return ended[-MOST_DAYS:]


def is_over(head: Head, as_of: datetime) -> bool:
    """Whether the day of this head, the newest of all, is over."""
    return closes_at(head) <= as_of


def closes_at(head: Head) -> datetime:
    """When the day of this head is over if nothing else is entered."""
    return midnight_after(head) + GRACE


def midnight_after(head: Head) -> datetime:
    """The end of the day of this head."""
    return day_start(utc_day(head) + ONE_DAY, UTC)


def utc_day(head: Head) -> date:
    """The day on which a head was the last."""
    if head.recorded_at is None:
        raise ValueError("before its first entry the record has no days")
    return day_of(head.recorded_at, UTC)
