"""Figures about ourselves: how soon we spoke, and whether we spoke when we had said that we would.

What each incident adds to the figures of its month follows from the incident alone, and tallies add up. So a
change of one incident changes them by the difference, and what stands is what counting all anew would give.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chalicelib.domain.incidents import Incident
from chalicelib.domain.promises import FollowUp
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.domain.times import month_before, months_between

SOON = 15
"""Minutes."""

MONTHS_SHOWN = 12
HOUR, DAY = 60, 24 * 60
BEARING = frozenset(
    {
        "incident.opened", "incident.amended", "incident.retracted", "incident.postmortem",
        "update.corrected", "followup.promised", "followup.moved", "followup.done", "entry.redacted",
    }
)  # fmt: skip
"""The kinds of entries of an incident that bear on the figures, or on the promises listed beside them."""


@dataclass(frozen=True)
class Spread:
    """How long something took, case by case: how many took how many minutes.

    Rounded up, beyond four hours to the hour and beyond four days to the day: so it stays small.
    """

    minutes: Mapping[int, int] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        """How many there are."""
        return sum(self.minutes.values())

    @property
    def soon(self) -> int:
        """How many took at most a quarter of an hour."""
        return sum(count for minutes, count in self.minutes.items() if minutes <= SOON)

    @property
    def median(self) -> int | None:
        """So many minutes at most took half of them; None where there is no case."""
        seen, cases = 0, self.cases
        for minutes in sorted(self.minutes):
            seen += self.minutes[minutes]
            if 2 * seen >= cases:
                return minutes
        return None


def spread(*parts: tuple[Spread, int]) -> Spread:
    """Spreads together, each counted so many times."""
    summed: dict[int, int] = {}
    for part, times in parts:
        for minutes, count in part.minutes.items():
            summed[minutes] = summed.get(minutes, 0) + times * count
    return Spread({minutes: summed[minutes] for minutes in sorted(summed) if summed[minutes]})


@dataclass(frozen=True)
class Tally:
    """What incidents add up to.

    `incidents`: all that were not retracted, `afterwards` those of them that were told when they were over.
    `suspected`: those that began as an unconfirmed suspicion, retracted or not. `first_word`: from detection
    to the first word; `publication`: from the start to it. `kept` and `missed`: next updates that were
    promised and came by then, or later.
    """

    incidents: int = 0
    afterwards: int = 0
    suspected: int = 0
    retracted: int = 0
    first_word: Spread = Spread()
    publication: Spread = Spread()
    kept: int = 0
    missed: int = 0

    @property
    def promised(self) -> int:
        """How many next updates were promised and have come."""
        return self.kept + self.missed

    def __add__(self, other: "Tally") -> "Tally":
        return _summed([(self, 1), (other, 1)])

    def __sub__(self, other: "Tally") -> "Tally":
        return _summed([(self, 1), (other, -1)])


NOTHING = Tally()


@dataclass(frozen=True)
class Figures:
    """What the page about ourselves shows beside the promises.

    `tallies` by month (UTC), of the months shown; `seq`: the newest entry that bears on the page; `titles`
    of the incidents of which something is promised, or was, and which of them were `retracted` since;
    `follow_ups` that were done, by incident and id.
    """

    tallies: Mapping[str, Tally] = field(default_factory=dict)
    seq: int = 0
    titles: Mapping[str, str] = field(default_factory=dict)
    follow_ups: Mapping[tuple[str, str], FollowUp] = field(default_factory=dict)
    retracted: frozenset[str] = frozenset()


def month_counted(at: datetime) -> str:
    """The month in UTC, in which an incident counts that began then (`2026-11`)."""
    return f"{at.astimezone(UTC):%Y-%m}"


def months_shown(as_of: datetime) -> list[str]:
    """The last twelve months, this one included, newest first."""
    last = first = month_counted(as_of)
    for _ in range(MONTHS_SHOWN - 1):
        first = month_before(first)
    return months_between(first, last)


def bears(kind: str, incident: Incident) -> bool:
    """Whether an entry of this kind, after which an incident is so, bears on the page about ourselves."""
    return kind in BEARING or incident.next_update_by is not None or incident.next_updates.cases > 0


def added_by(incident: Incident) -> Tally:
    """What one incident adds to its month.

    What another system told is not counted: how soon it spoke is not our doing. A retracted incident counts
    as that alone. Of one that was told when it was over nobody can say how soon we spoke.
    """
    if incident.imported is not None:
        return NOTHING
    suspected = int(_began_suspected(incident))
    if incident.status is IncidentStatus.RETRACTED:
        return Tally(suspected=suspected, retracted=1)
    told = not incident.backfilled
    return Tally(
        incidents=1,
        afterwards=int(incident.backfilled),
        suspected=suspected,
        first_word=_spread(incident.detected_at, incident.published_at)
        if told and incident.detected_at
        else Spread(),
        publication=_spread(incident.started_at, incident.published_at) if told else Spread(),
        kept=incident.next_updates.in_time,
        missed=incident.next_updates.late,
    )


def differences(before: Incident | None, after: Incident) -> dict[str, Tally]:
    """By what the tallies of months change when an incident comes from one state to the next."""
    if before is not None and _measured(before) == _measured(after):
        return {}
    added = [(month_counted(after.started_at), added_by(after))]
    if before is not None:
        added.append((month_counted(before.started_at), NOTHING - added_by(before)))
    return by_month(added)


def by_month(added: Iterable[tuple[str, Tally]]) -> dict[str, Tally]:
    """What is added to each month, those left out to which nothing is."""
    months: dict[str, list[Tally]] = {}
    for month, tally in added:
        months.setdefault(month, []).append(tally)
    summed = {month: total(months[month]) for month in sorted(months)}
    return {month: tally for month, tally in summed.items() if tally != NOTHING}


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    return _summed([(tally, 1) for tally in tallies])


def rounded(minutes: int) -> int:
    """As exactly as a figure counts it: to the minute, beyond four hours to the hour, to the day."""
    for unit, most in ((1, 4 * HOUR), (HOUR, 4 * DAY)):
        if minutes <= most:
            return -(-minutes // unit) * unit
    return -(-minutes // DAY) * DAY


def _summed(parts: Sequence[tuple[Tally, int]]) -> Tally:
    """Tallies together, each counted so many times."""
    return Tally(
        incidents=sum(it.incidents * times for it, times in parts),
        afterwards=sum(it.afterwards * times for it, times in parts),
        suspected=sum(it.suspected * times for it, times in parts),
        retracted=sum(it.retracted * times for it, times in parts),
        first_word=spread(*((it.first_word, times) for it, times in parts)),
        publication=spread(*((it.publication, times) for it, times in parts)),
        kept=sum(it.kept * times for it, times in parts),
        missed=sum(it.missed * times for it, times in parts),
    )


def _measured(incident: Incident) -> tuple[object, ...]:
    """All on which it depends what an incident adds, and where."""
    if incident.imported is not None:
        return ()
    return (
        incident.started_at,
        incident.published_at,
        incident.detected_at,
        incident.acknowledged_at,
        incident.backfilled,
        incident.next_updates,
        incident.status is IncidentStatus.RETRACTED,
    )


def _began_suspected(incident: Incident) -> bool:
    """Whether nobody confirmed it at once; nobody ever did where there is no such time."""
    return incident.acknowledged_at is None or incident.acknowledged_at > incident.published_at


def _spread(start: datetime, end: datetime) -> Spread:
    """One case; no time at all where the claimed start is a little ahead of our clock."""
    took = max(timedelta(), end - start)
    return Spread({rounded(-(-took // timedelta(minutes=1))): 1})
