"""Maintenances in the table: found every way, pointed to where they stand, told to the record."""

import json
from datetime import timedelta

import pytest

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.statuses import ComponentStatus, MaintenanceStatus
from chalicelib.stores import catalogue, front, history, maintenances, opened, record
from chalicelib.stores.record import Change
from tests.worlds import World

S = MaintenanceStatus
HOUR = timedelta(hours=1)
MAINTAINED = {"api": "under_maintenance"}


@pytest.fixture
def world(table: str) -> World:
    """A page with one component."""
    world = World()
    world.component("api", "API")
    return world


def keep_time(id: str, world: World) -> bool:
    """Let the clock speak of one; whether it had anything to say."""

    def decide(moment: object) -> Change[object]:
        return maintenances.keep_time(maintenances.get(id), id=f"clock-{world.at:%H%M}", moment=moment)  # type: ignore[arg-type, return-value]

    return record.append(decide, now=world.now) is not None


def kinds() -> list[str]:
    """The kinds of entries about maintenances."""
    return [entry.kind for entry in record.entries(0) if entry.kind.startswith("maintenance.")]


def status() -> ComponentStatus:
    """How the component is."""
    return catalogue.standings(["api"], opened.in_force())["api"].status


def test_a_maintenance_is_found_by_every_way(world: World) -> None:
    course = world.announce("disks", "New disks", affects=MAINTAINED)

    maintenance = maintenances.get("disks")
    assert maintenance == course.maintenance
    assert maintenances.updates("disks") == course.updates
    assert [found.id for found in maintenances.all_pending()] == maintenances.pending_ids() == ["disks"]
    assert history.between(maintenance.starts_at) == ["maintenance/disks"]
    assert [id for _, id in maintenances.begun()] == ["disks"]
    assert front.read().latest_of("maintenance") == ["maintenance/disks"]
    with pytest.raises(NotFound, match="maintenance"):
        maintenances.get("nope")


def test_an_id_is_given_once(world: World) -> None:
    world.announce("disks", "New disks")

    with pytest.raises(Conflict, match="id"):
        world.announce("disks", "Others")


def test_an_announcement_leaves_components_as_they_are(world: World) -> None:
    world.announce("disks", "New disks", affects=MAINTAINED)

    assert status() is ComponentStatus.OPERATIONAL
    assert catalogue.touches(["api"]) == {}


def test_the_clock_finds_what_is_due_and_says_it_once(world: World) -> None:
    world.announce("disks", "New disks", affects=MAINTAINED)
    world.announce("later", "Later", starts=3 * HOUR, ends=4 * HOUR)
    assert maintenances.due_ids(world.at) == []

    world.pass_time(hours=1)
    assert maintenances.due_ids(world.at) == ["disks"]
    said = [keep_time("disks", world), keep_time("disks", world)]

    assert (said, status(), kinds()[2:]) == ([True, False], "under_maintenance", ["maintenance.begun"])
    world.pass_time(hours=1)
    assert maintenances.due_ids(world.at) == ["disks"]
    assert (keep_time("disks", world), keep_time("disks", world)) == (True, False)
    assert (status(), kinds()[3:]) == ("operational", ["maintenance.ended"])
    assert maintenances.pending_ids() == ["later"]


def test_what_people_say_is_told_apart_in_the_record(world: World) -> None:
    world.announce("one", "One")
    world.announce("two", "Two")
    for status in ("scheduled", "in_progress", "verifying", "in_progress", "completed"):
        world.go_on("one", status)
    world.move("two", starts=2 * HOUR, ends=3 * HOUR)
    world.go_on("two", "cancelled")

    assert kinds()[2:] == [
        f"maintenance.{verb}"
        for verb in ("updated", "begun", "updated", "updated", "ended", "rescheduled", "cancelled")
    ]


def test_what_moves_is_pointed_to_from_its_new_place_alone(world: World) -> None:
    before = world.announce("disks", "New disks").maintenance

    after = world.move("disks", starts=80 * 24 * HOUR, ends=81 * 24 * HOUR).maintenance

    assert history.between(before.starts_at) == ["maintenance/disks"]
    assert len(list(maintenances.begun())) == 1
    assert next(maintenances.begun())[0].startswith(f"{after.starts_at:%Y-%m-%d}")
    entry = list(record.entries(0))[-1]
    assert json.loads(entry.body or "")["was"] == {"started_at": f"{before.starts_at:%Y-%m-%dT%H:%M:%S}.000Z"}


@pytest.mark.parametrize("stated", ["degraded_performance", "partial_outage", "major_outage"])
def test_a_maintenance_never_masks_an_outage(world: World, stated: str) -> None:
    world.state("api", stated)
    world.announce("disks", "New disks", affects=MAINTAINED)

    world.go_on("disks", "in_progress")
    running = status()
    world.go_on("disks", "completed")

    assert (running, status()) == (stated, stated)


def test_a_maintenance_takes_up_what_was_stated_of_it(world: World) -> None:
    world.state("api", "under_maintenance")
    world.announce("disks", "New disks", affects=MAINTAINED)
    assert status() is ComponentStatus.UNDER_MAINTENANCE

    world.go_on("disks", "in_progress")
    world.go_on("disks", "completed")

    assert status() is ComponentStatus.OPERATIONAL


def test_what_an_incident_withdrew_stays_withdrawn(world: World) -> None:
    world.state("api", "major_outage")
    world.open("slow", "Slow", affects={"api": "degraded_performance"})
    world.tell("slow", "resolved")

    world.announce("disks", "New disks", affects=MAINTAINED)
    world.go_on("disks", "in_progress")
    world.go_on("disks", "completed")

    assert status() is ComponentStatus.OPERATIONAL


def test_an_incident_says_how_a_component_was_under_maintenance(world: World) -> None:
    world.announce("disks", "New disks", affects=MAINTAINED)
    world.go_on("disks", "in_progress")

    story = world.open("slow", "Slow", affects={"api": "partial_outage"})

    assert story.updates[0].affects[0].old is ComponentStatus.UNDER_MAINTENANCE
    assert status() is ComponentStatus.PARTIAL_OUTAGE
