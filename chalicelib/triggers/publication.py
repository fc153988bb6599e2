"""Publishing: bring the site to the end of the record, whoever asks, however often, whatever died before.

The order makes it safe (design.md §2): the state first, then the ETags of the files that may be written,
and only then the table; files under condition of those ETags, details before the index, the state last.
A publisher that is overtaken starts over, and again with all that it might have left half done.
"""

import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from chalicelib import wiring
from chalicelib.domain.advisories import Advisory
from chalicelib.domain.pages import Page
from chalicelib.domain.record import Head, head_of
from chalicelib.domain.security import Team
from chalicelib.domain.snapshot import Snapshot, next_boundary
from chalicelib.publishing import paths, site, states
from chalicelib.publishing import record as record_files
from chalicelib.publishing.bucket import Bucket, ETag, Overtaken
from chalicelib.publishing.files import File
from chalicelib.publishing.record import ENTRIES_A_FILE
from chalicelib.publishing.states import State
from chalicelib.stores import heads, record, snapshots
from chalicelib.stores.snapshots import Place, Stories
from chalicelib.triggers.plans import MOST_ENTRIES, MOST_MONTHS, Base, Plan, changed_at, identity, plan

TRIES = 50
LONGEST_WAIT_SECONDS = 0.05
LAST = (paths.HEADS_JSON, paths.HEADS_ATOM, paths.RECORD, paths.RECORD_HEAD, paths.INDEX)
"""What is put after all that it leads to, in this order."""


class Outcome(NamedTuple):
    """Where the site stands, how many files were put, and whether older pages are still to be built."""

    head: Head
    written: int
    unfinished: bool


@dataclass
class Publisher:
    """One publisher. A container keeps it, since the ETags and stories it remembers save requests.

    A remembered ETag is as good as one read now: if somebody else put the file since, the put is refused.
    `standing`: the state after the last publication, with its ETag.
    """

    bucket: Bucket
    site_url: str
    page: Callable[[], Page]
    now: Callable[[], datetime]
    team: Team = Team()
    most_entries: int = MOST_ENTRIES
    most_months: int = MOST_MONTHS
    tries: int = TRIES
    etags: dict[str, ETag] = field(default_factory=dict)
    stories: Stories = field(default_factory=Stories)
    standing: tuple[State | None, ETag] = (None, None)

    def publish(self, *, everything: bool = False, seconds: float = 5.0) -> Outcome:
        """Bring the site to the head; what a full build cannot do in `seconds` is left to the next call."""
        until = time.monotonic() + seconds
        outcome = self._settle(everything=everything)
        self._beat(outcome.head)
        while outcome.unfinished and time.monotonic() < until:
            more = self._settle()
            outcome = more._replace(written=outcome.written + more.written)
            self._beat(outcome.head)
        return outcome

    def _settle(self, *, everything: bool = False) -> Outcome:
        """One round that nobody overtook."""
        since: int | None = None
        for _ in range(self.tries):
            base = self._base(since, everything=everything)
            try:
                return self._round(base)
            except Overtaken:
                self.etags.clear()
                if base.is_old_work_alone:
                    return Outcome(base.head, 0, unfinished=True)
                since = base.after
                time.sleep(random.uniform(0, LONGEST_WAIT_SECONDS))  # noqa: S311 (spreads, hides nothing)
        raise Overtaken(f"{self.tries} times in a row")

    def _base(self, since: int | None, *, everything: bool) -> Base:
        """The state that stands, if it is one of this record; changes count from `since` on if earlier."""
        state, etag = states.get(self.bucket)
        page = self.page()
        entry = record.find(state.seq) if state else None
        if state is None or entry is None or entry.hash != state.hash:
            head = record.head()
            return Base(None, etag, head, page, self.now(), afresh=True, after=head.seq)
        afresh = everything or state.identity != identity(page, self.site_url, self.team)
        after = state.seq if since is None else min(since, state.seq)
        return Base(state, etag, head_of(entry), page, self.now(), afresh, after)

    def _round(self, base: Base) -> Outcome:
        planned = self._plan(base)
        if planned is None:
            self.standing = base.state, base.etag
            return Outcome(base.head, 0, unfinished=False)
        snapshot = self._read(base, planned)
        files = site.build(snapshot, site_url=self.site_url, team=self.team)
        written = self._put(files, planned.keys)
        gone = {paths.month(month): self.etags.get(paths.month(month)) for month in planned.gone}
        gone |= record_files.of_hundreds(self.etags, planned.recut)
        for key in sorted(gone.keys() - files.keys()):
            self.bucket.remove(key, gone[key])  # where nothing stands, nothing happens
        if planned.ends_full_build:
            self._sweep(planned.months)
        state = self._state(base, planned, snapshot)
        self.standing = state, states.put(self.bucket, state, base.etag)
        return Outcome(planned.head, written, unfinished=planned.unfinished)

    def _plan(self, base: Base) -> Plan | None:
        """What to build, when the ETags of all of it were read before the entries that it follows from."""
        listed = frozenset[int]()
        while (planned := plan(base, most=self.most_entries, months=self.most_months)) is not None:
            unknown = planned.keys - self.etags.keys()
            if not unknown and planned.recut <= listed:
                break
            self.etags.update(self.bucket.etags(sorted(unknown)))
            self._list(planned.recut - listed)
            listed |= planned.recut
        return planned

    def _list(self, hundreds: frozenset[int]) -> None:
        """Learn which files the record has of these hundreds: without some words it may have fewer."""
        for found in self.bucket.listed(paths.ENTRIES) if hundreds else ():
            self.etags.update(record_files.of_hundreds(found, hundreds))

    def _read(self, base: Base, planned: Plan) -> Snapshot:
        """The snapshot, read after the ETags; where the page is another by now, start over."""
        page = self.page()
        self.stories.stand_on(page.seq)
        if identity(page, self.site_url, self.team) != identity(base.page, self.site_url, self.team):
            raise Overtaken("by a change of the page's identity")
        changed = changed_at(base, planned.entries, page)
        place = Place(
            planned.head,
            base.as_of,
            changed,
            planned.record,
            planned.newest,
            planned.daily.over,
            planned.months[0],
        )
        return snapshots.read(page, place, planned.wanted, self.stories)

    def _put(self, files: Mapping[str, File], planned: Collection[str]) -> int:
        """What is new first, then what leads to it, the index last; returns how many stood otherwise.

        What was told since the round was planned is new, or is left to the round that comes for it.
        New pages come after the documents that they lead to.
        """
        before = {key: self.etags.get(key) for key in files}
        after: dict[str, ETag] = {}
        for wave in _pages_last(key for key in files if key not in planned):
            after |= self.bucket.put_new({key: files[key] for key in wave})
        details = [key for key in files if key in planned and key not in LAST]
        new = _pages_last(key for key in details if not before[key])
        for wave in (*new, [key for key in details if before[key]]):
            after |= self.bucket.put({key: files[key] for key in wave}, before)
        for key in LAST:
            if key in files:
                after[key] = self.bucket.put_one(key, files[key], before[key])
        self.etags.update(after)
        return sum(etag != before[key] for key, etag in after.items())

    def _state(self, base: Base, planned: Plan, snapshot: Snapshot) -> State:
        """The state to leave behind; nobody subscribes yet, so nothing waits to be notified."""
        self.etags = {key: self.etags[key] for key in planned.keys}
        return State(
            seq=planned.head.seq,
            hash=planned.head.hash,
            notified_seq=planned.head.seq,
            identity=identity(snapshot.page, self.site_url, self.team),
            changed_at=snapshot.updated_at,
            boundary=next_boundary(snapshot),
            months=planned.months,
            rebuild=planned.next_month,
            recorded=planned.recorded,
            days=planned.daily.days,
            ended=planned.daily.ended,
            kept=base.state.kept if base.state else None,
        )

    def _sweep(self, months: tuple[str, str]) -> None:
        """Remove the files that a full build would not make, a listed thousand at a time."""
        for listed in self.bucket.listed(""):
            for key in _strays(listed, months, self.team):
                self.bucket.remove(key, listed[key])

    def _beat(self, head: Head) -> None:
        """Say that the site stands at the head; an older word never replaces a newer one."""
        body, etag = self.bucket.get(paths.HEARTBEAT)
        pulse = site.heartbeat(head, self.now())
        if _beat_of(pulse.body) <= _beat_of(body):
            return
        try:
            self.bucket.put_one(paths.HEARTBEAT, pulse, etag)
        except Overtaken:
            return


def publish(seconds: float) -> Outcome:
    """Publish for so long; what is left then is queued as work, or waits for the minute."""
    outcome = publisher().publish(seconds=seconds)
    if outcome.unfinished:
        wiring.queue_work()
    return outcome


@cache
def publisher() -> Publisher:
    """This container's publisher."""
    found = wiring.settings()
    team = Team(found.security_contact, found.security_policy, found.security_languages)
    return Publisher(wiring.bucket(), found.site_url, page=wiring.page, now=wiring.now, team=team)


def _pages_last(keys: Iterable[str]) -> tuple[list[str], list[str]]:
    """What programs read, and then the pages, which lead to it."""
    found = list(keys)
    pages = [key for key in found if key.endswith(".html")]
    return [key for key in found if not key.endswith(".html")], pages


def _strays(listed: Mapping[str, ETag], months: tuple[str, str], team: Team) -> Iterator[str]:
    """Which of these files no full build makes; the table is read after the bucket was."""
    subjects = {key: it for key in listed if (it := paths.subject_of_page(key) or paths.subject_of_csaf(key))}
    standing = heads.get_many(subjects.values())
    first, last = months
    kept = {*paths.FRONT, paths.HEARTBEAT, paths.RECORD_HEAD, states.KEY, *_record_files(listed)}
    kept |= paths.ABOUT_US
    kept |= paths.HEADS
    kept |= paths.SECURITY_LISTS if team.contact else paths.SECURITY_LISTS - {paths.SECURITY_TXT}
    for key in listed.keys() - kept:
        month = paths.month_of(key)
        if not (_has(standing.get(subjects.get(key, "")), key) or (month and first <= month <= last)):
            yield key


def _has(head: Any, key: str) -> bool:
    """Whether this is a file of something that stands; drafts of advisories have none."""
    if isinstance(head, Advisory):
        return head.is_public and key in paths.advisory(head)
    return head is not None


def _record_files(listed: Iterable[str]) -> Iterator[str]:
    """Which of these files the record has; where one begins within a hundred, the table tells."""
    firsts = sorted(first for key in listed if (first := paths.first_entry_of(key)))
    last = record.head().seq if firsts else 0
    held = (first for first in firsts if first <= last)
    for hundred, found in groupby(held, key=record_files.hundred):
        begin, end = hundred * ENTRIES_A_FILE + 1, (hundred + 1) * ENTRIES_A_FILE
        if set(found) == {begin}:
            yield paths.entries(begin)
        else:
            yield from record_files.files(record.entries_between(begin, end), Head())


def _beat_of(body: bytes) -> tuple[str, int]:
    """Minute and record number of a heartbeat, by which the later one is known."""
    try:
        said = msgspec.json.decode(body)
        return str(said["as_of"]), int(said["head"]["seq"])
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError):
        return "", 0
