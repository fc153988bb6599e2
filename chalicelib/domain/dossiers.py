"""What is known of a component or a group, day by day: outages and numbers of up to a year."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from chalicelib.domain.components import Component, Group
from chalicelib.domain.days import Day
from chalicelib.domain.incidents import Incident
from chalicelib.domain.samples import Numbers
from chalicelib.domain.statuses import ComponentStatus
from chalicelib.domain.times import day_start
from chalicelib.domain.uptime import Lost, Outage, lost_by_day

BAR_DAYS = 90
YEAR_DAYS = 366
QUARTER = timedelta(minutes=15)
"""How often what the clock alone changes in numbers is published."""


class Dossier(NamedTuple):
    """A component or a group with its days, oldest first, through today in UTC.

    `began`: the day from which it counts. `members` are a group's components, `incidents` what concerned it
    in the days that have bars, newest first. `seq`: the newest entry that bears on it.
    """

    about: Component | Group
    status: ComponentStatus
    began: date
    days: tuple[Day, ...]
    outages: tuple[Outage, ...] = ()
    incidents: tuple[Incident, ...] = ()
    group: Group | None = None
    members: tuple["Dossier", ...] = ()
    seq: int = 0

    @property
    def kind(self) -> str:
        """`component` or `group`."""
        return "group" if isinstance(self.about, Group) else "component"

    @property
    def is_numbered(self) -> bool:
        """Whether anybody ever sent samples of it."""
        return any(day.numbers.samples for day in self.days)


def counted_until(as_of: datetime) -> datetime:
    """Until when an outage counts that goes on: the last quarter of an hour."""
    return datetime.fromtimestamp(as_of.timestamp() // QUARTER.total_seconds() * QUARTER.total_seconds(), UTC)


def today(as_of: datetime) -> date:
    """The day of the numbers, in UTC."""
    return as_of.astimezone(UTC).date()


def began(component: Component) -> date:
    """The day from which a component counts: the one it was said to start on, or that it was added."""
    return component.start_date or today(component.created_at)


def states(outages: Iterable[Outage], days: Sequence[date]) -> list[ComponentStatus]:
    """The worst that each of these days in a row saw of what costs uptime; what goes on lasts on."""
    end = day_start(days[-1] + timedelta(days=1), UTC)
    lost = lost_by_day(outages, days[0], days[-1], now=end)
    return [_state(lost.get(day, Lost())) for day in days]


def together(dossiers: Iterable[Dossier], lost: Mapping[date, Lost]) -> tuple[Day, ...]:
    """The days of several components as one: their numbers added up, with what was lost of all of them."""
    by_day: dict[date, list[Day]] = {}
    for dossier in dossiers:
        for day in dossier.days:
            by_day.setdefault(day.date, []).append(day)
    return tuple(
        Day(day, _sum(it.numbers for it in by_day[day]), lost.get(day, Lost()), _all_final(by_day[day]))
        for day in sorted(by_day)
    )


def _sum(numbers: Iterable[Numbers]) -> Numbers:
    found = list(numbers)
    return Numbers(
        transactions=sum(it.transactions for it in found),
        total_us=sum(it.total_us for it in found),
        errors=sum(it.errors for it in found),
        samples=sum(it.samples for it in found),
        sources=tuple(sorted({source for it in found for source in it.sources})),
    )


def _all_final(days: Iterable[Day]) -> bool:
    return all(day.final for day in days)


def _state(lost: Lost) -> ComponentStatus:
    if lost.major_s:
        return ComponentStatus.MAJOR_OUTAGE
    return ComponentStatus.PARTIAL_OUTAGE if lost.partial_s else ComponentStatus.OPERATIONAL
