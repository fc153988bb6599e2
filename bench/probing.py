"""A minute of many probes, some of them hanging, against a real server on loopback."""

import statistics
import time
from collections.abc import Iterator
from functools import partial

from chalicelib.domain.addresses import networks
from chalicelib.domain.probes import ROUND_SECONDS, Failure, Probe
from chalicelib.probing.lines import Ways
from chalicelib.stores import probes, record
from chalicelib.triggers.probing import run_probes, told
from tests.engine import engine, settled
from tests.probing.servers import hanging, host, ok
from tests.worlds import World

PROBES, HANGING = 100, 20
COMPONENTS = 10


def measured() -> Iterator[tuple[str, float, str]]:
    """How long the minute takes from claim to alarms; what those that answer were measured with."""
    with engine(), settled(), host(ok=ok(), hang=hanging(60)) as web:
        world = World()
        for n in range(COMPONENTS):
            world.component(f"c{n}", f"Component {n}")
        for n in range(PROBES):
            set_up(world, n, web.url("/hang" if n < HANGING else "/ok"))
        everybody = told(world.now, partial(next, map(str, range(10**9))))
        began, worked = time.monotonic(), time.process_time()
        run_probes(Ways(networks("127.0.0.0/8")), everybody, world.now, seconds=ROUND_SECONDS)
        took, worked = time.monotonic() - began, time.process_time() - worked
        last = [standing.last for standing in probes.read().standings.values() if standing.last]
    failed = sum(result.failure is Failure.TIMEOUT for result in last)
    if (len(last), failed) != (PROBES, HANGING):
        raise RuntimeError(f"{len(last)} results, {failed} of them for hanging")
    name = f"a minute of {PROBES} probes, {HANGING} of them hanging"
    yield name, took, "s"
    yield f"{name}: work", worked * 1000, "ms CPU"
    answered = [result.total_us / 1000 for result in last if result.is_good]
    yield f"{name}: measured of those that answer, median", statistics.median(answered), "ms"


def set_up(world: World, n: int, url: str) -> None:
    """One more probe, as people set it up; a third is to alarm at once."""
    probe = Probe(
        f"p{n}", f"c{n % COMPONENTS}", url, world.at, world.at, failures_in_a_row=1 if n % 3 == 0 else 3
    )
    record.append(lambda moment: probes.create(probe, moment), now=world.now)
