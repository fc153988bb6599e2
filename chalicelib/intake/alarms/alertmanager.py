"""Prometheus Alertmanager's webhook, version 4, which Grafana's contact point of that kind sends too.

A group of alerts comes in one message, and some of them may be over while others fire. While one fires its
`endsAt` is the year 1; times have nanoseconds.
"""

import hashlib
import json
from datetime import datetime
from typing import Literal

from msgspec import Struct

from chalicelib.domain.alarms import Alarm
from chalicelib.domain.errors import Invalid
from chalicelib.intake.alarms.reading import EARLIEST, Moment, decode, moment

SOURCE = "alertmanager"
VERSION = "4"
TITLES = ("summary", "title", "message")


class AlertObject(Struct):
    """One of `alerts`; older senders leave the fingerprint out."""

    status: Literal["firing", "resolved"]
    startsAt: Moment
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    endsAt: Moment | None = None
    fingerprint: str = ""


class Message(Struct):
    """What the webhook sends, as far as we read it."""

    alerts: list[AlertObject]
    version: str = ""


def read(body: bytes, *, now: datetime) -> list[Alarm]:
    """The alarms of a message."""
    message = decode(body, Message)
    if message.version != VERSION:
        raise Invalid("version", f"must be {VERSION}")
    return alarms_of(SOURCE, message, now=now)


def alarms_of(source: str, message: Message, *, now: datetime) -> list[Alarm]:
    """The alarms of a message that has this form."""
    return [_alarm(source, alert, f"alerts.{n}", now) for n, alert in enumerate(message.alerts)]


def _alarm(source: str, alert: AlertObject, place: str, now: datetime) -> Alarm:
    firing = alert.status == "firing"
    title = next((alert.annotations[name] for name in TITLES if name in alert.annotations), "")
    at = moment(f"{place}.startsAt", alert.startsAt) if firing else _end(alert, place)
    return Alarm(
        source,
        alert.fingerprint or _fingerprint(alert.labels),
        firing,
        at or now,
        alert.labels,
        title or alert.labels.get("alertname", ""),
        is_dated=at is not None,
    )


def _end(alert: AlertObject, place: str) -> datetime | None:
    """When it was over, if it says so."""
    if alert.endsAt is None or alert.endsAt < EARLIEST:
        return None
    return moment(f"{place}.endsAt", alert.endsAt)


def _fingerprint(labels: dict[str, str]) -> str:
    """What an alert is known by: its labels, all of them."""
    return hashlib.sha256(json.dumps(sorted(labels.items())).encode()).hexdigest()[:32]
