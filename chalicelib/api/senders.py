"""Who sends alarms: a key, a signature, or the secret of the source; whoever has none of these is refused.

What a source can sign with, it must. Nothing of a message is taken in before its sender is known.
"""

import base64
import binascii
import hmac
from http import HTTPStatus
from importlib import import_module

from chalicelib.api import access, requests
from chalicelib.api.alarm_bodies import Sending
from chalicelib.api.problems import RETRY_AFTER_SECONDS, Refused
from chalicelib.api.requests import Asked
from chalicelib.domain.alarms import Alarm
from chalicelib.domain.keys import Scope
from chalicelib.intake.alarms.signatures import WrongSignature, is_keyed
from chalicelib.stores import alarm_rules
from chalicelib.stores.alarm_rules import Sender

CLOUDWATCH, PAGERDUTY = "cloudwatch", "pagerduty"
SOURCES = ("alertmanager", "grafana", CLOUDWATCH, PAGERDUTY, "statuspage", "generic")
"""Each has a module of its name, which is loaded when something comes from there."""
SIGNATURES = {
    "grafana": "x-grafana-alerting-signature",
    PAGERDUTY: "x-pagerduty-signature",
    "generic": "x-candor-signature",
}
"""The headers in which senders sign the body by the secret of the source."""
VERSION = "v1="
CHALLENGE = {"WWW-Authenticate": 'Basic realm="candor", Bearer realm="candor"'}


def believed(asked: Asked, source: str, body: bytes, said: Sending) -> list[Alarm]:
    """The alarms of a message whose sender is known; else 401 or 403."""
    try:
        if source == CLOUDWATCH:
            return _of_topic(asked, body)
        _check_sender(asked, source, body, said)
    except WrongSignature as wrong:
        detail = "This message is not signed by whom it should be."
        raise Refused(HTTPStatus.UNAUTHORIZED, detail, headers=CHALLENGE) from wrong
    reader = import_module(f"chalicelib.intake.alarms.{source}")
    read: list[Alarm] = reader.read(body, now=asked.now())
    return read


def _of_topic(asked: Asked, body: bytes) -> list[Alarm]:
    """The alarms of a message of SNS; an invitation to a topic that we want is followed."""
    from chalicelib.intake.alarms import cloudwatch, sns

    message = sns.read(body)
    if message.TopicArn not in alarm_rules.sender(CLOUDWATCH).topics:
        detail = "This topic is none of those that are listened to."
        raise Refused(HTTPStatus.FORBIDDEN, detail, field="TopicArn", headers=CHALLENGE)
    try:
        sns.verify(message, fetch=asked.wiring.fetch, now=asked.now())
        if message.Type == sns.CONFIRMATION and not asked.dry_run:
            sns.confirm(message, asked.wiring.fetch)
    except OSError as away:
        wait = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        detail = "AWS cannot be asked now: nothing was stored, send the same message again."
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=wait) from away
    return cloudwatch.read(message.Message) if message.Type == sns.NOTIFICATION else []


def _check_sender(asked: Asked, source: str, body: bytes, said: Sending) -> None:
    header = SIGNATURES.get(source)
    given = requests.header(asked.request, header) if header else None
    if given is not None or source == PAGERDUTY:
        _check_signature(alarm_rules.sender(source), body, _signatures(source, given or ""))
    elif said.token is not None:
        _check_token(alarm_rules.sender(source), said.token)
    else:
        authorization = _as_bearer(requests.header(asked.request, "authorization"))
        access.caller(authorization, Scope(f"{Scope.ALARMS_SEND}:{source}"))


def _signatures(source: str, given: str) -> list[str]:
    """The signatures in a header. PagerDuty's say by which way they were made: v1 is the one that we know."""
    parts = [part.strip() for part in given.split(",")[:10]]
    if source == PAGERDUTY:
        return [part.removeprefix(VERSION) for part in parts if part.startswith(VERSION)]
    return [part.removeprefix("sha256=") for part in parts]


def _check_signature(sender: Sender, body: bytes, signatures: list[str]) -> None:
    """One of several signatures is enough: while a secret is changed, PagerDuty signs with both."""
    secret = sender.secret
    if secret is None or not any(is_keyed(secret, body, signature) for signature in signatures):
        raise WrongSignature


def _check_token(sender: Sender, token: str) -> None:
    if sender.secret is None or not hmac.compare_digest(sender.secret.encode(), token.encode()):
        raise WrongSignature


def _as_bearer(authorization: str | None) -> str | None:
    """A key that was sent as the password of whatever user (RFC 7617), as if it had been sent as a key."""
    scheme, _, credentials = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return authorization
    try:
        password = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        password = ""
    return f"Bearer {password}"
