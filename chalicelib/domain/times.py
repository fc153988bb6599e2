"""Instants, days and months: UTC inside, milliseconds at most, the page's zone where people read."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, reset_tzpath

from chalicelib.domain.errors import Invalid

reset_tzpath(to=())  # zones are those of the pinned tzdata, and the same on every machine
NO_PLACE = frozenset({"Factory"})


def instant(moment: datetime) -> datetime:
    """The same instant in UTC, cut to the milliseconds that every format of ours can carry."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC with three decimals: `2026-11-22T09:05:00.000Z`; sorts as time does."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def zone(name: str) -> tzinfo:
    """The zone of an IANA name, or `Invalid`."""
    try:
        if name in NO_PLACE:
            raise ZoneInfoNotFoundError(name)
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise Invalid("time_zone", f"is not an IANA time zone: {name!r}") from unknown


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The calendar day of an instant where the readers are."""
    return moment.astimezone(zone).date()


def day_start(day: date, zone: tzinfo) -> datetime:
    """The first instant of a day where the readers are, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def month_of(moment: datetime, zone: tzinfo) -> str:
    """The calendar month of an instant where the readers are: `2026-11`."""
    return f"{day_of(moment, zone):%Y-%m}"


def month_span(month: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """First instant of a month and of the next one, in UTC; `Invalid` if it is no month."""
    try:
        first = date.fromisoformat(f"{month}-01")
        return day_start(first, zone), day_start(_next_month(first), zone)
    except (ValueError, OverflowError) as wrong:
        raise Invalid("month", f"is not a month like 2026-11: {month!r}") from wrong


def months_between(first: str, last: str) -> list[str]:
    """Every month from first to last, newest first."""
    months, day = [], date.fromisoformat(f"{first}-01")
    while f"{day:%Y-%m}" <= last:
        months.append(f"{day:%Y-%m}")
        day = _next_month(day)
    return months[::-1]


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_before(month: str) -> str:
    """The month before one."""
    return f"{date.fromisoformat(f'{month}-01') - timedelta(days=1):%Y-%m}"
