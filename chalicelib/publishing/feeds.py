"""RSS and Atom through feedgen, whose traps all end here: time, locale, links, order, characters.

Both formats come out in the order of children that Statuspage's feeds have, which its readers know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import format_datetime
from functools import cache
from typing import Any

from chalicelib.domain.record import Head
from chalicelib.publishing.files import ATOM, RSS, File
from chalicelib.publishing.localtimes import machine
from chalicelib.publishing.texts import clean

LANGUAGE = "en-US"
RECORD = "urn:candor:record"
MAINTENANCE_END = "maintenanceEndDate"
"""Of no namespace, though RSS knows no such element: four public programs look for it by this name."""
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
_HEAD = f"{{{RECORD}}}head"
_NAMESPACES = {"dc": "http://purl.org/dc/elements/1.1/"}

_FEED_ORDER = ("id", "link", "title", "updated", "author", "entry")
_ENTRY_ORDER = ("id", "published", "updated", "link", "title", "content")
_CHANNEL_ORDER = ("title", "link", "description", "pubDate", _ATOM_LINK, "item")
_ITEM_ORDER = ("title", "description", "pubDate", "link", "guid")


@dataclass(frozen=True)
class Entry:
    """One thing said. `guid` is what RSS knows it by where that is an address.

    `ends` is the planned end of a maintenance, by which readers of Statuspage's RSS know one.
    """

    id: str
    link: str
    title: str
    published: datetime
    updated: datetime
    html: str
    guid: str | None = None
    ends: datetime | None = None


@dataclass(frozen=True)
class Feed:
    """What both formats say.

    `itself` is the address of this very file, `head` the end of the record, `zone` that of RSS dates.
    """

    id: str
    title: str
    description: str
    author: str
    home: str
    updated: datetime
    entries: Sequence[Entry]
    itself: str | None = None
    head: Head | None = None
    zone: tzinfo = UTC


def atom(feed: Feed) -> File:
    """RFC 4287."""
    root = _generator(feed, UTC)._create_atom(extensions=False)[0]
    _arrange(root, _FEED_ORDER)
    for link in root.iter("link"):
        rel = link.get("rel", "alternate")
        kind = "application/atom+xml" if rel == "self" else "text/html"
        _set(link, rel=rel, type=kind, href=link.get("href"))
    for entry in root.iter("entry"):
        _arrange(entry, _ENTRY_ORDER)
    for moment in root.iter("updated", "published"):
        moment.text = moment.text.removesuffix("+00:00") + "Z"
    _add_head(root, feed.head, before="entry")
    return File(_written(root), ATOM)


def rss(feed: Feed) -> File:
    """RSS 2.0; an apostrophe is written as Statuspage does."""
    root = _generator(feed, feed.zone)._create_rss(extensions=False)[0]
    channel = root.find("channel")
    _arrange(channel, _CHANNEL_ORDER)
    for item, entry in zip(root.iter("item"), feed.entries, strict=True):
        _arrange(item, _ITEM_ORDER)
        if entry.guid:
            _set(item.find("guid"))
            item.find("guid").text = entry.guid
        if entry.ends:
            end = item.makeelement(MAINTENANCE_END)
            end.text = format_datetime(_whole(entry.ends, feed.zone))
            item.insert(item.index(item.find("pubDate")) + 1, end)
    _add_head(channel, feed.head, before="item")
    return File(_written(root, top_nsmap=_NAMESPACES).replace(b"'", b"&apos;"), RSS)


@cache
def _feedgen() -> Any:
    """feedgen, imported when the first feed is made.

    It writes RFC 2822 dates by changing the locale of the whole process meanwhile; the standard library's
    way touches nothing.
    """
    from feedgen import entry, feed

    entry.formatRFC2822 = feed.formatRFC2822 = format_datetime
    return feed.FeedGenerator


def _generator(feed: Feed, zone: tzinfo) -> Any:
    made = _feedgen()()
    made.id(feed.id)
    made.title(clean(feed.title))
    made.description(clean(feed.description))
    made.author(name=clean(feed.author))
    made.language(LANGUAGE)
    made.updated(_whole(feed.updated, zone))
    made.pubDate(_whole(feed.updated, zone))
    if feed.itself:
        made.link(href=feed.itself, rel="self", type="application/rss+xml")
    made.link(href=feed.home, rel="alternate")  # last: RSS takes the last link, whatever it is to
    for entry in feed.entries:
        _add(made, entry, zone)
    return made


def _add(made: Any, entry: Entry, zone: tzinfo) -> None:
    added = made.add_entry(order="append")
    added.id(entry.id)
    added.title(clean(entry.title))
    added.link(href=entry.link)
    added.published(_whole(entry.published, zone))
    added.updated(_whole(entry.updated, zone))
    added.content(clean(entry.html), type="html")


def _whole(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(microsecond=0)


def _arrange(parent: Any, order: Sequence[str]) -> None:
    """Put children in this order, the link to itself after the other, and remove what it does not name."""
    named = [child for child in parent if child.tag in order]
    parent[:] = sorted(named, key=lambda child: (order.index(child.tag), child.get("rel") == "self"))


def _set(element: Any, **attributes: str) -> None:
    element.attrib.clear()
    element.attrib.update(attributes)


def _add_head(parent: Any, head: Head | None, *, before: str) -> None:
    """The end of the record, in a namespace of ours: other readers skip it."""
    if head is None:
        return
    at = {"recorded_at": machine(head.recorded_at)} if head.recorded_at else {}
    element = parent.makeelement(_HEAD, {"seq": str(head.seq), "hash": head.hash, **at}, {"candor": RECORD})
    first = parent.find(before)
    parent.insert(len(parent) if first is None else parent.index(first), element)


def _written(root: Any, **namespaces: Any) -> bytes:
    from lxml import etree  # type: ignore[import-untyped]

    etree.cleanup_namespaces(root, keep_ns_prefixes=list(_NAMESPACES), **namespaces)
    etree.indent(root)
    body: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"
