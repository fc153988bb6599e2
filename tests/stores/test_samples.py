"""Samples in a real table: whole, once, whoever sends them how often, and none for a closed day."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.days import closes_at
from chalicelib.domain.samples import Numbers, Sample, SampleSource
from chalicelib.stores import days, record, samples, sums, table
from chalicelib.stores.idempotency import Repeat, Reused
from chalicelib.stores.samples import Batch, Refusal, Refused
from chalicelib.triggers.closing import close_days
from tests.kills import Killed, killed_at
from tests.worlds import World

DAY = date(2026, 11, 22)
REPEAT = Repeat("tester", "k1", "asked")


@pytest.fixture
def world(table: str) -> World:
    """An empty table with a page and two components, at 09:02 on the 22nd."""
    days.forget()
    world = World()
    world.component("api", "API")
    world.component("web", "Web")
    return world


def a_batch(*said: Sample, repeat: Repeat = REPEAT, **more: Any) -> Batch:
    return Batch(repeat, dict(enumerate(said)), **more)


def a_sample(component: str = "api", *, at: datetime = World.at, count: int = 2, us: int = 300) -> Sample:
    return Sample(component, at, count, us, 1)


def standing() -> dict[str, Numbers]:
    """What the day has."""
    return sums.read(DAY)


def total() -> int:
    """All transactions that were counted, on any day."""
    open = [date.fromisoformat(item.sk) for item in table.query(days.OPEN)]
    return sum(numbers.transactions for day in open for numbers in sums.read(day).values())


WIDE = 52


def wide() -> list[Sample]:
    """Samples of 52 components on two days, in two parts: 1, 2, 3... transactions."""
    ats = (World.at, World.at - timedelta(days=1))
    return [a_sample(f"c{n}", at=at, count=n + 1) for n in range(WIDE) for at in ats]


WIDE_TOTAL = 2 * sum(range(WIDE + 1))


@pytest.fixture
def crowd(world: World) -> World:
    """The world with 52 components more."""
    for n in range(WIDE):
        world.component(f"c{n}", f"C{n}")
    return world


def test_a_batch_adds_up_by_component_and_day(world: World) -> None:
    yesterday = World.at - timedelta(days=1)

    taken = samples.take(
        a_batch(a_sample(), a_sample(us=7), a_sample("web"), a_sample(at=yesterday)), now=world.now
    )

    assert (taken.counted, taken.refusals, taken.is_repeat) == (4, (), False)
    assert standing() == {"api": Numbers(4, 307, 2, 2, ("api",)), "web": Numbers(2, 300, 1, 1, ("api",))}
    assert sums.read(yesterday.date()) == {"api": Numbers(2, 300, 1, 1, ("api",))}


def test_samples_enter_no_record(world: World) -> None:
    head = record.head()

    samples.take(a_batch(a_sample()), now=world.now)

    assert record.head() == head


def test_sources_are_kept_together(world: World) -> None:
    for n, source in enumerate((SampleSource.PROBE, SampleSource.API, SampleSource.PROBE)):
        repeat = Repeat("tester", f"k{n}", "asked")
        samples.take(a_batch(a_sample(), repeat=repeat, source=source), now=world.now)

    assert standing()["api"].source == "api+probe"


def test_a_batch_sent_again_counts_once(crowd: World) -> None:
    batch = a_batch(*wide())

    first = samples.take(batch, now=crowd.now)
    crowd.pass_time(hours=23)
    again = samples.take(batch, now=crowd.now)

    assert (first.counted, first.is_repeat) == (2 * WIDE, False)
    assert (again.counted, again.is_repeat) == (2 * WIDE, True)
    assert total() == WIDE_TOTAL


def test_as_long_as_its_day_takes_samples_a_batch_counts_once(world: World) -> None:
    batch = a_batch(a_sample())

    samples.take(batch, now=world.now)
    world.at = closes_at(DAY) - timedelta(seconds=1)
    again = samples.take(batch, now=world.now)

    assert again.is_repeat
    assert standing()["api"].samples == 1


def test_three_days_later_it_is_another_batch(world: World) -> None:
    batch = a_batch(a_sample())

    samples.take(batch, now=world.now)
    world.pass_time(hours=72)
    again = samples.take(batch, now=world.now)

    assert not again.is_repeat
    assert standing()["api"].samples == 2


def test_two_senders_at_once_count_once(crowd: World) -> None:
    batch = a_batch(*wide())
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(samples.take, batch, now=crowd.now) for _ in range(4)]
        counted = [one.result().counted for one in sent]

    assert counted == [2 * WIDE] * 4
    assert total() == WIDE_TOTAL


def test_many_senders_of_their_own_batches_lose_nothing(world: World) -> None:
    def send(n: int) -> int:
        repeat = Repeat("tester", f"k{n}", "asked")
        return samples.take(a_batch(a_sample(), a_sample("web"), repeat=repeat), now=world.now).counted

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(send, range(40))) == 80

    assert {id: it.samples for id, it in standing().items()} == {"api": 40, "web": 40}


@pytest.mark.parametrize("answered", [False, True], ids=["before it is sent", "before its answer is seen"])
def test_killed_anywhere_and_sent_again_it_loses_and_doubles_nothing(answered: bool, crowd: World) -> None:
    for request in range(1, 20):
        batch = a_batch(*wide(), repeat=Repeat("tester", f"k{request}", "asked"))
        days.forget()
        before = total()
        with suppress(Killed), killed_at(request, answered=answered):
            samples.take(batch, now=crowd.now)
            break
        samples.take(batch, now=crowd.now)
        assert total() - before == WIDE_TOTAL
    assert request > 6


def test_a_key_used_for_another_batch_is_refused(world: World) -> None:
    samples.take(a_batch(a_sample()), now=world.now)

    with pytest.raises(Reused):
        samples.take(a_batch(a_sample(), repeat=REPEAT._replace(asked="else")), now=world.now)

    assert standing()["api"].samples == 1


def test_a_wrong_sample_refuses_the_whole_batch_by_its_index(world: World) -> None:
    future = World.at + timedelta(minutes=10)
    batch = a_batch(a_sample(), a_sample("nobody"), a_sample(at=future))

    with pytest.raises(Refused) as refused:
        samples.take(batch, now=world.now)

    assert refused.value.refusals == (
        Refusal(1, "component", "is not a component"), Refusal(2, "at", "must not be in the future"),
    )  # fmt: skip
    assert standing() == {}
    assert list(table.query(days.OPEN)) == []
    with pytest.raises(Refused):
        samples.check(batch, now=world.at)


def test_in_part_what_is_right_counts_and_a_repeat_is_answered_the_same(world: World) -> None:
    batch = a_batch(a_sample(), a_sample("nobody"), a_sample(us=5), partial=True)

    checked = samples.check(batch, now=world.at)
    first = samples.take(batch, now=world.now)
    again = samples.take(batch, now=world.now)

    assert [refusal.index for refusal in first.refusals] == [1]
    assert (checked.counted, first.counted, again.counted) == (2, 2, 2)
    assert again.refusals == first.refusals == checked.refusals
    assert again.is_repeat
    assert standing()["api"].samples == 2


def test_where_nothing_is_right_nothing_is_stored(world: World) -> None:
    taken = samples.take(a_batch(a_sample("nobody"), partial=True), now=world.now)

    assert (taken.counted, len(taken.refusals)) == (0, 1)
    assert list(table.query(f"{samples.PARTITION}tester#{'0' * 64}")) == []


def test_what_is_refused_opens_no_day(world: World) -> None:
    while_ago, soon = World.at - timedelta(days=9), World.at + timedelta(days=9)
    said = (a_sample(), a_sample("nobody", at=while_ago), a_sample(at=soon))

    samples.take(a_batch(*said, partial=True), now=world.now)
    samples.take(a_batch(*said[1:], partial=True, repeat=REPEAT._replace(key="k2")), now=world.now)

    assert [item.sk for item in table.query(days.OPEN)] == [DAY.isoformat()]


def test_a_sample_of_a_closed_day_is_refused_with_the_day(world: World) -> None:
    samples.take(a_batch(a_sample()), now=world.now)
    world.pass_time(days=2)
    close_days(world.now)
    late = a_batch(a_sample("web"), a_sample(at=world.at), repeat=Repeat("tester", "k2", "asked"))

    with pytest.raises(Refused) as refused:
        samples.take(late, now=world.now)
    taken = samples.take(late._replace(partial=True), now=world.now)

    assert refused.value.refusals == (Refusal(0, "at", "lies on 2026-11-22, which is closed", late=True),)
    assert (taken.counted, taken.refusals) == (1, refused.value.refusals)
    assert "web" not in days.read(DAY, DAY).numbers[DAY]


def test_a_day_that_closes_while_a_batch_is_taken_refuses_it_or_is_told_in_the_answer(world: World) -> None:
    samples.take(a_batch(a_sample()), now=world.now)
    sums.close(DAY, ["api"], 0)

    with pytest.raises(Refused) as refused:
        samples.take(a_batch(a_sample(), a_sample("web"), repeat=Repeat("tester", "k2", "a")), now=world.now)
    taken = samples.take(
        a_batch(a_sample(), a_sample("web"), repeat=Repeat("tester", "k3", "a"), partial=True), now=world.now
    )

    assert [refusal.index for refusal in refused.value.refusals] == [0]
    assert (taken.counted, [it.index for it in taken.refusals]) == (1, [0])


def test_a_batch_that_was_begun_goes_on_though_a_day_has_closed(crowd: World) -> None:
    batch = a_batch(*wide())
    with suppress(Killed), killed_at(6, answered=True):
        samples.take(batch, now=crowd.now)
    assert 0 < total() < WIDE_TOTAL
    sums.close(World.at.date(), [f"c{n}" for n in range(WIDE)], 0)

    taken = samples.take(batch, now=crowd.now)

    assert taken.refusals
    assert all(it.late for it in taken.refusals)
    assert taken.counted + len(taken.refusals) == 2 * WIDE
    assert samples.take(batch, now=crowd.now) == replace_repeat(taken)


def replace_repeat(taken: samples.Taken) -> samples.Taken:
    """The same, told again."""
    return taken._replace(is_repeat=True)
