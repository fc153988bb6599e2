"""What a site says of itself that the record cannot know: where it stands, and by which clock."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import NamedTuple

import msgspec
from msgspec import Struct

from chalicelib.domain.security import NOBODY, Team
from chalicelib.intake.errors import Unreadable
from chalicelib.local.copies import Copy
from chalicelib.publishing import paths, securitytxt

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


class Publisher(Struct):
    """How it can be reached, as the setting says it."""

    contact_details: str = ""


class Document(Struct):
    """What an advisory in CSAF says of itself."""

    publisher: Publisher | None = None


class Metadata(Struct):
    """CSAF's files, as far as we need them: the one about us names the publisher, an advisory's within."""

    publisher: Publisher | None = None
    document: Document = msgspec.field(default_factory=Document)


class Claims(NamedTuple):
    """The site's address, its clock at the last heartbeat, the code that built it (empty: not said).

    And who answers for security: a setting, of which the record says nothing either.
    """

    site_url: str
    as_of: datetime
    version: str
    seq: int
    hash: str
    team: Team


def read(copy: Copy) -> Claims:
    """What the site says; `Unreadable` where it does not."""
    beat = _beat(copy)
    as_of = beat.as_of.astimezone(UTC)
    return Claims(_site_url(copy), as_of, beat.version, beat.head.seq, beat.head.hash, _team(copy))


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


def _team(copy: Copy) -> Team:
    """Whom three files name: one that is forged is named where several are there to tell."""
    lines = (copy.get(paths.SECURITY_TXT) or b"").decode(errors="replace").split("\n")
    said = [line.partition(": ") for line in lines]
    others = {name: value or None for name, _, value in said}
    contacts = ", ".join(value for name, _, value in said if name == "Contact")
    written = [it for it in (contacts, *_contacts(copy)) if it]
    if not written:
        return NOBODY
    [(most, _)] = Counter(map(securitytxt.addresses, written)).most_common(1)
    contact = next(it for it in reversed(written) if securitytxt.addresses(it) == most)
    return Team(contact, others.get("Policy"), others.get("Preferred-Languages"))


def _contacts(copy: Copy) -> Iterator[str]:
    """As CSAF's files have it: the one about us, and the newest advisory's."""
    index = (copy.get(paths.CSAF_INDEX) or b"").decode(errors="replace").partition("\n")[0]
    newest = [f"{paths.CSAF}{index}"] if re.fullmatch(r"[0-9]{4}/[a-z0-9-]+\.json", index) else []
    for key in (paths.CSAF_METADATA, *newest):
        try:
            held = msgspec.json.decode(copy.get(key) or b"", type=Metadata)
        except msgspec.MsgspecError:
            continue
        yield (held.publisher or held.document.publisher or Publisher()).contact_details
