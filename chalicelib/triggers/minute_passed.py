"""A minute has passed: say what is due, publish what was missed and the clock changes, beat the heart."""

import time
from contextlib import ExitStack

from chalicelib import wiring
from chalicelib.triggers.clock import keep_time
from chalicelib.triggers.closing import close_days
from chalicelib.triggers.publication import Outcome, publish

FOR_DAYS = 0.25
"""Of a minute's time, at most so much is for days to close."""


def minute_passed(*, seconds: float) -> Outcome:
    """Do what the clock calls for, then publish; it is also the end of whatever got lost on another way.

    Each is done even if one before it failed: that failure rises afterwards.
    """
    wiring.settings()
    until, outcome = time.monotonic() + seconds, list[Outcome]()
    with ExitStack() as chores:  # done from the last to the first
        chores.callback(lambda: outcome.append(publish(until - time.monotonic())))
        chores.callback(close_days, wiring.now, seconds=seconds * FOR_DAYS)
        chores.callback(keep_time, wiring.now, wiring.new_id)
    return outcome[0]
