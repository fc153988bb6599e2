"""What follows an incident: its postmortem, follow-ups; and what puts it right: corrections, a retraction."""

from chalicelib.api import answers, documents
from chalicelib.api.changes import save
from chalicelib.api.correction_bodies import IncidentUpdateCorrection
from chalicelib.api.operations import Routes
from chalicelib.api.postmortem_bodies import FollowUpChange, NewFollowUp, NewPostmortem, Retraction
from chalicelib.api.requests import Asked
from chalicelib.domain.incidents import Incident, Story
from chalicelib.domain.keys import Scope
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.domain.wordings import Mended
from chalicelib.stores import corrections, incidents, postmortems
from chalicelib.stores.idempotency import Answer
from chalicelib.stores.postmortems import Promised
from chalicelib.stores.record import Change

routes = Routes("postmortems")
WRITES = {"scope": Scope.INCIDENTS_WRITE}

IncidentMended = Mended[Incident, IncidentStatus]


@routes.post(
    "/incidents/{id}/postmortem", **WRITES, body=NewPostmortem, answer=documents.Told, if_match=False
)
def publish_postmortem(asked: Asked, said: NewPostmortem, id: str) -> Answer:
    """Publish the postmortem of a resolved incident, as an update; the ETag is the incident's."""
    update_id = asked.wiring.new_id()

    def decide(moment: Moment) -> Change[Story]:
        return postmortems.publish(_seen(asked, id), said.findings(), id=update_id, moment=moment)

    return save(asked, decide, _told)


@routes.post("/incidents/{id}/retract", **WRITES, body=Retraction, answer=documents.Told, if_match=False)
def retract_incident(asked: Asked, said: Retraction, id: str) -> Answer:
    """Take back an incident that was none, as an update; it stays readable. The ETag is the incident's."""
    update_id = asked.wiring.new_id()

    def decide(moment: Moment) -> Change[Story]:
        return corrections.take_back(_seen(asked, id), said.reason, id=update_id, moment=moment)

    return save(asked, decide, _told)


@routes.patch(
    "/incidents/{id}/updates/{update}", **WRITES, body=IncidentUpdateCorrection, answer=documents.Told
)
def correct_update(asked: Asked, said: IncidentUpdateCorrection, id: str, update: str) -> Answer:
    """Put an update's words or claimed time right; If-Match and ETag are the incident's."""

    def decide(moment: Moment) -> Change[IncidentMended]:
        incident = _seen(asked, id, needed=True)
        told = Story(incident, incidents.updates(id))
        return corrections.put_right(told, update, said.right(), moment=moment)

    def answer(mended: IncidentMended) -> Answer:
        return answers.found(answers.with_state(mended.update, mended.head), _tag(mended.head))

    return save(asked, decide, answer)


@routes.post(
    "/incidents/{id}/follow-ups", **WRITES, body=NewFollowUp, answer=documents.FollowUp, if_match=False
)
def create_follow_up(asked: Asked, said: NewFollowUp, id: str) -> Answer:
    """Promise something after an incident; the ETag is the incident's."""
    wanted = said.follow_up(said.id or asked.wiring.new_id())

    def decide(moment: Moment) -> Change[Promised]:
        return postmortems.promise(_seen(asked, id), wanted, moment=moment)

    def answer(promised: Promised) -> Answer:
        return answers.created(answers.follow_up(promised.follow_up), _tag(promised.incident))

    return save(asked, decide, answer)


@routes.patch(
    "/incidents/{id}/follow-ups/{follow_up}", **WRITES, body=FollowUpChange, answer=documents.FollowUp
)
def change_follow_up(asked: Asked, said: FollowUpChange, id: str, follow_up: str) -> Answer:
    """Say that a follow-up is done, or promise it for another time; If-Match and ETag are the incident's."""
    done = said.done(asked.wiring.new_id())

    def decide(moment: Moment) -> Change[Promised]:
        before = _seen(asked, id, needed=True)
        standing = postmortems.follow_up(id, follow_up)
        if done:
            return postmortems.keep(before, standing, done, moment=moment)
        return postmortems.move(before, standing, said.moved(standing), moment=moment)

    def answer(promised: Promised) -> Answer:
        return answers.found(answers.follow_up(promised.follow_up), _tag(promised.incident))

    return save(asked, decide, answer)


def _seen(asked: Asked, id: str, *, needed: bool = False) -> Incident:
    """The incident as it stands, if it is the version that the caller decided on."""
    incident = incidents.get(id)
    asked.check_match(_tag(incident), needed=needed)
    return incident


def _told(story: Story) -> Answer:
    return answers.created(answers.told(story), _tag(story.incident))


def _tag(incident: Incident) -> str:
    return answers.etag(incident.version)
