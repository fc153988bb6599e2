"""The end of the record, as our JSON documents write it."""

from typing import Any

from chalicelib.domain.record import Head
from chalicelib.publishing.localtimes import machine


def head_document(head: Head) -> dict[str, Any]:
    """Number, hash and time of its last entry; no time where there is none yet."""
    return {
        "seq": head.seq,
        "hash": head.hash,
        "recorded_at": machine(head.recorded_at) if head.recorded_at else None,
    }
