"""What entries of the record say, and what to store so that the table says it too.

The other way around from everything else: there a change makes its entries, here entries make the change
once more. A step looks what stands and may therefore be repeated; what is newer than its entry stays.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar

from chalicelib.domain.errors import NotFound
from chalicelib.domain.figures import Tally, bears, differences
from chalicelib.domain.incidents import Incident, IncidentUpdate, Story
from chalicelib.domain.record import Entry, Moment
from chalicelib.domain.redactions import REDACTED
from chalicelib.domain.subjects import ADVISORY, MAINTENANCE, id_of, kind_of
from chalicelib.domain.updates import Update
from chalicelib.stores import (
    advisories,
    catalogue,
    corrections,
    days,
    incidents,
    keys,
    maintenances,
    outages,
    pages,
    postmortems,
    redactions,
)
from chalicelib.stores.corrections import CORRECTED
from chalicelib.stores.figures import Counted
from chalicelib.stores.outages import Moved
from chalicelib.stores.record import Change
from chalicelib.stores.sayings import Body, read, wrong
from chalicelib.stores.table import Key, Put
from chalicelib.stores.transactions import Done

S = TypeVar("S", bound=StrEnum)

REVOKED = "key.revoked"
OPENED = "incident.opened"
TOLD = frozenset({OPENED, "incident.updated", incidents.RETRACTED, postmortems.PUBLISHED, postmortems.DONE})
IMPORTED = frozenset({"incident.imported", "maintenance.imported"})
CONTINUED = "update.imported"
AMENDED = frozenset({incidents.AMENDED, "incident.closed_elsewhere", postmortems.PROMISED, postmortems.MOVED})
_SUBJECT = re.compile(r"page|[a-z]+/[a-z0-9-]{1,64}")
CHANGED = ("created", "changed", "imported")
GONE = ("retired", "removed_elsewhere")

Chapter = Sequence[Entry]
"""Entries of one change: a single one, or that of something imported with those of its updates."""

Step = Callable[[Chapter], Change[Done]]


def continues(first: Entry, entry: Entry) -> bool:
    """Whether an entry belongs to the chapter that begins with another."""
    return first.kind in (*IMPORTED, CONTINUED) and (entry.kind, entry.subject) == (CONTINUED, first.subject)


def check(entry: Entry) -> None:
    """See that this version understands an entry, whole; `Invalid` names it."""
    if entry.kind in STEPS and not _SUBJECT.fullmatch(entry.subject):
        raise wrong(entry, f"is about what nothing can be called: {entry.subject!r:.80}")
    if entry.body is None:
        return
    if entry.kind == REDACTED:
        redactions.check(entry)
        return
    if entry.kind not in STEPS:
        raise wrong(entry, f"is of a kind that this version of Candor does not know: {entry.kind!r:.80}")
    body = read(entry)
    subject = entry.subject if entry.kind == CONTINUED and body.update else body.subject
    if subject != entry.subject:
        raise wrong(entry, f"is about {entry.subject} but speaks of {subject}")


def again(chapter: Chapter) -> Change[Done]:
    """What to store so that this was said; nothing where it was said in private."""
    step = STEPS.get(chapter[0].kind)
    return step(chapter) if step else Change(Done())


def _page(chapter: Chapter) -> Change[Done]:
    (entry,) = chapter
    page = read(entry).page
    return _done(pages.restored(page, entry.kind, _moment(entry))) if page else Change(Done())


def _thing(chapter: Chapter) -> Change[Done]:
    (entry,) = chapter
    body, verb = read(entry), entry.kind.partition(".")[2]
    thing = body.component or body.group
    return _done(catalogue.restored(thing, verb, _moment(entry))) if thing else Change(Done())


def _advisory(chapter: Chapter) -> Change[Done]:
    (entry,) = chapter
    body = read(entry)
    if body.advisory is None or body.update is None:
        return Change(Done())
    known = advisories.updates(body.advisory.id) if entry.kind == CORRECTED else ()
    (update,) = _updates([(entry, body)], known)
    change = advisories.restored(body.advisory, update, _moment(entry))
    return _done(replace(change, puts=(*change.puts, *_correction(entry, body))))


def _day(chapter: Chapter) -> Change[Done]:
    (entry,) = chapter
    day = read(entry).day
    return _done(days.restored(day, _moment(entry))) if day else Change(Done())


def _revoked(chapter: Chapter) -> Change[Done]:
    """That a key was revoked stands in kind and subject; one that was made since is lost anyway."""
    (entry,) = chapter
    try:
        return _done(keys.revoke(entry.subject.removeprefix("key/"), moment=_moment(entry)))
    except NotFound:
        return Change(Done())


def _incident(chapter: Chapter) -> Change[Done]:
    bodies = [(entry, read(entry)) for entry in chapter]
    first, said = bodies[0]
    before = incidents.find(id_of(first.subject))
    told, last = said.incident or before, chapter[-1].seq
    if told is None:
        return Change(Done())
    stands = before is not None and before.seq >= last
    version = before.version if before else 0
    after = before if before and stands else replace(told, version=version + 1, seq=last)
    updates = _updates(bodies, incidents.updates(before.id) if before else ())
    puts, deletes = incidents.moved_again(before, after, was=said.was.started_at if said.was else None)
    head = () if stands else incidents.stored(after, version, ())
    beside, gone = _beside(first, said)
    new = () if first.kind == CORRECTED else updates
    touches, untouched = _touches(first, updates, before)
    cost, free = _cost(said, before, after, updates)
    return Change(
        Done(),
        puts=(*head, *incidents.told(after.id, updates), *puts, *cost, *touches, *beside),
        deletes=(*deletes, *free, *gone, *untouched),
        early=incidents.early(None if stands else before, after),
        told=() if first.kind in AMENDED and not new else (incidents.spoken_of(after, new),),
        counted=_counted(first, said.incident, differences(before, after)),
    )


def _cost(
    said: Body[Any], before: Incident | None, after: Incident, updates: Iterable[IncidentUpdate]
) -> Moved:
    """What the incident cost by all that is known of it, and where what it cost may have stood before."""
    known = incidents.updates(before.id) if before else ()
    all_of = {update.id: update for update in (*known, *updates)}
    was = [said.was.started_at] if said.was else []
    was += [said.correction.happened_at] if said.correction and said.correction.happened_at else []
    story = Story(before, known) if before else None
    return outages.moved_again(story, Story(after, tuple(all_of.values())), was=was)


def _counted(first: Entry, said: Incident | None, changed: dict[str, Tally]) -> tuple[Counted, ...]:
    """What it adds to the figures, and whether it bears on them as the incident then was."""
    bearing = said is not None and bears(first.kind, said)
    return (Counted(first.seq if bearing else 0, changed),) if changed or bearing else ()


def _beside(first: Entry, said: Body[Any]) -> tuple[tuple[Put, ...], tuple[Key, ...]]:
    """What the entry says of an incident beside its updates: a correction, a promise, that one was kept."""
    if said.incident is None:
        return (), ()
    if said.correction:
        update, moment = said.update, _moment(first)
        done = postmortems.corrected(said.incident, update, said.correction, moment=moment) if update else ()
        return (*_correction(first, said), *done), ()
    return postmortems.again(said.incident, said.follow_up, kind=first.kind, moment=_moment(first))


def _correction(entry: Entry, said: Body[Any]) -> tuple[Put, ...]:
    """How an update read before, if the entry puts one right."""
    if said.correction is None:
        return ()
    return (corrections.stored(entry.subject, replace(said.correction, seq=entry.seq)),)


def _maintenance(chapter: Chapter) -> Change[Done]:
    bodies = [(entry, read(entry)) for entry in chapter]
    first, said = bodies[0]
    before = maintenances.find(id_of(first.subject))
    told, last = said.maintenance or before, chapter[-1].seq
    if told is None:
        return Change(Done())
    stands = before is not None and before.seq >= last
    version = before.version if before else 0
    after = before if before and stands else replace(told, version=version + 1, seq=last)
    updates = _updates(bodies, maintenances.updates(before.id) if before else ())
    puts, deletes = maintenances.moved_again(before, after, was=said.was.started_at if said.was else None)
    head = () if stands else maintenances.stored(after, version, ())
    touches = maintenances.touched(updates, _moment(first)) if first.kind in maintenances.TOLD else ()
    new = () if first.kind == CORRECTED else updates
    return Change(
        Done(),
        puts=(*head, *maintenances.told(after.id, updates), *puts, *touches, *_correction(first, said)),
        deletes=deletes,
        early=maintenances.early(None if stands else before, after),
        told=(maintenances.spoken_of(after, new),) if updates or first.kind in IMPORTED else (),
    )


def _updates(bodies: Sequence[tuple[Entry, Body[S]]], known: Iterable[Update[S]]) -> tuple[Update[S], ...]:
    """The updates with their numbers: one that is told otherwise than before keeps the number it has."""
    numbers = dict[str, int]()
    if bodies[0][0].kind in (*IMPORTED, CONTINUED, CORRECTED):
        numbers = {update.id: update.seq for update in known}
    return tuple(
        replace(body.update, seq=numbers.get(body.update.id, entry.seq))
        for entry, body in bodies
        if body.update
    )


def _touches(first: Entry, updates: Sequence[IncidentUpdate], before: Incident | None) -> Moved:
    if first.kind not in TOLD:
        return (), ()
    held = before.components if before and first.kind != OPENED else ()
    changed = [id for update in updates for id in incidents.changed_by(update, held)]
    puts, deletes = outages.touched(changed, _moment(first), again=True)
    return (*catalogue.touch(changed, _moment(first)), *puts), deletes


def _told(chapter: Chapter) -> Change[Done]:
    """What is said in the same words of each kind: an update put right, or imported behind its head."""
    return TELLERS.get(kind_of(chapter[0].subject), _incident)(chapter)


def _redacted(chapter: Chapter) -> Change[Done]:
    (entry,) = chapter
    return redactions.again(entry) if entry.body else Change(Done())


def _moment(entry: Entry) -> Moment:
    return Moment(entry.recorded_at, entry.seq)


def _done(change: Change[Any]) -> Change[Done]:
    return change.giving(Done())


TELLERS: dict[str, Step] = {MAINTENANCE: _maintenance, ADVISORY: _advisory}
STEPS: dict[str, Step] = {
    **dict.fromkeys((f"page.{verb}" for verb in CHANGED), _page),
    **dict.fromkeys(
        (f"{word}.{verb}" for word in ("component", "group") for verb in (*CHANGED, *GONE)),
        _thing,
    ),
    **dict.fromkeys((*TOLD, *AMENDED, "incident.imported"), _incident),
    **dict.fromkeys((*maintenances.TOLD, *maintenances.AMENDED, "maintenance.imported"), _maintenance),
    **dict.fromkeys(advisories.KINDS.values(), _advisory),
    days.CLOSED: _day,
    **dict.fromkeys((CONTINUED, CORRECTED), _told),
    REVOKED: _revoked,
    REDACTED: _redacted,
}
