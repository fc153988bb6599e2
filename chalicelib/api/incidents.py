"""Incidents and their updates: open, go on, list, look at, put right."""

from chalicelib.api import answers, cursors, documents, queries, searches
from chalicelib.api.bodies import IncidentChange, NewIncident, NewUpdate
from chalicelib.api.changes import save
from chalicelib.api.operations import Routes
from chalicelib.api.queries import Numbered
from chalicelib.api.requests import Asked
from chalicelib.domain.corrections import amend, correct_detection
from chalicelib.domain.incidents import Incident, Story
from chalicelib.domain.keys import Scope
from chalicelib.domain.postmortems import promise_postmortem
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.domain.times import zone
from chalicelib.stores import heads, incidents, postmortems, suspicions
from chalicelib.stores.idempotency import Answer
from chalicelib.stores.record import Change

routes = Routes("incidents")


@routes.post("/incidents", scope=Scope.INCIDENTS_WRITE, body=NewIncident, answer=documents.Story)
def create_incident(asked: Asked, said: NewIncident) -> Answer:
    """Open an incident with its first update."""
    ids = (said.id or asked.wiring.new_id(), asked.wiring.new_id())

    def decide(moment: Moment) -> Change[Story]:
        draft = said.draft()
        if draft.status is IncidentStatus.SUSPECTED:
            suspicions.check_free(draft.affects.keys())
        return incidents.open_new(draft, ids=ids, moment=moment)

    def answer(story: Story) -> Answer:
        updates = documents.Listed([answers.update(update) for update in story.updates], None)
        shown = answers.story(story.incident, updates)
        return answers.created(shown, _tag(story.incident), location=asked.address(f"/incidents/{ids[0]}"))

    return save(asked, decide, answer)


@routes.post(
    "/incidents/{id}/updates",
    scope=Scope.INCIDENTS_WRITE, body=NewUpdate, answer=documents.Told, if_match=False,
)  # fmt: skip
def create_update(asked: Asked, said: NewUpdate, id: str) -> Answer:
    """Go on with the story of an incident; the ETag is the incident's."""
    update_id = asked.wiring.new_id()

    def decide(moment: Moment) -> Change[Story]:
        before = incidents.get(id)
        asked.check_match(_tag(before), needed=False)
        return incidents.tell(before, said.said(), id=update_id, moment=moment)

    def answer(story: Story) -> Answer:
        return answers.created(answers.told(story), _tag(story.incident))

    return save(asked, decide, answer)


@routes.get("/incidents", query=queries.Incidents, answer=documents.Listed[documents.Incident])
def list_incidents(asked: Asked, query: queries.Incidents) -> Answer:
    """List incidents, newest first; a page may hold fewer than `limit` and not be the last."""
    wanted = searches.search(query, zone(asked.wiring.page().time_zone))
    listed = ((place, answers.incident(found) if found else None) for place, found in searches.found(wanted))
    return answers.found(cursors.filled(listed, query.limit))


@routes.get("/incidents/{id}", query=Numbered, answer=documents.Story)
def get_incident(asked: Asked, query: Numbered, id: str) -> Answer:
    """Look at one incident and its updates, newest first; `limit` and `cursor` are about the updates."""
    incident = incidents.get(id)
    before = int(query.cursor) if query.cursor else None
    found = incidents.updates_before(id, before, limit=query.limit + 1)
    listed = ((str(update.seq), answers.update(update)) for update in found)
    updates = cursors.filled(listed, query.limit)
    corrections = heads.corrections(incidents.subject(incident))
    shown = answers.story(incident, updates, postmortems.follow_ups(id), corrections)
    return answers.found(shown, _tag(incident))


@routes.patch("/incidents/{id}", scope=Scope.INCIDENTS_WRITE, body=IncidentChange, answer=documents.Incident)
def change_incident(asked: Asked, said: IncidentChange, id: str) -> Answer:
    """Put title, impact or detection right, with a reason, or promise a postmortem."""

    def decide(moment: Moment) -> Change[Incident]:
        before = incidents.get(id)
        asked.check_match(_tag(before))
        words = said.stated()
        title, reason = words.get("title"), words.get("reason")
        after = amend(before, moment=moment, title=title, impact=said.stated_impact, reason=reason)
        detected_at = said.detected(before.detected_at)
        after = correct_detection(after, detected_at, moment=moment, reason=reason)
        after = promise_postmortem(after, said.promised(before.postmortem_due), moment=moment)
        return incidents.amended(before, after)

    return save(asked, decide, lambda incident: answers.found(answers.incident(incident), _tag(incident)))


def _tag(incident: Incident) -> str:
    return answers.etag(incident.version)
