"""How every change is made: previewed, or stored once however often it is sent."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from chalicelib.api.requests import Asked
from chalicelib.domain.record import Moment
from chalicelib.stores import idempotency, record
from chalicelib.stores.idempotency import Answer, Repeat
from chalicelib.stores.record import Change

T = TypeVar("T")

Decide = Callable[[Moment], Change[T]]


def save(asked: Asked, decide: Decide[T], answer: Callable[[T], Answer]) -> Answer:
    """Decide, store and answer; a dry run stores nothing, and a repeat gets the first answer again."""
    repeat = asked.repeat
    if asked.dry_run:
        return _preview(answer(record.preview(decide, now=asked.now)))
    if repeat is None:
        return answer(record.append(decide, now=asked.now))
    return _once(asked, repeat, decide, answer)


def _once(asked: Asked, repeat: Repeat, decide: Decide[T], answer: Callable[[T], Answer]) -> Answer:
    given: list[Answer] = []

    def answered(result: T) -> Answer:
        given[:] = [answer(result)]
        return given[0]

    told = idempotency.once(repeat, decide, answer=answered, now=asked.now)
    if given and told is given[0]:
        return told
    return replace(told, headers={**told.headers, "Idempotent-Replayed": "true"})


def _preview(answer: Answer) -> Answer:
    """What would be there; but nothing is, so it has no address and no version, and what is new has no id."""
    shown = msgspec.json.decode(answer.body)
    if answer.status == HTTPStatus.CREATED:
        del shown["id"]
    return Answer(HTTPStatus.OK, msgspec.json.encode(shown).decode(), {}, answer.nonce)
