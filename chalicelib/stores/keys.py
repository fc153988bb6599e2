"""API keys in the table; their secrets are never in it."""

from dataclasses import replace

from chalicelib.domain.errors import NotFound
from chalicelib.domain.keys import Key, Scope, hash_of
from chalicelib.domain.record import Fact, Moment
from chalicelib.stores import table
from chalicelib.stores.record import Change

PARTITION = "KEYS"


def find(id: str) -> Key | None:
    """The key of this id, revoked or not."""
    item = table.get(PARTITION, id)
    return table.value(item, Key) if item else None


def all_keys() -> list[Key]:
    """Every key, revoked ones too, in the order of their making."""
    keys = (table.value(item, Key) for item in table.query(PARTITION))
    return sorted(keys, key=lambda key: key.seq)


def create(id: str, name: str, *, scopes: tuple[Scope, ...], secret: str, moment: Moment) -> Change[Key]:
    """A new key for this secret."""
    return _saved(
        Key(id, name, scopes, hash_of(secret), created_at=moment.at),
        "key.created",
        moment,
    )


def revoke(id: str, *, moment: Moment) -> Change[Key]:
    """End a key's validity; revoking twice is once."""
    key = find(id)
    if key is None:
        raise NotFound("key", id)
    if key.revoked_at is not None:
        return Change(key)
    return _saved(replace(key, revoked_at=moment.at), "key.revoked", moment)


def _saved(key: Key, kind: str, moment: Moment) -> Change[Key]:
    after = replace(key, version=key.version + 1, seq=moment.seq)
    put = table.versioned(PARTITION, key.id, after, version=key.version)
    fact = Fact(
        kind,
        f"key/{key.id}",
        {"name": key.name, "scopes": list(key.scopes)},
        private=True,
    )
    return Change(after, (fact,), (put,))
