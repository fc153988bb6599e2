"""Corrections in the table: an update as it reads from here on, and beside it how it read before."""

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

from chalicelib.domain.advisories import AdvisoryStory
from chalicelib.domain.advisory_corrections import correct_advisory
from chalicelib.domain.corrections import correct, retract
from chalicelib.domain.course_corrections import correct_course
from chalicelib.domain.incidents import Incident, Story
from chalicelib.domain.maintenances import Course
from chalicelib.domain.record import Fact, Json, Moment, facts
from chalicelib.domain.subjects import kind_of
from chalicelib.domain.times import iso
from chalicelib.domain.updates import Correction
from chalicelib.domain.wordings import Mended, Right
from chalicelib.stores import (
    advisories,
    catalogue,
    figures,
    heads,
    incidents,
    maintenances,
    outages,
    postmortems,
    table,
)
from chalicelib.stores.outages import Moved
from chalicelib.stores.record import Change
from chalicelib.stores.table import Put

CORRECTED = "update.corrected"

Tale = Story | Course | AdvisoryStory
Correct = Callable[..., Mended[Any, Any]]
KINDS: dict[type[Tale], tuple[Correct, ModuleType]] = {
    Story: (correct, incidents),
    Course: (correct_course, maintenances),
    AdvisoryStory: (correct_advisory, advisories),
}
"""The rules of each kind, and where it is stored; the stores offer the same, as for `tales.Store`."""


def put_right(before: Tale, id: str, right: Right, *, moment: Moment) -> Change[Mended[Any, Any]]:
    """Correct one update of what was just read; nothing is written where it says the same."""
    decide, store = KINDS[type(before)]
    mended = decide(before, id, right, moment=moment)
    if mended.correction is None:
        return Change(mended)
    old, head = before.head, replace(mended.head, version=before.head.version + 1)
    subject = store.subject(head)
    puts, deletes = store.moved(old, head)
    fact = Fact(CORRECTED, subject, _body(old, mended._replace(head=head), kind_of(subject)))
    incidents.check_size(fact, "body")
    beside, gone = _beside(before, mended._replace(head=head), moment)
    return Change(
        mended._replace(head=head),
        (fact,),
        (
            *store.stored(head, old.version, (mended.update,)),
            stored(subject, mended.correction),
            *puts,
            *beside,
        ),
        (*deletes, *gone),
        early=store.early(old, head),
        told=(store.spoken_of(head, ()),),
        counted=figures.counted(old, head, CORRECTED) if isinstance(old, Incident) else (),
    )


def take_back(before: Incident, reason: str, *, id: str, moment: Moment) -> Change[Story]:
    """Retract an incident as it was just read."""
    standings = catalogue.standings(before.components, held=before.components)
    told = retract(before, reason, id=id, moment=moment, standings=standings)
    return incidents.continued(before, told, kind=incidents.RETRACTED, moment=moment)


def stored(subject: str, correction: Correction) -> Put:
    """What to store for a correction."""
    return Put(
        table.stored(heads.partition(subject), heads.CORRECTION + table.number(correction.seq), correction)
    )


def _body(old: Any, mended: Mended[Any, Any], kind: str) -> dict[str, Json]:
    """What the record says: all as it reads now, how it read, and where in history it stood before."""
    body: dict[str, Json] = {
        kind: facts(mended.head),
        "update": facts(mended.update),
        "correction": facts(mended.correction),
    }
    began = getattr(old, "started_at", None)
    if began is not None and began != mended.head.started_at:
        body["was"] = {"started_at": iso(began)}
    return body


def _beside(before: Tale, mended: Mended[Any, Any], moment: Moment) -> Moved:
    """What follows for the promises of an incident, and for the outages that it tells of."""
    if not isinstance(before, Story) or mended.correction is None:
        return (), ()
    updates = tuple(mended.update if it.id == mended.update.id else it for it in before.updates)
    puts, deletes = outages.moved(before, Story(mended.head, updates))
    done = postmortems.corrected(mended.head, mended.update, mended.correction, moment=moment)
    return (*puts, *done), deletes
