"""Metrics of a real engine become samples: once, stretch by stretch, wherever somebody is killed."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.domain.metrics import Metric, Series, Unit
from chalicelib.domain.record import Moment
from chalicelib.domain.samples import Numbers
from chalicelib.stores import catalogue, days, metrics, record, sums
from chalicelib.stores.record import Change
from chalicelib.triggers.measuring import fetch_metrics
from tests.kills import Killed, killed_at
from tests.worlds import World

NOW = datetime.now(UTC).replace(minute=32, second=10, microsecond=0) - timedelta(hours=1)
FIRST = NOW.replace(minute=20, second=0)


@pytest.fixture
def world(table: str) -> World:
    """Two components, one of which has a metric with a name of its own, half past an hour ago."""
    days.forget()
    world = World(NOW - timedelta(hours=2))
    world.component("api", "API")
    world.component("web", "Web")
    set_metric(world, "api", table)
    world.at = NOW
    return world


def set_metric(world: World, component: str, name: str, unit: Unit = Unit.MILLISECONDS) -> None:
    def decide(moment: Moment) -> Change[Metric]:
        times, errors = Series("Shop", name, {"Stage": "live"}), Series("Shop", f"{name}-errors")
        return metrics.put(Metric(component, times, moment.at, unit, errors))

    world.change(decide)


def put(name: str, at: datetime, *values: float, **dimensions: str) -> None:
    """Let CloudWatch have values."""
    told = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    client: Any = wiring.cloudwatch()
    for value in values:
        point = {"MetricName": name, "Dimensions": told, "Timestamp": at, "Value": value}
        client.put_metric_data(Namespace="Shop", MetricData=[point])


def minute(world: World, **more: Any) -> int:
    return fetch_metrics(wiring.cloudwatch, world.now, **more)


def counted(world: World) -> dict[str, Numbers]:
    return sums.read(date.fromisoformat(f"{world.at:%Y-%m-%d}"))


def test_values_become_samples_of_their_minutes_once(world: World, table: str) -> None:
    put(table, FIRST, 10.0, 20.5, Stage="live")
    put(table, FIRST + timedelta(minutes=4), 5.0, Stage="live")
    put(table, FIRST + timedelta(minutes=5), 7.0, Stage="live")
    put(f"{table}-errors", FIRST, 1.0)

    assert minute(world) == 2
    assert minute(world) == 0
    assert counted(world) == {"api": Numbers(3, 35_500, 1, 2, ("cloudwatch",))}

    world.pass_time(minutes=5)
    assert minute(world) == 1
    assert counted(world)["api"].transactions == 4


def test_it_enters_no_record(world: World, table: str) -> None:
    put(table, FIRST, 10.0, Stage="live")
    head = record.head()

    minute(world)

    assert record.head() == head
    assert not any("Shop" in (entry.body or "") for entry in record.entries(0))


def test_two_minutes_at_once_count_once(world: World, table: str) -> None:
    put(table, FIRST, 10.0, Stage="live")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: minute(world), range(3)))

    assert counted(world)["api"].samples == 1


@pytest.mark.parametrize("answered", [False, True], ids=["before it is sent", "before its answer is seen"])
def test_killed_anywhere_it_loses_and_doubles_nothing(answered: bool, world: World, table: str) -> None:
    for n, request in enumerate(range(1, 15)):
        put(table, FIRST + timedelta(minutes=5 * n), 10.0, Stage="live")
        days.forget()
        with suppress(Killed), killed_at(request, answered=answered):
            minute(world)
            break
        minute(world)
        assert counted(world)["api"].samples == n + 1
        world.pass_time(minutes=5)
    assert request > 5


def test_missed_stretches_are_caught_up_as_far_as_there_is_time(world: World, table: str) -> None:
    minute(world)
    put(table, FIRST + timedelta(minutes=5), 1.0, Stage="live")
    put(table, FIRST + timedelta(minutes=10), 1.0, Stage="live")
    world.pass_time(minutes=10)

    assert minute(world, seconds=0) == 1
    assert minute(world, seconds=0) == 1
    assert counted(world)["api"].samples == 2


def test_a_metric_is_fetched_from_when_it_was_set_until_it_is_removed(world: World, table: str) -> None:
    set_metric(world, "web", f"{table}-web", Unit.SECONDS)
    put(f"{table}-web", FIRST, 1.0, Stage="live")
    assert minute(world) == 0

    world.pass_time(minutes=15)
    put(f"{table}-web", NOW.replace(minute=35, second=0), 2.0, Stage="live")
    assert minute(world) == 1
    assert counted(world)["web"].total_us == 2_000_000

    world.change(lambda moment: metrics.remove("web"))
    put(f"{table}-web", NOW.replace(minute=41, second=0), 2.0, Stage="live")
    world.pass_time(minutes=15)
    assert minute(world) == 0


def test_a_component_that_is_gone_is_left_out(world: World, table: str) -> None:
    put(table, FIRST, 1.0, Stage="live")
    world.change(lambda moment: catalogue.removed_elsewhere(catalogue.component("api"), moment))

    assert minute(world) == 0
    assert counted(world) == {}


def test_without_metrics_nothing_is_asked(table: str) -> None:
    def client() -> Any:
        raise AssertionError("nobody asks")

    assert fetch_metrics(client, World().now) == 0
