"""Messages of an SNS topic, sent to an address of ours: signed by AWS, with a certificate that AWS serves.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.domain.alarms import TOPIC
from chalicelib.domain.errors import Invalid
from chalicelib.intake.alarms.fetching import Nothing
from chalicelib.intake.alarms.reading import Moment, decode
from chalicelib.intake.alarms.signatures import PublicKey, WrongSignature, is_signed, public_key

NOTIFICATION = "Notification"
CONFIRMATION = "SubscriptionConfirmation"
ADDRESS = r"https://sns\.([a-z]{2}(?:-[a-z]+){1,3}-[0-9]{1,2})\.amazonaws\.com/"
"""Where AWS serves certificates and takes confirmations, in a region: nobody else has such a name."""
OLDEST = timedelta(hours=24)
"""SNS repeats for an hour; what is older is repeated by somebody else."""
MOST_CERTIFICATES = 16
_CERTIFICATE = re.compile(ADDRESS + r"[A-Za-z0-9-]{1,200}\.pem")
_CONFIRMING = re.compile(ADDRESS + r"\?[\x21-\x7e]{1,2000}")
_DIGESTS = {"1": "sha1", "2": "sha256"}
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}

Fetch = Callable[[str], bytes]
"""Gives what an https address serves; follows no redirects."""
Word = Annotated[str, Meta(max_length=2048)]

_known: dict[str, PublicKey] = {}


class Envelope(Struct):
    """A message of a topic, as it comes over HTTP; its times are signed as they are written."""

    Type: Literal["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]
    Message: str
    MessageId: Word
    Timestamp: Word
    TopicArn: Annotated[str, Meta(pattern=TOPIC)]
    SignatureVersion: Literal["1", "2"]
    Signature: Word
    SigningCertURL: Word
    Subject: Word | None = None
    SubscribeURL: Word | None = None
    Token: Word | None = None


def read(body: bytes) -> Envelope:
    """The message as it came: whoever sent it."""
    return decode(body, Envelope)


def verify(envelope: Envelope, *, fetch: Fetch, now: datetime) -> None:
    """`WrongSignature` unless AWS sent it, lately; nothing but its certificate is asked for.

    `OSError` if that cannot be had now, although it may be there.
    """
    if not _is_there(_CERTIFICATE, envelope.SigningCertURL, envelope):
        raise WrongSignature
    try:
        signature = base64.b64decode(envelope.Signature, validate=True)
        key = _key(envelope.SigningCertURL, fetch)
    except (binascii.Error, Invalid, Nothing) as wrong:
        raise WrongSignature from wrong
    if not is_signed(
        key, _DIGESTS[envelope.SignatureVersion], message=_signed(envelope), signature=signature
    ):
        raise WrongSignature
    _check_time(envelope, now)


def confirm(envelope: Envelope, fetch: Fetch) -> None:
    """Tell AWS that we want what the topic sends; `OSError` if it cannot be told."""
    if not _is_there(_CONFIRMING, envelope.SubscribeURL or "", envelope):
        raise Invalid("SubscribeURL", "is no address of SNS in the topic's region")
    try:
        fetch(str(envelope.SubscribeURL))
    except Nothing as gone:
        raise Invalid("SubscribeURL", "is not there (any more)") from gone


def _is_there(expected: re.Pattern[str], address: str, envelope: Envelope) -> bool:
    """Whether an address is one of AWS's in the region of the topic."""
    found = expected.fullmatch(address)
    return found is not None and found[1] == envelope.TopicArn.split(":")[3]


def _check_time(envelope: Envelope, now: datetime) -> None:
    sent = decode(f'"{envelope.Timestamp}"'.encode(), Moment)
    if sent < now - OLDEST:
        raise Invalid("Timestamp", "is more than a day ago")


def _signed(envelope: Envelope) -> bytes:
    """The text that is signed: names and values of what there is, a line each."""
    names = _SIGNED[NOTIFICATION if envelope.Type == NOTIFICATION else CONFIRMATION]
    found = ((name, getattr(envelope, name)) for name in names)
    return "".join(f"{name}\n{value}\n" for name, value in found if value is not None).encode()


def _key(address: str, fetch: Fetch) -> PublicKey:
    """The key of a certificate, asked for once."""
    if address not in _known:
        key = public_key(fetch(address))
        if len(_known) >= MOST_CERTIFICATES:
            _known.clear()
        _known[address] = key
    return _known[address]
