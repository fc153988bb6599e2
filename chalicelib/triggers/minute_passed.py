"""A minute has passed: say what is due, publish what was missed or the clock changes, beat, probe."""

import time
from functools import partial

from chalicelib import wiring
from chalicelib.domain.addresses import networks
from chalicelib.probing.lines import Ways
from chalicelib.triggers import probing
from chalicelib.triggers.clock import keep_time
from chalicelib.triggers.probing import ROUND_SECONDS, Told
from chalicelib.triggers.publication import Outcome, publish


def minute_passed(*, seconds: float) -> Outcome:
    """Begin and end what is planned, then publish, then probe; what gets lost on another way ends here too.

    The page comes first and never waits for foreign hosts. Where probes are due, a long publication leaves
    them their time and goes on as work.
    """
    found, until = wiring.settings(), time.monotonic() + seconds
    probes = probing.is_wanted(wiring.now)
    try:
        return _keep_page(seconds - ROUND_SECONDS if probes else seconds)
    finally:
        if probes:
            ways = Ways(networks(found.probe_networks))
            probing.run_probes(ways, _told(), wiring.now, seconds=until - time.monotonic())


def _keep_page(seconds: float) -> Outcome:
    """The page is published even if the clock cannot be heard: that failure rises afterwards."""
    try:
        keep_time(wiring.now, wiring.new_id)
    except Exception:
        publish(seconds)
        raise
    return publish(seconds)


def _told() -> Told:
    return Told(
        partial(probing.count_samples, now=wiring.now),
        partial(probing.hear_alarm, now=wiring.now, new_id=wiring.new_id),
    )
