"""A minute has passed: say what is due, publish what was missed and the clock changes, beat the heart."""

from chalicelib import wiring
from chalicelib.triggers.clock import keep_time
from chalicelib.triggers.publication import Outcome, publish


def minute_passed(*, seconds: float) -> Outcome:
    """Begin and end what is planned, then publish; it is also the end of whatever got lost on another way.

    The page is published even if the clock cannot be heard: that failure rises afterwards.
    """
    wiring.settings()
    try:
        keep_time(wiring.now, wiring.new_id)
    except Exception:
        publish(seconds)
        raise
    return publish(seconds)
