"""The chain of a published record: computed anew from its files, held against a head that somebody kept."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from chalicelib.domain.errors import Invalid
from chalicelib.domain.record import PRIVATE, Entry, Head
from chalicelib.intake import record as published
from chalicelib.intake.errors import Unreadable
from chalicelib.intake.record import PublishedRecord
from chalicelib.local.differences import Difference
from chalicelib.publishing import paths
from chalicelib.publishing.record import ENTRIES_A_FILE
from chalicelib.stores.remains import Remains

MOST_ENTRIES = 10_000_000
MOST_CHARACTERS = 16 * 1024**3
"""Beyond these a record is not read: nothing says how long a hostile one goes on."""

_KEPT = re.compile(r"(?<![0-9])([1-9][0-9]{0,15}):([0-9a-f]{64})(?![0-9a-f])")
_LIKE_ONE = re.compile(r"\s*[0-9]+:[^/\\]*")

NO_HEAD = (
    "is no head: that is the number of an entry, a colon, and the 64 digits (0-9, a-f) of its fingerprint"
)

Show = Callable[[str], None]


def kept_head(said: str) -> Head:
    """A head that somebody kept: `seq:hash`, a text in which that stands, or a file.

    The text is that of an entry of heads.atom; the file head.json, heads.json (whose newest head it is, since
    that one holds all before), or a day's head from a bucket.
    """
    if found := _KEPT.search(said):
        return Head(int(found[1]), found[2])
    if _LIKE_ONE.fullmatch(said):
        raise Unreadable(said, "", NO_HEAD)
    return published.kept_in(said)


@dataclass
class Chain:
    """A record as it is read: what was seen of it so far, against the head that somebody kept."""

    found: PublishedRecord
    since: Head | None
    show: Show
    remains: Remains = field(default_factory=Remains)
    unseen: int = 0
    files: dict[int, str] = field(default_factory=dict)
    _characters: int = 0
    _name: str = ""

    def entries(self) -> Iterator[Entry]:
        """Every entry, each checked to follow the last; `Difference` names the first that does not."""
        if self.found.head.seq > MOST_ENTRIES:
            raise Difference(self.found.head.seq, "entry", paths.RECORD_HEAD, f"are more than {MOST_ENTRIES}")
        last = 0
        try:
            for name, entry in self.found.placed(1):
                last = entry.seq
                self._see(name, entry)
                yield entry
        except Unreadable as wrong:
            raise Difference(
                last + 1, wrong.path or "chain", self._key(wrong.document), wrong.reason
            ) from wrong
        self._check_end()

    def file_of(self, seq: int) -> str:
        """Where an entry stands."""
        return next((file for first, file in reversed(self.files.items()) if first <= seq), paths.RECORD_HEAD)

    def _see(self, name: str, entry: Entry) -> None:
        if name != self._name:
            self._name = name
            self.files[entry.seq] = self._key(name)
        if self.since and entry.seq == self.since.seq and entry.hash != self.since.hash:
            told = "is not the head that you kept: the record was rewritten"
            raise Difference(entry.seq, "hash", self._key(name), told)
        if entry.seq % ENTRIES_A_FILE == 0:
            self.show(f"checking entry {entry.seq} of {self.found.head.seq}")
        self.unseen += entry.body is None
        self._characters += len(entry.body or "")
        if self._characters > MOST_CHARACTERS:
            raise Difference(
                entry.seq, "entry", self._key(name), f"are more than {MOST_CHARACTERS} characters"
            )
        if entry.body is not None and entry.kind in PRIVATE:
            raise Difference(
                entry.seq, "words", self._key(name), f"are public, of what is private: {entry.kind}"
            )
        try:
            self.remains.see(entry)
        except Invalid as wrong:
            raise Difference(entry.seq, "words", self._key(name), wrong.reason) from wrong

    def _check_end(self) -> None:
        """What is known when all was seen."""
        head = self.found.head
        if self.since and self.since.seq > head.seq:
            told = f"the record ends before the head that you kept, at entry {head.seq}"
            raise Difference(self.since.seq, "head", paths.RECORD_HEAD, told)
        if (unsaid := self.remains.unsaid) is not None:
            told = "are missing, and no entry says that they were removed"
            raise Difference(unsaid, "words", self.file_of(unsaid), told)

    def _key(self, name: str) -> str:
        return name.removeprefix(self.found.source).lstrip("/")
