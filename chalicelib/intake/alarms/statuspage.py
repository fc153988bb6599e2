"""The webhooks of an Atlassian Statuspage to its subscribers, so that a vendor's page can feed ours.

Two kinds of message: one about a component's status, one about an incident or a maintenance. Planned work is
no alarm, neither a maintenance nor a component under maintenance.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.domain.alarms import Alarm
from chalicelib.domain.errors import Invalid
from chalicelib.domain.statuses import ComponentStatus, Impact
from chalicelib.intake.alarms.reading import Moment, Name, decode, moment

SOURCE = "statuspage"
OVER = frozenset({"resolved", "postmortem"})
WELL = frozenset({ComponentStatus.OPERATIONAL, ComponentStatus.UNDER_MAINTENANCE})
Word = Annotated[str, Meta(max_length=40)]


class PageObject(Struct):
    """Whose page it is."""

    id: Name


class ComponentObject(Struct):
    """A component; in an incident, one that it concerns."""

    id: Name
    name: str


class ChangeObject(Struct):
    """What became of the component."""

    new_status: ComponentStatus
    created_at: Moment


class IncidentObject(Struct):
    """An incident or, with `scheduled_for`, a maintenance. What there is not is null or left out."""

    id: Name
    name: str
    status: Word
    updated_at: Moment
    impact: Impact | None = None
    scheduled_for: Moment | None = None
    components: list[ComponentObject] | None = None


class Message(Struct):
    """What the webhook sends; which of the two it is, its keys tell."""

    page: PageObject
    component: ComponentObject | None = None
    component_update: ChangeObject | None = None
    incident: IncidentObject | None = None


def read(body: bytes, *, now: datetime) -> list[Alarm]:
    """What a message says, if it is no planned work."""
    message = decode(body, Message)
    if message.incident:
        return _incident(message.page.id, message.incident)
    if message.component and message.component_update:
        return [_component(message.page.id, message.component, message.component_update)]
    raise Invalid("body", "is about neither an incident nor a component")


def _component(page: str, component: ComponentObject, change: ChangeObject) -> Alarm:
    labels = {
        "kind": "component", "page": page, "component": component.name, "component_id": component.id,
        "status": change.new_status.value,
    }  # fmt: skip
    at = moment("component_update.created_at", change.created_at)
    firing = change.new_status not in WELL
    return Alarm(SOURCE, f"{page[:60]}:component:{component.id[:100]}", firing, at, labels, component.name)


def _incident(page: str, incident: IncidentObject) -> list[Alarm]:
    if incident.scheduled_for or incident.impact is Impact.MAINTENANCE:
        return []
    impact = incident.impact or Impact.NONE
    labels = {
        "kind": "incident", "page": page, "incident": incident.name, "impact": impact.value,
        "status": incident.status, "components": ", ".join(it.name for it in incident.components or ()),
    }  # fmt: skip
    at = moment("incident.updated_at", incident.updated_at)
    name = f"{page[:60]}:incident:{incident.id[:100]}"
    return [Alarm(SOURCE, name, incident.status not in OVER, at, labels, incident.name)]
