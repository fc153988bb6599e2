"""The files of components and groups: a page, and their days for programs."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from chalicelib.domain.days import Told
from chalicelib.domain.dossiers import BAR_DAYS, Dossier, today
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import ComponentStatus
from chalicelib.domain.subjects import subject_of
from chalicelib.domain.uptime import Lost, uptime_of
from chalicelib.publishing import numbers, paths
from chalicelib.publishing.files import CSV, File, json_file
from chalicelib.publishing.numbers import Track
from chalicelib.publishing.pages import Frame, page_file

YEAR = timedelta(days=364)
TEMPLATES = {"component": "component.html", "group": "group.html"}


class Member(NamedTuple):
    """A component as the page of its group shows it."""

    id: str
    name: str
    status: ComponentStatus
    track: Track


def all_files(frame: Frame, snapshot: Snapshot) -> dict[str, File]:
    """Those of every component and group that is to be built."""
    built: dict[str, File] = {}
    for dossier in snapshot.dossiers:
        built |= files(frame, dossier, snapshot.as_of)
    return built


def files(frame: Frame, dossier: Dossier, as_of: datetime) -> dict[str, File]:
    """The page of a component, or of a group, and its days, oldest first, as JSON and CSV.

    `{component, days: [{date, transactions, mean_ms, ...}]}`; means are in milliseconds.
    """
    told = [day.told for day in dossier.days]
    folder = paths.folder(subject_of(dossier.kind, dossier.about.id))
    return {
        f"{folder}index.html": _page(frame, folder, dossier, as_of),
        f"{folder}days.json": json_file(
            {dossier.kind: dossier.about.id, "days": [it._asdict() for it in told]}
        ),
        f"{folder}days.csv": _days_csv(told),
    }


def track(dossier: Dossier, as_of: datetime) -> Track:
    """Its last 90 days."""
    return numbers.track(dossier.outages, _lost(dossier), dossier.began, as_of)


def _days_csv(days: Iterable[Told]) -> File:
    """Days as a table (RFC 4180), nothing where nothing is known."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(Told._fields)
    table.writerows((*day[:-1], "true" if day.final else "false") for day in days)
    return File(text.getvalue().encode(), CSV)


def _page(frame: Frame, folder: str, dossier: Dossier, as_of: datetime) -> File:
    rows = numbers.rows(dossier)
    months = list(numbers.months(rows))
    last = today(as_of)
    recent = [row for row in rows if row.day.date > last - timedelta(days=BAR_DAYS)]
    return page_file(
        frame,
        TEMPLATES[dossier.kind],
        folder,
        seq=max(frame.page.seq, dossier.seq),
        dossier=dossier,
        track=track(dossier, as_of),
        year=_year(dossier, last),
        sheets=list(numbers.sheets(recent[::-1])),
        shown=len(recent),
        months=months,
        opened=f"{last - timedelta(days=BAR_DAYS - 1):%Y-%m}",
        lines=numbers.lines(dossier.days) if dossier.is_numbered else None,
        members=[_member(member, as_of) for member in dossier.members],
    )


def _member(dossier: Dossier, as_of: datetime) -> Member:
    return Member(dossier.about.id, dossier.about.name, dossier.status, track(dossier, as_of))


def _year(dossier: Dossier, last: date) -> tuple[str, int] | None:
    """The uptime of a year and the days that it has, once they are more than 90."""
    counted = (last - max(dossier.began, last - YEAR)).days + 1
    if counted <= BAR_DAYS:
        return None
    uptime = uptime_of(_lost(dossier), last - YEAR, last, began=dossier.began)
    return (uptime, counted) if uptime else None


def _lost(dossier: Dossier) -> dict[date, Lost]:
    return {day.date: day.lost for day in dossier.days}
