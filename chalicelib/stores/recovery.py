"""Gives a table back what it lost of its record: the entries as they were published, and what they say.

A table that was restored to a point in time lacks the entries since then, and of its last transactions it may
hold a part: they reach backups gradually (AWS, "DynamoDB Transactions: How it works"). So all that was said
since a minute before its end is said again. Each step stores what lacks and leaves what stands: a recovery
may be repeated, killed, and run twice at once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import islice, takewhile
from typing import NamedTuple

from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.record import Entry, Fact, Head, Moment
from chalicelib.domain.redactions import REDACTED
from chalicelib.stores import chapters, figures, front, record, redactions, table
from chalicelib.stores.chapters import REVOKED, Chapter
from chalicelib.stores.figures import Counted
from chalicelib.stores.record import Again, Change
from chalicelib.stores.remains import Remains
from chalicelib.stores.table import TRANSACTION_ITEMS
from chalicelib.stores.tales import UPDATES_AT_ONCE
from chalicelib.stores.transactions import Done, Transaction

LOOK_BACK = timedelta(minutes=1)
AHEAD = TRANSACTION_ITEMS
"""More entries than a transaction takes: so it takes whole chapters alone."""
LARGEST_CHAPTER = UPDATES_AT_ONCE + 1
COUNTED_AT_ONCE = 200
MADE = "key.created"


class Restored(NamedTuple):
    """What was appended: entries, how many of them without their words, the ids of keys that are lost."""

    entries: int = 0
    private: int = 0
    keys: tuple[str, ...] = ()

    def after(self, entries: Iterable[Entry]) -> "Restored":
        """When these were appended too."""
        found, lost = tuple(entries), dict.fromkeys(self.keys)
        for entry in found:
            id = entry.subject.removeprefix("key/")
            if entry.kind == MADE:
                lost[id] = None
            elif entry.kind == REVOKED:
                lost.pop(id, None)
        private = sum(entry.body is None for entry in found)
        return Restored(self.entries + len(found), self.private + private, tuple(lost))


def first_wanted(published: Head) -> int:
    """The published entry to begin with; `Conflict` if what was published is another record."""
    last = record.head()
    if published.seq < last.seq:
        standing = record.find(published.seq)
        if standing is None or standing.hash != published.hash:
            raise _another(published.seq)
        return published.seq + 1
    if last.recorded_at is None:
        return 1
    since, earlier = last.recorded_at - LOOK_BACK, record.entries_before(last.seq + 1)
    whole = next((entry.seq for entry in earlier if entry.recorded_at < since), 0)
    return min(whole + 1, last.seq)


def check(published: Iterable[Entry], remains: Remains) -> Iterator[int]:
    """See that these are the end of the table's own record and can be understood; gives how far it is."""
    last = record.head()
    for entry in published:
        if entry.seq == last.seq and entry.hash != last.hash:
            raise _another(entry.seq)
        chapters.check(entry)
        remains.see(entry)
        yield entry.seq
    if (unsaid := remains.unsaid) is not None:
        raise Invalid(f"entry {unsaid}", "lacks its words, and no entry says that they were removed")


def restore(
    published: Iterable[Entry], remains: Remains, *, progress: Callable[[int], None] = lambda seq: None
) -> Restored:
    """Append what the table lacks of these entries, which were checked; `progress` is told how far it is.

    A backup may hold an incident without what it adds to the figures, or the other way around: so in the
    end they are counted anew.
    """
    stream, restored = iter(published), Restored()
    upcoming = tuple(islice(stream, AHEAD))
    while upcoming:
        taken, lacking = record.append_again(partial(_next, upcoming, remains))
        restored = restored.after(lacking)
        upcoming = (*upcoming[len(taken) :], *islice(stream, len(taken)))
        progress(taken[-1].seq)
    figures.recount()
    return restored


def retell(
    entries: Iterable[Entry], remains: Remains, *, progress: Callable[[int], None] = lambda seq: None
) -> None:
    """Store what these entries say where nothing stands yet and nobody else writes; not the entries."""
    stream, counted = map(remains.of, entries), list[Counted]()
    upcoming = tuple(islice(stream, AHEAD))
    while upcoming:
        chapter = next(_chapters(upcoming))
        for entry in chapter:
            chapters.check(entry)
        change = chapters.again(chapter)
        table.put_all(change.early)
        before = front.put(change.told, figures=figures.newest(change.counted))
        table.write((*change.puts, *before), change.deletes, token="")
        counted += change.counted
        _count(counted, COUNTED_AT_ONCE)
        upcoming = (*upcoming[len(chapter) :], *islice(stream, len(chapter)))
        progress(chapter[-1].seq)
    _count(counted, 1)


def _count(counted: list[Counted], least: int) -> None:
    """Add it to the figures if it is so much already."""
    if len(counted) >= least:
        table.write(figures.put(counted), (), token="")
        counted.clear()


def _another(seq: int) -> Conflict:
    reason = "it is of another page, or something was said after the table was restored"
    return Conflict("the record", f"of the table has another entry {seq} than the published one: {reason}")


def _next(upcoming: tuple[Entry, ...], remains: Remains) -> Again:
    """As many chapters as go into one transaction, of which none stores what another one does."""
    transaction, taken = Transaction(Moment(upcoming[0].recorded_at, upcoming[0].seq)), 0
    stored: set[tuple[str, str]] = set()
    for chapter in _chapters(upcoming):
        facts = tuple(Fact(entry.kind, entry.subject, {}) for entry in chapter)
        change = replace(_again(tuple(map(remains.of, chapter))), facts=facts)
        items = {*((put.item.pk, put.item.sk) for put in change.puts), *change.deletes}
        if taken and chapter[0].kind == REDACTED:
            break  # it looks at what the others store
        if stored & items or not transaction.takes(change):
            break
        stored |= items
        taken += len(chapter)
    return upcoming[:taken], transaction.change((), is_last=False)


def _again(chapter: Chapter) -> Change[Done]:
    entry = chapter[0]
    if entry.kind == REDACTED and entry.body:
        return redactions.again(entry, torn=True)
    return chapters.again(chapter)


def _chapters(upcoming: tuple[Entry, ...]) -> Iterator[Chapter]:
    """The chapters of these entries; the last one may be cut, but then it is not taken."""
    begin = 0
    while begin < len(upcoming):
        most = upcoming[begin + 1 : begin + LARGEST_CHAPTER]
        more = takewhile(partial(chapters.continues, upcoming[begin]), most)
        end = begin + 1 + sum(1 for _ in more)
        yield upcoming[begin:end]
        begin = end
