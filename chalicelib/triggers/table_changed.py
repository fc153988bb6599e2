"""The table's stream has something new: publish up to the head."""

from chalicelib.triggers.publication import Outcome, publish


def table_changed(*, seconds: float) -> Outcome:
    """Publish; the stream is only a wake-up, its images are never read."""
    return publish(seconds)
