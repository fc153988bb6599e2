"""Many runs at once, each in a thread of its own, all within a given time."""

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from datetime import datetime

from chalicelib.domain.probes import Probe, Result, unfinished

PACE_SECONDS = 0.02
"""Between two beginnings: all at once would wait for one another, and measure that."""
GRACE_SECONDS = 1.0
"""For what has to come back at the deadline of its own."""

Check = Callable[[Probe, datetime], Result]

_log = logging.getLogger("candor.probing")


def run(probes: Sequence[Probe], check: Check, *, at: datetime, seconds: float) -> dict[str, Result]:
    """The result of each probe, by its id; those that are not back after `seconds` have failed.

    A thread that hangs (in the system's resolver, which knows no deadline) is left behind. One that fails by
    a mistake of ours gives no result: that is logged, and nobody is accused.
    """
    until = time.monotonic() + seconds
    running = {}
    for probe in probes:
        running[probe.id] = _begun(probe, check, at)
        time.sleep(PACE_SECONDS)
    longest = max((probe.timeout_seconds for probe in probes), default=0) + GRACE_SECONDS
    wait(running.values(), timeout=min(until - time.monotonic(), longest))
    results = ((probe.id, _result(probe, running[probe.id], at)) for probe in probes)
    return {id: result for id, result in results if result is not None}


def _begun(probe: Probe, check: Check, at: datetime) -> "Future[Result]":
    running: Future[Result] = Future()

    def settle() -> None:
        try:
            running.set_result(check(probe, at))
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the round
            running.set_exception(error)

    threading.Thread(target=settle, name=f"probe {probe.id}", daemon=True).start()
    return running


def _result(probe: Probe, running: "Future[Result]", at: datetime) -> Result | None:
    if not running.done():
        return unfinished(probe, at)
    error = running.exception()
    if error is None:
        return running.result()
    _log.error(json.dumps({"operation": "probe", "probe": probe.id, "error": type(error).__name__}))
    return None
