"""The record: entries chained by their hashes, and what each of them commits to (design.md §5)."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from chalicelib.domain.times import iso

FIRST_PREV = "0" * 64
SALT_BYTES = 32
LARGEST_SAFE_INTEGER = 2**53 - 1
UNPUBLISHED = frozenset({"version", "seq"})
NOTED = "private.noted"
"""The kind of what nobody may know of, or not yet: it tells no more than that."""
PRIVATE_SUBJECT = "private"
"""By what the public part of the record knows all of it: neither by ids nor by what it is."""

PRIVATE = frozenset({"key.created", "key.revoked", NOTED})
"""The kinds of entries whose words never are public; any other lacks them after a redaction alone."""

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


class Moment(NamedTuple):
    """Where in the record something is said: our own clock and the entry's number."""

    at: datetime
    seq: int


@dataclass(frozen=True)
class Fact:
    """Something to enter in the record: `body` is published beside the entry, a private fact's is not."""

    kind: str
    subject: str
    body: dict[str, Json]
    private: bool = False


def noted(done: str, what: Mapping[str, Json]) -> Fact:
    """That something private was done, and to what: the record commits to it and says neither."""
    return Fact(NOTED, PRIVATE_SUBJECT, {"done": done, **what}, private=True)


@dataclass(frozen=True)
class Entry:
    """One link of the chain. `body` (canonical JSON) and `salt` (hex) are absent where nothing is public."""

    seq: int
    recorded_at: datetime
    kind: str
    subject: str
    digest: str
    prev: str
    body: str | None = None
    salt: str | None = None

    @property
    def hash(self) -> str:
        """SHA-256 over the RFC 8785 bytes of the entry without body and salt, in hex."""
        in_order: dict[str, Json] = {
            "digest": self.digest,
            "kind": self.kind,
            "prev": self.prev,
            "recorded_at": iso(self.recorded_at),
            "seq": self.seq,
            "subject": self.subject,
        }
        return hashlib.sha256(_written(in_order)).hexdigest()


@dataclass(frozen=True)
class Head:
    """The end of the chain; before the first entry `seq` is 0."""

    seq: int = 0
    hash: str = FIRST_PREV
    recorded_at: datetime | None = None


class Broken(ValueError):
    """The chain does not hold: `seq` is the first entry that is wrong."""

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"entry {seq} {reason}")
        self.seq = seq


def follow(head: Head, facts: Iterable[Fact], *, at: datetime, salts: Iterable[bytes]) -> list[Entry]:
    """Chain facts behind the head; `at` is the clock, which the record never lets run backwards."""
    entries = []
    for fact, salt in zip(facts, salts, strict=True):
        entry = _entry(head, fact, at=at, salt=salt)
        entries.append(entry)
        head = head_of(entry)
    return entries


def head_of(entry: Entry) -> Head:
    """The head when this entry is the last one."""
    return Head(entry.seq, entry.hash, entry.recorded_at)


def recorded_at(head: Head, now: datetime) -> datetime:
    """The time that the entry after this head gets."""
    return max(now, head.recorded_at) if head.recorded_at else now


def check_chain(entries: Iterable[Entry], head: Head = Head()) -> Head:
    """Recompute the chain from a head on and return its end; `Broken` names the first wrong entry."""
    for entry in entries:
        _check_link(head, entry)
        head = head_of(entry)
    return head


def _check_link(head: Head, entry: Entry) -> None:
    if entry.seq != head.seq + 1:
        raise Broken(entry.seq, f"does not follow {head.seq}")
    if entry.prev != head.hash:
        raise Broken(entry.seq, "does not name the hash of the entry before it")
    if head.recorded_at and entry.recorded_at < head.recorded_at:
        raise Broken(entry.seq, "is older than the entry before it")
    if entry.body is not None and entry.digest != digest(bytes.fromhex(entry.salt or ""), entry.body):
        raise Broken(entry.seq, "has a body that is not the one it was made with")


def _entry(head: Head, fact: Fact, *, at: datetime, salt: bytes) -> Entry:
    body = canonical(fact.body).decode()
    return Entry(
        seq=head.seq + 1,
        recorded_at=recorded_at(head, at),
        kind=fact.kind,
        subject=fact.subject,
        digest=digest(salt, body),
        prev=head.hash,
        body=None if fact.private else body,
        salt=None if fact.private else salt.hex(),
    )


def digest(salt: bytes, body: str) -> str:
    """What the entry keeps of its body: SHA-256 over salt and canonical body, in hex."""
    return hashlib.sha256(salt + body.encode()).hexdigest()


def canonical(value: Json) -> bytes:
    """RFC 8785 (JCS) bytes of a value without floats: keys sorted by UTF-16 code units (§3.2.3)."""
    return _written(_sorted(value))


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _written(value: Json) -> bytes:
    """A value whose keys stand in their order already."""
    return _JSON.encode(value).encode()


def _sorted(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    if isinstance(value, float):
        raise TypeError("the record holds no floats: they have no single written form")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST_SAFE_INTEGER:
        raise TypeError("the record holds no integers beyond 2^53: write them as text")
    return value


def facts(value: Any) -> Json:
    """A domain value as the record writes it: dataclasses as objects, times in UTC, no storage fields."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [f.name for f in dataclasses.fields(value) if f.name not in UNPUBLISHED]
        return {name: facts(getattr(value, name)) for name in names}
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): facts(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [facts(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST_SAFE_INTEGER:
        return str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"no place in the record for {type(value).__name__}")
