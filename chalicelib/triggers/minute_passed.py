"""A minute has passed: say what is due, publish what was missed or the clock changes, keep heads of days."""

import time

from chalicelib import wiring
from chalicelib.stores.redactions import Waiting
from chalicelib.triggers import removals
from chalicelib.triggers.clock import keep_time
from chalicelib.triggers.keeping import keep_heads
from chalicelib.triggers.publication import Outcome, publish, publisher


def minute_passed(*, seconds: float) -> Outcome:
    """Begin and end what is planned, then publish; it is also the end of whatever got lost on another way.

    The page is published even if the clock cannot be heard, or words cannot be taken back: such a failure
    rises afterwards. Heads are copied last: whatever is wrong with their bucket, readers have what is new.
    """
    wiring.settings()
    until = time.monotonic() + seconds
    try:
        keep_time(wiring.now, wiring.new_id)
    finally:
        outcome = _publish(seconds, until)
    return outcome


def _publish(seconds: float, until: float) -> Outcome:
    """Publish without what was taken back; old versions of files go once the new ones stand."""
    waiting = Waiting([], None)
    try:
        waiting = removals.go_on(wiring.now, until=until)
    finally:
        outcome = publish(seconds)
        try:
            removals.purge(wiring.bucket(), waiting.purge, outcome, until=until)
        finally:
            keep_heads(publisher(), wiring.heads())
    return outcome
