"""PagerDuty's webhooks, version 3: each says what happened to an incident, and where it stands since."""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import Struct

from chalicelib.domain.alarms import Alarm
from chalicelib.domain.errors import Invalid
from chalicelib.intake.alarms.reading import Moment, Name, decode, moment

SOURCE = "pagerduty"
INCIDENT = "incident"
PING = "pagey.ping"
FIRING = frozenset({"triggered", "acknowledged"})
OLDEST = timedelta(hours=24)
"""What is older was sent before, by somebody else than PagerDuty perhaps: its signature bears no time."""


class Reference(Struct):
    """Something that is named: a service, a priority."""

    id: str = ""
    summary: str | None = None


class IncidentObject(Struct):
    """`data` where the resource is an incident."""

    id: Name
    type: Literal["incident"]
    status: Literal["triggered", "acknowledged", "resolved"]
    title: str = ""
    service: Reference | None = None
    priority: Reference | None = None
    urgency: str | None = None


class EventObject(Struct):
    """What happened, and when."""

    event_type: str
    occurred_at: Moment
    resource_type: str = ""
    data: dict[str, Any] = {}


class Message(Struct):
    """What the webhook sends."""

    event: EventObject


def read(body: bytes, *, now: datetime) -> list[Alarm]:
    """What a message says of an incident; a word about one, or a trial message, is no alarm."""
    event = decode(body, Message).event
    if event.event_type == PING:
        return []
    if event.resource_type != INCIDENT:
        raise Invalid("event.resource_type", "must be incident: subscribe to the events of incidents alone")
    at = moment("event.occurred_at", event.occurred_at)
    if event.data.get("type") != INCIDENT:
        return []
    try:
        incident = decode(msgspec.json.encode(event.data), IncidentObject)
    except Invalid as wrong:
        raise Invalid(f"event.data.{wrong.field}", wrong.reason) from wrong
    if at < now - OLDEST:
        raise Invalid("event.occurred_at", "is more than a day ago")
    return [Alarm(SOURCE, incident.id, incident.status in FIRING, at, _labels(incident), incident.title)]


def _labels(incident: IncidentObject) -> dict[str, str]:
    service, priority = incident.service or Reference(), incident.priority or Reference()
    found = {
        "title": incident.title, "service": service.summary, "service_id": service.id,
        "priority": priority.summary, "urgency": incident.urgency,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}
