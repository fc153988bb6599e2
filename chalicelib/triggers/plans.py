"""What a publication has to build: what entries touch, what the clock changes, what is left over."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.heads import entered, over
from chalicelib.domain.record import Entry, Head, head_of
from chalicelib.domain.snapshot import LATEST_STORIES, LATEST_UPDATES, recent_span
from chalicelib.domain.subjects import ADVISORY, INCIDENT, kind_of, subject_of
from chalicelib.domain.times import month_before, month_of, month_span, months_between
from chalicelib.publishing import paths
from chalicelib.publishing import record as record_files
from chalicelib.publishing.record import ENTRIES_A_FILE
from chalicelib.stores import advisories, front, heads, history, opened, promises, record
from chalicelib.stores.snapshots import Wanted
from chalicelib.triggers import redacted, things
from chalicelib.triggers.bases import Base
from chalicelib.triggers.things import Due
from chalicelib.triggers.touches import touched

MOST_ENTRIES = 1000
MOST_MONTHS = 24
MOST_SUBJECTS = 200
MOST_THINGS = 100


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
    `due`: components and groups.
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
    due: Due
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
        fixed = {*paths.FRONT, *pages, *months, *self.record_keys, *self.documents, *lists}
        return fixed | self.dossiers

    @property
    def dossiers(self) -> set[str]:
        """The files of components and groups, which are removed if they are not built."""
        return {paths.INSTANCES, *(key for it in self.wanted.things for key in paths.dossier(it))}

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
        return self.next_month is None and self.recorded == self.head.seq and not self.due.later


def plan(
    base: Base, *, most: int = MOST_ENTRIES, months: int = MOST_MONTHS, most_things: int = MOST_THINGS
) -> Plan | None:
    """What there is to do, read from the table now, so much at once; None where nothing is."""
    entries = tuple(record.entries(base.after, limit=most))
    more = len(entries) == most
    first, last = _months(base)
    all_months = _span(first, last)
    stood = _span(*base.state.months) if base.state and not base.afresh else frozenset()
    cursor = _cursor(base, all_months - stood, months)
    due = things.due(base, entries, most=most_things)
    if not (entries or base.clock_passed or cursor or base.builds_record or due.now or all_months != stood):
        return None
    head = head_of(entries[-1]) if entries else base.head
    shown = _shown(base, entries, head.seq, most)
    walked = _walk(base, cursor, first, months)
    recut = redacted.hundreds(entries)
    lines = (*redacted.earlier(recut, shown), *shown)
    wanted = touched(entries, base.zone) | redacted.wanted(entries, base.zone) | _by_clock(base) | walked
    if base.afresh or more:
        wanted |= _linked(base)
    wanted |= Wanted(months=frozenset() if cursor else all_months - stood, things=frozenset(due.now))
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
        due=due,
        walked=tuple(sorted(walked.months, reverse=True)),
        is_full_build=bool(walked.months) or base.builds_record or base.is_full_build,
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
