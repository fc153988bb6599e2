"""What is told in updates, whatever its kind: heads and updates of many at once, by subject.

Each kind lies in partitions of its own, `INCIDENT#id`: its HEAD, and its updates by number.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from chalicelib.domain.incidents import Incident, IncidentUpdate
from chalicelib.domain.subjects import INCIDENT, id_of, kind_of
from chalicelib.stores import table
from chalicelib.stores.table import Item

HEAD = "HEAD"
UPDATE = "UPDATE#"


class Kind(NamedTuple):
    """The values that a kind is stored as."""

    head: Any
    update: Any


KINDS = {INCIDENT: Kind(Incident, IncidentUpdate)}


def get_many(subjects: Iterable[str]) -> dict[str, Any]:
    """Those of these subjects that exist, by subject, in as few requests as if they were of one kind."""
    items = table.get_many((partition(subject), HEAD) for subject in subjects if kind_of(subject) in KINDS)
    return {_subject(item): table.value(item, _kind(item).head) for item in items}


def get_updates(wanted: Iterable[tuple[str, int]]) -> dict[int, Any]:
    """The updates of these subjects and record numbers, by number."""
    keys = ((partition(subject), update(seq)) for subject, seq in wanted if kind_of(subject) in KINDS)
    found = (table.value(item, _kind(item).update) for item in table.get_many(keys))
    return {update.seq: update for update in found}


def updates(subject: str) -> tuple[Any, ...]:
    """The updates of one subject, oldest first."""
    items = table.query(partition(subject), Item.sk.startswith(UPDATE))
    return tuple(table.value(item, KINDS[kind_of(subject)].update) for item in items)


def partition(subject: str) -> str:
    """Where head and updates of a subject lie."""
    return f"{kind_of(subject).upper()}#{id_of(subject)}"


def update(seq: int) -> str:
    """The key of an update."""
    return UPDATE + table.number(seq)


def _kind(item: Item) -> Kind:
    return KINDS[kind_of(_subject(item))]


def _subject(item: Item) -> str:
    kind, _, id = item.pk.partition("#")
    return f"{kind.lower()}/{id}"
