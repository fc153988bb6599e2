"""Batches: many bodies in one request, each with its index, so that what is wrong can be told of each."""

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic

import msgspec

from chalicelib.api import bodies, faults
from chalicelib.api.bodies import B
from chalicelib.domain.errors import Invalid

BODY = "body"
"""How one of them is named as a whole; in a request of one, `faults.WHOLE`."""


@dataclass(frozen=True)
class Wrong:
    """What is wrong with the body of this index."""

    index: int
    field: str
    reason: str


@dataclass(frozen=True)
class Lines(Generic[B]):
    """What was sent, by index, counted from 0; of JSON lines, blank ones count too."""

    right: dict[int, B]
    wrong: list[Wrong] = field(default_factory=list)


def read(raw: bytes, type: type[B], *, most: int, is_lines: bool) -> Lines[B]:
    """The bodies of an array, or one on each line; `Invalid` if it is neither, or if there are too many.

    A byte order mark before them is nothing (RFC 8259, 8.1): files of some editors begin with one.
    """
    raw = raw.removeprefix(BOM_UTF8)
    found = _quickly(raw, type, is_lines=is_lines) or _singly(raw, type, is_lines=is_lines)
    if not 1 <= len(found.right) + len(found.wrong) <= most:
        raise Invalid("body", f"must hold 1 to {most} of them")
    return found


def _quickly(raw: bytes, type: type[B], *, is_lines: bool) -> Lines[B] | None:
    """All at once, where all are right."""
    try:
        if is_lines:
            lines = raw.splitlines()
            values = msgspec.json.Decoder(type).decode_lines(raw)
            if len(values) != len(lines):
                return None
            for line in lines:
                faults.check_once(line)
        else:
            values = msgspec.json.decode(raw, type=list[type])  # type: ignore[valid-type]
            faults.check_once(raw)
    except (msgspec.DecodeError, Invalid, ValueError, RecursionError):
        return None
    return Lines(dict(enumerate(values)))


def _singly(raw: bytes, type: type[B], *, is_lines: bool) -> Lines[B]:
    """Each by itself, to tell what is wrong with it."""
    lines = Lines[B]({})
    for index, one in _bodies(raw, is_lines=is_lines):
        try:
            lines.right[index] = bodies.read(one, type)
        except Invalid as wrong:
            name = wrong.field.replace(faults.WHOLE, BODY)
            lines.wrong.append(Wrong(index, name, wrong.reason))
    return lines


def _bodies(raw: bytes, *, is_lines: bool) -> Iterator[tuple[int, bytes]]:
    all_of: Iterable[Any] = raw.splitlines() if is_lines else _items(raw)
    yield from ((index, bytes(one)) for index, one in enumerate(all_of) if bytes(one).strip())


def _items(raw: bytes) -> list[msgspec.Raw]:
    try:
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise Invalid("body", f"is not a JSON array: {broken}"[:200]) from broken
