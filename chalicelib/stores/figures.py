"""Figures about ourselves in the table: what the incidents of each month add up to.

A month is added to in the transaction that changes an incident, so what stands is always what counting the
heads of its incidents would give; only a backup can tear the two apart, and then they are counted anew.
"""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from chalicelib.domain.figures import (
    NOTHING,
    Tally,
    added_by,
    bears,
    by_month,
    differences,
    month_counted,
    total,
)
from chalicelib.domain.incidents import Incident
from chalicelib.domain.promises import FollowUp, Promises
from chalicelib.domain.subjects import INCIDENT, kind_of, subject_of
from chalicelib.stores import heads, history, table
from chalicelib.stores.table import Item, Key, Put

PARTITION = "FIGURES"
TRIES = 20


class Counted(NamedTuple):
    """That an entry bears on the figures, and by what it changes those of months."""

    seq: int
    differences: dict[str, Tally]


def counted(before: Incident | None, after: Incident, kind: str) -> tuple[Counted, ...]:
    """What an entry of this kind counts for, in which an incident goes from one state to the next."""
    changed = differences(before, after)
    return (Counted(after.seq, changed),) if changed or bears(kind, after) else ()


def bearing(subject: str, seq: int) -> tuple[Counted, ...]:
    """That an entry bears on the figures if it is about an incident, although it changes none of them."""
    return (Counted(seq, {}),) if kind_of(subject) == INCIDENT else ()


def newest(counted: Iterable[Counted]) -> int:
    """The newest entry that bears on the figures."""
    return max((one.seq for one in counted), default=0)


def put(counted: Iterable[Counted]) -> tuple[Put, ...]:
    """What to store when these count: the months that they change."""
    changed = by_month(added for one in counted for added in one.differences.items())
    if not changed:
        return ()
    standing = {item.sk: item for item in table.get_many((PARTITION, month) for month in sorted(changed))}
    return tuple(
        _stored(month, _tally(standing.get(month)) + tally, standing.get(month))
        for month, tally in sorted(changed.items())
    )


def tallies(months: Iterable[str]) -> dict[str, Tally]:
    """What stands of these months, one after the other, in one query."""
    wanted = sorted(months)
    found = table.query(PARTITION, Item.sk.between(wanted[0], wanted[-1]))
    return {item.sk: _tally(item) for item in found}


def follow_ups(kept: Promises) -> dict[tuple[str, str], FollowUp]:
    """The follow-ups of the newest promises that were kept, by incident and id."""
    keys = [_follow_up(it.incident, it.follow_up) for it in kept.kept.newest if it.follow_up]
    items = table.get_many(keys) if keys else []
    found = ((item.pk.partition("#")[2], table.value(item, FollowUp)) for item in items)
    return {(incident, follow_up.id): follow_up for incident, follow_up in found}


def recount() -> list[str]:
    """Count every month anew and store what differs; gives those months. Others may write meanwhile."""
    months = {item.sk for partition in (PARTITION, history.MONTHS) for item in table.query(partition)}
    return [month for month in sorted(months) if _recounted(month)]


def of_incidents(month: str) -> Tally:
    """What the heads of the incidents that began in a month add up to."""
    began = (item.sk.split("#", 1)[1] for item in table.query(history.BEGUN + month))
    found = heads.get_many(subject for subject in began if kind_of(subject) == INCIDENT)
    return total(added_by(head) for head in found.values() if month_counted(head.started_at) == month)


def _recounted(month: str) -> bool:
    """The tally is read before what it counts: who changes an incident meanwhile changes the tally too."""
    for _ in range(TRIES):
        item = table.get(PARTITION, month)
        tally = of_incidents(month)
        if tally == _tally(item):
            return False
        with suppress(table.Moved):
            table.write((_stored(month, tally, item),), (), token=secrets.token_hex(16))
            return True
    raise table.Moved(f"{TRIES} times in a row")


def _stored(month: str, tally: Tally, item: Item | None) -> Put:
    return table.versioned(PARTITION, month, tally, version=int(item.version) if item else 0)


def _tally(item: Item | None) -> Tally:
    return table.value(item, Tally) if item else NOTHING


def _follow_up(incident: str, id: str) -> Key:
    return heads.partition(subject_of(INCIDENT, incident)), heads.FOLLOW_UP + id
