"""What is open, and what each of it does to components: one small partition, read in one query."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from chalicelib.domain.statuses import ComponentStatus
from chalicelib.domain.subjects import id_of
from chalicelib.stores import table
from chalicelib.stores.table import Item, Key

OPEN = "OPEN"


class Held(Struct, frozen=True, omit_defaults=True):
    """What something open does to components; `due`: when the clock has something to say about it."""

    affects: dict[str, ComponentStatus] = {}
    due: datetime | None = None


def subjects() -> list[str]:
    """Everything that is open."""
    return [item.sk for item in table.query(OPEN)]


def ids(kind: str) -> list[str]:
    """The ids of what is open of one kind."""
    return [id_of(item.sk) for item in table.query(OPEN, Item.sk.startswith(f"{kind}/"))]


def due_ids(kind: str, now: datetime) -> list[str]:
    """The ids of what is open of one kind and due by now, what is due first before the rest."""
    items = table.query(OPEN, Item.sk.startswith(f"{kind}/"))
    dues = ((table.value(item, Held).due, id_of(item.sk)) for item in items)
    return [id for _, id in sorted((due, id) for due, id in dues if due is not None and due <= now)]


def in_force() -> list[Mapping[str, ComponentStatus]]:
    """What each of them does to components, by their ids; one query, however many there are."""
    return [table.value(item, Held).affects for item in table.query(OPEN)]


def place(subject: str) -> Key:
    """Where it stands while it is open."""
    return OPEN, subject


def held() -> dict[str, Mapping[str, ComponentStatus]]:
    """What each of them does to components, by its subject; one query."""
    return {item.sk: table.value(item, Held).affects for item in table.query(OPEN)}
