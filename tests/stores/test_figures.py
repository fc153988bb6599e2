"""Figures about ourselves in the table: at any time what counting the whole record anew gives."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from chalicelib.domain.figures import NOTHING, Tally, added_by, month_counted
from chalicelib.domain.incidents import Incident
from chalicelib.domain.wordings import Right
from chalicelib.stores import corrections, figures, front, incidents, promises, record, table
from chalicelib.stores.table import Item
from tests import afterwards
from tests.worlds import World, fresh_table

pytestmark = pytest.mark.usefixtures("table")

FOLLOWING = ["postmortem", "due", "promise", "keep", "correct", "retract"]


def standing() -> dict[str, Tally]:
    """What stands of each month that has anything."""
    found = {item.sk: table.value(item, Tally) for item in table.query(figures.PARTITION)}
    return {month: tally for month, tally in found.items() if tally != NOTHING}


def from_the_record() -> dict[str, Tally]:
    """The same, counted from the last word of the record about each incident."""
    said = {entry.subject: json.decode(entry.body or "{}") for entry in record.entries(0)}
    heads = [
        json.decode(json.encode(it["incident"]), type=Incident) for it in said.values() if "incident" in it
    ]
    counted: dict[str, Tally] = {}
    for head in heads:
        month = month_counted(head.started_at)
        counted[month] = counted.get(month, NOTHING) + added_by(head)
    return {month: tally for month, tally in counted.items() if tally != NOTHING}


ids = st.sampled_from(["i0", "i1", "i2"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("open"), ids, st.just({}), st.integers(0, 70)),
        st.tuples(st.just("tell"), ids, st.sampled_from(["identified", "resolved"]), st.just({})),
        st.tuples(st.just("reopen"), ids),
        st.tuples(st.just("rename"), ids, st.just("Renamed")),
        st.tuples(st.just("follow"), st.sampled_from(FOLLOWING), ids, st.integers(1, 3000)),
        st.tuples(st.just("wait"), st.integers(1, 60)),
        st.tuples(st.just("import"), st.integers(0, 2), st.just(1), st.integers(0, 40)),
    ),
    min_size=3,
    max_size=16,
)


@settings(max_examples=25)
@given(steps)
def test_the_figures_that_stand_are_those_of_the_whole_record(steps: list[Any]) -> None:
    with fresh_table():
        world = World()
        for step in steps:
            world.do(step, None)  # type: ignore[arg-type]

        assert standing() == from_the_record()
        assert figures.recount() == []


def test_a_broken_promise_is_counted_when_it_is_answered() -> None:
    world = World()
    world.open("slow", "Slow", next_update_by=world.at + timedelta(minutes=30))
    world.pass_time(hours=1)

    world.tell("slow", "identified", next_update_by=world.at + timedelta(minutes=30))
    world.tell("slow", "resolved")

    (tally,) = standing().values()
    assert (tally.kept, tally.missed) == (1, 1)


def test_an_update_that_nothing_was_promised_of_costs_no_item_more() -> None:
    world = World()
    world.open("slow", "Slow")
    before = _versions()

    world.tell("slow", "identified")

    assert _versions() == before


def test_a_correction_of_the_start_moves_the_incident_to_its_month() -> None:
    world = World()
    update = world.open("slow", "Slow").updates[0].id
    right = Right("It began earlier.", happened_at=world.at - timedelta(days=40))

    world.change(lambda m: corrections.put_right(incidents.story("slow"), update, right, moment=m))

    assert standing() == {"2026-10": figures.of_incidents("2026-10")}


def test_what_a_backup_tore_apart_is_counted_anew() -> None:
    world = World()
    world.open("slow", "Slow")
    world.open("old", "Old", started_at=world.at - timedelta(days=60))
    whole = standing()
    Item(figures.PARTITION, "2026-09").delete()
    table.put_all([table.stored(figures.PARTITION, "2026-11", Tally(7), version=9)])

    assert figures.recount() == ["2026-09", "2026-11"]
    assert standing() == whole


def test_counting_anew_beside_those_who_speak_loses_nothing() -> None:
    world = World()
    world.page()
    table.put_all([table.stored(figures.PARTITION, "2026-11", Tally(7), version=9)])

    with ThreadPoolExecutor(4) as threads:
        said = [threads.submit(world.open, f"i{n}", "Slow") for n in range(12)]
        counted = [threads.submit(figures.recount) for _ in range(6)]
        assert all(one.result() for one in said)
        assert all(set(one.result()) <= {"2026-11"} for one in counted)
    figures.recount()

    assert standing()["2026-11"].incidents == 12


def test_the_front_knows_the_newest_entry_that_bears_on_the_figures() -> None:
    world = World()
    world.open("slow", "Slow")
    opened = record.head().seq
    world.tell("slow", "resolved")
    told = front.read().figures

    afterwards.follow(world, "promise", "slow", 45)

    assert (told, front.read().figures) == (opened, record.head().seq)


def test_kept_promises_come_with_the_words_of_their_follow_ups() -> None:
    world = World()
    world.open("slow", "Slow")
    world.tell("slow", "resolved")
    afterwards.follow(world, "promise", "slow", 45)
    afterwards.follow(world, "keep", "slow")

    found = figures.follow_ups(promises.read())

    assert [(key, one.text) for key, one in found.items()] == [(("slow", "f45"), "Promise 45")]


def _versions() -> dict[str, int]:
    return {item.sk: int(item.version) for item in table.query(figures.PARTITION)}
