"""Pages of lists: never more than fits, and an opaque cursor to where the next one begins."""

import base64
import re
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import TypeVar

import msgspec

from chalicelib.api.documents import Listed
from chalicelib.domain.components import Component, Group
from chalicelib.domain.errors import Invalid
from chalicelib.domain.snapshot import order

T = TypeVar("T")
D = TypeVar("D")

LARGEST_PAGE = 1024 * 1024
MOST_EXAMINED = 500
ANY_PLACE = r"[\x21-\x7e]{1,200}"
NUMBER = r"[0-9]{1,16}"


def write(kind: str, place: str) -> str:
    """A cursor to behind a place in lists of a kind."""
    return base64.urlsafe_b64encode(f"{kind} {place}".encode()).decode().rstrip("=")


def read(kind: str, cursor: str | None, pattern: str = ANY_PLACE) -> str | None:
    """The place of a cursor, if there is one; `Invalid` if it is none that we wrote for such a list."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found, _, place = base64.b64decode(padded, altchars=b"-_", validate=True).decode().partition(" ")
    except ValueError as broken:
        raise _foreign() from broken
    if found != kind or not re.fullmatch(pattern, place, re.ASCII):
        raise _foreign()
    return place


def read_number(kind: str, cursor: str | None) -> int | None:
    """The place of a cursor where places are numbers."""
    place = read(kind, cursor, NUMBER)
    return None if place is None else int(place)


def filled(found: Iterable[tuple[str, D | None]], *, kind: str, limit: int) -> Listed[D]:
    """One page of what is found, given as (place, document), the document None where a filter refuses it.

    A page ends at `limit` documents, at one MiB, or when enough was looked at; one document always fits.
    """
    items: list[D] = []
    room, last = LARGEST_PAGE, ""
    for examined, (place, document) in enumerate(found):
        room -= 0 if document is None else len(msgspec.json.encode(document))
        if len(items) == limit or examined == MOST_EXAMINED or (items and room < 0):
            return Listed(items, write(kind, last))
        if document is not None:
            items.append(document)
        last = place
    return Listed(items, None)


def behind(
    cursor: str | None, things: Iterable[T], place: Callable[[T], str], *, kind: str
) -> list[tuple[str, T]]:
    """Things of which all are at hand, by their places, from behind a cursor on."""
    begin = read(kind, cursor) or ""
    placed = ((place(thing), thing) for thing in things)
    return sorted((found for found in placed if found[0] > begin), key=itemgetter(0))


def place_in_order(thing: Component | Group) -> str:
    """Where a component or group stands on the page, as text that sorts so."""
    position, rank, id = order(thing)
    return f"{position + 2**32:011d}.{rank:016d}.{id}"


def _foreign() -> Invalid:
    return Invalid("cursor", "is none of ours: take it from `next` as it is")
