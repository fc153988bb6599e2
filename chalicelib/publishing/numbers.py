"""What pages show of days, sorted out so that templates need not decide anything."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from chalicelib.domain.days import Day
from chalicelib.domain.dossiers import BAR_DAYS, Dossier, bars_since, began, lost_of, states, today
from chalicelib.domain.incidents import Incident
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import ComponentStatus
from chalicelib.domain.uptime import DAY_SECONDS, Lost, Outage, shown, uptime_of
from chalicelib.publishing import localtimes
from chalicelib.publishing.charts import Bars, Line, bars, line

UNKNOWN = "unknown"
NOTHING = "–"
TOPS = {UNKNOWN: 8, "operational": 4, "partial_outage": 2, "major_outage": 0}
"""From where downwards the bar of a day is drawn: the worse, the taller, so that nobody needs colours."""


class Track(NamedTuple):
    """The last 90 days as bars, and on how many of them something was out.

    `uptime`: in percent, of the days that count, which are `counted`.
    """

    bars: Bars
    uptime: str | None
    counted: int
    outages: int
    last: date | None


class Row(NamedTuple):
    """A day as a page shows it; `cells`: the first columns of its table, in our words alone."""

    day: Day
    state: ComponentStatus
    incidents: tuple[Incident, ...]
    cells: tuple[str, ...]


class Month(NamedTuple):
    """A month of days, newest first, with the uptime of those that are there; `is_whole`: all of them are."""

    name: str
    uptime: str
    is_whole: bool
    rows: tuple[Row, ...]


class Sheet(NamedTuple):
    """A month of a calendar, oldest day first; `weekday`: that of its first day, Monday is 1."""

    name: str
    weekday: int
    rows: tuple[Row, ...]


class Lines(NamedTuple):
    """Transactions and mean response time (microseconds) of all days, from the first day to the last."""

    first: date
    last: date
    transactions: Line
    mean_us: Line


def track(outages: Iterable[Outage], lost: dict[date, Lost], began: date, as_of: datetime) -> Track:
    """The last 90 days of a component: what is not known of days before it began costs nothing."""
    last = today(as_of)
    days = [last - timedelta(days=ago) for ago in range(BAR_DAYS - 1, -1, -1)]
    seen = states(outages, days)
    told = [state if day >= began else UNKNOWN for day, state in zip(days, seen, strict=True)]
    bad = [day for day, state in zip(days, told, strict=True) if state in ("partial_outage", "major_outage")]
    uptime = uptime_of(lost, days[0], last, began=began)
    counted = BAR_DAYS - told.count(UNKNOWN)
    return Track(bars(told, TOPS), uptime, counted, len(bad), bad[-1] if bad else None)


def tracks(snapshot: Snapshot) -> dict[str, Track]:
    """The last 90 days of every component; those that had no outage differ by their beginning alone."""
    first, as_of = bars_since(snapshot.as_of), snapshot.as_of
    calm = lru_cache(maxsize=BAR_DAYS + 1)(lambda day: track((), {}, day, as_of))
    found = dict[str, Track]()
    for component in snapshot.components:
        day = max(first, began(component))
        if told := snapshot.outages.get(component.id):
            found[component.id] = track(told, lost_of(told, first, today(as_of), as_of=as_of), day, as_of)
        else:
            found[component.id] = calm(min(day, today(as_of) + timedelta(days=1)))
    return found


def rows(dossier: Dossier) -> list[Row]:
    """Every day of a dossier, newest first, with the incidents that were going on."""
    if not dossier.days:
        return []
    seen = states(dossier.outages, [day.date for day in dossier.days])
    pairs = zip(dossier.days, seen, strict=True)
    during = _during(dossier.incidents)
    is_numbered = dossier.is_numbered
    return [
        Row(day, state, during(day.date), cells(day, is_numbered=is_numbered))
        for day, state in reversed(list(pairs))
    ]


def cells(day: Day, *, is_numbered: bool) -> tuple[str, ...]:
    """Uptime; and transactions, response time and errors, where there are any."""
    uptime = f"{shown(day.lost, DAY_SECONDS)} %"
    if not is_numbered:
        return (uptime,)
    found, mean = day.numbers, day.numbers.mean_us
    transactions = f"{found.transactions:,}" if found.samples else NOTHING
    response = NOTHING if mean is None else localtimes.milliseconds(mean)
    return (uptime, transactions, response, share(found.errors, found.transactions))


def share(errors: int, transactions: int) -> str:
    """How many of a hundred failed: `0.17 %`; where any did, at least `0.01 %`."""
    if not transactions:
        return NOTHING
    hundredths = (20_000 * errors + transactions) // (2 * transactions)
    return f"{max(1, hundredths) / 100:.2f} %" if errors else "0 %"


def months(found: Sequence[Row]) -> Iterator[Month]:
    """Rows by their month."""
    for name, days in groupby(found, key=lambda row: row.day.date.isoformat()[:7]):
        held = tuple(days)
        lost = Lost()
        for row in held:
            lost = lost.plus(row.day.lost)
        is_whole = len(held) == monthrange(int(name[:4]), int(name[5:]))[1]
        yield Month(name, shown(lost, len(held) * DAY_SECONDS), is_whole, held)


def sheets(found: Iterable[Row]) -> Iterator[Sheet]:
    """Rows, oldest first, as sheets of a calendar."""
    for name, days in groupby(found, key=lambda row: row.day.date.isoformat()[:7]):
        held = tuple(days)
        yield Sheet(name, held[0].day.date.isoweekday(), held)


def lines(days: Sequence[Day]) -> Lines:
    """The numbers of days as lines; a day without transactions has no response time."""
    return Lines(
        first=days[0].date,
        last=days[-1].date,
        transactions=line([day.numbers.transactions if day.numbers.samples else None for day in days]),
        mean_us=line([day.numbers.mean_us for day in days]),
    )


def _during(incidents: Iterable[Incident]) -> Callable[[date], tuple[Incident, ...]]:
    """Which of these incidents had begun by a day and were not over before it."""
    spans = [
        (today(it.started_at), date.max if it.resolved_at is None else today(it.resolved_at), it)
        for it in incidents
    ]
    return lambda day: tuple(it for first, last, it in spans if first <= day <= last)
