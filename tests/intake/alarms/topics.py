"""SNS as a test plays it: messages signed with a key that is good for nothing else, and its certificate.

Both were made by `openssl req -x509 -newkey rsa:2048 -nodes -days 36500 -subj /CN=sns.test`.
"""

import base64
import hashlib
import json
from datetime import datetime
from typing import Any

from chalicelib.domain.times import iso

TOPIC = "arn:aws:sns:eu-central-1:000000000001:alarms"
ADDRESS = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
CONFIRMING = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f"
CERTIFICATE = b"""-----BEGIN CERTIFICATE-----
MIIDCTCCAfGgAwIBAgIUeY01gJDNpfbbRzAT+MuxykFlJOkwDQYJKoZIhvcNAQEL
BQAwEzERMA8GA1UEAwwIc25zLnRlc3QwIBcNMjYxMTIzMDY1ODE0WhgPMjEyNjEw
MzAwNjU4MTRaMBMxETAPBgNVBAMMCHNucy50ZXN0MIIBIjANBgkqhkiG9w0BAQEF
AAOCAQ8AMIIBCgKCAQEAvmEtR47D8EO3HnxHRqoaG2iahaQZ/vqS8oxdBlmhna84
0ZrOkrzWnHfRBUOmp0uAKDeIDn8dCxq1cHqCSYTD65oIOQwx8C4Ez8OcYPszcMv2
fzlHRB2ZKTfVOST81YbsXLaqzdwWwRAECZEzIl2YYX6JiZ7qP6Xxd/hPB9qyNPA7
09aeDtazPYAqYKoX5MP3bBa345eI3eg4SCXhoe0qMD0p+pUD3qaTwxWs2BVDrZJZ
UdjcmKjuJB1OtgXMZss1knfVaHp0oZUI0o8gHeHAYk1XVlb5Arui9Giy2wDRcdX1
5WBoRv6qEvf/xRYOkaoJ21HlXZhVLIvTHADN/ac2mwIDAQABo1MwUTAdBgNVHQ4E
FgQUPm9QgwXjboOq0zaMLtZJrhfn8MUwHwYDVR0jBBgwFoAUPm9QgwXjboOq0zaM
LtZJrhfn8MUwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAjoMs
qrEySF3krCyME8GgG7SDZPEoURZiXAwkbYyZR1KYvJLGxQBuETDfH7c2JxDlO7pH
VXhp7YWKy7xmmI4GFpzsHI5Zp2vYjn0P0QTeK+woySgGo6JZdNaBJQKIGkc5E7ut
XAjgM2MH1U/amVfhH+vNhIlDxgLr0QVXZ7C5Wi3BVNDqhcAZweeIuicoKLyjic0N
EA+FKQFrUfwJwNlJ8PQ+Fwb8sXKkd7oPShIxkbgy2z7fCbfNeQjTZW2XdMDM/Tc+
lF8IMIqeih0b6bcxxNGfa3XWyU8cUB5K+2blY/ENIs2ZFL26xUDEhIUatupQ2tAB
YJYiIYQ02nHGT1TK9A==
-----END CERTIFICATE-----
"""
_N = int(
    "be612d478ec3f043b71e7c4746aa1a1b689a85a419fefa92f28c5d0659a19daf38d19ace92bcd69c77d10543a6a74b80"
    "2837880e7f1d0b1ab5707a824984c3eb9a08390c31f02e04cfc39c60fb3370cbf67f3947441d992937d53924fcd586ec"
    "5cb6aacddc16c11004099133225d98617e89899eea3fa5f177f84f07dab234f03bd3d69e0ed6b33d802a60aa17e4c3f7"
    "6c16b7e39788dde8384825e1a1ed2a303d29fa9503dea693c315acd81543ad925951d8dc98a8ee241d4eb605cc66cb35"
    "9277d5687a74a19508d28f201de1c0624d575656f902bba2f468b2db00d171d5f5e5606846feaa12f7ffc5160e91aa09"
    "db51e55d98552c8bd31c00cdfda7369b",
    16,
)
_D = int(
    "cbc336b3601a570e22f07e13cb8e446311925177525b95d5b1c489cc4222b8a2d22d8583938a8a28ee14c98d9ed16ffd"
    "bb0db491cf7b46674fcb13545f5bba5670865c88b0ea6056c60897573585d934749fb6ae90391db5000d371c5f802ae8"
    "d052b27da312b7906cc1d0a6ea2142f716781ed3f7e427b84aaf79e6ee2bce7b76c7fd77707c2fd2a400c865a53d93eb"
    "7814381d2b801654d0fb617fc9e47ac851fd54c051ef391ef5306f39d6bbe1456cc84df873b2c4f518318c9bdeb795e2"
    "471dbae172b8d17a574ee4e4ffad53a8934c36f7f61ce85fbd137930ed0f095c5de1412115061c3cefad70056e6f5739"
    "3aa0e80ccb28a7a3ed7c263397e6c1",
    16,
)
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
}  # fmt: skip
_PREFIX = {
    "1": ("sha1", "3021300906052b0e03021a05000414"),
    "2": ("sha256", "3031300d060960864801650304020105000420"),
}


def sign(text: bytes, version: str) -> bytes:
    """RSASSA-PKCS1-v1_5 with the test's key."""
    digest, prefix = _PREFIX[version]
    told = bytes.fromhex(prefix) + hashlib.new(digest, text).digest()
    padded = b"\x00\x01" + b"\xff" * (256 - 3 - len(told)) + b"\x00" + told
    return pow(int.from_bytes(padded), _D, _N).to_bytes(256)


def sent(message: str, at: datetime, *, version: str = "2", **changes: Any) -> dict[str, Any]:
    """A signed message of the topic; `changes` are signed with it, None leaves a field out."""
    told = {
        "Type": "Notification", "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b", "TopicArn": TOPIC,
        "Subject": "An alarm", "Message": message, "Timestamp": iso(at), "SignatureVersion": version,
        "SigningCertURL": ADDRESS, "UnsubscribeURL": f"{CONFIRMING}&x=1", **changes,
    }  # fmt: skip
    told = {name: value for name, value in told.items() if value is not None}
    names = _SIGNED.get(told["Type"], _SIGNED["SubscriptionConfirmation"])
    text = "".join(f"{name}\n{told[name]}\n" for name in names if name in told)
    return {**told, "Signature": base64.b64encode(sign(text.encode(), version)).decode()}


def confirmation(at: datetime, **changes: Any) -> dict[str, Any]:
    """What SNS sends when somebody subscribes an address."""
    told = {"Type": "SubscriptionConfirmation", "Token": "2336412f", "SubscribeURL": CONFIRMING}
    return sent("You have chosen to subscribe.", at, Subject=None, **{**told, **changes})


def body(message: dict[str, Any]) -> bytes:
    """As it comes over HTTP."""
    return json.dumps(message).encode()


class Aws:
    """What stands at AWS's addresses; remembers what was asked for."""

    def __init__(self, served: bytes = CERTIFICATE) -> None:
        self.served = served
        self.asked: list[str] = []

    def __call__(self, address: str) -> bytes:
        self.asked.append(address)
        return self.served
