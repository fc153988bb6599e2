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
from typing import Any, NamedTuple, TypeVar, cast

from msgspec import MsgspecError

from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.pages import Page
from chalicelib.domain.record import Entry, Head, head_of
from chalicelib.domain.times import iso
from chalicelib.intake import record as published
from chalicelib.intake.errors import Unreadable
from chalicelib.local import believing, claims, differences, errors, shelves
from chalicelib.local.believing import Believed
from chalicelib.local.chains import Chain, Show
from chalicelib.local.claims import Claims
from chalicelib.local.comparing import Comparing, Differs
from chalicelib.local.copies import Copy
from chalicelib.local.differences import Difference
from chalicelib.local.shelves import Shelf
from chalicelib.publishing import paths
from chalicelib.publishing.record import ENTRIES_A_FILE
from chalicelib.publishing.site import heartbeat, version
from chalicelib.stores import pages, record, recovery
from chalicelib.stores.snapshots import Stories
from chalicelib.triggers.publication import Publisher

T = TypeVar("T")

PATIENCE_SECONDS = 75.0
"""After this long no cache serves an old file any more (`files.LIVE`)."""

BROKEN = (
    ArithmeticError, AssertionError, AttributeError, LookupError, MsgspecError, RuntimeError, TypeError,
    ValueError,
)  # fmt: skip
"""What a record causes that none of our code has written."""

TRIES = 5
INSTANT = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)


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
    """What was found to hold: the record up to its head, and how many files of which site.

    `believed`: the entries that rest on the operator's word; `preliminary`: how many numbers of days that
    still take samples.
    """

    head: Head
    unseen: int
    believed: tuple[int, ...] = ()
    files: int = 0
    claims: Claims | None = None
    is_same_code: bool = False
    preliminary: int = 0


def verify(source: str, *, since: Head | None, show: Show, patience: float = PATIENCE_SECONDS) -> Verdict:
    """Check the site at an address or in a folder; `Difference` or `Unreadable` is what is wrong first."""
    copy = Copy(source.rstrip("/"))
    return _insist(copy, partial(_verified, copy, since, show), show, patience)


def verify_chain(
    source: str, *, since: Head | None, show: Show, patience: float = PATIENCE_SECONDS
) -> Verdict:
    """Check the record alone, and not what the site makes of it."""
    copy = Copy(source.rstrip("/"))
    return _insist(copy, partial(_chain_verified, copy, since, show), show, patience)


def _insist(copy: Copy, attempt: Callable[[], T], show: Show, patience: float) -> T:
    """At an address the site may change meanwhile, and caches may hold files of different moments.

    So what differs counts when the same file differs twice, and the record stood still the second time.
    """
    last = ""
    for left in reversed(range(TRIES)):
        head = published.read(copy.source).head
        try:
            return attempt()
        except (Difference, Invalid) as wrong:
            named = wrong.file if isinstance(wrong, Difference) else wrong.field
            stood = not copy.is_address or (named == last and published.read(copy.source).head == head)
            if stood or not left:
                raise
            show(f"{wrong}; in case it is just changing: looking again in {patience:.0f} s")
            last = named
        time.sleep(patience)
    raise AssertionError("the last try raises")


def _chain_verified(copy: Copy, since: Head | None, show: Show) -> Verdict:
    chain = Chain(published.read(copy.source), since, show)
    for _ in chain.entries():
        pass
    show("")
    return Verdict(chain.found.head, chain.unseen, tuple(chain.remains.believed))


def _verified(copy: Copy, since: Head | None, show: Show) -> Verdict:
    with shelves.opened() as shelf:
        chain = Chain(published.read(copy.source), since, show)
        keep(chain)
        retell(chain)
        site = Examined(copy, shelf, claims.read(copy), chain.found.head)
        files, preliminary = check_site(site)
        show("")
        believed = tuple(chain.remains.believed)
        return Verdict(site.head, chain.unseen, believed, files, site.said, site.is_same_code, preliminary)


def keep(chain: Chain) -> None:
    """Check the chain, and put it on the shelf."""
    for hundred in _hundreds(chain.entries()):
        record.keep(hundred, head_of(hundred[-1]))


def retell(chain: Chain) -> None:
    """Put on the shelf what the entries say; `Difference` names one that says nothing that can be."""
    told = 0

    def progress(seq: int) -> None:
        nonlocal told
        if seq // ENTRIES_A_FILE > told // ENTRIES_A_FILE:
            chain.show(f"reading entry {seq} of {chain.found.head.seq}")
        told = seq

    try:
        recovery.retell(record.entries(0), chain.remains, progress=progress)
        chain.remains.check(record.entries(0))
    except Invalid as wrong:
        named = re.fullmatch(r"entry ([0-9]+)", wrong.field)
        seq = int(named[1]) if named else told + 1
        raise Difference(seq, "words", chain.file_of(seq), wrong.reason if named else str(wrong)) from wrong
    except (NotFound, Conflict, *BROKEN) as wrong:
        reason = f"say what does not follow from those before: {type(wrong).__name__} {wrong}"
        raise Difference(told + 1, "words", chain.file_of(told + 1), errors.one_line(reason)) from wrong


def check_site(site: Examined) -> tuple[int, int]:
    """Publish what is on the shelf, and compare; how many files were compared, how many days believed.

    The heartbeat tells the minute: the site may stand at any instant of it, or at the last one before. What
    differs at one of them alone is the clock's doing.
    """
    _check_heartbeat(site)
    at, end = site.said.as_of - INSTANT, site.said.as_of + MINUTE
    first: Difference | None = None
    believed = believing.read(site.copy)
    while first is None or at < end:
        try:
            return _compared(site, at, believed), sum(map(len, believed.values()))
        except Differs as differs:
            if first is None or first.file in differs.agreed:
                first = differs.first
            at = differs.boundary
    raise first


def _compared(site: Examined, as_of: datetime, believed: believing.Open) -> int:
    bucket = Comparing(cast(Any, None), "", site.copy, site.shelf, site.is_same_code, site.head.seq)
    said = site.said
    publisher = Publisher(bucket, said.site_url, page=_page, now=lambda: as_of, team=said.team)
    publisher.stories = Stories(calendar=Believed(said=believed))
    try:
        publisher.publish(seconds=float("inf"))
    except Unreadable:
        raise
    except BROKEN as wrong:
        reason = errors.one_line(f"says what no site can be made of: {type(wrong).__name__} {wrong}")
        raise Difference(site.head.seq, "record", paths.RECORD_HEAD, reason) from wrong
    return len(bucket.done) + 1


def _check_heartbeat(site: Examined) -> None:
    """It may be older than the record, by what is being published."""
    said, file = site.said, paths.HEARTBEAT
    entry = record.find(said.seq)
    if entry is None or entry.hash != said.hash:
        raise Difference(min(said.seq, site.head.seq), "head", file, "names a head that the record has not")
    expected = heartbeat(head_of(entry), said.as_of, said.version).body
    found = site.copy.get(file)
    if differs := differences.find(file, expected, found, to_the_byte=site.is_same_code):
        raise Difference(said.seq, differs.field, file, differs.told)


def _page() -> Page:
    page = pages.find()
    if page is None:
        raise Difference(1, "page", paths.RECORD_HEAD, "the record does not say whose page it is")
    return page


def _hundreds(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    stream = iter(entries)
    while found := list(islice(stream, ENTRIES_A_FILE)):
        yield found


def summary(verdict: Verdict, since: Head | None) -> str:
    """What was found, in plain words."""
    head, said = verdict.head, verdict.claims
    unseen = f", {verdict.unseen} of them not public" if verdict.unseen else ""
    lines = [f"The record holds: {head.seq} entries{unseen}, up to {head.seq}:{head.hash}"]
    if said and not verdict.is_same_code:
        other = f"version {said.version[:12]!r}" if said.version else "a version that it does not name"
        told = "it was compared by what can be read, and not to the byte, nor by its looks"
        lines.insert(0, f"The site claims to be built by {other}, this is {version()[:12]}: {told}")
    if since:
        lines.append(f"The head that you kept is in it: entry {since.seq}")
    if said:
        told = f"{verdict.files} files of {said.site_url} at {iso(said.as_of)}"
        lines.append(f"The site says what the record says: {told}")
    if said and any(said.team):
        told = "; ".join(f"{name} {it}" for name, it in said.team._asdict().items() if it)
        lines.append(f"Of who answers for security the record says nothing; the site says: {told}")
    if verdict.believed:
        lines.append(_believed(verdict.believed))
    if verdict.preliminary:
        lines.append(
            f"Of days that still take samples the record says nothing: {verdict.preliminary} numbers of "
            "components on such days are the site's own; all that shows them agrees with them"
        )
    return "\n".join(lines)


def _believed(entries: tuple[int, ...]) -> str:
    """Of which entries the words were removed, so that nobody can prove what they said."""
    told = (
        f"entry {entries[0]} rests" if len(entries) == 1 else f"entries {', '.join(map(str, entries))} rest"
    )
    what = "what remains is what the operator says, also of status, times and impact"
    return f"Words were removed: {told} on the operator's word alone; {what}"
