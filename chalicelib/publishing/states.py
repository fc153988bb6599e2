"""How far the site is: the publisher's one file about itself, put last and under condition."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from chalicelib.domain.record import Head
from chalicelib.publishing.bucket import Bucket, ETag
from chalicelib.publishing.files import File

KEY = ".publisher/state.json"


class Kept(NamedTuple):
    """The bucket of heads of days, and the entry of the last one that was written there."""

    bucket: str
    seq: int


@dataclass(frozen=True)
class State:
    """The record entry that the site shows, and what the next publication has to know.

    `notified_seq`: up to here deliveries are queued. `identity`: digest of code, address and page
    identity; another one makes everything be built again, month by month: `rebuild` is the next month
    of that. `changed_at`: time of the newest public change. `boundary`: when the clock alone changes a
    page. `months`: first and last history page. `recorded`: the record's files stand up to this entry;
    while it is behind `seq`, they are being built. `days`: the heads of the newest days, oldest first, as
    far as `recorded`; `ended`: the entry of the last one that their files show (None: they do not stand
    yet); `kept`: of the last one that was copied to another bucket. `day`: the day of numbers through which
    pages of components and groups stand, but for those `left`. `out`: the components of which an outage goes
    on, counted again from `quarter` on. `counted`: how many samples there were of days that take some, when
    somebody looked, in the quarter of an hour `looked`. `full`: a full build goes on.
    """

    seq: int
    hash: str
    notified_seq: int
    identity: str
    changed_at: datetime
    boundary: datetime
    months: tuple[str, str]
    rebuild: str | None = None
    recorded: int = 0
    days: tuple[Head, ...] = ()
    ended: int | None = None
    kept: Kept | None = None
    day: date | None = None
    left: tuple[str, ...] = ()
    out: tuple[str, ...] = ()
    quarter: datetime | None = None
    counted: dict[date, dict[str, int]] = field(default_factory=dict)
    looked: datetime | None = None
    full: bool = False

    @property
    def head(self) -> Head:
        """The entry as the end of the record, its time left out."""
        return Head(self.seq, self.hash)


def get(bucket: Bucket) -> tuple[State | None, ETag]:
    """The state and the ETag that a later `put` is conditional on; one we cannot read counts as none."""
    body, etag = bucket.get(KEY)
    try:
        return (msgspec.json.decode(body, type=State) if body else None), etag
    except msgspec.MsgspecError:
        return None, etag


def put(bucket: Bucket, state: State, etag: ETag) -> ETag:
    """Put the state, if nobody else has since `etag` was read (`Overtaken`)."""
    return bucket.put_one(KEY, File(msgspec.json.encode(state), "application/json", "no-store"), etag)
