"""What entries touch: pages of what they tell of, months that it began in, the figures about ourselves."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo

from chalicelib.domain.figures import BEARING
from chalicelib.domain.record import Entry
from chalicelib.domain.subjects import ADVISORY, INCIDENT, MAINTENANCE, kind_of
from chalicelib.domain.times import month_of
from chalicelib.stores import heads
from chalicelib.stores.snapshots import Wanted


def touched(entries: Iterable[Entry], zone: tzinfo) -> Wanted:
    """The pages of what entries tell of, and of the months that it began in."""
    about = [entry for entry in entries if kind_of(entry.subject) in heads.KINDS]
    months = frozenset(month_of(start, zone) for entry in about for start in _starts(entry))
    subjects = frozenset(entry.subject for entry in about)
    return Wanted(
        subjects,
        months,
        security=any(kind_of(it) == ADVISORY for it in subjects),
        figures=any(_bears(entry) for entry in about),
    )


def _bears(entry: Entry) -> bool:
    """Whether an entry bears on the figures about ourselves; one without words is taken to."""
    if kind_of(entry.subject) != INCIDENT:
        return False
    if entry.kind in BEARING or entry.body is None:
        return True
    said = json.loads(entry.body).get(INCIDENT) or {}
    return bool(said.get("next_update_by") or any((said.get("next_updates") or {}).values()))


def _starts(entry: Entry) -> Iterator[datetime]:
    """When what the entry tells of began, and when it was said to have begun before."""
    body = json.loads(entry.body or "{}")
    planned = body.get(MAINTENANCE, {})
    starts = [body.get(part, {}).get("started_at") for part in (INCIDENT, "was")]
    starts.append(planned.get("began_at") or planned.get("starts_at"))
    yield from (datetime.fromisoformat(start) for start in starts if start)
