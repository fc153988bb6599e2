"""What a redaction leaves to the minute: the rest of the words in the table, old versions of files."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.record import Moment
from chalicelib.publishing import versions
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import purges, record, redactions
from chalicelib.stores.copies import Redaction
from chalicelib.stores.purges import Purge
from chalicelib.stores.record import Change
from chalicelib.stores.redactions import Waiting
from chalicelib.triggers.publication import Outcome


def go_on(now: Callable[[], datetime], *, until: float) -> Waiting:
    """Remove what is left in the table, an entry of the record at a time; what waits then.

    Two at once do it once: each looks again in the transaction that writes.
    """
    waiting = redactions.waiting()
    for seq in waiting.entries:
        while _next(seq, now) and time.monotonic() < until:
            pass
    return redactions.waiting() if waiting.entries else waiting


def purge(bucket: Bucket, purge: Purge | None, outcome: Outcome, *, until: float) -> None:
    """Delete the old versions of files once the new ones stand, all of them."""
    if purge is None or purge.done or outcome.unfinished or outcome.head.seq < purge.seq:
        return
    after = versions.purge(bucket, purge.after, until=until)
    purges.go_on(purge, replace(purge, after=after or "", done=after is None))


def _next(seq: int, now: Callable[[], datetime]) -> Redaction | None:
    def decide(moment: Moment) -> Change[Redaction | None]:
        return redactions.go_on(seq, moment=moment)

    return record.append(decide, now=now)
