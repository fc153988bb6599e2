"""A bucket that stores nothing: what a publisher puts into it is compared with a copy of the site.

What differs is told when the publisher puts its state: then it is also known when the site changes next.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from chalicelib.domain.record import canonical
from chalicelib.local import differences
from chalicelib.local.copies import Copy
from chalicelib.local.differences import Difference, Found
from chalicelib.local.shelves import Shelf
from chalicelib.publishing import paths, states
from chalicelib.publishing.bucket import Bucket, ETag
from chalicelib.publishing.files import File
from chalicelib.publishing.states import State
from chalicelib.stores import heads

OWN = frozenset({states.KEY, paths.HEARTBEAT})
"""What the publisher itself reads again."""

ETAG = '"compared"'
AT_ONCE = 1000
_NUMBER = re.compile(r"/([1-9][0-9]{0,15})\Z")
_RECORD_SEQ = re.compile(rb'<meta name="record-seq" content="([0-9]+)">')
_SUBJECT = re.compile(r"(?:incident|maintenance|advisory)/[a-z0-9-]{1,64}")
_LINE = re.compile(r"line ([0-9]+)")


class Differs(Exception):
    """The first difference, and the instant from which on the clock alone would have made another site.

    `agreed`: the files that were compared before, and are as they should be.
    """

    def __init__(self, first: Difference, boundary: datetime, agreed: frozenset[str]) -> None:
        super().__init__(str(first))
        self.first, self.boundary, self.agreed = first, boundary, agreed


@dataclass(frozen=True)
class Comparing(Bucket):
    """`copy` is compared `to_the_byte` where this very code built it; `shelf` holds what the record says."""

    copy: Copy
    shelf: Shelf
    to_the_byte: bool
    head: int
    differ: list[Difference] = field(default_factory=list)
    own: dict[str, bytes] = field(default_factory=dict)
    done: dict[str, bytes] = field(default_factory=dict)

    def get(self, key: str) -> tuple[bytes, ETag]:
        """The publisher's own files, from its own hand."""
        return self.own.get(key, b""), ETAG if key in self.own else None

    def etags(self, keys: Iterable[str]) -> dict[str, ETag]:
        """Nothing is known of any file before."""
        return dict.fromkeys(keys)

    def put(self, files: Mapping[str, File], etags: Mapping[str, ETag]) -> dict[str, ETag]:
        """Compare each file, in the order given."""
        found = self.copy.get_many(key for key in files if key not in self.done)
        return {key: self._compared(key, file.body, found.get(key)) for key, file in files.items()}

    def put_one(self, key: str, file: File, etag: ETag) -> ETag:
        """Compare one file."""
        if key in OWN:
            self.own[key] = file.body
            self._tell(key)
            return ETAG
        return self._compared(key, file.body, None if key in self.done else self.copy.get(key))

    def listed(self, prefix: str) -> Iterator[dict[str, ETag]]:
        """What the copy holds, where it can be listed, a thousand at a time as a bucket lists it."""
        keys = iter(self.copy.listed())
        while some := list(islice(keys, AT_ONCE)):
            yield dict.fromkeys(some, ETAG)

    def remove(self, key: str, etag: ETag) -> None:
        """A file that should be removed should not be there."""
        told = "stands there, though the record calls for no such file"
        self.differ.append(Difference(self.head, "file", key, told))

    def _tell(self, key: str) -> None:
        if (
            key == states.KEY
            and paths.INSTANCES not in self.done
            and self.copy.get(paths.INSTANCES) is not None
        ):
            self.remove(paths.INSTANCES, ETAG)
        if key == states.KEY and self.differ:
            state = msgspec.json.decode(self.own[key], type=State)
            first, agreed = self.differ[0], frozenset(self.done)
            boundary = min(state.boundary, state.quarter or state.boundary)
            raise Differs(first, boundary, agreed - {first.file})

    def _compared(self, key: str, expected: bytes, found: bytes | None) -> ETag:
        """Pages in front come again with each part of a long site, and are the same each time."""
        if self.done.get(key) != expected and not self.differ:
            found = found if found is not None else self.copy.get(key)
            if differs := differences.find(key, expected, found, to_the_byte=self.to_the_byte):
                seq = self._seq(key, expected, differs)
                self.differ.append(Difference(seq, differs.field, key, differs.told))
            self.done[key] = expected if key in paths.FRONT else b""
        return ETAG

    def _seq(self, key: str, expected: bytes, found: Found) -> int:
        """The entry that says what should stand there: the nearest thing that has a number of its own."""
        for id in found.about:
            if named := _NUMBER.search(id):
                return int(named[1])
            if known := self._head_of(id) or next(self._entries_of(id), 0):
                return known
        first, line = paths.first_entry_of(key), _LINE.fullmatch(found.field)
        if first and line:
            return min(first + int(line[1]) - 1, self.head)
        if known := self._head_of(paths.subject_of_csaf(key) or "") or self._entry_of_name(found.said):
            return known
        page = _RECORD_SEQ.search(expected)
        return int(page[1]) if page else self.head

    def _head_of(self, subject: str) -> int:
        """The newest entry about something by its whole name."""
        item = self.shelf.get(heads.partition(subject), heads.HEAD) if _SUBJECT.fullmatch(subject) else None
        held = msgspec.json.decode(item.doc) if item and item.doc else {}
        return int(held.get("seq") or 0)

    def _entry_of_name(self, said: str) -> int:
        """The entry that calls a component or a group so."""
        name = canonical(said).decode()
        for doc in self.shelf.documents("ITEM#") if said else ():
            for it in (msgspec.json.decode(doc).values()) if name in doc else ():
                if isinstance(it, dict) and it.get("name") == said:
                    return int(it.get("seq") or 0)
        return 0

    def _entries_of(self, id: str) -> Iterator[int]:
        """The entries of updates, things and heads of this id."""
        for start in ("UPDATE#", "HEAD", f"ITEM#{id}"):
            for doc in self.shelf.documents(start):
                if f'"{id}"' in doc and (seq := _seq_of(msgspec.json.decode(doc), id)):
                    yield seq


def _seq_of(held: Any, id: str) -> int:
    for it in (held, held.get("component"), held.get("group")):
        if isinstance(it, dict) and it.get("id") == id:
            return int(it.get("seq", 0))
    return 0
