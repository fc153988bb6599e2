"""What a site says of itself that the record cannot know: where it stands, and by which clock."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import NamedTuple

import msgspec
from msgspec import Struct

from chalicelib.intake.errors import Unreadable
from chalicelib.local.copies import Copy
from chalicelib.publishing import paths

SUMMARY, UPDATES = "api/v2/summary.json", "updates.atom"
_CANONICAL = re.compile(rb'<link rel="canonical" href="([^"]*)/">')
_URL = re.compile(rb'"url":"([^"]*)"')
_ITSELF = re.compile(rb'<link rel="self" type="[^"]*" href="([^"]*)/updates.atom"')


class Beat(Struct):
    """`heartbeat.json`, as far as we need it."""

    as_of: datetime
    head: "BeatHead"
    version: str = ""


class BeatHead(Struct):
    """The end of the record when it was written."""

    seq: int
    hash: str


class Claims(NamedTuple):
    """The site's address, its clock at the last heartbeat, and the code that built it (empty: not said)."""

    site_url: str
    as_of: datetime
    version: str
    seq: int
    hash: str


def read(copy: Copy) -> Claims:
    """What the site says; `Unreadable` where it does not."""
    beat = _beat(copy)
    return Claims(_site_url(copy), beat.as_of.astimezone(UTC), beat.version, beat.head.seq, beat.head.hash)


def _beat(copy: Copy) -> Beat:
    body = copy.get(paths.HEARTBEAT)
    name = f"{copy.source}/{paths.HEARTBEAT}"
    if body is None:
        raise Unreadable(name, "", "is not there: without it nobody knows of when the site is")
    try:
        beat = msgspec.json.decode(body, type=Beat)
        beat.as_of.astimezone(UTC)
    except (msgspec.MsgspecError, ValueError, OverflowError) as broken:
        raise Unreadable(name, "", f"cannot be understood: {broken}") from broken
    if beat.as_of.tzinfo is None:
        raise Unreadable(name, "as_of", "has no zone")
    return beat


def _site_url(copy: Copy) -> str:
    """The address that most of three files give: so one that is forged is named, not believed."""
    if not (said := Counter(_addresses(copy))):
        raise Unreadable(f"{copy.source}/{paths.INDEX}", "", "does not say at which address it stands")
    return said.most_common(1)[0][0]


def _addresses(copy: Copy) -> Iterator[str]:
    for key, pattern in ((paths.INDEX, _CANONICAL), (SUMMARY, _URL), (UPDATES, _ITSELF)):
        if found := pattern.search(copy.get(key) or b""):
            yield unescape(found[1].decode(errors="replace"))
