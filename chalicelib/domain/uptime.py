"""Uptime: how long components were out, and the share of a period that is left (design.md §4).

Outages are told by incidents with the times that they claim, or stated of a component itself. Only a partial
and a major outage cost; where several overlap, a moment counts once, as the worst of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from chalicelib.domain.statuses import ComponentStatus
from chalicelib.domain.times import day_start

DAY_SECONDS = 86_400
COSTING = frozenset({ComponentStatus.PARTIAL_OUTAGE, ComponentStatus.MAJOR_OUTAGE})
FORMULA = "100 · (1 − (0.3 · partial outage + major outage) / period)"


class Outage(NamedTuple):
    """A component's status from one instant to another; `end` None: it goes on."""

    status: ComponentStatus
    begin: datetime
    end: datetime | None = None


class Lost(NamedTuple):
    """Seconds of outage."""

    partial_s: int = 0
    major_s: int = 0

    def plus(self, other: "Lost") -> "Lost":
        """Both together."""
        return Lost(self.partial_s + other.partial_s, self.major_s + other.major_s)


Span = tuple[int, int]
"""From one second to another, since 1970."""


def hundredths(lost: Lost, period_s: int) -> int:
    """Uptime in hundredths of a percent, rounded down: 9999 is 99.99 %."""
    left = 10 * period_s - 3 * lost.partial_s - 10 * lost.major_s
    return max(0, 10_000 * left // (10 * period_s))


def shown(lost: Lost, period_s: int) -> str:
    """Uptime in percent as Statuspage displays it: `99.98`, `99.5`, `100.0`."""
    whole, rest = divmod(hundredths(lost, period_s), 100)
    return f"{whole}.{rest:02d}"[:-1] if rest % 10 == 0 else f"{whole}.{rest:02d}"


def uptime_of(lost: Mapping[date, Lost], first: date, last: date, *, began: date | None = None) -> str | None:
    """A component's uptime from a day to another, whole days of UTC, as displayed.

    One that began later counts from that day; None where it had not begun by the last.
    """
    first = max(first, began) if began else first
    if first > last:
        return None
    total = Lost()
    for day, one in lost.items():
        if first <= day <= last:
            total = total.plus(one)
    return shown(total, ((last - first).days + 1) * DAY_SECONDS)


def lost_by_day(outages: Iterable[Outage], first: date, last: date, *, now: datetime) -> dict[date, Lost]:
    """What outages of one component cost on each day that has any, from a day to another."""
    begin, end = _second(day_start(first, UTC)), _second(day_start(last + timedelta(days=1), UTC))
    found = list(outages)
    all_of = _by_day(_merged(_spans(found, COSTING, now)), begin, end)
    major = _by_day(_merged(_spans(found, frozenset({ComponentStatus.MAJOR_OUTAGE}), now)), begin, end)
    return {day: Lost(seconds - major.get(day, 0), major.get(day, 0)) for day, seconds in all_of.items()}


def _spans(outages: Iterable[Outage], wanted: frozenset[ComponentStatus], now: datetime) -> Iterator[Span]:
    for outage in outages:
        end = now if outage.end is None else min(outage.end, now)
        if outage.status in wanted and outage.begin < end:
            yield _second(outage.begin), _second(end)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The same moments in spans that neither overlap nor touch, in order."""
    merged: list[Span] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged


def _by_day(spans: Iterable[Span], first: int, last: int) -> dict[date, int]:
    """Seconds on each day of what lies between two seconds."""
    seconds: dict[date, int] = {}
    for begin, end in spans:
        begin, end = max(begin, first), min(end, last)
        while begin < end:
            next_day = (begin // DAY_SECONDS + 1) * DAY_SECONDS
            day = datetime.fromtimestamp(begin, UTC).date()
            seconds[day] = seconds.get(day, 0) + min(end, next_day) - begin
            begin = next_day
    return seconds


def _second(moment: datetime) -> int:
    """The second in which an instant lies: cut at both ends, outages keep their length to the second."""
    return int(moment.timestamp() // 1)
