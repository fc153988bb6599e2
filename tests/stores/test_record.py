"""Appending to the record: whole or not at all, in turn, whoever else writes."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Busy
from chalicelib.domain.record import Fact, Head, Moment, check_chain
from chalicelib.stores import record
from chalicelib.stores.record import Change
from chalicelib.stores.table import Item
from tests.worlds import World

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FACT = Fact("incident.opened", "incident/i", {"n": 1})


def now() -> datetime:
    """A clock that stands still."""
    return NOW


def saying(result: Any = None, **change: Any) -> Any:
    """A decision that says one thing."""
    return lambda moment: Change(result, (FACT,), **change)


def competitor() -> None:
    """Another process: it appends without waiting for this one's turn."""
    last = record.head()
    record._write(last, Change(None, (FACT,)), NOW)


def test_an_empty_record_has_no_head(table: str) -> None:
    assert record.head() == Head()
    assert record.find(1) is None


def test_change_and_entry_are_stored_together(table: str) -> None:
    from chalicelib.stores import table as items

    put = items.new(items.stored("A", "1", {"x": 1}))

    assert record.append(saying("done", puts=(put,)), now=now) == "done"

    assert items.get("A", "1") is not None
    assert record.head().seq == 1
    assert record.find(1).body == '{"n":1}'  # type: ignore[union-attr]


def test_several_facts_become_consecutive_entries(table: str) -> None:
    record.append(lambda moment: Change(None, (FACT, FACT, FACT)), now=now)

    assert [entry.seq for entry in record.entries(0)] == [1, 2, 3]
    assert [entry.seq for entry in record.entries_before(3)] == [2, 1]
    assert check_chain(record.entries(0)) == record.head()


def test_a_decision_without_facts_writes_nothing(table: str) -> None:
    assert record.append(lambda moment: Change("as it was"), now=now) == "as it was"
    assert record.head().seq == 0


def test_a_preview_decides_and_writes_nothing(table: str) -> None:
    assert record.preview(saying("would be"), now=now) == "would be"
    assert record.head().seq == 0


def test_when_the_number_is_taken_it_is_decided_again(table: str) -> None:
    seen: list[Moment] = []

    def decide(moment: Moment) -> Change[int]:
        seen.append(moment)
        if len(seen) <= 2:
            competitor()
        return Change(moment.seq, (FACT,))

    assert record.append(decide, now=now) == 3
    assert [moment.seq for moment in seen] == [1, 2, 3]
    assert check_chain(record.entries(0)).seq == 3


def test_when_a_value_has_changed_nothing_of_the_change_is_stored(table: str) -> None:
    from chalicelib.stores import table as items

    Item(pk="A", sk="1", version=1).save()
    versions = iter([0, 1])

    def decide(moment: Moment) -> Change[None]:
        return Change(None, (FACT,), (items.versioned("A", "1", {}, version=next(versions)),))

    record.append(decide, now=now)

    assert record.head().seq == 1
    assert items.get("A", "1").version == 2  # type: ignore[union-attr]


def test_a_writer_that_never_gets_through_is_told_to_come_again(table: str) -> None:
    def decide(moment: Moment) -> Change[None]:
        competitor()
        return Change(None, (FACT,))

    with pytest.raises(Busy):
        record.append(decide, now=now, patience=0.2)


def test_a_writer_whose_turn_does_not_come_is_told_to_come_again(table: str) -> None:
    record._turns.take(0)
    try:
        with pytest.raises(Busy):
            record.append(saying(), now=now, patience=0.05)
    finally:
        record._turns.give()


def test_an_error_in_a_decision_lets_the_next_one_go_on(table: str) -> None:
    def fail(moment: Moment) -> Change[None]:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        record.append(fail, now=now)

    record.append(saying(), now=now)
    assert record.head().seq == 1


def test_the_record_keeps_its_time_when_a_clock_runs_back(table: str) -> None:
    record.append(saying(), now=now)

    at = record.append(lambda moment: Change(moment.at, (FACT,)), now=lambda: NOW - timedelta(hours=1))

    assert at == NOW


def test_what_the_engine_finds_wrong_is_our_fault_and_rises(table: str) -> None:
    from botocore.exceptions import ClientError

    from chalicelib.stores import table as items

    too_large = items.stored("A", "1", "x" * 500_000)

    with pytest.raises(ClientError, match="Item size has exceeded"):
        record.append(saying(puts=(items.new(too_large),)), now=now)
    assert record.head().seq == 0


def test_twenty_writers_make_one_chain(table: str) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        numbers = list(pool.map(lambda _: record.append(saying(threading.get_ident()), now=now), range(60)))

    assert len(numbers) == 60
    assert check_chain(record.entries(0)).seq == 60
    assert time.monotonic() - started < 10


def test_an_own_incident_withdraws_a_direct_status(table: str) -> None:
    from dataclasses import replace

    from chalicelib.domain.components import Direct
    from chalicelib.domain.statuses import ComponentStatus
    from chalicelib.stores import catalogue

    world = World()
    world.component("api", "API")
    major = ComponentStatus.MAJOR_OUTAGE

    def state(moment: Moment) -> Change[Any]:
        before = catalogue.component("api")
        direct = Direct(major, "a cable was cut", moment.at, moment.seq)
        return catalogue.change(before, replace(before, direct=direct), moment)

    record.append(state, now=world.now)
    assert catalogue.standings(["api"])["api"].status is major

    story = world.open("i1", "Cable", affects={"api": "degraded_performance"})
    world.tell("i1", "resolved")

    assert story.updates[0].affects[0].old is major
    assert catalogue.standings(["api"])["api"].status is ComponentStatus.OPERATIONAL
