"""Statuspage's history feeds: one entry per incident, with its whole story in it (wire-formats, feeds)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.incidents import Incident, IncidentUpdate, Story
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.publishing.feeds import Entry, Feed, atom, rss
from chalicelib.publishing.files import File
from chalicelib.publishing.localtimes import LocalTimes, short_month
from chalicelib.publishing.statuspage import by_newest_words, foreign, newest_first
from chalicelib.publishing.texts import inline

ENTRIES = 25
DESCRIPTION = "Statuspage"
REPEATED = "Update"


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
    stories = by_newest_words(snapshot.latest)[:ENTRIES]
    return Feed(
        id=f"tag:{page.tag_authority}:/history",
        title=f"{page.name} Status - Incident History",
        description=DESCRIPTION,
        author=page.name,
        home=site_url,
        updated=snapshot.updated_at,
        entries=[_entry(story, snapshot, site_url, local) for story in stories],
        zone=snapshot.zone,
    )


def _entry(story: Story, snapshot: Snapshot, site_url: str, local: LocalTimes) -> Entry:
    incident, page = story.incident, snapshot.page
    return Entry(
        id=f"tag:{page.tag_authority}:Incident/{incident.number}",
        link=_address(incident, site_url),
        title=incident.title,
        published=incident.latest_at,
        updated=incident.updated_at,
        html="".join(_paragraphs(story, local)),
        guid=_address(incident, page.guid_base),
    )


def _address(incident: Incident, base: str) -> str:
    return f"{base}/incidents/{incident.id}/"


def _paragraphs(story: Story, local: LocalTimes) -> Iterator[str]:
    """One paragraph per update, newest first, each under a word for what it changed."""
    updates = newest_first(story)
    statuses = [foreign(update.status) for update in updates]
    before: list[IncidentStatus | None] = [*statuses[1:], None]
    for update, status, previous in zip(updates, statuses, before, strict=True):
        yield _paragraph(update, REPEATED if status is previous else status.capitalize(), local)


def _paragraph(update: IncidentUpdate, word: str, local: LocalTimes) -> str:
    when = _when(update.happened_at, local)
    return f"<p><small>{when}</small><br><strong>{word}</strong> - {inline(update)}</p>"


def _when(moment: datetime, local: LocalTimes) -> str:
    """`Nov <var>22</var>, <var>09:05</var> UTC`; a day below ten has a blank before it."""
    day = local.date(moment)
    date = f"<var data-var='date'>{day.day:2}</var>"
    clock = f"<var data-var='time'>{local.clock(moment)}</var>"
    return f"{short_month(day)} {date}, {clock} {moment.astimezone(local.zone).tzname()}"
