"""Times as readers see them: in the page's zone, in words that no locale changes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
DAYS_KEPT = 1024


@dataclass(frozen=True)
class LocalTimes:
    """The clock on the wall where the page's readers are."""

    zone: tzinfo

    def date(self, moment: datetime) -> date:
        """The calendar day."""
        return moment.astimezone(self.zone).date()

    def day(self, moment: datetime) -> str:
        """`22 Nov 2026`."""
        return short_day(self.date(moment))

    def brief_day(self, moment: datetime, year: int) -> str:
        """`22 Nov` within this year, else with its own."""
        day = self.date(moment)
        return f"{day.day} {short_month(day)}" if day.year == year else short_day(day)

    def clock(self, moment: datetime) -> str:
        """`09:05`."""
        local = moment.astimezone(self.zone)
        return f"{local.hour:02}:{local.minute:02}"

    def zone_name(self, moment: datetime) -> str:
        """`UTC`, `CET`; a zone without letters is written `UTC+05:30`."""
        local = moment.astimezone(self.zone)
        name = local.tzname() or ""
        return name if name.isalpha() else f"UTC{local.isoformat()[-6:]}"


def machine(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='seconds')}Z"


def short_month(day: date) -> str:
    """`Nov`."""
    return MONTHS[day.month - 1][:3]


@lru_cache(DAYS_KEPT)
def short_day(day: date) -> str:
    """`22 Nov 2026`."""
    return f"{day.day} {short_month(day)} {day.year}"


@lru_cache(DAYS_KEPT)
def weekday(day: date) -> str:
    """`Sun 22 Nov`."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {short_month(day)}"


def day_run(first: date, last: date) -> str:
    """`18 to 21 Nov`, `30 Oct to 2 Nov`."""
    month = "" if first.month == last.month else f" {short_month(first)}"
    return f"{first.day}{month} to {last.day} {short_month(last)}"


def month_name(month: str) -> str:
    """`November 2026`, of `2026-11`."""
    year, number = month.split("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def short_month_name(month: str) -> str:
    """`Nov 2026`, of `2026-11`."""
    year, number = month.split("-")
    return f"{MONTHS[int(number) - 1][:3]} {year}"


def span(start: datetime, end: datetime) -> str:
    """How long something took, in its two largest units: `3 d 4 h`, `1 h 32 min`, `40 s`."""
    seconds = max(0, int((end - start).total_seconds()))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < DAY:
        return _two(seconds // HOUR, "h", seconds % HOUR // MINUTE, "min")
    return _two(seconds // DAY, "d", seconds % DAY // HOUR, "h")


def lasted(seconds: int) -> str:
    """How much of a day, in whole minutes: `12 min`, `1 h 30 min`, `24 h`."""
    if seconds < MINUTE:
        return "under 1 min"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    return _two(seconds // HOUR, "h", seconds % HOUR // MINUTE, "min")


def thousands(count: int) -> str:
    """`1,234,567`."""
    return f"{count:,}"


def milliseconds(microseconds: int) -> str:
    """Three digits or more of them: `0.35 ms`, `12.3 ms`, `1,234 ms`."""
    ms = microseconds / 1000
    return f"{ms:,.{2 if ms < 1 else 1 if ms < 100 else 0}f} ms"


def span_shown(start: datetime, end: datetime) -> str:
    """How long something takes by the clock times that stand beside it, which leave seconds out."""
    first, last = (at.replace(second=0, microsecond=0) for at in (start, end))
    return span(first, last) if first < last else span(start, end)


def took(minutes: int) -> str:
    """How long something took that is counted in minutes: `8 min`, `1 h 32 min`."""
    start = datetime(2000, 1, 1, tzinfo=UTC)
    return span(start, start + timedelta(minutes=minutes)) if minutes else "0 min"


def _two(many: int, large: str, few: int, small: str) -> str:
    return f"{many} {large} {few} {small}" if few else f"{many} {large}"
