"""Where the words of an entry stand in entries about something else: a redaction leaves them there."""

from collections.abc import Iterator
from functools import reduce
from operator import or_

import msgspec

from chalicelib.domain.record import PRIVATE, Entry, Json, canonical
from chalicelib.domain.redactions import REDACTED, Removal
from chalicelib.domain.subjects import kind_of
from chalicelib.stores import copies, holdings, record
from chalicelib.stores.table import Item

TEXTS_AT_ONCE = 50
MOST_TEXTS = 200
MOST_NAMED = 100


def elsewhere(seq: int) -> tuple[int, ...]:
    """The first entries that hold a text of this one, though they are about something else.

    It reads all of the record. Of very many texts the longest are looked for.
    """
    entry = record.find(seq)
    if entry is None or entry.kind == REDACTED or entry.kind in PRIVATE:
        return ()
    words = sorted(copies.brought_by(entry), key=lambda word: (-len(word), word))[:MOST_TEXTS]
    found = set[int]()
    for n in range(0, len(words), TEXTS_AT_ONCE):
        found.update(_holding(frozenset(words[n : n + TEXTS_AT_ONCE]), entry.subject))
    return tuple(sorted(found)[:MOST_NAMED])


def _holding(words: frozenset[str], subject: str) -> Iterator[int]:
    removal = Removal(words, "", kind_of(subject) in holdings.NAMED)
    holds = reduce(or_, (Item.body.contains(canonical(word).decode()[1:-1]) for word in words))
    for entry in record.holding(holds, 0):
        for seq, about, said in _sayings(entry):
            left = removal.of(said, names_alone=True) if removal.are_names else said
            if about != subject and removal.stands_in(left):
                yield seq


def _sayings(entry: Entry) -> Iterator[tuple[int, str, Json]]:
    """What an entry says, or remains of others by it: of which entry, about what, and the words."""
    said = msgspec.json.decode(entry.body or "{}")
    remains = said.get("remains", {}) if entry.kind == REDACTED else {str(entry.seq): said}
    for seq, left in remains.items():
        yield int(seq), copies.subject_of(entry, seq), left
