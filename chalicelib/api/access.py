"""Who calls and what they may do: bearer credentials against the hashes of our keys (RFC 6750)."""

import hmac
from dataclasses import dataclass, field
from http import HTTPStatus

from chalicelib.api.problems import Refused
from chalicelib.domain.checks import check_id
from chalicelib.domain.errors import Invalid
from chalicelib.domain.keys import Key, Scope, hash_of, read
from chalicelib.stores import keys

NOBODYS_HASH = "0" * 64


@dataclass(frozen=True)
class Caller:
    """A key that was presented with its secret, and still stands."""

    key: Key
    secret: str = field(repr=False)


def caller(authorization: str | None, needed: Scope) -> Caller:
    """Who presents this `Authorization` header; refused unless their key has the scope that is needed."""
    found = _presented(authorization)
    if found is None:
        raise _unknown(authorization)
    if not found.key.may(needed):
        raise lacks(needed)
    return found


def lacks(scope: Scope) -> Refused:
    """The refusal of a key that lacks a scope."""
    challenge = {"WWW-Authenticate": f'Bearer realm="candor", error="insufficient_scope", scope="{scope}"'}
    return Refused(HTTPStatus.FORBIDDEN, f"This needs a key with the scope {scope}.", headers=challenge)


def _unknown(authorization: str | None) -> Refused:
    error = ', error="invalid_token"' if authorization else ""
    challenge = {"WWW-Authenticate": f'Bearer realm="candor"{error}'}
    detail = "This needs a key: send it as Authorization: Bearer KEY."
    if authorization:
        detail = "This key is not known here, or it was revoked."
    return Refused(HTTPStatus.UNAUTHORIZED, detail, headers=challenge)


def _presented(authorization: str | None) -> Caller | None:
    scheme, _, credential = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not credential.isascii():
        return None
    parts = read(credential.strip())
    if parts is None:
        return None
    key = _find(parts[0])
    if key is None:
        hmac.compare_digest(NOBODYS_HASH, hash_of(parts[1]))  # as long as for a key that there is
        return None
    return Caller(key, parts[1]) if key.admits(parts[1]) else None


def _find(id: str) -> Key | None:
    try:
        check_id("id", id)
    except Invalid:
        return None
    return keys.find(id)
