"""Days in a real table: closed once, by whom and wherever killed, and told in the record."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta

import msgspec
import pytest

from chalicelib.domain.days import ClosedDay
from chalicelib.domain.record import check_chain
from chalicelib.domain.samples import Numbers, Sample
from chalicelib.domain.uptime import Lost
from chalicelib.stores import chapters, days, record, samples, table
from chalicelib.stores.idempotency import Repeat
from chalicelib.stores.samples import Batch, Refused
from chalicelib.triggers.closing import close_days
from tests.kills import Killed, killed_at
from tests.worlds import World

DAY = date(2026, 11, 22)


@pytest.fixture
def world(table: str) -> World:
    """Two components with samples on the 22nd, which is over for a day."""
    days.forget()
    world = World()
    for id in ("api", "web", "idle"):
        world.component(id, id.title())
    send(world, "api", "api", "web")
    world.pass_time(days=2)
    return world


def send(world: World, *components: str, at: timedelta = timedelta(), key: str = "k") -> int:
    """A batch of samples, by default of the 22nd; how many of them count."""
    said = {n: Sample(id, World.at + at, 2, 500, 1) for n, id in enumerate(components)}
    return samples.take(Batch(Repeat("tester", key, "asked"), said), now=world.now).counted


def closings() -> list[ClosedDay]:
    """What the record says of days."""
    found = [entry for entry in record.entries(0) if entry.kind == days.CLOSED]
    assert all(entry.subject == "day/2026-11-22" for entry in found)
    return [msgspec.convert(msgspec.json.decode(entry.body or "")["day"], ClosedDay) for entry in found]


def test_a_day_closes_once_with_an_entry_that_says_its_numbers(world: World) -> None:
    assert days.read(DAY, DAY).open == {DAY}

    assert close_days(world.now) == 1
    assert close_days(world.now) == 0

    found = days.read(DAY, DAY)
    assert found.open == frozenset()
    assert found.numbers == {
        DAY: {"api": Numbers(4, 1000, 2, 2, ("api",)), "web": Numbers(2, 500, 1, 1, ("api",))}
    }
    (said,) = closings()
    assert {id: frozen.numbers for id, frozen in said.components.items()} == found.numbers[DAY]
    assert found.of("api", DAY, lost=Lost()).final
    check_chain(record.entries(0))


def test_a_day_stays_open_for_a_day_after_its_end(world: World) -> None:
    world.at = World.at.replace(hour=23, minute=59) + timedelta(days=1)
    assert close_days(world.now) == 0

    assert send(world, "web", key="late") == 1

    world.pass_time(minutes=1)
    assert close_days(world.now) == 1
    assert closings()[0].components["web"].samples == 2


def test_a_day_long_past_takes_samples_for_a_day_after_its_first_one(world: World) -> None:
    long_ago = -timedelta(days=300)
    send(world, "api", at=long_ago, key="past")
    world.pass_time(hours=23)
    assert send(world, "web", at=long_ago, key="more past") == 1
    assert close_days(world.now) == 1, "the 22nd alone"

    world.pass_time(hours=2)

    assert close_days(world.now) == 1
    assert set(days.read(DAY + long_ago, DAY).numbers) == {DAY, DAY + long_ago}


def test_no_component_gets_a_sample_into_a_closed_day_not_even_a_new_one(world: World) -> None:
    close_days(world.now)
    world.component("new", "New")

    for id in ("api", "idle", "new"):
        with pytest.raises(Refused):
            send(world, id, key=id)


def test_a_day_that_is_just_being_closed_takes_no_samples_of_new_components(world: World) -> None:
    with suppress(Killed), killed_at(4, answered=True):
        close_days(world.now)
    world.component("new", "New")

    for id in ("api", "new"):
        with pytest.raises(Refused):
            send(world, id, key=id)


@pytest.mark.parametrize("answered", [False, True], ids=["before it is sent", "before its answer is seen"])
def test_closing_that_is_killed_anywhere_is_gone_on_with(answered: bool, table: str) -> None:
    days.forget()
    world, ends = World(), 0
    for request in range(1, 30):
        world.component(f"c{request}", "One more")
        day = (world.at - timedelta(days=2)).date()
        send(world, f"c{request}", at=world.at - timedelta(days=2) - World.at, key=f"k{request}")
        world.pass_time(days=1)
        before = len([entry for entry in record.entries(0) if entry.kind == days.CLOSED])
        with suppress(Killed), killed_at(request, answered=answered):
            close_days(world.now)
            ends += 1
        close_days(world.now)
        entries = [entry for entry in record.entries(0) if entry.kind == days.CLOSED]
        assert len(entries) == before + 1
        assert days.read(day, day).numbers[day] == {f"c{request}": Numbers(2, 500, 1, 1, ("api",))}
        assert list(days.read(day, day).open) == []
        if ends:
            break
    assert request > 8


def test_samples_that_come_while_a_day_closes_count_or_are_refused_but_never_lost(world: World) -> None:
    def try_to_send(n: int) -> int:
        try:
            return send(world, "api", "web", key=f"k{n}")
        except Refused:
            return 0

    with ThreadPoolExecutor(6) as pool:
        sent = [pool.submit(try_to_send, n) for n in range(10)]
        closing = [pool.submit(close_days, world.now) for _ in range(2)]
        sent += [pool.submit(try_to_send, n) for n in range(10, 40)]
        counted = sum(one.result() for one in sent)
        for one in closing:
            one.result()
    close_days(world.now)

    frozen = days.read(DAY, DAY).numbers[DAY]
    assert sum(numbers.samples for numbers in frozen.values()) == counted + 3
    assert len(closings()) == 1
    assert try_to_send(41) == 0


def test_a_day_without_a_counted_sample_closes_without_an_entry(world: World) -> None:
    other = DAY - timedelta(days=1)
    days.begin([other], world.now())
    world.pass_time(days=2)

    assert close_days(world.now) == 2

    assert len(closings()) == 1
    assert days.read(other, other).numbers == {other: {}}
    assert days.due(world.now()) == []


def test_what_has_no_time_left_waits_for_the_next_minute(world: World) -> None:
    assert close_days(world.now, seconds=-1) == 0
    assert days.due(world.now()) == [DAY]


def test_numbers_beyond_what_json_holds_come_back_whole(world: World) -> None:
    huge = Sample("web", World.at, 10**9, 10**9 * 86_400_000_000)
    repeat = Repeat("tester", "huge", "asked")
    samples.take(Batch(repeat, {0: huge}), now=world.now)

    close_days(world.now)

    assert days.read(DAY, DAY).numbers[DAY]["web"].total_us == huge.total_us + 500
    (entry,) = (entry for entry in record.entries(0) if entry.kind == days.CLOSED)
    chapters.check(entry)


def test_a_closed_day_comes_back_from_its_entry(world: World) -> None:
    close_days(world.now)
    found = days.read(DAY, DAY)
    (entry,) = (entry for entry in record.entries(0) if entry.kind == days.CLOSED)
    for key in ((days.DAYS, DAY.isoformat()),):
        table.write((), [key], token="")
    days.begin([DAY], world.now())

    change = chapters.again([entry])
    table.write(change.puts, change.deletes, token="again")

    assert days.read(DAY, DAY) == found
    assert days.due(world.now() + timedelta(days=9)) == []
