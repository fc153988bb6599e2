"""A minute has passed: publish what the stream missed, what the clock changes, and the heartbeat."""

from chalicelib.triggers.publication import Outcome, publisher

SECONDS = 40.0


def minute_passed() -> Outcome:
    """Publish; a full build goes on for most of the minute."""
    return publisher().publish(seconds=SECONDS)
