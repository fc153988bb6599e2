"""Who sent a message, where its sender signs: with a secret that we share, or with a certificate's key.

RSA is checked here by itself: to check takes public numbers alone, and costs no package of megabytes.
"""

import binascii
import hashlib
import hmac
import ssl
from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.domain.errors import Invalid

SMALLEST_BITS = 2048
LARGEST_BITS = 8192
_DIGEST_INFO = {
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
}
"""What stands before the digest (RFC 8017 §9.2, note 1)."""
_RSA = bytes.fromhex("06092a864886f70d010101")
_SEQUENCE, _INTEGER, _BITS, _VERSION = 0x30, 0x02, 0x03, 0xA0


class WrongSignature(Exception):
    """Whoever sent it is not who they say."""


class PublicKey(NamedTuple):
    """An RSA key: modulus and exponent."""

    n: int
    e: int


def is_keyed(secret: str, body: bytes, given: str) -> bool:
    """Whether a text is HMAC-SHA256 of a body with this secret, in hex."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode())


def is_signed(key: PublicKey, digest: str, *, message: bytes, signature: bytes) -> bool:
    """Whether the owner of the key signed a message (RSASSA-PKCS1-v1_5, RFC 8017 §8.2.2)."""
    size = (key.n.bit_length() + 7) // 8
    number = int.from_bytes(signature)
    if len(signature) != size or number >= key.n:
        return False
    told = (
        _DIGEST_INFO[digest] + hashlib.new(digest, message).digest()
    )  # which one, the sender's protocol says
    expected = b"\x00\x01" + b"\xff" * (size - len(told) - 3) + b"\x00" + told
    return hmac.compare_digest(expected, pow(number, key.e, key.n).to_bytes(size))


def public_key(certificate: bytes) -> PublicKey:
    """The RSA key of a certificate in PEM (X.509, RFC 5280 §4.1), or `Invalid`."""
    try:
        key = _key(ssl.PEM_cert_to_DER_cert(certificate.decode("ascii").strip()))
    except (ValueError, IndexError, StopIteration, binascii.Error) as broken:
        raise Invalid("certificate", "is none that can be read") from broken
    if not SMALLEST_BITS <= key.n.bit_length() <= LARGEST_BITS or key.e < 3 or not key.e % 2:
        raise Invalid("certificate", "has no key of a size that can be trusted")
    return key


def _key(der: bytes) -> PublicKey:
    (_, whole), *_ = _parts(der)
    (_, told), *_ = _parts(whole)
    fields = [part for part in _parts(told) if part[0] != _VERSION]
    tag, subject_key = fields[5]  # serial, algorithm, issuer, validity, subject, key
    (_, algorithm), (bits, numbers) = _parts(subject_key)
    if tag != _SEQUENCE or bits != _BITS or not algorithm.startswith(_RSA):
        raise ValueError("no RSA key")
    (_, pair), *_ = _parts(numbers[1:])
    (first, n), (second, e) = _parts(pair)
    if (first, second) != (_INTEGER, _INTEGER):
        raise ValueError("no RSA key")
    return PublicKey(int.from_bytes(n), int.from_bytes(e))


def _parts(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and contents of each value that stands here (X.690 §8.1), with lengths of up to four bytes."""
    at = 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            if not 1 <= count <= 4:
                raise ValueError("no length of DER")
            length, at = int.from_bytes(der[at : at + count]), at + count
        if at + length > len(der):
            raise ValueError("cut short")
        yield tag, der[at : at + length]
        at += length
