"""API keys: make, list, revoke."""

import hashlib
import hmac
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from chalicelib.api import access, answers, cursors, documents
from chalicelib.api.bodies import NewKey
from chalicelib.api.changes import save
from chalicelib.api.operations import Routes
from chalicelib.api.queries import Numbered
from chalicelib.api.requests import Asked
from chalicelib.domain.errors import Conflict
from chalicelib.domain.keys import Key, Scope, written
from chalicelib.domain.record import Moment
from chalicelib.stores import keys
from chalicelib.stores.idempotency import Answer
from chalicelib.stores.record import Change

routes = Routes("keys")


@routes.post("/keys", scope=Scope.KEYS_WRITE, body=NewKey, answer=documents.MadeKey)
def create_key(asked: Asked, said: NewKey) -> Answer:
    """Make a key; its credential is in this answer and nowhere else. A preview has none."""
    scopes = tuple(dict.fromkeys(said.scopes))
    _check_granted(asked, scopes)
    id, nonce = asked.wiring.new_id(), asked.wiring.new_secret()

    def decide(moment: Moment) -> Change[Key]:
        secret = _secret(asked.known, nonce)
        return keys.create(id, said.stated()["name"], scopes=scopes, secret=secret, moment=moment)

    def answer(key: Key) -> Answer:
        return replace(answers.created(answers.key(key)), nonce=nonce)

    made = save(asked, decide, answer)
    return made if asked.dry_run else _with_credential(asked, made)


@routes.get("/keys", scope=Scope.KEYS_WRITE, query=Numbered, answer=documents.Listed[documents.Key])
def list_keys(asked: Asked, query: Numbered) -> Answer:
    """List the keys in the order of their making, revoked ones too."""
    found = cursors.behind(query.cursor, keys.all_keys(), lambda key: f"{key.seq:016d}")
    listed = ((place, answers.key(key)) for place, key in found)
    return answers.found(cursors.filled(listed, query.limit))


@routes.delete("/keys/{id}", scope=Scope.KEYS_WRITE, answer=documents.Key)
def revoke_key(asked: Asked, id: str) -> Answer:
    """Revoke a key, now and for good; twice is once.

    No key revokes itself: one that can make others always stays.
    """
    if id == asked.known.key.id:
        raise Conflict("id", "is the key that asks: revoke it with another one")
    return save(
        asked, lambda moment: keys.revoke(id, moment=moment), lambda key: answers.found(answers.key(key))
    )


def _check_granted(asked: Asked, scopes: Iterable[Scope]) -> None:
    for scope in scopes:
        if not asked.known.key.may(scope):
            raise access.lacks(scope)


def _secret(maker: access.Caller, nonce: str) -> str:
    """The secret that a nonce stands for: made again from the maker's own for a repeat, and never stored."""
    return hmac.new(maker.secret.encode(), nonce.encode(), hashlib.sha256).hexdigest()


def _with_credential(asked: Asked, answer: Answer) -> Answer:
    key = msgspec.json.decode(answer.body, type=documents.Key)
    credential = written(key.id, _secret(asked.known, answer.nonce or ""))
    made = msgspec.structs.asdict(key) | {"credential": credential}
    return replace(answer, body=msgspec.json.encode(documents.MadeKey(**made)).decode())
