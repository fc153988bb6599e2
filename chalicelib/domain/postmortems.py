"""What follows an incident: its postmortem, and the follow-ups that were promised, until they are done."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.checks import check_past, check_since, check_text
from chalicelib.domain.errors import Conflict
from chalicelib.domain.incidents import Incident, IncidentUpdate, Said, Story, continued
from chalicelib.domain.promises import FollowUp, Postmortem, Promise, check_cause, check_due, check_movable
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.domain.updates import Pledge, Standings

MOST_FOLLOW_UPS = 50


@dataclass(frozen=True)
class Findings:
    """What a postmortem says."""

    body: str
    root_cause: str


@dataclass(frozen=True)
class Done:
    """What somebody says when a follow-up is done, in the update of this id.

    Since when (now if they do not say), and in what words (else those of the promise).
    """

    id: str
    at: datetime | None = None
    body: str | None = None


def publish_postmortem(
    incident: Incident, said: Findings, *, id: str, moment: Moment, standings: Standings
) -> Story:
    """Tell the story afterwards: an update of its own, after which nothing is promised any more."""
    if incident.status is not IncidentStatus.RESOLVED:
        raise Conflict("status", f"is {incident.status}: a postmortem follows resolved, and nothing else")
    check_cause(said.root_cause)
    update = Said(IncidentStatus.POSTMORTEM, said.body)
    story = continued(incident, update, id=id, moment=moment, standings=standings)
    postmortem = Postmortem(
        id, said.root_cause.strip(), moment.at,
        due=incident.postmortem_due, first_due=incident.postmortem_first_due,
    )  # fmt: skip
    after = replace(story.incident, postmortem=postmortem, postmortem_due=None, postmortem_first_due=None)
    return replace(story, incident=after)


def promise_postmortem(incident: Incident, due: datetime | None, *, moment: Moment) -> Incident:
    """Say by when the postmortem will be there; None takes the promise back, before its time has come."""
    if due == incident.postmortem_due:
        return incident
    if incident.status in (IncidentStatus.POSTMORTEM, IncidentStatus.RETRACTED):
        raise Conflict("postmortem_due", f"cannot be promised any more: the incident is {incident.status}")
    check_movable("postmortem_due", incident.postmortem_due, moment.at)
    if due is not None:
        check_due("postmortem_due", due, moment.at)
    first = incident.postmortem_first_due or incident.postmortem_due
    return _changed(replace(incident, postmortem_due=due, postmortem_first_due=first), moment)


def promise_of(incident: Incident) -> Promise | None:
    """What stands of the promise of its postmortem: by when it is due, or that it was taken back."""
    first = incident.postmortem_first_due
    if incident.postmortem_due is not None:
        return Promise(incident.id, incident.postmortem_due, first_due=first)
    if first is None or incident.status is IncidentStatus.RETRACTED:
        return None
    return Promise(incident.id, first, is_taken_back=True)


def promise_follow_up(
    incident: Incident,
    follow_up: FollowUp,
    *,
    standing: Collection[FollowUp],
    moment: Moment,
    standings: Standings,
) -> tuple[Story, FollowUp]:
    """Promise one thing more, in an update that changes nothing else; `standing` were promised before."""
    _check_standing(incident)
    check_due("due", follow_up.due, moment.at)
    if any(one.id == follow_up.id for one in standing):
        raise Conflict("id", "is taken")
    if len(standing) >= MOST_FOLLOW_UPS:
        raise Conflict("id", f"would be one more than {MOST_FOLLOW_UPS} follow-ups")
    said = Said(incident.status, follow_up.text, next_update_by=incident.next_update_by)
    story = continued(incident, said, id=f"promise-{moment.seq}", moment=moment, standings=standings)
    (update,) = story.updates
    pledged = replace(update, pledge=Pledge(follow_up.id, follow_up.due))
    told = Story(replace(story.incident, imported=incident.imported), (pledged,))
    return told, replace(follow_up, promised_at=moment.at)


def move_follow_up(
    incident: Incident, follow_up: FollowUp, due: datetime, *, moment: Moment
) -> tuple[Incident, FollowUp]:
    """Promise it for another time, before the one that was promised has come."""
    if due == follow_up.due:
        return incident, follow_up
    _check_open(incident, follow_up)
    check_movable("due", follow_up.due, moment.at)
    check_due("due", due, moment.at)
    first = follow_up.first_due or follow_up.due
    return _changed(incident, moment), replace(follow_up, due=due, first_due=first)


def keep_follow_up(
    incident: Incident, follow_up: FollowUp, done: Done, *, moment: Moment, standings: Standings
) -> tuple[Story, FollowUp]:
    """Say that it is done, in an update that leaves the incident's status and next promise as they are."""
    _check_open(incident, follow_up)
    if done.body is not None:
        check_text("body", done.body)
    check_past("done_at", done.at, moment.at)
    check_since("done_at", done.at, follow_up.promised_at, "it was promised")
    done_at = done.at or moment.at
    body = done.body or follow_up.text
    said = Said(incident.status, body, {}, done_at, incident.next_update_by)
    story = continued(incident, said, id=done.id, moment=moment, standings=standings)
    (update,) = story.updates
    told = replace(story, updates=(replace(update, follow_up=follow_up.id),))
    return told, replace(follow_up, done_at=done_at, update=done.id)


def done_anew(follow_up: FollowUp, update: IncidentUpdate) -> FollowUp:
    """The follow-up when the update that told that it is done was put right: done when that says now."""
    check_since("happened_at", update.happened_at, follow_up.promised_at, "it was promised")
    return replace(follow_up, done_at=update.happened_at)


def _check_open(incident: Incident, follow_up: FollowUp) -> None:
    _check_standing(incident)
    if follow_up.done_at is not None:
        raise Conflict("done_at", "is said already")


def _check_standing(incident: Incident) -> None:
    """A retracted incident was none: nothing follows from it."""
    if incident.status is IncidentStatus.RETRACTED:
        raise Conflict("status", "is retracted: nothing can follow")


def _changed(incident: Incident, moment: Moment) -> Incident:
    return replace(incident, updated_at=moment.at, seq=moment.seq)
