"""A minute has passed: say what is due, publish what was missed or the clock changes, keep heads, probe."""

import time
from contextlib import ExitStack

from chalicelib import wiring
from chalicelib.domain.probes import ROUND_SECONDS, minute_of
from chalicelib.stores import probes
from chalicelib.stores.redactions import Waiting
from chalicelib.triggers import removals
from chalicelib.triggers.clock import keep_time
from chalicelib.triggers.closing import close_days
from chalicelib.triggers.keeping import keep_heads
from chalicelib.triggers.measuring import fetch_metrics
from chalicelib.triggers.publication import Outcome, publish, publisher

FOR_DAYS = 0.25
"""Of the page's time, at most so much is for days to close."""


def minute_passed(*, seconds: float) -> Outcome:
    """Begin and end what is planned, then publish, then probe; what gets lost on another way ends here too.

    The page comes first and never waits for foreign hosts. Where probes are due, a long publication leaves
    them their time and goes on as work.
    """
    wiring.settings()
    until, board = time.monotonic() + seconds, probes.read()
    has_probes = board.is_wanted(minute_of(wiring.now()))
    with ExitStack() as others:  # done from the last to the first
        others.callback(lambda: _measure(until - time.monotonic()))
        if has_probes:
            others.callback(lambda: _probe(until - time.monotonic(), board))
        return _keep_page(seconds - ROUND_SECONDS if has_probes else seconds)


def _keep_page(seconds: float) -> Outcome:
    """Say what is due, close days, publish: each even if one before it failed, which rises afterwards."""
    until, outcome = time.monotonic() + seconds, list[Outcome]()
    with ExitStack() as chores:  # done from the last to the first
        chores.callback(lambda: outcome.append(_publish(until)))
        chores.callback(close_days, wiring.now, seconds=seconds * FOR_DAYS)
        chores.callback(keep_time, wiring.now, wiring.new_id)
    return outcome[0]


def _publish(until: float) -> Outcome:
    """Publish without what was taken back; old versions of files go once the new ones stand.

    Heads are copied last: whatever is wrong with their bucket, readers have what is new.
    """
    waiting = Waiting([], None)
    try:
        waiting = removals.go_on(wiring.now, until=until)
    finally:
        outcome = publish(until - time.monotonic())
        try:
            removals.purge(wiring.bucket(), waiting.purge, outcome, until=until)
        finally:
            keep_heads(publisher(), wiring.heads())
    return outcome


def _measure(seconds: float) -> None:
    """Fetch the metrics that are due: one stretch at least, since a minute is seldom without time for it."""
    fetch_metrics(wiring.cloudwatch, wiring.now, seconds=max(seconds, 0))


def _probe(seconds: float, board: probes.Board) -> None:
    """Run the probes; what that takes is loaded where there are any."""
    from chalicelib.triggers import probing

    ways = probing.ways(wiring.settings().probe_networks)
    told = probing.told(wiring.now, wiring.new_id)
    probing.run_probes(ways, told, wiring.now, seconds=seconds, board=board)
