"""The same answer again: what a POST with an `Idempotency-Key` answered is kept for a day."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from msgspec import Struct

from chalicelib.domain.record import Moment
from chalicelib.stores import record, table
from chalicelib.stores.record import Change, Decide
from chalicelib.stores.table import Item, Put

T = TypeVar("T")

KEPT = timedelta(hours=24)


class Answer(Struct, frozen=True):
    """What a caller was told: HTTP status, headers of the resource, body as text (JSON).

    `nonce` is kept in place of a part that must not be stored (a new key's secret) and from which
    the caller's own secret makes that part again.
    """

    status: int
    body: str
    headers: dict[str, str] = {}
    nonce: str | None = None


class Repeat(NamedTuple):
    """By what a repeat is known: the API key's id, its `Idempotency-Key`, a hash of what it asks."""

    owner: str
    key: str
    asked: str


class _Kept(Struct, frozen=True):
    asked: str
    answer: Answer
    expires_at: datetime


class Reused(Exception):
    """The `Idempotency-Key` was used for another request within the last 24 hours."""


class _Answered(Exception):
    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def once(
    repeat: Repeat,
    decide: Decide[T],
    *,
    answer: Callable[[T], Answer],
    now: Callable[[], datetime],
) -> Answer:
    """Append once and answer; a repeat gets the first answer again, `Reused` if it asks something else."""

    def decide_once(moment: Moment) -> Change[Answer]:
        _check_answered(repeat, moment.at)
        try:
            change = decide(moment)
        except Exception:
            _check_answered(repeat, moment.at)  # refused because its own twin has just been faster?
            raise
        given = answer(change.result)
        puts = (*change.puts, _put(repeat, given, moment.at))
        return replace(change.giving(given), puts=puts)

    try:
        return record.append(decide_once, now=now)
    except _Answered as answered:
        return answered.answer


def kept(owners: Iterable[str]) -> Iterator[Item]:
    """The items of all answers to these API keys; one that DynamoDB has not yet removed may be older."""
    return (item for owner in owners for item in table.query(_partition(owner)))


def _check_answered(repeat: Repeat, at: datetime) -> None:
    earlier = _find(repeat, at)
    if earlier is not None:
        raise _Answered(earlier)


def _find(repeat: Repeat, at: datetime) -> Answer | None:
    item = table.get(*_key(repeat))
    if item is None:
        return None
    kept = table.value(item, _Kept)
    if kept.expires_at <= at:
        return None
    if kept.asked != repeat.asked:
        raise Reused("the Idempotency-Key was used for another request")
    return kept.answer


def _put(repeat: Repeat, answer: Answer, at: datetime) -> Put:
    pk, sk = _key(repeat)
    item = table.stored(pk, sk, _Kept(repeat.asked, answer, at + KEPT))
    item.expires = at + KEPT
    return Put(item, Item.pk.does_not_exist() | (Item.expires <= at))


def _key(repeat: Repeat) -> table.Key:
    return _partition(repeat.owner), hashlib.sha256(repeat.key.encode()).hexdigest()


def _partition(owner: str) -> str:
    return f"IDEMPOTENCY#{owner}"
