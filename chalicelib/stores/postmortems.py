"""What follows an incident in the table: its postmortem, and follow-ups as items beside its updates."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.errors import NotFound
from chalicelib.domain.incidents import Incident, IncidentUpdate, Story
from chalicelib.domain.postmortems import (
    Done,
    Findings,
    done_anew,
    keep_follow_up,
    move_follow_up,
    promise_follow_up,
    publish_postmortem,
)
from chalicelib.domain.promises import FollowUp, KeptPromise, Promise
from chalicelib.domain.record import Fact, Moment, facts
from chalicelib.domain.subjects import INCIDENT, subject_of
from chalicelib.domain.updates import Correction
from chalicelib.stores import catalogue, figures, heads, incidents, promises, table
from chalicelib.stores.record import Change
from chalicelib.stores.table import Key, Put

PUBLISHED = "incident.postmortem"
PROMISED = "followup.promised"
MOVED = "followup.moved"
DONE = "followup.done"


class Promised(NamedTuple):
    """A follow-up, and where its incident stands."""

    incident: Incident
    follow_up: FollowUp


def follow_ups(incident: str) -> tuple[FollowUp, ...]:
    """The follow-ups of an incident, in the order in which they were promised."""
    return heads.follow_ups(subject_of(INCIDENT, incident))


def follow_up(incident: str, id: str) -> FollowUp:
    """The follow-up of this id, or `NotFound`."""
    item = table.get(_partition(incident), heads.FOLLOW_UP + id)
    if item is None:
        raise NotFound("follow-up", id)
    return table.value(item, FollowUp)


def publish(before: Incident, said: Findings, *, id: str, moment: Moment) -> Change[Story]:
    """Publish the postmortem of an incident as it was just read."""
    standings = catalogue.standings(before.components, held=before.components)
    told = publish_postmortem(before, said, id=id, moment=moment, standings=standings)
    change = incidents.continued(before, told, kind=PUBLISHED, moment=moment)
    return replace(change, puts=(*change.puts, *kept_by(told.incident, None, moment)))


def promise(before: Incident, wanted: FollowUp, *, moment: Moment) -> Change[Promised]:
    """Promise a follow-up."""
    promised = follow_ups(before.id)
    standings = catalogue.standings(before.components, held=before.components)
    told, follow_up = promise_follow_up(before, wanted, standing=promised, moment=moment, standings=standings)
    change = incidents.continued(before, told, kind=PROMISED, moment=moment)
    (fact,) = change.facts
    return replace(
        change.giving(Promised(change.result.incident, follow_up)),
        facts=(replace(fact, body={**fact.body, "follow_up": facts(follow_up)}),),
        puts=(*change.puts, stored(before.id, follow_up), standing(before.id, follow_up)),
    )


def move(before: Incident, standing: FollowUp, due: datetime, *, moment: Moment) -> Change[Promised]:
    """Promise it for another time; nothing is written where that is the same."""
    incident, follow_up = move_follow_up(before, standing, due, moment=moment)
    if follow_up == standing:
        return Change(Promised(before, standing))
    return _changed(before, (incident, follow_up), MOVED)


def keep(before: Incident, standing: FollowUp, done: Done, *, moment: Moment) -> Change[Promised]:
    """Say that a follow-up is done."""
    standings = catalogue.standings(before.components, held=before.components)
    told, follow_up = keep_follow_up(before, standing, done, moment=moment, standings=standings)
    change = incidents.continued(before, told, kind=DONE, moment=moment)
    (fact,) = change.facts
    return replace(
        change.giving(Promised(change.result.incident, follow_up)),
        facts=(replace(fact, body={**fact.body, "follow_up": facts(follow_up)}),),
        puts=(*change.puts, stored(before.id, follow_up), *kept_by(before, follow_up, moment)),
        deletes=(*change.deletes, promises.of_follow_up(before.id, follow_up.id)),
    )


def stored(incident: str, follow_up: FollowUp) -> Put:
    """What to store for a follow-up."""
    return Put(table.stored(_partition(incident), heads.FOLLOW_UP + follow_up.id, follow_up))


def standing(incident: str, follow_up: FollowUp) -> Put:
    """What to store so that it counts as promised."""
    due, first = follow_up.due, follow_up.first_due
    return promises.standing(Promise(incident, due, follow_up.id, follow_up.text, first))


def kept_by(incident: Incident, follow_up: FollowUp | None, moment: Moment) -> tuple[Put, ...]:
    """What to store when this follow-up, or else the incident's postmortem, has just kept a promise."""
    if follow_up is not None:
        if follow_up.done_at is None:
            return ()
        due, first = follow_up.due, follow_up.first_due
        return promises.kept(KeptPromise(incident.id, due, follow_up.done_at, follow_up.id, first), moment)
    told = incident.postmortem
    if told is None or told.due is None:
        return ()
    kept = KeptPromise(incident.id, told.due, told.published_at, first_due=told.first_due)
    return promises.kept(kept, moment)


def corrected(
    incident: Incident, update: IncidentUpdate, correction: Correction, *, moment: Moment
) -> tuple[Put, ...]:
    """What to store when an update was corrected: the follow-up that it says is done was done then."""
    if update.follow_up is None or correction.happened_at is None:
        return ()
    standing = follow_up(incident.id, update.follow_up)
    after = done_anew(standing, update)
    before = KeptPromise(incident.id, after.due, correction.happened_at, after.id, after.first_due)
    anew = promises.corrected(before, replace(before, done_at=update.happened_at), moment)
    return stored(incident.id, after), *anew


def again(
    incident: Incident, follow_up: FollowUp | None, *, kind: str, moment: Moment
) -> tuple[tuple[Put, ...], tuple[Key, ...]]:
    """What an entry of this kind stores and removes beside the incident and its updates."""
    if follow_up is None:
        kept = kept_by(incident, None, moment) if kind == PUBLISHED else ()
        return kept, promises.void(incident)
    if follow_up.done_at is None:
        return (stored(incident.id, follow_up), standing(incident.id, follow_up)), ()
    puts = (stored(incident.id, follow_up), *kept_by(incident, follow_up, moment))
    return puts, (promises.of_follow_up(incident.id, follow_up.id),)


def _changed(before: Incident, after: tuple[Incident, FollowUp], kind: str) -> Change[Promised]:
    incident, follow_up = replace(after[0], version=before.version + 1), after[1]
    body = {"incident": facts(incident), "follow_up": facts(follow_up)}
    return Change(
        Promised(incident, follow_up),
        (Fact(kind, incidents.subject(incident), body),),
        (
            *incidents.stored(incident, before.version, ()),
            stored(incident.id, follow_up),
            standing(incident.id, follow_up),
        ),
        counted=figures.counted(before, incident, kind),
    )


def _partition(incident: str) -> str:
    return heads.partition(subject_of(INCIDENT, incident))
