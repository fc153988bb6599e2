"""What a publication has to build: what entries touch, what the clock changes, what is left over."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import NamedTuple

from chalicelib.domain.heads import entered, over
from chalicelib.domain.pages import Page
from chalicelib.domain.record import PRIVATE, Entry, Head, head_of
from chalicelib.domain.security import Team
from chalicelib.domain.snapshot import LATEST_STORIES, LATEST_UPDATES, recent_span
from chalicelib.domain.subjects import ADVISORY, INCIDENT, kind_of, subject_of
from chalicelib.domain.times import month_before, month_of, month_span, months_between, zone
from chalicelib.publishing import paths, site
from chalicelib.publishing import record as record_files
from chalicelib.publishing.bucket import ETag
from chalicelib.publishing.record import ENTRIES_A_FILE
from chalicelib.publishing.states import State
from chalicelib.stores import advisories, front, heads, history, opened, promises, record
from chalicelib.stores.snapshots import Wanted
from chalicelib.triggers import redacted
from chalicelib.triggers.touches import touched

MOST_ENTRIES = 1000
MOST_MONTHS = 24
MOST_SUBJECTS = 200
IMPORTED = (".imported", "_elsewhere")


class Base(NamedTuple):
    """What a round starts from.

    `state` is what stands (None: nothing of this record), `head` the entry that it shows, `after` the
    entry from which on changes count. `afresh`: all is to be built anew.
    """

    state: State | None
    etag: ETag
    head: Head
    page: Page
    as_of: datetime
    afresh: bool
    after: int

    @property
    def zone(self) -> tzinfo:
        """The zone of the page's days and months."""
        return zone(self.page.time_zone)

    @property
    def is_old_work_alone(self) -> bool:
        """Whether the front stood and a full build was under way: then who was faster goes on with it."""
        months = self.state is not None and self.state.rebuild is not None
        under_way = (months or self.builds_record) and not self.afresh
        return under_way and not self.boundary_passed and self.after == self.head.seq

    @property
    def recorded(self) -> int:
        """The entry up to which the files of the record stand."""
        return 0 if self.state is None or self.afresh else min(self.state.recorded, self.after)

    @property
    def builds_record(self) -> bool:
        """Whether files of the record are missing that earlier entries call for."""
        return self.recorded < self.after

    @property
    def boundary_passed(self) -> bool:
        """Whether the clock alone has changed a page since the last publication."""
        return self.state is not None and self.as_of >= self.state.boundary


class Daily(NamedTuple):
    """The heads of the newest days, and of those that are over where their files are to be built.

    `ended`: the entry of the last one that these files show afterwards; None until they stand.
    """

    days: tuple[Head, ...]
    over: tuple[Head, ...] | None
    ended: int | None


class Plan(NamedTuple):
    """What a round builds beside the front, the months of a full build that it does, pages to remove.

    `more`: the record goes on behind the entries of this round (after an import of thousands). `record`: the
    entries whose files it writes, `record_keys`, which stand up to the entry `recorded` afterwards. `newest`:
    those that the record's own page shows. `recut`: the hundreds in which words are gone, whose
    files may begin elsewhere now. `documents`: the files of the advisories among what is wanted.
    """

    wanted: Wanted
    entries: tuple[Entry, ...]
    record: tuple[Entry, ...]
    newest: tuple[Entry, ...]
    recut: frozenset[int]
    record_keys: frozenset[str]
    documents: frozenset[str]
    daily: Daily
    recorded: int
    head: Head
    months: tuple[str, str]
    gone: frozenset[str]
    walked: tuple[str, ...]
    is_full_build: bool
    more: bool

    @property
    def keys(self) -> set[str]:
        """Every file that the round may write or remove."""
        pages = {paths.page(subject) for subject in self.wanted.subjects}
        months = {paths.month(month) for month in self.wanted.months | self.gone}
        security = paths.SECURITY_LISTS if self.wanted.security else ()
        about_us = paths.ABOUT_US if self.wanted.figures else ()
        days = paths.HEADS if self.daily.over is not None else ()
        lists = (*security, *about_us, *days)
        return {*paths.FRONT, *pages, *months, *self.record_keys, *self.documents, *lists}

    @property
    def next_month(self) -> str | None:
        """Where a full build goes on after this round."""
        return month_before(self.walked[-1]) if self.walked and self.walked[-1] > self.months[0] else None

    @property
    def unfinished(self) -> bool:
        """Whether another round has to follow."""
        return self.more or not self._stands

    @property
    def ends_full_build(self) -> bool:
        """Whether this round builds the last of what a full build does."""
        return self.is_full_build and self._stands

    @property
    def _stands(self) -> bool:
        return self.next_month is None and self.recorded == self.head.seq


def identity(page: Page, site_url: str, team: Team) -> str:
    """Digest of what every page depends on: the code, the settings, the page's own identity."""
    parts = [site.version(), site_url, page.seq, *page.identity, *team]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def plan(base: Base, *, most: int = MOST_ENTRIES, months: int = MOST_MONTHS) -> Plan | None:
    """What there is to do, read from the table now, for so many entries and months; None where nothing is."""
    entries = tuple(record.entries(base.after, limit=most))
    more = len(entries) == most
    first, last = _months(base)
    all_months = _span(first, last)
    stood = _span(*base.state.months) if base.state and not base.afresh else frozenset()
    cursor = _cursor(base, all_months - stood, months)
    if not (entries or base.boundary_passed or cursor or base.builds_record or all_months != stood):
        return None
    head = head_of(entries[-1]) if entries else base.head
    shown = _shown(base, entries, head.seq, most)
    walked = _walk(base, cursor, first, months)
    recut = redacted.hundreds(entries)
    lines = (*redacted.earlier(recut, shown), *shown)
    wanted = touched(entries, base.zone) | redacted.wanted(entries, base.zone) | _by_clock(base) | walked
    if base.afresh or more:
        wanted |= _linked(base)
    if not cursor:
        wanted |= Wanted(months=all_months - stood)
    return Plan(
        wanted=replace(wanted, months=wanted.months & all_months),
        entries=entries,
        record=lines,
        recut=recut,
        newest=_newest(shown, head.seq),
        record_keys=frozenset(record_files.files(lines, head)),
        documents=_documents(wanted.subjects),
        daily=_daily(base, shown, head.seq, more=more),
        recorded=shown[-1].seq if shown else base.recorded,
        head=head,
        months=(first, last),
        gone=stood - all_months,
        walked=tuple(sorted(walked.months, reverse=True)),
        is_full_build=bool(walked.months) or base.builds_record,
        more=more,
    )


def _shown(base: Base, entries: Iterable[Entry], head: int, most: int) -> tuple[Entry, ...]:
    """The entries whose files do not stand yet, from the beginning of their hundred on, `most` of them.

    All but those that are new were in the record before: they are read now all the same, since they may
    have been redacted. In general that is one query for the hundred that goes on.
    """
    if base.recorded >= head:
        return ()
    begin = record_files.hundred(base.recorded + 1) * ENTRIES_A_FILE + 1
    end = min(head, base.recorded + most)
    earlier = record.entries_between(begin, min(end, base.after))
    return (*earlier, *(entry for entry in entries if begin <= entry.seq <= end))


def _newest(shown: tuple[Entry, ...], head: int) -> tuple[Entry, ...]:
    """The entries of the newest hundred or two; what is at hand is not read again."""
    begin = record_files.newest_begin(head)
    held = [entry for entry in shown if entry.seq >= begin] if shown and shown[-1].seq == head else []
    return (*record.entries_between(begin, held[0].seq - 1 if held else head), *held)


def _daily(base: Base, shown: tuple[Entry, ...], head: int, *, more: bool) -> Daily:
    """The heads of the days with these entries; nobody is shown one before the entries up to it stand."""
    before = base.state if not base.afresh else None
    days = entered(before.days if before else (), shown)
    stands = not more and (shown[-1].seq if shown else base.recorded) == head
    ended = over(days, base.as_of)
    last = ended[-1].seq if ended else 0
    shows = before.ended if before else None
    return Daily(days, ended, last) if stands and shows != last else Daily(days, None, shows)


def _cursor(base: Base, missing: frozenset[str], most: int) -> str | None:
    """The month from which on, towards the past, all is to be built: a full build's, or many new ones."""
    going = base.state.rebuild if base.state and not base.afresh else None
    if base.afresh or len(missing) > most:
        return max(missing)
    return max(going, *missing) if going and missing else going


def _walk(base: Base, cursor: str | None, first: str, most: int) -> Wanted:
    """As many months from the cursor on as one round takes, with what began in them, or will in the first.

    What is said of security comes with the month in which we published it, what leads to it at the end, and
    so do the figures about ourselves.
    """
    wanted = Wanted()
    while cursor and cursor >= first:
        start, end = month_span(cursor, base.zone)
        begun = history.between(start, end if end <= base.as_of else None)
        said = advisories.between(start if cursor > first else None, end if end <= base.as_of else None)
        wanted |= Wanted(frozenset([*begun, *said]), frozenset({cursor}), cursor == first, cursor == first)
        if len(wanted.months) >= most or len(wanted.subjects) >= MOST_SUBJECTS:
            break
        cursor = month_before(cursor)
    return wanted


def changed_at(base: Base, entries: Iterable[Entry], page: Page) -> datetime:
    """When the newest public entry changed the page.

    An import brings the other system's own time of change, which stands until the next change of ours. What
    is said of security changes nothing of what Statuspage's documents have, whose time this is.
    """
    last = next((entry for entry in reversed(tuple(entries)) if _changes(entry)), None)
    if last is None and base.state is not None:
        return base.state.changed_at
    if last is None:
        last = next(e for e in record.entries_before(base.head.seq + 1) if _changes(e))
    return page.updated_at if last.kind.endswith(IMPORTED) else last.recorded_at


def _changes(entry: Entry) -> bool:
    """Whether it was public, even if it has lost its words since."""
    return entry.kind not in PRIVATE and kind_of(entry.subject) != ADVISORY


def _months(base: Base) -> tuple[str, str]:
    """First and last month that the history has."""
    earliest, last = history.earliest(), month_of(base.as_of, base.zone)
    return (min(month_of(earliest[0], base.zone), last) if earliest else last), last


def _by_clock(base: Base) -> Wanted:
    """The pages of what is open when a promised time or a day has passed, and of promises just broken."""
    if not base.boundary_passed:
        return Wanted()
    broken = (promise.incident for promise in promises.read().open if _has_passed(base, promise.due))
    subjects = frozenset([*opened.subjects(), *(subject_of(INCIDENT, id) for id in broken)])
    return Wanted(subjects, security=True, figures=True)


def _has_passed(base: Base, due: datetime) -> bool:
    """Whether this time has come since the last publication."""
    return base.state is not None and base.state.boundary <= due <= base.as_of


def _linked(base: Base) -> Wanted:
    """What the front links to: its pages stand before it does."""
    recent, told = history.between(*recent_span(base.as_of, base.zone)), front.read()
    latest = (subject for kind in heads.KINDS for subject in told.latest_of(kind)[:LATEST_STORIES])
    return Wanted(frozenset([*opened.subjects(), *latest, *recent, *dict(told.updates[:LATEST_UPDATES])]))


def _documents(subjects: Iterable[str]) -> frozenset[str]:
    """The files of the advisories among these: the year in their names is that of their first word."""
    told = [it for it in subjects if kind_of(it) == ADVISORY]
    found = heads.get_many(told).values() if told else ()
    return frozenset(key for head in found if head.is_public for key in paths.advisory(head))


def _span(first: str, last: str) -> frozenset[str]:
    return frozenset(months_between(first, last))
