"""Grafana's alerting, by a contact point of the kind webhook: Alertmanager's message and more."""

from datetime import datetime

from chalicelib.domain.alarms import Alarm
from chalicelib.intake.alarms import alertmanager
from chalicelib.intake.alarms.reading import decode

SOURCE = "grafana"


def read(body: bytes, *, now: datetime) -> list[Alarm]:
    """The alarms of a message, of any version: Grafana numbers its own from 1."""
    return alertmanager.alarms_of(SOURCE, decode(body, alertmanager.Message), now=now)
