"""Publishing: bring the site to the end of the record, whoever asks, however often, whatever died before.

The order makes it safe (design.md §2): the state first, then the ETags of the files that may be written,
and only then the table; files under condition of those ETags, details before the index, the state last.
A publisher that is overtaken starts over, and again with all that it might have left half done.
"""

import random
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec

from chalicelib import wiring
from chalicelib.domain.dossiers import counted_until, earliest, today
from chalicelib.domain.pages import Page
from chalicelib.domain.record import Head, head_of
from chalicelib.domain.security import Team
from chalicelib.domain.snapshot import Snapshot, next_boundary, next_quarter
from chalicelib.publishing import paths, site, states
from chalicelib.publishing import record as record_files
from chalicelib.publishing.bucket import Bucket, ETag, Overtaken
from chalicelib.publishing.files import File
from chalicelib.publishing.states import State
from chalicelib.stores import record, snapshots
from chalicelib.stores.days import Counts
from chalicelib.stores.snapshots import Place, Stories
from chalicelib.triggers.bases import Base, changed_at, identity
from chalicelib.triggers.plans import MOST_ENTRIES, MOST_MONTHS, MOST_THINGS, Plan, plan
from chalicelib.triggers.sweeping import strays

_turn = threading.Lock()
"""A publisher is one thread's at a time; a laptop has several."""

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
    `standing`: the state after the last publication, with its ETag. `looked`: the last quarter of an hour in
    which no samples were found that are not published. `stood`: what had been counted before somebody was
    faster; since then, what was put here may be older than what that one put.
    """

    bucket: Bucket
    site_url: str
    page: Callable[[], Page]
    now: Callable[[], datetime]
    team: Team = Team()
    most_entries: int = MOST_ENTRIES
    most_months: int = MOST_MONTHS
    most_things: int = MOST_THINGS
    tries: int = TRIES
    etags: dict[str, ETag] = field(default_factory=dict)
    stories: Stories = field(default_factory=Stories)
    standing: tuple[State | None, ETag] = (None, None)
    looked: datetime | None = None
    stood: Counts | None = None

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
                if self.stood is None and base.state is not None:
                    self.stood = base.state.counted
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
            now = self.now()
            return Base(None, etag, head, page, now, True, head.seq, self._look(now))
        afresh = everything or state.identity != identity(page, self.site_url, self.team)
        after = state.seq if since is None else min(since, state.seq)
        now = self.now()
        looked = max(
            (it for it in (state.looked, self.looked) if it), default=datetime.min.replace(tzinfo=UTC)
        )
        is_known = counted_until(now) <= looked and self.stood is None and not afresh
        self.stories.calendar.least = state.counted
        counted = None if is_known else self._look(now)
        return Base(state, etag, head_of(entry), page, now, afresh, after, counted, self.stood)

    def _look(self, now: datetime) -> Counts:
        """How many samples there are, asked for once in each quarter of an hour."""
        return self.stories.calendar.look(earliest(now), today(now))

    def _round(self, base: Base) -> Outcome:
        planned = self._plan(base)
        if planned is None:
            self.looked = counted_until(base.as_of)
            self.standing, self.stood = (base.state, base.etag), None
            return Outcome(base.head, 0, unfinished=False)
        snapshot = self._read(base, planned)
        files = site.build(snapshot, site_url=self.site_url, team=self.team)
        written = self._put(files, planned.keys)
        gone = {paths.month(month): self.etags.get(paths.month(month)) for month in planned.gone}
        gone |= {key: self.etags[key] for key in planned.dossiers if self.etags[key]}
        gone |= record_files.of_hundreds(self.etags, planned.recut)
        for key in sorted(gone.keys() - files.keys()):
            self.bucket.remove(key, gone[key])  # where nothing stands, nothing happens
            self.etags[key] = None
        if planned.ends_full_build:
            self._sweep(planned.months)
        state = self._state(base, planned, snapshot)
        self.standing = state, states.put(self.bucket, state, base.etag)
        self.stood = None
        return Outcome(planned.head, written, unfinished=planned.unfinished)

    def _plan(self, base: Base) -> Plan | None:
        """What to build, when the ETags of all of it were read before the entries that it follows from."""
        listed = frozenset[int]()
        most = {"most": self.most_entries, "months": self.most_months, "most_things": self.most_things}
        while (planned := plan(base, **most)) is not None:
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
            record=planned.record,
            newest=planned.newest,
            days=planned.daily.over,
            shown=planned.due.shown,
            first_month=planned.months[0],
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
            **_numbered(base, planned, snapshot),
        )

    def _sweep(self, months: tuple[str, str]) -> None:
        """Remove the files that a full build would not make, a listed thousand at a time."""
        for listed in self.bucket.listed(""):
            for key in strays(listed, months, self.team):
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


def _numbered(base: Base, planned: Plan, snapshot: Snapshot) -> dict[str, Any]:
    """What the state says of numbers; if nobody looked at samples now, it says what it said."""
    state = base.state
    if base.counted is None and state is not None:
        counts = {"counted": state.counted, "looked": state.looked}
    else:
        counts = {"counted": base.counted or {}, "looked": counted_until(base.as_of)}
    return {
        **counts,
        "day": today(base.as_of),
        "left": planned.due.later,
        "out": snapshot.out,
        "quarter": next_quarter(snapshot),
        "full": planned.is_full_build and not planned.ends_full_build,
    }


def publish(seconds: float) -> Outcome:
    """Publish for so long; what is left then is queued as work, or waits for the minute."""
    with _turn:
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


def _beat_of(body: bytes) -> tuple[str, int]:
    """Minute and record number of a heartbeat, by which the later one is known."""
    try:
        said = msgspec.json.decode(body)
        return str(said["as_of"]), int(said["head"]["seq"])
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError):
        return "", 0
