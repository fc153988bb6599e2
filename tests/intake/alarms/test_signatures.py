"""Who sent it: RSA and certificates by themselves, and the messages of SNS."""

import hashlib
import hmac
import json
import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore
import pytest

from chalicelib.domain.errors import Invalid
from chalicelib.intake.alarms import sns
from chalicelib.intake.alarms.fetching import Nothing
from chalicelib.intake.alarms.signatures import WrongSignature, _parts, is_keyed, is_signed, public_key
from tests.intake.alarms.topics import (
    ADDRESS,
    CERTIFICATE,
    CONFIRMING,
    TOPIC,
    Aws,
    body,
    confirmation,
    sent,
    sign,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SHA256_RSA = bytes.fromhex("06092a864886f70d01010b")
SHA1_RSA = bytes.fromhex("06092a864886f70d010105")


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """No certificate is known from another test."""
    sns._known.clear()


def verified(message: dict[str, Any], aws: Aws) -> sns.Envelope:
    """The message of a topic, if AWS sent it."""
    envelope = sns.read(body(message))
    sns.verify(envelope, fetch=aws, now=NOW)
    return envelope


def roots() -> list[bytes]:
    """The certificates of authorities that botocore trusts: made by many, each signed by itself."""
    text = (Path(botocore.__file__).parent / "cacert.pem").read_bytes()
    return re.findall(b"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)


def test_the_certificates_of_the_world_are_read_and_their_signatures_hold() -> None:
    checked = 0
    for pem in roots():
        ((_, whole),) = _parts(ssl.PEM_cert_to_DER_cert(pem.decode()))
        (_, told), (_, algorithm), (_, bits) = _parts(whole)
        digest = {SHA256_RSA: "sha256", SHA1_RSA: "sha1"}.get(algorithm[:11])
        if digest is None:
            continue
        signed = whole[: whole.index(told) + len(told)]
        key = public_key(pem)
        assert is_signed(key, digest, message=signed, signature=bits[1:])
        assert not is_signed(key, digest, message=signed + b"x", signature=bits[1:])
        checked += 1

    assert checked > 40


def test_a_certificate_with_another_kind_of_key_is_refused() -> None:
    refused = 0
    for pem in roots():
        try:
            public_key(pem)
        except Invalid:
            refused += 1

    assert 0 < refused < len(roots())


@pytest.mark.parametrize(
    "pem",
    [
        b"", b"\xff", b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nMIg=\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nMAU=\n-----END CERTIFICATE-----\n",
        CERTIFICATE[:600] + b"\n-----END CERTIFICATE-----\n",
    ],
)  # fmt: skip
def test_what_is_no_certificate_is_refused(pem: bytes) -> None:
    with pytest.raises(Invalid, match="certificate"):
        public_key(pem)


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(b"", id="none"),
        pytest.param(b"\x00" * 256, id="zero"),
        pytest.param(b"\xff" * 256, id="more than the modulus"),
        pytest.param(sign(b"text", "2") + b"\x00", id="longer"),
        pytest.param(sign(b"text", "1"), id="by another digest"),
        pytest.param(sign(b"other", "2"), id="of another text"),
    ],
)
def test_no_other_signature_holds(signature: bytes) -> None:
    key = public_key(CERTIFICATE)

    assert is_signed(key, "sha256", message=b"text", signature=sign(b"text", "2"))
    assert not is_signed(key, "sha256", message=b"text", signature=signature)


def test_a_secret_signs_a_body() -> None:
    right = hmac.new(b"secret", b"body", hashlib.sha256).hexdigest()

    assert is_keyed("secret", b"body", right)
    assert is_keyed("secret", b"body", f" {right.upper()} ")
    assert not is_keyed("secret", b"other", right)
    assert not is_keyed("other", b"body", right)
    assert not is_keyed("secret", b"body", "é")


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", ["An alarm", None])
def test_what_aws_signed_is_believed(version: str, subject: str | None) -> None:
    envelope = verified(sent("Text\nwith lines", NOW, version=version, Subject=subject), Aws())

    assert (envelope.TopicArn, envelope.Message) == (TOPIC, "Text\nwith lines")


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_confirmation_is_signed_too(version: str) -> None:
    aws = Aws()

    envelope = verified(
        confirmation(NOW, SignatureVersion=version) if version == "2" else confirmation(NOW, version="1"), aws
    )
    sns.confirm(envelope, aws)

    assert aws.asked == [ADDRESS, CONFIRMING]


@pytest.mark.parametrize(
    "change",
    [
        {"Message": "Other"}, {"Subject": "Other"}, {"Subject": None}, {"TopicArn": TOPIC + "2"},
        {"MessageId": "2"}, {"Timestamp": "2026-11-23T08:59:59.000Z"}, {"SignatureVersion": "1"},
        {"Signature": "AAAA"}, {"Signature": "?"}, {"Signature": ""},
        {"Type": "SubscriptionConfirmation", "Token": "x", "SubscribeURL": CONFIRMING},
    ],
)  # fmt: skip
def test_what_was_changed_on_the_way_is_not(change: dict[str, Any]) -> None:
    told = {name: value for name, value in {**sent("Text", NOW), **change}.items() if value is not None}

    with pytest.raises(WrongSignature):
        verified(told, Aws())


@pytest.mark.parametrize(
    "address",
    [
        "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
        "https://evil.example/sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem",
        "https://x.sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-1.pem",
        "https://sns.eu-central-1.amazonaws.com/?Action=x&y.pem",
        "https://sns.eu-central-1.amazonaws.com/../x.pem",
        "https://s3.eu-central-1.amazonaws.com/bucket.pem",
        "https://sns.eu-central-2.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem\n",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_certificate_comes_from_aws_alone(address: str) -> None:
    aws = Aws()

    with pytest.raises(WrongSignature):
        verified(sent("Text", NOW, SigningCertURL=address), aws)

    assert aws.asked == []


def test_a_certificate_is_asked_for_once_and_only_so_many_are_kept() -> None:
    aws = Aws()
    for _ in range(3):
        verified(sent("Text", NOW), aws)
    assert aws.asked == [ADDRESS]

    for n in range(sns.MOST_CERTIFICATES):
        verified(sent("Text", NOW, SigningCertURL=ADDRESS.replace("0123456789abcdef", str(n))), aws)

    assert len(sns._known) <= sns.MOST_CERTIFICATES
    assert len(aws.asked) == sns.MOST_CERTIFICATES + 1


def test_a_certificate_that_is_none_is_not_kept() -> None:
    with pytest.raises(WrongSignature):
        verified(sent("Text", NOW), Aws(b"<html>"))

    verified(sent("Text", NOW), Aws())


def test_where_no_certificate_is_nothing_was_signed_and_where_aws_is_away_nobody_knows() -> None:
    def nothing(address: str) -> bytes:
        raise Nothing

    def away(address: str) -> bytes:
        raise TimeoutError

    envelope = sns.read(body(sent("Text", NOW)))
    with pytest.raises(WrongSignature):
        sns.verify(envelope, fetch=nothing, now=NOW)
    with pytest.raises(TimeoutError):
        sns.verify(envelope, fetch=away, now=NOW)
    with pytest.raises(Invalid, match="SubscribeURL"):
        sns.confirm(sns.read(body(confirmation(NOW))), nothing)


def test_what_was_signed_long_ago_is_refused() -> None:
    verified(sent("Text", NOW - timedelta(hours=23)), Aws())

    with pytest.raises(Invalid, match="Timestamp"):
        verified(sent("Text", NOW - timedelta(hours=25)), Aws())
    with pytest.raises(Invalid, match="body"):
        verified(sent("Text", NOW, Timestamp="noon"), Aws())


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "http://sns.eu-central-1.amazonaws.com/?x",
        "https://sns.us-east-1.amazonaws.com/?x",
        None,
    ],
)
def test_only_aws_is_told_that_we_want_a_topic(address: str | None) -> None:
    aws = Aws()
    envelope = verified(confirmation(NOW, SubscribeURL=address), aws)

    with pytest.raises(Invalid, match="SubscribeURL"):
        sns.confirm(envelope, aws)

    assert aws.asked == [ADDRESS]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"Type": "Other"}, "Type"), ({"TopicArn": "x"}, "TopicArn"),
        ({"TopicArn": TOPIC + "\n"}, "TopicArn"),
        ({"SignatureVersion": "3"}, "SignatureVersion"),
        ({"Signature": "x" * 3000}, "Signature"), ({"Message": 1}, "Message"),
    ],
)  # fmt: skip
def test_what_is_no_message_of_a_topic_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        sns.read(json.dumps({**sent("Text", NOW), **change}).encode())

    assert refused.value.field == field
