"""The clock begins and ends what was announced: once, as planned, and never against somebody's word."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count

import pytest
from msgspec import DecodeError

from bench.requests import Counted
from chalicelib import wiring
from chalicelib.domain.courses import BEGUN, ENDED
from chalicelib.domain.errors import NotFound
from chalicelib.domain.record import check_chain
from chalicelib.domain.times import iso
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import maintenances, opened, record, suspicions, table
from chalicelib.stores.opened import Held
from chalicelib.triggers import publication
from chalicelib.triggers.clock import keep_time
from chalicelib.triggers.minute_passed import minute_passed
from tests.worlds import World

HOUR = timedelta(hours=1)
MAINTAINED = {"api": "under_maintenance"}


@pytest.fixture
def world(table: str) -> World:
    """A page with a component and a maintenance of it, from in an hour until in two."""
    world = World()
    world.component("api", "API")
    world.announce("disks", "New disks", affects=MAINTAINED)
    return world


def minute(world: World) -> int:
    """What the clock has to say now."""
    ids = count()
    return keep_time(world.now, lambda: f"c{world.at:%d%H%M}{next(ids)}")


def told(id: str = "disks") -> list[tuple[str, datetime, datetime]]:
    """What was said of a maintenance after its announcement: words, claimed time, ours."""
    return [(it.body, it.happened_at, it.recorded_at) for it in maintenances.updates(id)[1:]]


def test_the_clock_begins_and_ends_as_planned(world: World) -> None:
    planned = maintenances.get("disks")
    while world.at < planned.ends_at + timedelta(minutes=5):
        minute(world)
        world.pass_time(minutes=1)

    begun, ended = told()
    assert (begun[:2], ended[:2]) == ((BEGUN, planned.starts_at), (ENDED, planned.ends_at))
    assert begun[2] - planned.starts_at < timedelta(minutes=1)
    assert maintenances.get("disks").ended_at == planned.ends_at


def test_missed_minutes_are_caught_up_at_once(world: World) -> None:
    planned = maintenances.get("disks")
    world.pass_time(days=3)

    assert (minute(world), minute(world)) == (2, 0)

    assert told() == [(BEGUN, planned.starts_at, world.at), (ENDED, planned.ends_at, world.at)]


def test_the_same_minute_by_many_is_told_once(world: World) -> None:
    for n in range(4):
        world.announce(f"m{n}", f"Work {n}", affects=MAINTAINED)
    world.pass_time(minutes=61)

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda n: keep_time(world.now, lambda: f"t{n}-{world.count}"), range(8)))

    assert sum(said) == 5
    assert all(len(told(id)) == 1 for id in ("disks", "m0", "m1", "m2", "m3"))
    check_chain(record.entries(0))


def test_a_clock_that_died_halfway_is_gone_on_with(world: World) -> None:
    world.announce("other", "Others")
    world.pass_time(minutes=90)
    left = iter(["only-one"])

    with pytest.raises(StopIteration):
        keep_time(world.now, lambda: next(left))
    assert minute(world) == 1

    assert len(told("disks")) == len(told("other")) == 1


def test_what_is_quiet_and_cannot_be_settled_delays_no_work(world: World) -> None:
    table.put_all([
        table.pointer(suspicions.QUIET, "api", iso(world.at)),
        table.pointer(suspicions.SUSPECTED, "api", "nonsense"),
    ])  # fmt: skip
    world.pass_time(minutes=90)

    with pytest.raises(DecodeError):
        minute(world)

    assert [body for body, _, _ in told()] == [BEGUN]


def test_work_that_cannot_be_read_delays_no_other(world: World) -> None:
    table.put_all([table.stored(*opened.place("maintenance/a"), Held(due=world.at))])
    world.pass_time(minutes=90)

    with pytest.raises(NotFound):
        minute(world)

    assert [body for body, _, _ in told()] == [BEGUN]


@pytest.mark.parametrize("word", ["cancelled", "in_progress"])
def test_an_operator_was_first(world: World, word: str) -> None:
    world.pass_time(minutes=50)
    world.go_on("disks", word)
    world.pass_time(minutes=20)

    assert minute(world) == 0

    assert [body for body, _, _ in told()] == [f"It is {word}."]


def test_who_speaks_while_it_runs_ends_it_too(world: World) -> None:
    world.pass_time(hours=1)
    minute(world)
    world.go_on("disks", "verifying")
    world.pass_time(hours=5)

    assert minute(world) == 0
    assert maintenances.get("disks").is_running


def test_an_idle_minute_costs_two_queries(world: World) -> None:
    counted = Counted()

    minute(world)

    assert counted.operations.total() == 2


@pytest.fixture
def past(bucket: Bucket) -> World:
    """A page of three hours ago, with a maintenance that should be over, by the real clock, and a site."""
    publication.publisher.cache_clear()
    world = World(at=wiring.now() - 3 * HOUR)
    world.announce("disks", "New disks")
    return world


def test_a_minute_publishes_what_it_says(past: World, bucket: Bucket) -> None:
    outcome = minute_passed(seconds=60)

    assert (outcome.head.seq, len(told())) == (record.head().seq, 2)
    assert b"New disks" in bucket.get("updates.atom")[0]


def test_a_minute_publishes_even_if_the_clock_cannot_be_heard(past: World, bucket: Bucket) -> None:
    ghost = Held(due=past.at)
    table.put_all([table.stored(*opened.place("maintenance/ghost"), ghost)])

    with pytest.raises(NotFound):
        minute_passed(seconds=60)

    assert bucket.get("index.html")[0]
