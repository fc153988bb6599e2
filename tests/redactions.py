"""For tests of redaction: take words back, and see where they still stand."""

import json
from collections.abc import Callable
from datetime import datetime

from chalicelib.domain.record import Entry
from chalicelib.domain.redactions import REDACTED
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import copies, record, redactions
from chalicelib.stores.copies import Redaction
from chalicelib.stores.table import Item

REASON = "a customer's name"
MARK = f"[removed 2026-11-22: {REASON}]"


def take_back(seq: int, now: Callable[[], datetime], reason: str = REASON) -> Redaction:
    """Remove the words of an entry, whole."""
    done = record.append(lambda moment: redactions.redact(seq, reason, moment=moment), now=now)
    while record.append(lambda moment: redactions.go_on(seq, moment=moment), now=now):
        pass
    return done


def said(word: str) -> Entry:
    """The first entry that says this, as JSON, or of which it is said that it still does."""
    entries = {entry.seq: entry for entry in record.entries(0)}
    bodies = {seq: entry.body for seq, entry in entries.items() if entry.body}
    for entry in entries.values():
        if entry.kind == REDACTED and entry.body:
            bodies |= {entry.seq: "", **copies.remains_in(entry)}
    return next(entries[seq] for seq, body in sorted(bodies.items()) if word in body)


def items_with(*words: str) -> set[tuple[str, str]]:
    """The items of the table that hold any of these texts, wherever."""
    found = {(item.pk, item.sk): json.dumps(item.serialize()) for item in Item.scan(consistent_read=True)}
    return {key for key, text in found.items() if any(word in text for word in words)}


def files_with(bucket: Bucket, *words: str) -> set[str]:
    """The published files that hold any of these texts."""
    keys = (key for page in bucket.listed("") for key in page)
    return {key for key in keys if any(word.encode() in bucket.get(key)[0] for word in words)}
