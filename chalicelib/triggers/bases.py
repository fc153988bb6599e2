"""What a publication starts from: the state that stands, the record's end, the clock, and what it changed."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import NamedTuple

from chalicelib.domain.dossiers import today
from chalicelib.domain.pages import Page
from chalicelib.domain.record import PRIVATE, Entry, Head
from chalicelib.domain.security import Team
from chalicelib.domain.subjects import ADVISORY, DAY, kind_of
from chalicelib.domain.times import zone
from chalicelib.publishing import site
from chalicelib.publishing.bucket import ETag
from chalicelib.publishing.states import State
from chalicelib.stores import record
from chalicelib.stores.days import Counts

IMPORTED = (".imported", "_elsewhere")


class Base(NamedTuple):
    """What a round starts from.

    `state` is what stands (None: nothing of this record), `head` the entry that it shows, `after` the
    entry from which on changes count. `afresh`: all is to be built anew. `counted`: how many samples
    there are of days that take some, where another quarter of an hour has come since somebody looked.
    `before`: how many had been shown when somebody was faster, of what this publisher has to look at again.
    """

    state: State | None
    etag: ETag
    head: Head
    page: Page
    as_of: datetime
    afresh: bool
    after: int
    counted: Counts | None = None
    before: Counts | None = None

    @property
    def zone(self) -> tzinfo:
        """The zone of the page's days and months."""
        return zone(self.page.time_zone)

    @property
    def is_old_work_alone(self) -> bool:
        """Whether the front stood and a full build was under way: then who was faster goes on with it."""
        state = self.state
        rest = state is not None and (state.rebuild is not None or bool(state.left))
        under_way = (rest or self.builds_record) and not self.afresh
        return under_way and not self.clock_passed and self.after == self.head.seq

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

    @property
    def clock_passed(self) -> bool:
        """The same, or that outages which go on count for more."""
        return self.boundary_passed or self.quarter_passed

    @property
    def is_full_build(self) -> bool:
        """Whether a full build is under way."""
        return self.state is not None and self.state.full and not self.afresh

    @property
    def quarter_passed(self) -> bool:
        """Whether outages that go on count for more by now."""
        quarter = self.state.quarter if self.state else None
        return quarter is not None and self.as_of >= quarter

    @property
    def day_passed(self) -> bool:
        """Whether a day of numbers has begun."""
        return self.state is not None and self.state.day != today(self.as_of)

    @property
    def recounted(self) -> frozenset[str]:
        """The components of which samples have come."""
        stood, found = self._stood, self.counted or {}
        return frozenset(
            id
            for day, counts in found.items()
            for id, count in counts.items()
            if count != stood.get(day, {}).get(id)
        )

    @property
    def _stood(self) -> Counts:
        if self.before is not None:
            return self.before
        return self.state.counted if self.state else {}


def identity(page: Page, site_url: str, team: Team) -> str:
    """Digest of what every page depends on: the code, the settings, the page's own identity."""
    parts = [site.version(), site_url, page.seq, *page.identity, *team]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def changed_at(base: Base, entries: Iterable[Entry], page: Page) -> datetime:
    """When the newest public entry changed the page.

    An import brings the other system's own time of change, which stands until the next change of ours. What
    is said of security, and a day that closes, change nothing of Statuspage's documents, whose time this is.
    """
    last = next((entry for entry in reversed(tuple(entries)) if _changes(entry)), None)
    if last is None and base.state is not None:
        return base.state.changed_at
    if last is None:
        last = next(e for e in record.entries_before(base.head.seq + 1) if _changes(e))
    return page.updated_at if last.kind.endswith(IMPORTED) else last.recorded_at


def _changes(entry: Entry) -> bool:
    """Whether it was public, even if it has lost its words since."""
    return entry.kind not in PRIVATE and kind_of(entry.subject) not in (ADVISORY, DAY)
