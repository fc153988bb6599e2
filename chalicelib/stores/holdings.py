"""Which items hold what people wrote about something, so that words can be taken out of all of them.

Whoever stores such words in another place names it here.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from chalicelib.domain.subjects import ADVISORY, INCIDENT, id_of, kind_of
from chalicelib.stores import advisories, catalogue, heads, idempotency, keys, pages, promises, table
from chalicelib.stores.table import Item, Put

NAMED = frozenset({"component", "group"})
"""What others speak of by its name."""

Without = Callable[[Any, bool], Any]
"""What is left of something that is said, which may be about another subject."""


class Held:
    """The items of a subject, of others that speak of it, and what its pages stand on."""

    def __init__(self, subject: str, others: set[str]) -> None:
        self._subject = subject
        self._subjects = {subject, *others}
        self._front = subject if kind_of(subject) in heads.KINDS else pages.SUBJECT
        """Pages stand on what they are about; what all of them may name, on the page itself."""

    def without(self, left_of: Without, seq: int) -> tuple[list[Put], list[Put]]:
        """What to store so that nothing holds the words, and so that pages stand on this entry."""
        others, front = list(_answers(left_of)), list[Put]()
        for owner in sorted({*self._subjects, self._front}):
            for item in items(owner):
                said = msgspec.json.decode(item.doc or "null")
                left = left_of(said, owner != self._subject) if owner in self._subjects else said
                if is_front := owner == self._front and item.sk in (heads.HEAD, pages.KEY[1]):
                    left = {**left, "seq": max(left["seq"], seq)}
                if left != said:
                    (front if is_front else others).append(_put(item, left))
        return others, front


def items(subject: str) -> Iterator[Item]:
    """What holds words about something itself."""
    kind, id = kind_of(subject), id_of(subject)
    if kind in heads.KINDS:
        yield from table.query(heads.partition(subject))
    if kind == INCIDENT:
        promised = table.query(promises.PARTITION, Item.sk.startswith(id))
        yield from (item for item in promised if item.sk.partition("#")[0] == id)
    if kind == ADVISORY:
        yield from (item for item in table.query(advisories.PUBLISHED) if item.sk.endswith(f"#{id}"))
    if kind in NAMED:
        yield from table.get_many([(catalogue.PARTITION, catalogue.ITEM + id)])
    if kind == pages.SUBJECT:
        yield from table.get_many([pages.KEY])


def _answers(left_of: Without) -> Iterator[Put]:
    """What was answered to callers and is kept for repeats, a document in a text."""
    for item in idempotency.kept(key.id for key in keys.all_keys()):
        said = msgspec.json.decode(item.doc or "null")
        body = msgspec.json.decode(said["answer"]["body"])
        if (left := left_of(body, False)) != body:
            said["answer"]["body"] = table.encoded(left)
            yield _put(item, said)


def _put(item: Item, said: Any) -> Put:
    """An item that says something else, if it still says what was read."""
    after = Item(item.pk, item.sk, doc=table.encoded(said), version=item.version)
    after.expires = item.expires
    return Put(after, Item.doc == item.doc)
