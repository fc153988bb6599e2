"""Where the words of an entry stand in the record: in itself, or in the one that holds what remains of it.

Other entries hold the same words: what is about the same thing, or, where they are a name, anything.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from pynamodb.expressions.condition import Condition

from chalicelib.domain.record import Entry, canonical
from chalicelib.domain.redactions import REDACTED, Removal, mark, own_words, words_in
from chalicelib.stores import heads, record, table
from chalicelib.stores.table import Item

DONE = "REDACTED"


class Redaction(Struct, frozen=True):
    """What was done: the entry that says so, those whose words it removed, why and when.

    `elsewhere`: entries about something else that held the same words then.
    """

    entry: int
    entries: tuple[int, ...]
    reason: str
    at: datetime
    elsewhere: tuple[int, ...] = ()


class Copy(NamedTuple):
    """An entry that holds the words, what remains of it and of those whose remains it holds, and whose words
    these are."""

    entry: Entry
    remains: dict[str, Any]
    subjects: frozenset[str]


def remains_in(entry: Entry) -> dict[int, str]:
    """What remains of the entries whose words an entry removes, by number, as they would say it."""
    said = said_in(entry.body)["remains"]
    return {int(seq): canonical(left).decode() for seq, left in said.items()}


def brought_by(entry: Entry) -> frozenset[str]:
    """What an entry brought into the record, and still stands there."""
    about = list(record.holding(_about(entry.subject), _begin(entry.subject, entry.seq)))
    marks = {mark(words_of(it)["redaction"]["reason"], it.recorded_at) for it in about if it.kind == REDACTED}
    before = (
        it for it in about if it.seq < entry.seq and it.subject == entry.subject and it.kind != REDACTED
    )
    earlier = {word for one in before for word in words_in(words_of(one))}
    return own_words(words_of(entry), earlier, marks)


def of(subject: str, seq: int, removal: Removal) -> Iterator[Copy]:
    """The entries that hold the words of entry `seq`, or what remains of others with these words in it.

    Names stand anywhere, and are few; other words, perhaps thousands, where something is about the same.
    """
    written = [canonical(word).decode()[1:-1] for word in removal.words]
    names = (Item.body.contains(word) for word in written)
    holds = reduce(or_, names) if removal.are_names else _about(subject)
    begin = 0 if removal.are_names else _begin(subject, seq)
    for entry in record.holding(holds, begin):
        if entry.body and any(word in entry.body for word in written):
            said = said_in(entry.body)
            before = said["remains"] if entry.kind == REDACTED else {str(entry.seq): said}
            about = {seq: subject_of(entry, seq) for seq in before}
            after = {
                seq: removal.of(it, about[seq] != subject)
                for seq, it in before.items()
                if removal.are_names or about[seq] == subject
            }
            if changed := {about[seq] for seq, left in after.items() if left != before[seq]}:
                yield Copy(entry, {**before, **after, **_emptied(entry, said)}, frozenset(changed))


def subject_of(entry: Entry, seq: str) -> str:
    """What an entry is about, or another one of which it holds the remains."""
    if entry.kind != REDACTED:
        return entry.subject
    found = record.find(int(seq))
    return found.subject if found else ""


def holder(entry: Entry) -> Entry:
    """Where the words of an entry stand: in itself, or in the one that holds what remains of it."""
    item = None if entry.body else table.get(DONE, table.number(entry.seq))
    found = record.find(table.value(item, Redaction).entry) if item else None
    return found or entry


def words_of(entry: Entry) -> Any:
    """What an entry says, or what remains of it."""
    where = holder(entry)
    said = said_in(where.body)
    return said if where == entry else (said or {}).get("remains", {}).get(str(entry.seq))


def said_in(body: str | None) -> Any:
    """A body as its parts; None where there is none."""
    return msgspec.json.decode(body or "null")


def _about(subject: str) -> Condition:
    """Whether an entry is about something, or removes words: perhaps its words."""
    is_about: Condition = Item.doc.contains(f'"subject":"{subject}"') | (Item.kind == REDACTED)
    return is_about


def _begin(subject: str, seq: int) -> int:
    """Behind which entry all about something lies: what opens it comes next, or this one at the latest."""
    head = heads.get_many([subject]).get(subject)
    begin = head.number - 1 if head is not None else 0
    return min(begin, seq - 1)


def _emptied(entry: Entry, said: Any) -> dict[str, Any]:
    """What remains of an entry whose remains are stated anew by another one."""
    return {str(entry.seq): {**said, "remains": {}}} if entry.kind == REDACTED else {}
