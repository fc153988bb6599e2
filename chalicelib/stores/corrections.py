"""Corrections in the table: an update as it reads from here on, and beside it how it read before."""

from dataclasses import replace

from chalicelib.domain.corrections import Mended, Right, correct, retract
from chalicelib.domain.incidents import Incident, Story
from chalicelib.domain.record import Fact, Json, Moment, facts
from chalicelib.domain.subjects import INCIDENT, subject_of
from chalicelib.domain.times import iso
from chalicelib.domain.updates import Correction
from chalicelib.stores import catalogue, figures, heads, incidents, outages, postmortems, table
from chalicelib.stores.record import Change
from chalicelib.stores.table import Put

CORRECTED = "update.corrected"


def put_right(before: Story, id: str, right: Right, *, moment: Moment) -> Change[Mended]:
    """Correct one update of a story as it was just read; nothing is written where it says the same."""
    mended = correct(before, id, right, moment=moment)
    if mended.correction is None:
        return Change(mended)
    incident = replace(mended.incident, version=before.incident.version + 1)
    puts, deletes = incidents.moved(before.incident, incident)
    updates = tuple(mended.update if update.id == id else update for update in before.updates)
    cost, gone = outages.moved(before, Story(incident, updates))
    done = postmortems.corrected(incident, mended.update, mended.correction, moment=moment)
    body: dict[str, Json] = {
        "incident": facts(incident),
        "update": facts(mended.update),
        "correction": facts(mended.correction),
    }
    if incident.started_at != before.incident.started_at:
        body["was"] = {"started_at": iso(before.incident.started_at)}
    fact = Fact(CORRECTED, incidents.subject(incident), body)
    incidents.check_size(fact, "body")
    return Change(
        mended._replace(incident=incident),
        (fact,),
        (
            *incidents.stored(incident, before.incident.version, (mended.update,)),
            stored(incident.id, mended.correction),
            *puts,
            *cost,
            *done,
        ),
        (*deletes, *gone),
        early=incidents.early(before.incident, incident),
        told=(incidents.spoken_of(incident, ()),),
        counted=figures.counted(before.incident, incident, CORRECTED),
    )


def take_back(before: Incident, reason: str, *, id: str, moment: Moment) -> Change[Story]:
    """Retract an incident as it was just read."""
    standings = catalogue.standings(before.components, held=before.components)
    told = retract(before, reason, id=id, moment=moment, standings=standings)
    return incidents.continued(before, told, kind=incidents.RETRACTED, moment=moment)


def stored(incident: str, correction: Correction) -> Put:
    """What to store for a correction."""
    sk = heads.CORRECTION + table.number(correction.seq)
    return Put(table.stored(heads.partition(subject_of(INCIDENT, incident)), sk, correction))
