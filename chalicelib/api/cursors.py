"""Pages of lists: never more than fits, and a cursor to where the next one begins.

A cursor is the place of the last item in the order of its list, which callers need not know. Every text that
could be a place is a good cursor, whether there is something or not; everything else is refused.
"""

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import TypeVar

import msgspec

from chalicelib.api.documents import Listed
from chalicelib.domain.components import Component, Group

T = TypeVar("T")
D = TypeVar("D")

LARGEST_PAGE = 1024 * 1024
MOST_EXAMINED = 500
ORDER = r"^[0-9]{11}\.[0-9]{16}\.[a-z0-9-]{1,64}$"
NUMBER = r"^[0-9]{1,16}$"
NAME = r"^[a-z0-9-]{1,64}$"
TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z_[a-z0-9-]{1,64}$"


def filled(found: Iterable[tuple[str, D | None]], limit: int) -> Listed[D]:
    """One page of what is found, given as (place, document), the document None where a filter refuses it.

    A page ends at `limit` documents, at one MiB, or when enough was looked at; one document always fits.
    """
    items: list[D] = []
    room, last = LARGEST_PAGE, ""
    for examined, (place, document) in enumerate(found):
        room -= 0 if document is None else len(msgspec.json.encode(document))
        if len(items) == limit or examined == MOST_EXAMINED or (items and room < 0):
            return Listed(items, last)
        if document is not None:
            items.append(document)
        last = place
    return Listed(items, None)


def behind(cursor: str | None, things: Iterable[T], place: Callable[[T], str]) -> list[tuple[str, T]]:
    """Things of which all are at hand, by their places, from behind a cursor on."""
    placed = ((place(thing), thing) for thing in things)
    return sorted((found for found in placed if found[0] > (cursor or "")), key=itemgetter(0))


def place_in_order(thing: Component | Group) -> str:
    """Where a component or group stands on the page, as text that sorts so."""
    return f"{thing.position + 2**32:011d}.{thing.rank:016d}.{thing.id}"
