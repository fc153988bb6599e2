"""A minute's probes: those that are due are run; what they find becomes samples and, in time, alarms.

The claim comes first and the results are stored before anybody is told of them: whoever is killed in between
has lost one minute of numbers, and an alarm only until the next minute tells it.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from chalicelib.domain.addresses import networks
from chalicelib.domain.alarms import Alarm, Rule
from chalicelib.domain.probes import ROUND_SECONDS, Probe, Result, Standing, minute_of
from chalicelib.domain.samples import Sample, SampleSource
from chalicelib.probing import rounds
from chalicelib.probing.checks import check
from chalicelib.probing.lines import Ways
from chalicelib.stores import alarms, probes, samples
from chalicelib.stores.idempotency import Repeat
from chalicelib.stores.probes import Board
from chalicelib.stores.samples import Batch

SOURCE = "probe"

Now = Callable[[], datetime]

_log = logging.getLogger("candor.probing")


class Told(NamedTuple):
    """Who is told: `samples` of what a minute found, once for each key; `alarm` of what fires, or is over.

    With an alarm goes the rule by which it concerns a component, unless its probe is no more.
    """

    samples: Callable[[Sequence[Sample], str], None]
    alarm: Callable[[Alarm, Rule | None], None]


def run_probes(ways: Ways, told: Told, now: Now, *, seconds: float, board: Board | None = None) -> int:
    """Run what is due, if there is time enough for it to be fair; how many had a result.

    `board`: how all stands, as it was read in this minute; it is read again when the results are in.
    """
    at = now()
    minute = minute_of(at)
    due, board = _claimed(minute, board or probes.read(), seconds)
    results = rounds.run(due, partial(check, ways=ways), at=at, seconds=ROUND_SECONDS)
    ran = {probe: results[probe.id] for probe in due if probe.id in results}
    if ran:
        board = probes.conclude({probe.fingerprint: result for probe, result in ran.items()}, minute)
    _log_refused(ran)
    try:
        _tell(board, told, now())
    finally:
        if found := [_sample(probe, result) for probe, result in ran.items() if result.counts]:
            told.samples(
                found, f"{minute}/{due[0].fingerprint}"
            )  # due once a minute, so it is due here alone
    return len(ran)


def ways(allowed: str) -> Ways:
    """How to get to hosts; the networks that a setting allows are as it says them."""
    return Ways(networks(allowed))


def told(now: Now, new_id: Callable[[], str]) -> Told:
    """Those who are told: the sums of days, and the alarms."""
    return Told(partial(count_samples, now=now), partial(hear_alarm, now=now, new_id=new_id))


def count_samples(found: Sequence[Sample], key: str, *, now: Now) -> None:
    """Add samples to their days, those of components that are no more left out."""
    asked = hashlib.sha256(repr(found).encode()).hexdigest()
    batch = Batch(Repeat(SOURCE, key, asked), dict(enumerate(found)), SampleSource.PROBE, partial=True)
    samples.take(batch, now=now)


def hear_alarm(alarm: Alarm, rule: Rule | None, *, now: Now, new_id: Callable[[], str]) -> None:
    """Take in what a probe has to say; the probe itself says which component it is about."""
    alarms.hear([alarm], now=now, new_id=new_id, rules=[rule] if rule else [])


def _claimed(minute: int, board: Board, seconds: float) -> tuple[tuple[Probe, ...], Board]:
    return probes.claim(minute, board) if seconds >= ROUND_SECONDS else ((), board)


def _log_refused(ran: Mapping[Probe, Result]) -> None:
    """Say of which probes nothing is known, since we may not connect to where they lead."""
    for probe, result in ran.items():
        if not result.counts:
            _log.warning(json.dumps({"operation": "probe", "probe": probe.id, "failure": result.failure}))


def _sample(probe: Probe, result: Result) -> Sample:
    return Sample(probe.component, result.at, 1, result.total_us, 0 if result.is_good else 1)


def _tell(board: Board, told: Told, at: datetime) -> None:
    """Tell the alarms what they do not know yet, and note that they know; one that fails stops no other."""
    failed: Exception | None = None
    living, latest = board.living, board
    for name, standing in board.untold.items():
        try:
            told.alarm(_alarm(name, standing, at), _rule(living[name]) if name in living else None)
            latest = probes.told(name, firing=standing.firing, board=latest)
        except Exception as error:  # noqa: BLE001 - it rises when the others have been told
            failed = error
    if failed:
        raise failed


def _alarm(name: str, standing: Standing, at: datetime) -> Alarm:
    """That a probe fails since its first failure in this row; or that it is well since its last result."""
    last = standing.last.at if standing.last and standing.last.is_good else at
    since = standing.failing_since if standing.firing else last
    why = standing.last.failure if standing.last else None
    labels = {"probe": name.partition("/")[0], "failure": why or ""}
    return Alarm(SOURCE, name, standing.firing, since or at, labels)


def _rule(probe: Probe) -> Rule:
    return Rule(
        id=probe.id, match={"source": SOURCE, "probe": probe.id}, component=probe.component,
        status=probe.status, created_at=probe.created_at,
    )  # fmt: skip
