"""Alarms: send them, say by rules what they mean, by what senders are known; confirm what they open."""

from dataclasses import replace
from typing import Any

from msgspec import UNSET

from chalicelib.api import alarm_bodies, answers, cursors, documents
from chalicelib.api.alarm_bodies import (
    Confirmation,
    Heard,
    NewRule,
    Rule,
    Sender,
    SenderChange,
    Sending,
    Strange,
    Unmatched,
)
from chalicelib.api.changes import save
from chalicelib.api.documents import Listed
from chalicelib.api.operations import Routes
from chalicelib.api.queries import Numbered
from chalicelib.api.requests import Asked
from chalicelib.api.senders import SOURCES, believed
from chalicelib.domain import alarms as domain
from chalicelib.domain.errors import NotFound
from chalicelib.domain.incidents import Story
from chalicelib.domain.keys import Scope
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import ComponentStatus
from chalicelib.domain.suspicions import confirmation
from chalicelib.stores import alarm_rules, alarms, incidents
from chalicelib.stores.idempotency import Answer
from chalicelib.stores.record import Change

routes = Routes("alarms")


@routes.post("/alarms/rules", scope=Scope.ALARMS_WRITE, body=NewRule, answer=Rule)
def create_alarm_rule(asked: Asked, said: NewRule) -> Answer:
    """Add a rule; it is about what is said from then on."""
    id = said.id or asked.wiring.new_id()
    title = said.title.strip() if said.title else None

    def decide(moment: Moment) -> Change[domain.Rule]:
        rule = domain.Rule(id, said.match, said.component, ComponentStatus(said.status), moment.at, title)
        return alarm_rules.add(rule, said.before, moment)

    return save(asked, decide, lambda rule: answers.created(alarm_bodies.rule(rule)))


@routes.get("/alarms/rules", scope=Scope.ALARMS_WRITE, query=Numbered, answer=Listed[Rule])
def list_alarm_rules(asked: Asked, query: Numbered) -> Answer:
    """List the rules in their order: the first one that matches an alarm wins."""
    rules = alarm_rules.read().rules
    places = {rule.id: f"{n:016d}" for n, rule in enumerate(rules, start=1)}
    found = cursors.behind(query.cursor, rules, lambda rule: places[rule.id])
    return answers.found(cursors.filled(((place, alarm_bodies.rule(it)) for place, it in found), query.limit))


@routes.delete("/alarms/rules/{id}", scope=Scope.ALARMS_WRITE, answer=Rule)
def remove_alarm_rule(asked: Asked, id: str) -> Answer:
    """Remove a rule; what its alarms have opened stays."""
    return save(
        asked,
        lambda moment: alarm_rules.remove(id, moment),
        lambda rule: answers.found(alarm_bodies.rule(rule)),
    )


@routes.get("/alarms/unmatched", scope=Scope.ALARMS_WRITE, query=Strange, answer=Listed[Unmatched])
def list_unmatched_alarms(asked: Asked, query: Strange) -> Answer:
    """List the alarms of the last seven days that no rule knows, the one last met first."""
    found = alarms.unmatched(before=query.cursor, now=asked.now())
    listed = ((place, alarm_bodies.unmatched(known)) for place, known in found)
    return answers.found(cursors.filled(listed, query.limit))


@routes.get("/alarms/senders/{source}", scope=Scope.ALARMS_WRITE, answer=Sender)
def get_alarm_sender(asked: Asked, query: object, source: str) -> Answer:
    """Look at what the messages of a source are believed by; a secret is never shown."""
    return _shown(alarm_rules.sender(_known(source)))


@routes.patch("/alarms/senders/{source}", scope=Scope.ALARMS_WRITE, body=SenderChange, answer=Sender)
def change_alarm_sender(asked: Asked, said: SenderChange, source: str) -> Answer:
    """Set the secret that a source's senders share with us, or the SNS topics to listen to."""
    _known(source)
    wanted: dict[str, Any] = {}
    if said.secret is not UNSET:
        wanted["secret"] = said.secret
    if said.topics is not UNSET:
        wanted["topics"] = tuple(dict.fromkeys(said.topics))

    def decide(moment: Moment) -> Change[alarm_rules.Sender]:
        asked.check_match(answers.etag(alarm_rules.sender(source).version))
        return alarm_rules.change_sender(source, lambda it: replace(it, **wanted), moment)

    return save(asked, decide, _shown)


@routes.post(
    "/alarms/{source}", scope=Scope.ALARMS_SEND, answer=Heard, status=200, query=Sending, is_signed=True
)  # fmt: skip
def hear_alarms(asked: Asked, body: bytes, said: Sending, source: str) -> Answer:
    """Take in what a source sends, in its own form; repeats and late words are harmless."""
    told = believed(asked, _known(source), body, said)
    outcome = alarms.hear(told, now=asked.now, new_id=asked.wiring.new_id, dry_run=asked.dry_run)
    heard = Heard(
        alarms=outcome.alarms,
        news=outcome.news,
        unmatched=outcome.unmatched,
        incidents=list(outcome.incidents),
    )
    return answers.found(heard)


@routes.post(
    "/incidents/{id}/confirm", scope=Scope.INCIDENTS_WRITE, body=Confirmation, answer=documents.Told,
    if_match=False,
)  # fmt: skip
def confirm_incident(asked: Asked, said: Confirmation, id: str) -> Answer:
    """Confirm an incident that is only suspected: from then on people tell it. The ETag is the incident's."""
    update_id = asked.wiring.new_id()

    def decide(moment: Moment) -> Change[Story]:
        before = incidents.get(id)
        asked.check_match(answers.etag(before.version), needed=False)
        return incidents.tell(before, confirmation(before, said.body), id=update_id, moment=moment)

    def answer(story: Story) -> Answer:
        return answers.created(answers.told(story), answers.etag(story.incident.version))

    return save(asked, decide, answer)


def _known(source: str) -> str:
    if source not in SOURCES:
        raise NotFound("source", source)
    return source


def _shown(sender: alarm_rules.Sender) -> Answer:
    return answers.found(alarm_bodies.sender(sender), answers.etag(sender.version))
