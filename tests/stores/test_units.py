"""What the record costs: its entry and its head, and nothing else, whatever is written."""

from collections.abc import Callable

import pytest

from bench.requests import Counted, Units
from tests.worlds import World

WRITES = [
    pytest.param(lambda world: world.open("slow", "Slow"), id="an incident"),
    pytest.param(lambda world: world.announce("work", "Work"), id="a maintenance"),
    pytest.param(lambda world: world.advise("adv-1"), id="an advisory"),
    pytest.param(lambda world: world.component("api", "API"), id="a component"),
]


@pytest.mark.parametrize("write", WRITES)
def test_the_record_takes_an_entry_and_a_head_of_each_write(
    write: Callable[[World], object], table: str
) -> None:
    world = World()
    world.page()
    counted = Counted()

    write(world)

    head = 2
    assert counted.units.record - head in (2, 4), "an entry of at most two KB, twice since in a transaction"
    assert counted.units.all > counted.units.record


def test_units_of_the_record_are_told_from_others() -> None:
    units = Units().and_for("RECORD", 2).and_for("RECORD#00000000", 4).and_for("INCIDENT#a", 6)

    assert units == Units(all=12, record=6)
