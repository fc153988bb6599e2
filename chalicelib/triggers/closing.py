"""What the clock says of days: that one takes no more samples, and what it came to."""

import time
from collections.abc import Callable
from datetime import datetime

from chalicelib.stores import days

BUDGET_SECONDS = 20.0


def close_days(now: Callable[[], datetime], *, seconds: float = BUDGET_SECONDS) -> int:
    """Close the days whose time has come, the oldest first; how many. The next minute goes on with the rest.

    One query where nothing is due, as it is in all minutes of a day but one.
    """
    until, done = time.monotonic() + seconds, 0
    for day in days.due(now()):
        if time.monotonic() > until:
            break
        days.close(day, now=now)
        done += 1
    return done
