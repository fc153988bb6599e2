"""A bucket that stores nothing: what a publisher puts into it is compared with a copy of the site.

What differs is told when the publisher puts its state: then it is also known when the site changes next.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import msgspec

from chalicelib.local import differences
from chalicelib.local.copies import Copy
from chalicelib.local.differences import Difference
from chalicelib.local.naming import Naming
from chalicelib.local.shelves import Shelf
from chalicelib.publishing import paths, states
from chalicelib.publishing.bucket import Bucket, ETag
from chalicelib.publishing.files import File
from chalicelib.publishing.states import State

OWN = frozenset({states.KEY, paths.HEARTBEAT})
"""What the publisher itself reads again."""

ETAG = '"compared"'
AT_ONCE = 1000


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
                seq = Naming(self.shelf, self.head).entry(key, expected, differs)
                self.differ.append(Difference(seq, differs.field, key, differs.told))
            self.done[key] = expected if key in paths.FRONT else b""
        return ETAG
