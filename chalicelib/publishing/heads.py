"""The end of the record, as our JSON documents write it."""

from typing import Any

from chalicelib.domain.heads import utc_day
from chalicelib.domain.record import Head, Json, canonical
from chalicelib.domain.times import iso
from chalicelib.publishing.files import JSON, File
from chalicelib.publishing.localtimes import machine


def head_document(head: Head) -> dict[str, Any]:
    """Number, hash and time of its last entry; no time where there is none yet."""
    return {
        "seq": head.seq,
        "hash": head.hash,
        "recorded_at": machine(head.recorded_at) if head.recorded_at else None,
    }


def day_document(head: Head) -> dict[str, Json]:
    """The head of a UTC day: its number, hash and time, to the millisecond."""
    recorded_at = iso(head.recorded_at) if head.recorded_at else None
    return {"day": day_of(head), "hash": head.hash, "recorded_at": recorded_at, "seq": head.seq}


def day_of(head: Head) -> str:
    """`2026-11-22`."""
    return utc_day(head).isoformat()


def kept(head: Head) -> File:
    """The head of a day as a bucket of heads holds it."""
    return File(canonical(day_document(head)) + b"\n", JSON)


def kept_at(page: str, head: Head) -> str:
    """Where in that bucket, which may be that of several pages."""
    return f"{page}/{day_of(head)}.json"
