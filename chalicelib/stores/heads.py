"""What is told in updates, whatever its kind: heads and updates of many at once, by subject.

Each kind lies in partitions of its own, `INCIDENT#id`: its HEAD, its updates and their corrections by number,
and follow-ups by id.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from chalicelib.domain.advisories import Advisory, AdvisoryUpdate
from chalicelib.domain.incidents import Incident, IncidentUpdate
from chalicelib.domain.maintenances import Maintenance, MaintenanceUpdate
from chalicelib.domain.promises import FollowUp
from chalicelib.domain.subjects import ADVISORY, INCIDENT, MAINTENANCE, id_of, kind_of
from chalicelib.domain.updates import Correction
from chalicelib.stores import table
from chalicelib.stores.table import Item

HEAD = "HEAD"
UPDATE = "UPDATE#"
CORRECTION = "CORRECTION#"
FOLLOW_UP = "FOLLOWUP#"
CORRECTIONS_LISTED = 50
"""As many as are told of at once: each may hold an earlier wording of 25,000 characters."""


class Parts(NamedTuple):
    """What lies beside a head, oldest first."""

    updates: tuple[Any, ...] = ()
    corrections: tuple[Correction, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()

    def until(self, seq: int) -> "Parts":
        """What had been told by this entry."""
        return Parts(
            updates=tuple(update for update in self.updates if update.seq <= seq),
            corrections=tuple(correction for correction in self.corrections if correction.seq <= seq),
            follow_ups=self.follow_ups,
        )


class Kind(NamedTuple):
    """The values that a kind is stored as."""

    head: Any
    update: Any


KINDS = {
    INCIDENT: Kind(Incident, IncidentUpdate),
    MAINTENANCE: Kind(Maintenance, MaintenanceUpdate),
    ADVISORY: Kind(Advisory, AdvisoryUpdate),
}


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


def parts(subject: str) -> Parts:
    """All that was told of one subject, in one query."""
    found: dict[str, list[Item]] = {UPDATE: [], CORRECTION: [], FOLLOW_UP: []}
    for item in table.query(partition(subject)):
        found.get(item.sk.partition("#")[0] + "#", []).append(item)
    return Parts(
        updates=tuple(table.value(item, KINDS[kind_of(subject)].update) for item in found[UPDATE]),
        corrections=tuple(table.value(item, Correction) for item in found[CORRECTION]),
        follow_ups=_in_order(table.value(item, FollowUp) for item in found[FOLLOW_UP]),
    )


def corrections(subject: str) -> tuple[Correction, ...]:
    """The newest corrections of updates of one subject, oldest first."""
    where = Item.sk.startswith(CORRECTION)
    items = table.query(partition(subject), where, newest=True, limit=CORRECTIONS_LISTED)
    return tuple(table.value(item, Correction) for item in items)[::-1]


def follow_ups(subject: str) -> tuple[FollowUp, ...]:
    """What was promised of one subject, in the order of the promises."""
    items = table.query(partition(subject), Item.sk.startswith(FOLLOW_UP))
    return _in_order(table.value(item, FollowUp) for item in items)


def _in_order(follow_ups: Iterable[FollowUp]) -> tuple[FollowUp, ...]:
    return tuple(sorted(follow_ups, key=lambda follow_up: (follow_up.promised_at, follow_up.id)))


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
