"""Probes in the table: set up once, claimed by one function a minute, counted once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.probes import MOST_PROBES, Failure, Probe, Result, Standing
from chalicelib.stores import probes, record
from chalicelib.stores import table as items
from chalicelib.stores.probes import Board
from tests.worlds import World

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
BAD, GOOD = Result(NOW, 1, 500, Failure.STATUS), Result(NOW, 1, 200)


@pytest.fixture(autouse=True)
def world(table: str) -> World:
    world = World()
    world.component("api", "API")
    return world


def a_probe(id: str = "p", **more: Any) -> Probe:
    return Probe(**{"id": id, "component": "api", "url": "https://a.example/", "created_at": NOW,
                    "updated_at": NOW, "failures_in_a_row": 1, **more})  # fmt: skip


def append(decide: Any) -> Probe:
    result: Probe = record.append(decide, now=lambda: NOW)
    return result


def created(*ids: str, **more: Any) -> None:
    for id in ids:
        append(lambda moment, id=id: probes.create(a_probe(id, **more), moment))


def removed(id: str) -> None:
    append(lambda moment: probes.remove(id))


def claimed(minute: int) -> list[str]:
    return [probe.id for probe in probes.claim(minute)[0]]


def named(id: str = "p") -> str:
    """The fingerprint of a probe."""
    return probes.get(id).fingerprint


def concluded(results: dict[str, Result], minute: int) -> Board:
    """How all stands after these results, by the ids of probes."""
    return probes.conclude({named(id): result for id, result in results.items()}, minute)


def test_a_probe_comes_out_as_it_went_in() -> None:
    created("p", text="fine")

    found = probes.get("p")

    assert found == replace(a_probe(text="fine"), version=1, seq=found.seq, origin=found.seq)
    assert probes.read().probes == {"p": found}


def test_the_record_commits_to_a_probe_without_showing_it() -> None:
    created("p")
    removed("p")

    entries = list(record.entries(0))[-2:]

    assert [(it.kind, it.subject, it.body, it.salt) for it in entries] == [
        ("private.noted", "private", None, None)
    ] * 2  # fmt: skip
    with pytest.raises(NotFound):
        probes.get("p")


def test_an_id_is_given_once() -> None:
    created("p")

    with pytest.raises(Conflict, match="taken"):
        created("p")


def test_there_are_only_so_many_probes() -> None:
    items.put_all(items.stored(probes.PARTITION, f"p{n}", a_probe(f"p{n}")) for n in range(MOST_PROBES))

    with pytest.raises(Conflict, match=str(MOST_PROBES)):
        created("another")


@pytest.mark.parametrize("component", ["nope", "eu5"])
def test_results_need_a_component_to_count_for(component: str, world: World) -> None:
    world.group("eu5", "EU5")

    with pytest.raises(Invalid, match="component"):
        created("p", component=component)


def test_a_change_that_changes_nothing_writes_nothing() -> None:
    created("p")
    before, head = probes.get("p"), record.head()

    append(lambda moment: probes.change(probes.get("p"), probes.get("p"), moment))
    append(lambda moment: probes.change(before, replace(before, timeout_seconds=3), moment))

    assert (probes.get("p").version, probes.get("p").timeout_seconds) == (2, 3)
    assert record.head().seq == head.seq + 1


def test_a_minute_without_probes_writes_nothing() -> None:
    assert claimed(10) == []
    assert items.get(*probes.ROUND) is None


def test_a_minute_is_claimed_once() -> None:
    created("a", "b")

    assert (claimed(10), claimed(10), claimed(11)) == (["a", "b"], [], ["a", "b"])


def test_each_run_is_claimed_by_one_of_many_at_once() -> None:
    created(*(f"p{n}" for n in range(5)))
    items.warm()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: claimed(10), range(8)))

    assert sorted(sum(found, [])) == [f"p{n}" for n in range(5)]


def test_a_result_counts_once_however_often_it_is_told() -> None:
    created("p", failures_in_a_row=3)
    claimed(10)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: concluded({"p": BAD}, 10), range(4)))

    assert probes.standing("p") == Standing(10, 10, 1, NOW, last=BAD)


def test_rounds_that_overlap_lose_no_result() -> None:
    created("a", "b", every_minutes=2)
    claimed(10)
    created("c")
    claimed(11)

    concluded({"c": BAD}, 11)
    concluded({"a": BAD, "b": GOOD}, 10)

    assert [probes.standing(id).failures for id in "abc"] == [1, 0, 1]


def test_the_alarms_are_told_until_they_know() -> None:
    created("p")
    claimed(10)

    wants = [concluded({"p": BAD}, 10).untold, probes.read().untold]
    probes.told(named(), firing=True)
    wants += [probes.read().untold, concluded({"p": GOOD}, 11).untold]

    assert [list(it) for it in wants] == [[named()], [named()], [], [named()]]


def test_of_what_they_may_have_heard_the_alarms_hear_the_end() -> None:
    created("p")

    concluded({"p": BAD}, 10)
    after = concluded({"p": GOOD}, 11)

    assert [it.firing for it in after.untold.values()] == [False]


@pytest.mark.parametrize(
    "told", [pytest.param(True, id="and they know"), pytest.param(False, id="and they may")]
)
def test_a_probe_that_is_removed_while_it_fires_fires_no_more(told: bool) -> None:
    created("p")
    concluded({"p": BAD}, 10)
    if told:
        probes.told(named(), firing=True)
    name = named()

    removed("p")

    assert {it: standing.firing for it, standing in probes.read().untold.items()} == {name: False}
    probes.told(name, firing=False)
    assert probes.read().standings == {}


def moved(id: str) -> None:
    append(lambda moment: probes.change(probes.get(id), replace(probes.get(id), component="web"), moment))


def set_up_anew(id: str) -> None:
    removed(id)
    created(id)


@pytest.mark.parametrize("begin_anew", [moved, set_up_anew])
def test_another_component_or_probe_inherits_nothing(begin_anew: Callable[[str], None], world: World) -> None:
    world.component("web", "Web")
    created("p", every_minutes=5)
    claimed(10)
    concluded({"p": BAD}, 10)
    probes.told(named(), firing=True)
    name = named()

    begin_anew("p")

    assert probes.standing("p") == Standing()
    assert {it: standing.firing for it, standing in probes.read().untold.items()} == {name: False}
    assert claimed(11) == ["p"]
    assert probes.conclude({name: BAD}, 12).standing(probes.get("p")).failures == 0


def test_a_change_of_anything_else_is_no_new_beginning() -> None:
    created("p")
    before = named()

    append(lambda moment: probes.change(probes.get("p"), replace(probes.get("p"), text="fine"), moment))

    assert named() == before


def test_what_was_read_a_moment_ago_is_not_believed_when_it_is_old() -> None:
    created("a", "b")
    old = probes.read()
    claimed(10)

    due, board = probes.claim(10, old)

    assert (due, board.version) == ((), old.version + 1)


def test_results_of_a_probe_that_was_removed_meanwhile_are_dropped() -> None:
    created("p")
    claimed(10)
    name = named()
    removed("p")

    assert probes.conclude({name: BAD}, 10).standings == {}
    with pytest.raises(NotFound):
        probes.standing("p")
