"""A page's record as it was published, from its address or a folder: each entry checked to follow the last.

What its files look like is said in `chalicelib/publishing/record.py`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, NamedTuple, TypeVar

import msgspec
from msgspec import Meta, Struct

from chalicelib.domain.record import LARGEST_SAFE_INTEGER, Broken, Entry, Head, check_chain
from chalicelib.domain.times import instant
from chalicelib.intake import sources
from chalicelib.intake.errors import Unreadable

T = TypeVar("T", bound=Struct)

ENTRIES_A_HUNDRED = 100
FIRST = "entries/1.jsonl"
LARGEST_ENTRY = 380 * 1024
"""Of its texts, in bytes: an item of the table holds 400 KB."""

Seq = Annotated[int, Meta(ge=1, le=LARGEST_SAFE_INTEGER)]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Moment = Annotated[datetime, Meta(tz=True)]


class HeadObject(Struct):
    """`head.json`."""

    seq: Seq
    hash: Hash
    recorded_at: Moment
    first: str


class KeptObject(Struct):
    """The end of the record on a day, or on each of several, newest first."""

    seq: Seq | None = None
    hash: Hash | None = None
    heads: list["KeptObject"] = []


class EntryObject(Struct):
    """A line of the other files."""

    seq: Seq
    recorded_at: Moment
    kind: str
    subject: str
    digest: Hash
    prev: Hash
    body: str | None = None
    salt: Hash | None = None


class PublishedRecord(NamedTuple):
    """Where the record lies, and its end; the entries are read when they are wanted."""

    source: str
    head: Head

    def entries(self, first: int) -> Iterator[Entry]:
        """The entries from a number to the end; `Unreadable` where the chain does not hold."""
        return (entry for _, entry in self.placed(first))

    def placed(self, first: int) -> Iterator[tuple[str, Entry]]:
        """The entries from a number to the end, each with the name of its file.

        It begins with the file of their hundred: that all before is the same follows from the hashes.
        """
        number = (first - 1) // ENTRIES_A_HUNDRED * ENTRIES_A_HUNDRED + 1
        last = Head() if number == 1 else None
        before = ""
        while number <= self.head.seq and first <= self.head.seq:
            name = f"{self.source}/record/entries/{number}.jsonl"
            expected = f"{before}record/head.json says that there are {self.head.seq} entries"
            for entry in _entries(name, expected):
                last = _followed(name, last or Head(number - 1, entry.prev), entry)
                if entry.seq == self.head.seq and last.hash != self.head.hash:
                    told = f"entry {entry.seq} is not the one that record/head.json names"
                    raise Unreadable(name, "", told)
                if first <= entry.seq <= self.head.seq:
                    yield name, entry
                number = entry.seq + 1
            before = f"{name.removeprefix(f'{self.source}/')} ends with entry {number - 1}, "


def read(source: str) -> PublishedRecord:
    """The record of the page at an http(s) address or in a folder; `Unreadable` where there is none."""
    where = source.rstrip("/")
    return PublishedRecord(where, head_in(f"{where}/record/head.json"))


def head_in(name: str) -> Head:
    """The head that a file or an address like head.json holds."""
    head = _decoded(name, "", sources.read(name), HeadObject)
    if head.first != FIRST:
        raise Unreadable(name, "first", f"is not {FIRST!r}: this version of Candor does not know such files")
    return Head(head.seq, head.hash, _instant(name, head.recorded_at))


def kept_in(name: str) -> Head:
    """The head in a file that somebody kept: that of a day, of head.json, or the newest of heads.json."""
    found = _decoded(name, "", sources.read(name), KeptObject)
    newest = found.heads[0] if found.heads else found
    if newest.seq is None or newest.hash is None:
        raise Unreadable(name, "", "holds no head: it has no seq and hash")
    return Head(newest.seq, newest.hash)


def _entries(name: str, expected: str) -> Iterator[Entry]:
    """The entries of one file, one at least; where there is no file, it is told why one was expected."""
    try:
        lines = sources.read(name).removesuffix(b"\n").split(b"\n")
    except Unreadable as lacking:
        raise Unreadable(name, "", f"{lacking.reason}; {expected}") from lacking.__cause__
    for place, line in enumerate(lines, start=1):
        found = _decoded(name, f"line {place}", line, EntryObject)
        texts = (found.kind, found.subject, found.body or "")
        if sum(len(text.encode()) for text in texts) > LARGEST_ENTRY:
            raise Unreadable(name, f"line {place}", f"is larger than {LARGEST_ENTRY // 1024} KiB")
        yield Entry(
            seq=found.seq, recorded_at=_instant(name, found.recorded_at), kind=found.kind,
            subject=found.subject, digest=found.digest, prev=found.prev, body=found.body,
            salt=found.salt if found.body is not None else None,
        )  # fmt: skip


def _followed(name: str, last: Head, entry: Entry) -> Head:
    try:
        return check_chain([entry], last)
    except Broken as broken:
        raise Unreadable(name, "", str(broken)) from broken


def _decoded(name: str, place: str, text: bytes, type: type[T]) -> T:
    try:
        return msgspec.json.decode(text, type=type)
    except msgspec.ValidationError as wrong:
        raise Unreadable(name, place, f"is wrong: {wrong}") from wrong
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise Unreadable(name, place, f"is not JSON that can be read: {broken}") from broken


def _instant(name: str, moment: datetime) -> datetime:
    try:
        return instant(moment)
    except OverflowError as absurd:
        raise Unreadable(name, "recorded_at", "is out of range") from absurd
