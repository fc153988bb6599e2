"""Words in a table that was torn: items still hold them, but the entries that said them no longer do.

Of a transaction that was under way a backup may hold a part. What an item should say is then found in what
remains of the newest entry that said it; where a mark stands there, the item's text has to go.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from chalicelib.domain.record import PRIVATE, Entry
from chalicelib.domain.redactions import REDACTED, Exchanged, exchanges, is_removed
from chalicelib.domain.subjects import ADVISORY, INCIDENT, MAINTENANCE
from chalicelib.stores import heads, holdings, record
from chalicelib.stores.table import Item

WHOLE = ("page", "component", "group", INCIDENT, MAINTENANCE, ADVISORY)
PARTS = {heads.UPDATE: "update", heads.FOLLOW_UP: "follow_up", heads.CORRECTION: "correction"}

Said = dict[tuple[str, str], Any]
"""What was said last of each part of something: by the word for it, and its id or number."""


def found(entry: Entry, subjects: set[str], words: Callable[[Entry], Any]) -> dict[Exchanged, str]:
    """Texts in items of these subjects that had to go, and their marks; `words` is what an entry says."""
    by = dict[Exchanged, str]()
    for subject in subjects:
        said = _said(subject, words)
        for item in holdings.items(subject):
            doc = msgspec.json.decode(item.doc or "null")
            held = next((doc[word] for word in ("component", "group") if doc.get(word)), doc)
            if held.get("seq", 0) <= entry.seq:
                told = (it for it in _told(item, held, said) if it is not None)
                by |= {
                    text: left
                    for it in told
                    for text, left in exchanges(held, it)
                    if is_removed(left, text[0])
                }
    return by


def _said(subject: str, words: Callable[[Entry], Any]) -> Said:
    """What the entries say; nothing of before one whose words stand in a later redaction, which will tell."""
    said: Said = {}
    for entry in record.holding(Item.doc.contains(f'"subject":"{subject}"'), 0):
        if entry.subject != subject or entry.kind in PRIVATE or entry.kind == REDACTED:
            continue
        if (body := words(entry)) is None:
            said.clear()
            continue
        said |= {(word, ""): body[word] for word in WHOLE if body.get(word)}
        for word in PARTS.values():
            if part := body.get(word):
                said[word, part.get("id", f"{entry.seq:016d}")] = part
    return said


def _told(item: Item, held: Any, said: Said) -> list[Any]:
    """What may have been said of this item: by its own id, or of the whole."""
    start, _, number = item.sk.partition("#")
    if word := PARTS.get(f"{start}#") if item.pk.partition("#")[1] else None:
        return [said.get((word, number if word == "correction" else held["id"]))]
    return [said.get(("follow_up", number)), *(said.get((word, "")) for word in WHOLE)]
