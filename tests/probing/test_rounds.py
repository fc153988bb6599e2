"""Many runs at once: within their time, whatever some of them do."""

import threading
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

from chalicelib.domain.addresses import networks
from chalicelib.domain.probes import Failure, Probe, Result
from chalicelib.probing.checks import check
from chalicelib.probing.lines import Ways
from chalicelib.probing.rounds import run
from tests.probing.servers import hanging, host, ok

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def some(count: int, **more: Any) -> list[Probe]:
    told = {"component": "api", "url": "https://a.example/", "created_at": NOW, "updated_at": NOW, **more}
    return [Probe(id=f"p{n}", **told) for n in range(count)]


def good(probe: Probe, at: datetime) -> Result:
    return Result(at, 1000, 200)


def test_each_probe_has_its_result() -> None:
    results = run(some(5), good, at=NOW, seconds=5)

    assert results == {f"p{n}": Result(NOW, 1000, 200) for n in range(5)}


def test_a_round_of_none_ends_at_once() -> None:
    assert run([], good, at=NOW, seconds=5) == {}


def test_many_take_as_long_as_the_slowest_not_as_all_together() -> None:
    answers = {"ok": ok(), "hang": hanging()}
    with host(**answers) as web:
        probes = some(20, url=web.url("/ok"), timeout_seconds=1)
        hang = [Probe(**{**vars(it), "id": f"h{it.id}", "url": web.url("/hang")}) for it in probes[:4]]
        began = time.monotonic()

        results = run(
            [*hang, *probes], partial(check, ways=Ways(networks("127.0.0.0/8"))), at=NOW, seconds=25
        )

    assert time.monotonic() - began < 4
    assert {results[it.id].failure for it in hang} == {Failure.TIMEOUT}
    assert {results[it.id].failure for it in probes} == {None}


def test_what_is_not_back_in_its_time_has_failed_and_holds_up_nobody() -> None:
    stuck = threading.Event()

    def sticking(probe: Probe, at: datetime) -> Result:
        """As the system's resolver can."""
        if probe.id == "p0":
            stuck.wait(30)
        return good(probe, at)

    began = time.monotonic()
    results = run(some(3, timeout_seconds=1), sticking, at=NOW, seconds=25)
    took = time.monotonic() - began
    stuck.set()

    assert 1 < took < 4
    assert [results[f"p{n}"].failure for n in range(3)] == [Failure.TIMEOUT, None, None]


def test_when_the_time_is_over_the_round_is_too() -> None:
    stuck = threading.Event()

    def sticking(probe: Probe, at: datetime) -> Result:
        stuck.wait(30)
        return good(probe, at)

    began = time.monotonic()
    results = run(some(2, timeout_seconds=15), sticking, at=NOW, seconds=0.2)
    took = time.monotonic() - began
    stuck.set()

    assert took < 2
    assert {result.failure for result in results.values()} == {Failure.TIMEOUT}


def test_a_mistake_of_ours_accuses_nobody() -> None:
    def mistaken(probe: Probe, at: datetime) -> Result:
        if probe.id == "p1":
            raise KeyError("ours")
        return good(probe, at)

    assert run(some(3), mistaken, at=NOW, seconds=5).keys() == {"p0", "p2"}
