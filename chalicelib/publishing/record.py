"""The record in public files, from which anybody can check it and a table that lost its end gets it back.

`/record/head.json` is `{"first", "hash", "recorded_at", "seq"}`: the end of the record, and where its files
begin (relative to its own address). A file `/record/entries/{n}.jsonl` begins with entry n; the one behind it
is named by the number after its last entry. No file holds more than 100 entries or, unless a single one is
larger, 256 KiB. Each hundred begins a file, and within it a file ends where the next line would not fit.

A line is one entry as RFC 8785 JSON, ended by a line feed: `seq`, `recorded_at`, `kind`, `subject`, `digest`,
`prev` and, where they are public, `body` and `salt`. To check them:

- SHA-256 over the entry without `body` and `salt`, again as RFC 8785 JSON, is the `prev` of the entry behind
  it, and of the last one the `hash` in `head.json`; the first `prev` is 64 zeros.
- `digest` is SHA-256 over the salt's bytes and the body's. `body` is a string that holds the canonical JSON
  text itself, so that what was signed needs no rewriting to be checked.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple, TypeVar

from chalicelib.domain.record import Entry, Head, Json, canonical
from chalicelib.domain.times import iso
from chalicelib.publishing import paths
from chalicelib.publishing.files import HOUR, JSON, JSON_LINES, LIVE, File

T = TypeVar("T")

ENTRIES_A_FILE = 100
LARGEST_FILE = 256 * 1024
FIRST = "entries/1.jsonl"
NEWEST = 50
"""So many entries `/record/` shows."""


class _Cut(NamedTuple):
    """A file in the making.

    One that is full changes by a redaction alone. (One that is full because the next line does not fit is
    not put again for that: it stays LIVE.)
    """

    entries: list[Entry]
    lines: list[bytes]
    is_full: bool

    @property
    def first(self) -> int:
        return self.entries[0].seq

    @property
    def file(self) -> File:
        return File(b"".join(self.lines), JSON_LINES, HOUR if self.is_full else LIVE)


def files(entries: Iterable[Entry], head: Head) -> dict[str, File]:
    """The files of these hundreds, the last of which may be incomplete; `head.json` where they reach it.

    So the head never stands before the entries do.
    """
    found = list(entries)
    built = {paths.entries(cut.first): cut.file for _, hundred in _hundreds(found) for cut in _cut(hundred)}
    if found and found[-1].seq == head.seq:
        built[paths.RECORD_HEAD] = _head(head)
    return built


def files_of(entries: Iterable[Entry]) -> Iterator[tuple[int, list[Entry]]]:
    """Entries by the files in which they stand, each with its first number; the first begins a hundred."""
    for _, hundred in _hundreds(entries):
        yield from ((cut.first, cut.entries) for cut in _cut(hundred))


def newest_begin(head: int) -> int:
    """Where the hundreds begin that hold the newest entries: one hundred, or two while it is young."""
    begin = hundred(head) * ENTRIES_A_FILE + 1
    return begin if head - begin + 1 >= NEWEST else max(1, begin - ENTRIES_A_FILE)


def hundred(seq: int) -> int:
    """Which hundred an entry belongs to, as in the table."""
    return (seq - 1) // ENTRIES_A_FILE


def of_hundreds(found: Mapping[str, T], hundreds: Collection[int]) -> dict[str, T]:
    """Which of these are files of these hundreds."""
    firsts = {key: paths.first_entry_of(key) for key in found}
    return {key: found[key] for key, first in firsts.items() if first and hundred(first) in hundreds}


def line(entry: Entry) -> bytes:
    """An entry as it stands in its file."""
    said: dict[str, Json] = {
        "seq": entry.seq,
        "recorded_at": iso(entry.recorded_at),
        "kind": entry.kind,
        "subject": entry.subject,
        "digest": entry.digest,
        "prev": entry.prev,
    }
    if entry.body is not None:
        said |= {"body": entry.body, "salt": entry.salt}
    return canonical(said) + b"\n"


def _hundreds(entries: Iterable[Entry]) -> Iterator[tuple[int, Iterator[Entry]]]:
    return groupby(entries, key=lambda entry: hundred(entry.seq))


def _cut(entries: Iterable[Entry]) -> Iterator[_Cut]:
    """One hundred in its files."""
    held, size = list[Entry](), 0
    lines = list[bytes]()
    for entry in entries:
        written = line(entry)
        if held and size + len(written) > LARGEST_FILE:
            yield _Cut(held, lines, is_full=True)
            held, lines, size = [], [], 0
        held.append(entry)
        lines.append(written)
        size += len(written)
    yield _Cut(held, lines, is_full=held[-1].seq % ENTRIES_A_FILE == 0)


def _head(head: Head) -> File:
    recorded_at = iso(head.recorded_at) if head.recorded_at else None
    said: dict[str, Json] = {"first": FIRST, "hash": head.hash, "recorded_at": recorded_at, "seq": head.seq}
    return File(canonical(said) + b"\n", JSON)
