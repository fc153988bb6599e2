"""What is known of a component or a group, day by day: outages and numbers of up to a year."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from chalicelib.domain.components import Component, Group, Touch
from chalicelib.domain.days import Day, Days, stretch
from chalicelib.domain.incidents import Incident
from chalicelib.domain.samples import Numbers
from chalicelib.domain.statuses import ComponentStatus, IncidentStatus
from chalicelib.domain.times import day_start
from chalicelib.domain.uptime import Lost, Outage, lost_by_day

BAR_DAYS = 90
YEAR_DAYS = 366
QUARTER = timedelta(minutes=15)
"""How often what the clock alone changes in numbers is published."""


class Known(NamedTuple):
    """From what dossiers are made, of all components; `incidents`: those of the last days, newest first."""

    as_of: datetime
    days: Days
    outages: Mapping[str, Sequence[Outage]]
    incidents: Mapping[str, Sequence[Incident]]


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


def of_component(
    component: Component, status: ComponentStatus, known: Known, *, group: Group | None, touch: Touch | None
) -> Dossier:
    """The dossier of a component, from its first day on."""
    last, found = today(known.as_of), since(known.outages.get(component.id, ()), began(component))
    first = max(began(component), earliest(known.as_of))
    lost = lost_of(found, first, last, as_of=known.as_of)
    told = tuple(known.incidents.get(component.id, ()))
    bearing = [it.seq for it in (group, touch, *told) if it is not None]
    return Dossier(
        about=component,
        status=status,
        began=began(component),
        days=tuple(
            known.days.of(component.id, day, lost=lost.get(day, Lost())) for day in stretch(first, last)
        ),
        outages=found,
        incidents=_shown(told),
        group=group,
        seq=max([component.seq, known.days.seq, *bearing]),
    )


def of_group(group: Group, status: ComponentStatus, members: tuple[Dossier, ...], known: Known) -> Dossier:
    """The dossier of a group from those of its components; one without any has no day."""
    last = today(known.as_of)
    first = min((member.began for member in members), default=last)
    outages = tuple(outage for member in members for outage in member.outages)
    lost = lost_of(outages, max(first, earliest(known.as_of)), last, as_of=known.as_of)
    told = {it.id: it for member in members for it in known.incidents.get(member.about.id, ())}
    in_order = sorted(told.values(), key=lambda it: (it.started_at, it.number), reverse=True)
    return Dossier(
        about=group,
        status=status,
        began=first,
        days=together(members, lost),
        outages=outages,
        incidents=_shown(in_order),
        members=members,
        seq=max([group.seq, known.days.seq, *(member.seq for member in members)]),
    )


def lost_of(outages: Iterable[Outage], first: date, last: date, *, as_of: datetime) -> dict[date, Lost]:
    """What outages cost on each day; one that goes on counts up to the last quarter of an hour."""
    until, end = counted_until(as_of), day_start(last + timedelta(days=1), UTC)
    ended = (it if it.end else it._replace(end=max(it.begin, until)) for it in outages)
    return lost_by_day(ended, first, last, now=end)


def since(outages: Iterable[Outage], first: date) -> tuple[Outage, ...]:
    """What of outages lies on this day or after it: of what had not begun, nothing was out."""
    begin = day_start(first, UTC)
    later = (it for it in outages if it.end is None or it.end > begin)
    return tuple(it._replace(begin=max(it.begin, begin)) for it in later)


def goes_on(outages: Iterable[Outage]) -> bool:
    """Whether an outage has no end yet."""
    return any(outage.end is None for outage in outages)


def earliest(as_of: datetime) -> date:
    """The first day of a dossier that goes back as far as any."""
    return today(as_of) - timedelta(days=YEAR_DAYS - 1)


def bars_since(as_of: datetime) -> date:
    """The first day that has a bar."""
    return today(as_of) - timedelta(days=BAR_DAYS - 1)


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


def _shown(incidents: Iterable[Incident]) -> tuple[Incident, ...]:
    """Those that were some."""
    return tuple(it for it in incidents if it.status is not IncidentStatus.RETRACTED)


def _sum(numbers: Iterable[Numbers]) -> Numbers:
    """From the means as each of them shows it, so that readers come to the same."""
    found = list(numbers)
    return Numbers(
        transactions=sum(it.transactions for it in found),
        total_us=sum(it.transactions * (it.mean_us or 0) for it in found),
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
