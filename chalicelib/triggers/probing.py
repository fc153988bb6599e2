"""A minute's probes: those that are due are run; what they find becomes samples and, in time, alarms.

The claim comes first and the results are stored before anybody is told of them: whoever is killed in between
has lost one minute of numbers, and an alarm only until the next minute tells it.
"""

import hashlib
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


class Told(NamedTuple):
    """Who is told: `samples` of what a minute found, once for each key; `alarm` of what fires, or is over.

    With an alarm that fires goes the rule by which it concerns a component.
    """

    samples: Callable[[Sequence[Sample], str], None]
    alarm: Callable[[Alarm, Rule | None], None]


def run_probes(ways: Ways, told: Told, now: Now, *, seconds: float) -> int:
    """Run what is due, if there is time enough for it to be fair; how many had a result."""
    at = now()
    minute = minute_of(at)
    due = probes.claim(minute) if seconds >= ROUND_SECONDS else ()
    results = rounds.run(due, partial(check, ways=ways), at=at, seconds=ROUND_SECONDS)
    board = probes.conclude(results, minute) if results else probes.read()
    try:
        _tell(board, told, now())
    finally:
        if results:
            told.samples(*_samples(due, results, minute))
    return len(results)


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


def _samples(due: Sequence[Probe], results: Mapping[str, Result], minute: int) -> tuple[list[Sample], str]:
    """The results as samples, and a key that no others have: no probe runs twice in a minute."""
    ran = [probe for probe in due if probe.id in results]
    return [_sample(probe, results[probe.id]) for probe in ran], f"{minute}/{ran[0].id}"


def _sample(probe: Probe, result: Result) -> Sample:
    return Sample(probe.component, result.at, 1, result.total_us, 0 if result.is_good else 1)


def _tell(board: Board, told: Told, at: datetime) -> None:
    """Tell the alarms what they do not know yet, and note that they know; one that fails stops no other."""
    failed: Exception | None = None
    for id in board.untold:
        standing, probe = board.standing(id), board.probes.get(id)
        try:
            told.alarm(_alarm(id, standing, at), _rule(probe) if probe and standing.firing else None)
            probes.told({id: standing.firing})
        except Exception as error:  # noqa: BLE001 - it rises when the others have been told
            failed = error
    if failed:
        raise failed


def _alarm(id: str, standing: Standing, at: datetime) -> Alarm:
    """That a probe fails since its first failure in this row; or that it is well since its last result."""
    last = standing.last.at if standing.last and standing.last.is_good else at
    since = standing.failing_since if standing.firing else last
    why = standing.last.failure if standing.last else None
    return Alarm(SOURCE, id, standing.firing, since or at, {"probe": id, "failure": why or ""})


def _rule(probe: Probe) -> Rule:
    return Rule(
        id=probe.id, match={"source": SOURCE, "probe": probe.id}, component=probe.component,
        status=probe.status, created_at=probe.created_at,
    )  # fmt: skip
