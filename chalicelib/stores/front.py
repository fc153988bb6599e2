"""What stands in front: the newest updates of all and the incidents with the newest words, in one item.

It is small (100 places each at most) and written with every update, so that feeds cost one read however
long the past is. `latest` keeps more than readers see: only a hundred claimed times moved back could push
one out that belongs in.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from chalicelib.domain.times import iso
from chalicelib.stores import table
from chalicelib.stores.table import Put

KEY = ("FRONT", "FRONT")
PLACES = 100


class Told(NamedTuple):
    """That an incident was spoken of: the claimed time of its newest update, and the new updates' numbers."""

    incident: str
    latest_at: datetime
    updates: tuple[int, ...] = ()


class Front(Struct, frozen=True):
    """Newest first: `updates` as (incident, record number), `latest` as (claimed time, incident)."""

    updates: tuple[tuple[str, int], ...] = ()
    latest: tuple[tuple[str, str], ...] = ()

    def after(self, told: Iterable[Told]) -> "Front":
        """The front after somebody has spoken."""
        updates = {seq: id for id, seq in self.updates}
        latest = {id: at for at, id in self.latest}
        for one in told:
            updates.update(dict.fromkeys(one.updates, one.incident))
            latest[one.incident] = iso(one.latest_at)
        by_number = sorted(((id, seq) for seq, id in updates.items()), key=lambda pair: pair[1], reverse=True)
        by_time = sorted(((at, id) for id, at in latest.items()), reverse=True)
        return Front(tuple(by_number[:PLACES]), tuple(by_time[:PLACES]))


def read() -> Front:
    """The front as it stands."""
    item = table.get(*KEY)
    return table.value(item, Front) if item else Front()


def put(told: Iterable[Told]) -> tuple[Put, ...]:
    """What to store when these were spoken of; nothing where none was."""
    found = tuple(told)
    if not found:
        return ()
    item = table.get(*KEY)
    before = table.value(item, Front) if item else Front()
    after = before.after(found)
    version = int(item.version) if item else 0
    return (table.versioned(*KEY, after, version=version),) if after != before else ()
