"""Probes in the table: set up once, claimed by one function a minute, counted once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.probes import MOST_PROBES, Failure, Probe, Result, Standing
from chalicelib.stores import probes, record
from chalicelib.stores import table as items
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
    return [probe.id for probe in probes.claim(minute)]


def test_a_probe_comes_out_as_it_went_in() -> None:
    created("p", text="fine")

    found = probes.get("p")

    assert found == replace(a_probe(text="fine"), version=1, seq=found.seq)
    assert probes.read().probes == {"p": found}


def test_the_record_commits_to_a_probe_without_showing_it() -> None:
    created("p")
    removed("p")

    entries = list(record.entries(0))[-2:]

    assert [(it.kind, it.subject, it.body, it.salt) for it in entries] == [
        ("probe.created", "probe/p", None, None), ("probe.removed", "probe/p", None, None),
    ]  # fmt: skip
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
        list(pool.map(lambda _: probes.conclude({"p": BAD}, 10), range(4)))

    assert probes.standing("p") == Standing(10, 10, 1, NOW, last=BAD)


def test_rounds_that_overlap_lose_no_result() -> None:
    created("a", "b", every_minutes=2)
    claimed(10)
    created("c")
    claimed(11)

    probes.conclude({"c": BAD}, 11)
    probes.conclude({"a": BAD, "b": GOOD}, 10)

    found = probes.read()
    assert [found.standing(id).failures for id in "abc"] == [1, 0, 1]


def test_the_alarms_are_told_until_they_know() -> None:
    created("p")
    claimed(10)

    wants = [probes.conclude({"p": BAD}, 10).untold, probes.read().untold]
    probes.told({"p": True})
    wants += [probes.read().untold, probes.conclude({"p": GOOD}, 11).untold]

    assert wants == [("p",), ("p",), (), ("p",)]


def test_a_probe_that_is_removed_while_it_fires_fires_no_more() -> None:
    created("p")
    probes.conclude({"p": BAD}, 10)
    probes.told({"p": True})

    removed("p")

    board = probes.read()
    assert (board.untold, board.standing("p").firing) == (("p",), False)
    probes.told({"p": False})
    assert probes.read().standings == {}


def test_results_of_a_probe_that_was_removed_meanwhile_are_dropped() -> None:
    created("p")
    claimed(10)
    removed("p")

    assert probes.conclude({"p": BAD}, 10).standings == {}
    with pytest.raises(NotFound):
        probes.standing("p")
