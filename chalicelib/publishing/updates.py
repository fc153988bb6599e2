"""Our own feeds, one entry per update: `updates.rss`, `updates.atom` and `feed.json` (JSON Feed 1.1).

An entry says what was said then, and what it did to components. Only a correction changes it; its id and the
time that it claimed first stay. The title of what it belongs to is the present one.
"""

from typing import Any

from chalicelib.domain.record import Head
from chalicelib.domain.snapshot import Snapshot, Told
from chalicelib.domain.subjects import kind_of
from chalicelib.publishing import paths
from chalicelib.publishing.feeds import LANGUAGE, Entry, Feed, atom, rss
from chalicelib.publishing.files import JSON_FEED, File, json_file
from chalicelib.publishing.heads import head_document
from chalicelib.publishing.localtimes import machine
from chalicelib.publishing.templates import render, word
from chalicelib.publishing.texts import clean

VERSION = "https://jsonfeed.org/version/1.1"


def files(snapshot: Snapshot, site_url: str) -> dict[str, File]:
    """The three files."""
    entries = [_entry(told, snapshot.page.tag_authority, site_url) for told in snapshot.updates]
    document = _json(_feed(snapshot, entries, site_url, "feed.json"))
    return {
        "updates.rss": rss(_feed(snapshot, entries, site_url, "updates.rss")),
        "updates.atom": atom(_feed(snapshot, entries, site_url, "updates.atom")),
        "feed.json": json_file(document, content_type=JSON_FEED),
    }


def _feed(snapshot: Snapshot, entries: list[Entry], site_url: str, name: str) -> Feed:
    page = snapshot.page
    return Feed(
        id=f"tag:{page.tag_authority}:/updates",
        title=word("feed", "title", name=page.name),
        description=word("feed", "description", name=page.name),
        author=page.name,
        home=f"{site_url}/",
        updated=snapshot.spoken_at,
        entries=entries,
        itself=f"{site_url}/{name}",
        head=snapshot.head,
    )


def _entry(told: Told, tag_authority: str, site_url: str) -> Entry:
    update = told.update
    return Entry(
        id=f"tag:{tag_authority}:Update/{update.seq}",
        link=f"{site_url}/{paths.address(told.subject)}#update-{update.id}",
        title=f"{told.title}: {_word(told)}",
        published=update.first_claimed_at,
        updated=update.corrected.at if update.corrected else update.recorded_at,
        html=render("feeds/update.html", update=update, root_cause=told.root_cause).strip(),
    )


def _word(told: Told) -> str:
    if told.update.follow_up:
        return word("said", "follow_up")
    if told.update.pledge:
        return word("said", "pledge")
    return word(kind_of(told.subject), told.update.status)


def _json(feed: Feed) -> dict[str, Any]:
    head = feed.head or Head()
    return {
        "version": VERSION,
        "title": clean(feed.title),
        "home_page_url": feed.home,
        "feed_url": feed.itself,
        "description": clean(feed.description),
        "language": LANGUAGE,
        "authors": [{"name": clean(feed.author), "url": feed.home}],
        "_candor": {"head": head_document(head)},
        "items": [_item(entry) for entry in feed.entries],
    }


def _item(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "url": entry.link,
        "title": clean(entry.title),
        "content_html": entry.html,
        "date_published": machine(entry.published),
        "date_modified": machine(entry.updated),
    }
