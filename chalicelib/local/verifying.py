"""Checks a published site against its own record, from public files alone: no key, no setting, no table.

The chain is computed anew. What its entries say is said again to an empty table, as a recovery says it; from
that the site is published anew, by the code that always publishes it, into a bucket that stores nothing and
compares. So all that a reader sees is checked, and whatever will be published is checked as soon as it is.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, cast

from chalicelib.domain.errors import Invalid
from chalicelib.domain.pages import Page
from chalicelib.domain.record import Entry, Head, head_of
from chalicelib.domain.times import iso
from chalicelib.intake import record as published
from chalicelib.intake.record import PublishedRecord
from chalicelib.local import claims, shelves
from chalicelib.local.claims import Claims
from chalicelib.local.comparing import Comparing, Differs
from chalicelib.local.copies import Copy
from chalicelib.local.differences import Difference
from chalicelib.local.shelves import Shelf
from chalicelib.publishing import paths
from chalicelib.publishing.record import ENTRIES_A_FILE
from chalicelib.publishing.site import heartbeat, version
from chalicelib.stores import pages, record, recovery
from chalicelib.stores.recovery import Remains
from chalicelib.triggers.publication import Publisher

PATIENCE_SECONDS = 75.0
"""After this long no cache serves an old file any more (`files.LIVE`)."""

INSTANT = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)

Show = Callable[[str], None]


def kept_head(said: str) -> Head:
    """A head that somebody kept: `seq:hash`, or the file that head.json or a day's head was saved in."""
    seq, _, hash = said.partition(":")
    if re.fullmatch("[1-9][0-9]{0,15}", seq) and re.fullmatch("[0-9a-f]{64}", hash):
        return Head(int(seq), hash)
    return published.head_in(said)


class Examined(NamedTuple):
    """A copy of a site, what it says of itself, and on the shelf what its record says up to the head."""

    copy: Copy
    shelf: Shelf
    said: Claims
    head: Head

    @property
    def is_same_code(self) -> bool:
        """Whether the site was built by this very code, and can be compared to the byte."""
        return self.said.version == version()


class Verdict(NamedTuple):
    """What was found to hold: the record up to its head, and how many files of which site."""

    head: Head
    unseen: int
    files: int
    claims: Claims
    is_same_code: bool


def verify(source: str, *, since: Head | None, show: Show, patience: float = PATIENCE_SECONDS) -> Verdict:
    """Check the site at an address or in a folder; `Difference` or `Unreadable` is what is wrong first.

    At an address it may change meanwhile, and caches may hold files of different moments: what differs
    counts when it differs twice.
    """
    copy = Copy(source.rstrip("/"))
    try:
        return _verified(copy, since, show)
    except (Difference, Invalid) as wrong:
        if not copy.is_address:
            raise
        show(f"{wrong}; in case it is just changing: looking again in {patience:.0f} s")
    time.sleep(patience)
    return _verified(copy, since, show)


def _verified(copy: Copy, since: Head | None, show: Show) -> Verdict:
    with shelves.opened() as shelf:
        remains = Remains()
        head, unseen = keep(published.read(copy.source), since, remains, show)
        recovery.retell(
            record.entries(0), remains, progress=_every(partial(_said, show, "reading", head.seq))
        )
        site = Examined(copy, shelf, claims.read(copy), head)
        files = check_site(site)
        show("")
        return Verdict(head, unseen, files, site.said, site.is_same_code)


def keep(found: PublishedRecord, since: Head | None, remains: Remains, show: Show) -> tuple[Head, int]:
    """Check the chain, and put it on the shelf: its head, and how many entries have no public words."""
    unseen = 0
    for hundred in _hundreds(found.entries(1)):
        _check_kept(hundred, since)
        record.keep(hundred, head_of(hundred[-1]))
        unseen += sum(entry.body is None for entry in hundred)
        for entry in hundred:
            remains.see(entry)
        _said(show, "checking", found.head.seq, hundred[-1].seq)
    if since and since.seq > found.head.seq:
        told = f"the record ends before the head that you kept, at entry {found.head.seq}"
        raise Difference(since.seq, "head", paths.RECORD_HEAD, told)
    if (unsaid := remains.unsaid) is not None:
        told = "are missing, and no entry says that they were removed"
        raise Difference(unsaid, "words", _file(unsaid), told)
    return found.head, unseen


def check_site(site: Examined) -> int:
    """Publish what is on the shelf, and compare; how many files were compared.

    The heartbeat tells the minute: the site may stand at any instant of it, or at the last one before.
    """
    _check_heartbeat(site)
    at, end = site.said.as_of - INSTANT, site.said.as_of + MINUTE
    first: Difference | None = None
    while first is None or at < end:
        try:
            return _compared(site, at)
        except Differs as differs:
            first, at = first or differs.first, differs.boundary
    raise first


def _compared(site: Examined, as_of: datetime) -> int:
    bucket = Comparing(cast(Any, None), "", site.copy, site.shelf, site.is_same_code, site.head.seq)
    publisher = Publisher(bucket, site.said.site_url, page=_page, now=lambda: as_of)
    publisher.publish(seconds=float("inf"))
    return len(bucket.done) + 1


def _check_heartbeat(site: Examined) -> None:
    """It may be older than the record, by what is being published."""
    said, file = site.said, paths.HEARTBEAT
    entry = record.find(said.seq)
    if entry is None or entry.hash != said.hash:
        raise Difference(min(said.seq, site.head.seq), "head", file, "names a head that the record has not")
    if site.is_same_code and site.copy.get(file) != heartbeat(head_of(entry), said.as_of).body:
        raise Difference(said.seq, "markup", file, "is written otherwise")


def _check_kept(entries: Iterable[Entry], since: Head | None) -> None:
    for entry in entries:
        if since and entry.seq == since.seq and entry.hash != since.hash:
            told = "is not the head that you kept: the record was rewritten"
            raise Difference(entry.seq, "hash", _file(entry.seq), told)


def _file(seq: int) -> str:
    """Where an entry stands, unless its hundred is cut in several files."""
    return paths.entries((seq - 1) // ENTRIES_A_FILE * ENTRIES_A_FILE + 1)


def _page() -> Page:
    page = pages.find()
    if page is None:
        raise Difference(1, "page", paths.RECORD_HEAD, "the record does not say whose page it is")
    return page


def _hundreds(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    stream = iter(entries)
    while found := list(islice(stream, ENTRIES_A_FILE)):
        yield found


def _every(show: Callable[[int], None]) -> Callable[[int], None]:
    """Shows every hundredth."""
    return lambda seq: show(seq) if seq % ENTRIES_A_FILE == 0 else None


def _said(show: Show, doing: str, of: int, seq: int) -> None:
    show(f"{doing} entry {seq} of {of}")


def summary(verdict: Verdict, since: Head | None) -> str:
    """What was found, in plain words."""
    head, said = verdict.head, verdict.claims
    unseen = f", {verdict.unseen} of them not public" if verdict.unseen else ""
    lines = [f"The record holds: {head.seq} entries{unseen}, up to {head.seq}:{head.hash}"]
    if since:
        lines.append(f"The head that you kept is in it: entry {since.seq}")
    lines.append(
        f"The site says what the record says: {verdict.files} files of {said.site_url} at {iso(said.as_of)}"
    )
    if not verdict.is_same_code:
        other = f"version {said.version[:12]}" if said.version else "a version that it does not name"
        lines.append(
            f"It was built by {other}, this is {version()[:12]}: what readers see was compared alone"
        )
    return "\n".join(lines)
