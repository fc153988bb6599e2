"""Statuspage's history feeds: one entry per incident or maintenance, with all of it in it (wire-formats §2).

In two things they differ. A maintenance that is still to come is dated by its announcement and not by its
start, since readers take what lies in the future for a mistake, or show it above all that is new. And a
corrected time does not date an entry anew, since it would be shown as news again.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.domain.maintenances import Course, Maintenance
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import MaintenanceStatus
from chalicelib.domain.updates import Update
from chalicelib.publishing import paths
from chalicelib.publishing.feeds import Entry, Feed, atom, rss
from chalicelib.publishing.files import File
from chalicelib.publishing.localtimes import LocalTimes, short_month
from chalicelib.publishing.statuspage import Tale, foreign, newest_first, subject
from chalicelib.publishing.texts import inline

ENTRIES = 25
DESCRIPTION = "Statuspage"
REPEATED = "Update"
SCHEDULED = "THIS IS A SCHEDULED EVENT"


def files(snapshot: Snapshot, site_url: str) -> dict[str, File]:
    """`history.rss` and `history.atom`."""
    feed = _feed(snapshot, site_url)
    items = [replace(entry, html=f"\n{entry.html}      ") for entry in feed.entries]
    return {
        "history.rss": rss(replace(feed, entries=items)),
        "history.atom": atom(replace(feed, itself=f"{site_url}/history.atom")),
    }


def _feed(snapshot: Snapshot, site_url: str) -> Feed:
    page, local = snapshot.page, LocalTimes(snapshot.zone)
    tales: list[Tale] = [*snapshot.latest, *snapshot.latest_courses]
    return Feed(
        id=f"tag:{page.tag_authority}:/history",
        title=f"{page.name} Status - Incident History",
        description=DESCRIPTION,
        author=page.name,
        home=site_url,
        updated=snapshot.updated_at,
        entries=[_entry(it, snapshot, site_url, local) for it in sorted(tales, key=_place)[::-1][:ENTRIES]],
        zone=snapshot.zone,
    )


def _place(tale: Tale) -> tuple[datetime, int]:
    return _said_at(tale), tale.head.number


def _said_at(tale: Tale) -> datetime:
    """The time that its newest update claimed when it was published."""
    return newest_first(tale)[0].first_claimed_at


def _entry(tale: Tale, snapshot: Snapshot, site_url: str, local: LocalTimes) -> Entry:
    head, page = tale.head, snapshot.page
    path = paths.address(subject(head))
    return Entry(
        id=f"tag:{page.tag_authority}:Incident/{head.number}",
        link=f"{site_url}/{path}",
        title=head.title,
        published=_said_at(tale),
        updated=head.updated_at,
        html="".join(_paragraphs(tale, local)),
        guid=f"{page.guid_base}/{path}",
        ends=head.ends_at if isinstance(head, Maintenance) else None,
    )


def _paragraphs(tale: Tale, local: LocalTimes) -> Iterator[str]:
    """One paragraph per update, newest first, each under a word for what it changed."""
    if isinstance(tale, Course) and tale.maintenance.status is MaintenanceStatus.SCHEDULED:
        yield f"<p><strong>{SCHEDULED} {_period(tale.maintenance, local)}</strong></p>"
    updates = newest_first(tale)
    statuses = [foreign(update.status) for update in updates]
    before: list[StrEnum | None] = [*statuses[1:], None]
    for update, status, previous in zip(updates, statuses, before, strict=True):
        word = REPEATED if status is previous else status.replace("_", " ").capitalize()
        yield _paragraph(update, word, local)


def _paragraph(update: Update[Any], word: str, local: LocalTimes) -> str:
    when = _when(update.happened_at, local)
    return f"<p><small>{when}</small><br><strong>{word}</strong> - {inline(update)}</p>"


def _when(moment: datetime, local: LocalTimes) -> str:
    """`Nov <var>22</var>, <var>09:05</var> UTC`."""
    return f"{_day(moment, local)}, {_clock(moment, local)} {_zone(moment, local)}"


def _period(maintenance: Maintenance, local: LocalTimes) -> str:
    """`Nov <var>22</var>, <var>22:00</var> - <var>23:30</var> UTC`, or both ends in full."""
    start, end = maintenance.starts_at, maintenance.ends_at
    if local.date(start) != local.date(end):
        return f"{_when(start, local)} &nbsp;-&nbsp; {_when(end, local)}"
    return f"{_day(start, local)}, {_clock(start, local)} - {_clock(end, local)} {_zone(end, local)}"


def _day(moment: datetime, local: LocalTimes) -> str:
    """A day below ten has a blank before it."""
    day = local.date(moment)
    return f"{short_month(day)} <var data-var='date'>{day.day:2}</var>"


def _clock(moment: datetime, local: LocalTimes) -> str:
    return f"<var data-var='time'>{local.clock(moment)}</var>"


def _zone(moment: datetime, local: LocalTimes) -> str:
    return moment.astimezone(local.zone).tzname() or ""
