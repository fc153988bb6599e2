"""Outages in a real table: stored with the words that tell of them, found in a few queries, never doubled."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bench.requests import Counted
from chalicelib.domain.record import Moment
from chalicelib.domain.uptime import Lost, lost_by_day
from chalicelib.domain.wordings import Right
from chalicelib.stores import catalogue, corrections, imports, incidents, outages, table
from chalicelib.stores.record import Change
from tests.engine import a_bucket
from tests.statuspages import a_component, a_summary, an_incident, an_update, foreign
from tests.worlds import World

DAY = date(2026, 11, 22)
MAJOR, PARTIAL = {"api": "major_outage"}, {"api": "partial_outage"}


@pytest.fixture
def world(table: str) -> World:
    """An empty table with two components, at 09:02 on the 22nd."""
    world = World()
    world.component("api", "API")
    world.component("web", "Web")
    return world


def cost(world: World, component: str = "api", *, first: date = DAY, last: date = DAY) -> dict[date, Lost]:
    """What a component's outages cost by now."""
    found = outages.read(first).get(component, ())
    return lost_by_day(found, first, last, now=world.at)


def seconds(lost: dict[date, Lost]) -> int:
    return sum(it.partial_s + it.major_s for it in lost.values())


def places() -> list[tuple[str, str]]:
    """Where outages stand."""
    return [(place, name) for place, _, name in (item.sk.partition("#") for item in table.query("OUTAGES"))]


def test_an_incident_costs_from_its_beginning_until_it_is_resolved(world: World) -> None:
    world.open("slow", "Slow", affects=MAJOR, started_at=world.at - timedelta(minutes=5))
    world.pass_time(minutes=4)
    assert cost(world) == {DAY: Lost(0, 600)}
    assert places() == [("any", "incident/slow")]

    world.tell("slow", "identified", affects=PARTIAL)
    world.tell("slow", "resolved")
    world.pass_time(hours=1)

    assert cost(world) == {DAY: Lost(60, 660)}
    assert places() == [("2026-11", "incident/slow")]


def test_what_costs_nothing_stores_nothing(world: World) -> None:
    world.open("slow", "Slow", affects={"api": "degraded_performance"})
    world.tell("slow", "monitoring", affects={"api": "operational", "web": "under_maintenance"})
    world.tell("slow", "resolved")

    assert places() == []


def test_two_incidents_at_once_cost_once(world: World) -> None:
    world.open("one", "One", affects=PARTIAL)
    world.open("two", "Two", affects=MAJOR)
    world.tell("two", "resolved")
    world.tell("one", "resolved")

    assert cost(world) == {DAY: Lost(120, 60)}


def test_a_retracted_incident_costs_nothing(world: World) -> None:
    world.open("slow", "Slow", affects=MAJOR)
    world.tell("slow", "resolved")
    world.change(lambda moment: corrections.take_back(incidents.get("slow"), "None.", id="r", moment=moment))

    assert (cost(world), places()) == ({}, [])


def test_a_corrected_time_moves_what_an_incident_cost_from_month_to_month(world: World) -> None:
    story = world.open("slow", "Slow", affects=MAJOR)
    world.tell("slow", "resolved")
    october = datetime(2026, 10, 31, 23, 50, tzinfo=UTC)

    def right(moment: Moment) -> Change[Any]:
        said = Right("It began earlier.", happened_at=october)
        return corrections.put_right(incidents.story("slow"), story.updates[0].id, said, moment=moment)

    world.change(right)

    assert places() == [("2026-10", "incident/slow"), ("2026-11", "incident/slow")]
    found = cost(world, first=date(2026, 10, 31))
    assert (found[date(2026, 10, 31)], found[date(2026, 11, 1)]) == (Lost(0, 600), Lost(0, 86_400))
    assert cost(world, first=date(2026, 10, 1), last=date(2026, 10, 31)) == {date(2026, 10, 31): Lost(0, 600)}


def test_an_update_that_claims_an_earlier_time_shortens_the_outage(world: World) -> None:
    world.open("slow", "Slow", affects=MAJOR)
    world.pass_time(hours=2)
    world.tell("slow", "resolved", happened_at=world.at - timedelta(minutes=110))

    assert seconds(cost(world)) == 11 * 60 - 60


def test_an_outage_of_years_is_found_in_every_month(world: World) -> None:
    world.open("old", "Old", affects=MAJOR, started_at=world.at - timedelta(days=800))
    world.tell("old", "resolved", happened_at=world.at)

    assert places() == [("any", "incident/old")]
    found = cost(world, first=date(2025, 6, 1), last=date(2025, 6, 30))
    assert seconds(found) == 30 * 86_400


def test_a_monstrous_incident_lies_in_several_items(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "LARGEST_ITEM", 50)
    world.open("slow", "Slow", affects={**MAJOR, "web": "major_outage"})
    assert places() == [("any", "incident/slow"), ("any", "incident/slow#2")]

    world.tell("slow", "resolved")

    assert seconds(cost(world)) == seconds(cost(world, "web")) == 60
    assert {pk for pk, _ in places()} == {"2026-11"}


def test_a_stated_status_costs_until_it_is_withdrawn(world: World) -> None:
    world.state("api", "major_outage")
    world.pass_time(minutes=5)
    world.change(lambda moment: catalogue.change(_api(), _with(name="Renamed", at=moment), moment))
    assert seconds(cost(world)) == 6 * 60

    world.change(lambda moment: catalogue.change(_api(), _with(direct=None, at=moment), moment))
    world.pass_time(hours=1)

    assert cost(world) == {DAY: Lost(0, 7 * 60)}


def test_a_stated_status_costs_until_an_incident_touches_the_component(world: World) -> None:
    world.state("api", "partial_outage")
    world.open("slow", "Slow", affects={"api": "degraded_performance", "web": "degraded_performance"})
    world.pass_time(hours=1)

    assert cost(world) == {DAY: Lost(60, 0)}
    world.change(lambda moment: catalogue.change(_api(), _with(name="Renamed", at=moment), moment))
    assert cost(world) == {DAY: Lost(60, 0)}


def test_a_maintenance_ends_no_stated_outage(world: World) -> None:
    world.state("api", "major_outage")
    world.announce("disks", "Disks", affects={"api": "under_maintenance"}, starts=-timedelta(minutes=1))
    world.go_on("disks", "in_progress")
    world.pass_time(minutes=10)

    assert seconds(cost(world)) == 12 * 60


def test_imported_incidents_cost_as_they_were_told_and_once(world: World) -> None:
    told = an_incident(
        "down", an_update("u1", 0, affects={"x": "major_outage"}), an_update("u2", 30, "resolved")
    )
    document = a_summary(told, components=[a_component("x")])
    for _ in range(2):
        imports.save(foreign(document), now=world.now)

    found = outages.read(date(2026, 10, 1))["x"]
    assert [it.end - it.begin for it in found if it.end] == [timedelta(minutes=30)]
    assert places() == [("2026-10", "incident/down")]


def test_any_days_are_one_query_whatever_the_past(world: World) -> None:
    for n in range(3):
        began = world.at - timedelta(days=20 * n, minutes=n)
        world.open(f"i{n}", "Past", affects=MAJOR, started_at=began)
        world.tell(f"i{n}", "resolved", happened_at=began + timedelta(minutes=1))
    a_bucket()
    counted = Counted()

    found = outages.read(DAY - timedelta(days=89))

    assert counted.take()["table"] == 1
    assert len(found["api"]) == 3


def _api() -> Any:
    return catalogue.component("api")


def _with(*, at: Moment, **changes: Any) -> Any:
    return replace(_api(), **changes)
