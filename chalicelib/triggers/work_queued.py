"""A publication has to go on: a full build or a long backlog, a piece at a time.

A message says nothing but that there is work. If one is lost, the minute makes up for it; if one comes
twice, the second finds less to do.
"""

from chalicelib.triggers.publication import Outcome, publish


def work_queued(*, seconds: float) -> Outcome:
    """Go on with it for so long; what is left then is work again."""
    return publish(seconds)
