"""The pump: everything written to the record reaches the publisher, through failures too."""

import threading
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.local.invocations import Context
from chalicelib.local.pump import Pump
from chalicelib.stores import table as stores
from chalicelib.stores.table import Item


class Publisher:
    """Stands in for app.py: notes what it is called with, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.entries: list[str] = []
        self.minutes = 0
        self.failures = 0
        self.calls = 0
        self.works: list[str] = []
        self.goes_on = threading.Event()
        self.goes_on.set()

    def on_table_changed(self, event: dict[str, Any], context: Context) -> None:
        self.calls += 1
        self._fail()
        self.entries += [record["dynamodb"]["Keys"]["sk"]["S"] for record in event["Records"]]

    def on_minute_passed(self, event: dict[str, Any], context: Context) -> None:
        assert event["detail-type"] == "Scheduled Event"
        self.goes_on.wait(30)
        self._fail()
        self.minutes += 1

    def on_work_queued(self, event: dict[str, Any], context: Context) -> None:
        self._fail()
        self.works += [record["body"] for record in event["Records"]]

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("told to fail")


class NeverEnding:
    """Stands in for the signal to end, which never comes."""

    def after_this(self) -> AbstractContextManager[None]:
        return nullcontext()


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
def pump(table: str, publisher: Publisher) -> Pump:
    return Pump(publisher, NeverEnding())  # type: ignore[arg-type]


def write(*items: Item) -> None:
    stores.put_all(items)


def turn_until(pump: Pump, done: Any) -> None:
    for _ in range(40):
        pump.turn()
        if done():
            return
    raise AssertionError("it did not come to that")


def test_the_first_turn_publishes_what_was_missed(pump: Pump, publisher: Publisher) -> None:
    pump.turn()
    pump.turn()

    assert (publisher.minutes, publisher.calls) == (1, 0)


def test_new_entries_of_the_record_and_nothing_else_wake_the_publisher(
    pump: Pump, publisher: Publisher
) -> None:
    pump.turn()

    write(Item("RECORD#00000000", "1"), Item("CATALOGUE", "2"), Item("RECORD#00000000", "3"))
    write(Item("RECORD#00000000", "1", doc="changed"))
    turn_until(pump, lambda: publisher.entries)
    pump.turn()

    assert sorted(publisher.entries) == ["1", "3"]


def test_a_batch_comes_again_until_it_is_taken(pump: Pump, publisher: Publisher) -> None:
    pump.turn()
    publisher.failures = 2

    write(Item("RECORD#00000000", "1"))
    turn_until(pump, lambda: publisher.entries)

    assert (publisher.entries, publisher.calls) == (["1"], 3)


def test_many_entries_come_in_batches(pump: Pump, publisher: Publisher) -> None:
    pump.turn()

    write(*(Item("RECORD#00000000", f"{n:03d}") for n in range(150)))
    turn_until(pump, lambda: len(publisher.entries) == 150)

    assert sorted(publisher.entries) == [f"{n:03d}" for n in range(150)]
    assert publisher.calls == 2


def test_a_first_publication_that_fails_comes_again(pump: Pump, publisher: Publisher) -> None:
    publisher.failures = 1

    turn_until(pump, lambda: publisher.minutes)

    assert publisher.minutes == 1


def test_a_minute_that_takes_long_holds_up_nobody(pump: Pump, publisher: Publisher) -> None:
    publisher.goes_on.clear()
    pump.turn()
    began = time.monotonic()

    write(Item("RECORD#00000000", "1"))
    turn_until(pump, lambda: publisher.entries)
    took = time.monotonic() - began

    assert (publisher.entries, publisher.minutes) == (["1"], 0)
    assert took < 5
    publisher.goes_on.set()
    turn_until(pump, lambda: publisher.minutes)
    pump.turn()
    assert publisher.minutes == 1


@pytest.fixture
def queue(table: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A queue of work that the settings name."""
    url = wiring.sqs().create_queue(QueueName=table)["QueueUrl"]
    monkeypatch.setenv("CANDOR_WORK", url)
    wiring.forget()
    return url


def test_work_is_done_once_and_again_after_a_failure(queue: str, publisher: Publisher) -> None:
    pump = Pump(publisher, NeverEnding())  # type: ignore[arg-type]
    pump.turn()
    publisher.failures = 1

    wiring.queue_work()
    turn_until(pump, lambda: publisher.works)

    assert publisher.works == ["publish"]
    assert wiring.sqs().receive_message(QueueUrl=queue).get("Messages", []) == []
