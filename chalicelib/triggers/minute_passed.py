"""A minute has passed: publish what the stream missed, what the clock changes, and the heartbeat."""

from chalicelib.triggers.publication import Outcome, publish


def minute_passed(*, seconds: float) -> Outcome:
    """Publish; it is also the end of whatever got lost on another way."""
    return publish(seconds)
