"""Promises in the table: those that stand, in one small partition, and how many were kept.

A promise stands under what it is about, so that to keep it, move it or tell it again finds the same item.
"""

from collections.abc import Callable

from chalicelib.domain.incidents import Incident
from chalicelib.domain.promises import Kept, KeptPromise, Promise, Promises
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.domain.subjects import INCIDENT, subject_of
from chalicelib.stores import heads, table
from chalicelib.stores.table import Key, Put

PARTITION = "PROMISES"
KEPT = (PARTITION, "KEPT")


def read() -> Promises:
    """All that stand and how many were kept, in one query."""
    kept, found = Kept(), list[Promise]()
    for item in table.query(PARTITION):
        if (item.pk, item.sk) == KEPT:
            kept = table.value(item, Kept)
        else:
            found.append(table.value(item, Promise))
    by_due = sorted(found, key=lambda promise: (promise.due, promise.incident, promise.follow_up or ""))
    return Promises(tuple(by_due), kept)


def of_postmortem(incident: str) -> Key:
    """Where the promise of an incident's postmortem stands."""
    return PARTITION, incident


def of_follow_up(incident: str, follow_up: str) -> Key:
    """Where the promise of a follow-up stands."""
    return PARTITION, f"{incident}#{follow_up}"


def standing(promise: Promise) -> Put:
    """What to store so that a promise stands."""
    follow_up = promise.follow_up
    key = of_follow_up(promise.incident, follow_up) if follow_up else of_postmortem(promise.incident)
    return Put(table.pointer(*key, table.encoded(promise)))


def void(incident: Incident) -> tuple[Key, ...]:
    """The follow-ups that are no longer promised when an incident has come to this: all, once it was none."""
    if incident.status is not IncidentStatus.RETRACTED:
        return ()
    promised = heads.follow_ups(subject_of(INCIDENT, incident.id))
    return tuple(of_follow_up(incident.id, one.id) for one in promised if one.done_at is None)


def kept(promise: KeptPromise, moment: Moment) -> tuple[Put, ...]:
    """What to store when one was kept: the count, in which each entry counts once."""
    return _counted(lambda before: before.after(promise, seq=moment.seq))


def corrected(before: KeptPromise, after: KeptPromise, moment: Moment) -> tuple[Put, ...]:
    """What to store when one was kept at another time than was said."""
    return _counted(lambda kept: kept.corrected(before, after, seq=moment.seq))


def _counted(change: Callable[[Kept], Kept]) -> tuple[Put, ...]:
    item = table.get(*KEPT)
    before = table.value(item, Kept) if item else Kept()
    after = change(before)
    version = int(item.version) if item else 0
    return (table.versioned(*KEPT, after, version=version),) if after != before else ()
