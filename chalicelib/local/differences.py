"""Where a copy of a site differs from what its record says, named so that a person can look."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import NamedTuple

from chalicelib.local.errors import Refused
from chalicelib.local.reading import FORM, Seen, Unparsable, seen

SHOWN = 120
MARKUP = "markup"
MANY_TIMES, SMALL = 4, 64 * 1024
"""What is so much larger than it should be is not read: it may be made to keep us busy."""


class Difference(Refused):
    """The first thing that is not what the record says; `seq` is the entry that says it otherwise."""

    def __init__(self, seq: int, field: str, file: str, told: str) -> None:
        shown = file if file.isprintable() else repr(file)
        super().__init__(f"entry {seq}, {field}, {shown}: {told}")
        self.seq, self.field, self.file = seq, field, file


class Found(NamedTuple):
    """A difference in one file, before anybody knows whose it is: the ids that it stands in."""

    field: str
    told: str
    about: tuple[str, ...] = ()
    said: str = ""


def find(key: str, expected: bytes, found: bytes | None, *, to_the_byte: bool) -> Found | None:
    """How the file of this key differs, if it does; of other code's files only what readers see counts."""
    if found == expected:
        return None
    if found is None:
        return Found("file", "is missing, though the record calls for it")
    if len(found) > MANY_TIMES * len(expected) + SMALL:
        return Found(FORM, f"has {len(found)} bytes, the record calls for {len(expected)}")
    ours = seen(key, expected)
    try:
        theirs = seen(key, found)
    except (Unparsable, RecursionError) as broken:
        return Found(FORM, f"cannot be read: {broken}"[:SHOWN])
    if it := _told_best(ours, theirs):
        return it
    if to_the_byte:
        return Found(MARKUP, f"is written otherwise at byte {_first(expected, found)}, unseen by readers")
    return None


def _told_best(ours: list[Seen], theirs: list[Seen]) -> Found | None:
    """The first difference; of words that stand in a page's head too, the one that says whose they are."""
    found = _different(ours, theirs)
    first = next(found, None)
    if first is None or first.about or len(ours) != len(theirs):
        return first
    return next((it for it in found if it.about), first)


def _different(ours: Iterable[Seen], theirs: Iterable[Seen]) -> Iterator[Found]:
    for our, their in zip_longest(ours, theirs):
        if our is None:
            yield Found(their.field, f"shows {_short(their.value)}, of which the record says nothing")
        elif their is None:
            yield Found(our.field, f"lacks {_short(our.value)}", our.about, our.value)
        elif our[:2] != their[:2]:
            yield Found(
                our.field,
                f"shows {_short(their.value)}, the record says {_short(our.value)}",
                our.about,
                our.value,
            )


def _short(value: str) -> str:
    return repr(value if len(value) <= SHOWN else f"{value[:SHOWN]}…")


def _first(one: bytes, other: bytes) -> int:
    """The place of the first byte that differs."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
