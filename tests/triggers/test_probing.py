"""The minute's probes, against real hosts: samples, alarms after enough failures, and nothing twice."""

import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib import wiring
from chalicelib.domain.addresses import networks
from chalicelib.domain.alarms import Alarm, Rule
from chalicelib.domain.probes import ROUND_SECONDS, Failure, Probe, minute_of
from chalicelib.domain.samples import Sample
from chalicelib.domain.statuses import ComponentStatus
from chalicelib.probing.lines import Ways
from chalicelib.stores import incidents, opened, probes, record, sums, table
from chalicelib.triggers import publication
from chalicelib.triggers.minute_passed import minute_passed
from chalicelib.triggers.probing import Told, count_samples, run_probes, told
from tests.probing.servers import Host, hanging, host, ok, said
from tests.worlds import World

LOOPBACK = Ways(networks("127.0.0.0/8"))


@dataclass
class Heard:
    """Stands in for those who are told; fails as often as it is told to."""

    samples: dict[str, Sequence[Sample]] = field(default_factory=dict)
    alarms: list[tuple[Alarm, Rule | None]] = field(default_factory=list)
    failures: int = 0

    @property
    def told(self) -> Told:
        return Told(lambda found, key: self.samples.update({key: found}), self._hear)

    @property
    def firing(self) -> list[bool]:
        return [alarm.firing for alarm, _ in self.alarms]

    def _hear(self, alarm: Alarm, rule: Rule | None) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("told to fail")
        self.alarms.append((alarm, rule))


@pytest.fixture
def web() -> Iterator[Host]:
    with host(ok=ok(), bad=said("HTTP/1.1 503 Busy"), hang=hanging()) as found:
        yield found


@pytest.fixture
def world(table: str) -> World:
    world = World()
    world.component("api", "API")
    return world


@pytest.fixture
def heard() -> Heard:
    return Heard()


def set_up(world: World, id: str, url: str, **more: Any) -> None:
    said = {"component": "api", "timeout_seconds": 1, "failures_in_a_row": 2, **more}
    probe = Probe(id=id, url=url, created_at=world.at, updated_at=world.at, **said)
    record.append(lambda moment: probes.create(probe, moment), now=world.now)


def point_to(world: World, id: str, url: str) -> None:
    def decide(moment: Any) -> Any:
        before = probes.get(id)
        return probes.change(before, Probe(**{**vars(before), "url": url}), moment)

    record.append(decide, now=world.now)


def minute(world: World, heard: Heard, seconds: float = 40) -> int:
    world.pass_time(minutes=1)
    return run_probes(LOOPBACK, heard.told, world.now, seconds=seconds)


def test_where_there_are_no_probes_nothing_is_wanted(world: World) -> None:
    assert not probes.is_wanted(world.now())
    assert table.get(*probes.ROUND) is None


def test_a_run_gives_a_sample(world: World, web: Host, heard: Heard) -> None:
    set_up(world, "good", web.url("/ok"))
    set_up(world, "bad", web.url("/bad"))

    assert probes.is_wanted(world.now())
    assert minute(world, heard) == 2

    ((bad, good),) = heard.samples.values()
    assert (bad.component, bad.at, bad.transactions, bad.errors) == ("api", world.at, 1, 1)
    assert (good.transactions, good.errors) == (1, 0)
    assert 0 < good.total_us < 1_000_000
    assert not probes.is_wanted(world.now())


def test_enough_failures_in_a_row_are_one_alarm_and_recovery_ends_it(
    world: World, web: Host, heard: Heard
) -> None:
    set_up(world, "p", web.url("/bad"), status=ComponentStatus.PARTIAL_OUTAGE)
    minute(world, heard)
    since = world.at
    assert heard.alarms == []

    minute(world, heard)
    minute(world, heard)
    point_to(world, "p", web.url("/ok"))
    minute(world, heard)
    minute(world, heard)

    assert heard.firing == [True, False]
    (fires, rule), (ends, _) = heard.alarms
    assert (fires.source, fires.fingerprint, fires.at) == ("probe", "p", since)
    assert fires.labels == {"source": "probe", "probe": "p", "failure": "status"}
    assert rule is not None
    assert (rule.component, rule.status) == ("api", ComponentStatus.PARTIAL_OUTAGE)
    assert rule.matches(fires.labels)
    assert ends.order > fires.order


def test_an_alarm_that_was_not_heard_is_told_again(world: World, web: Host, heard: Heard) -> None:
    set_up(world, "p", web.url("/bad"), failures_in_a_row=1, every_minutes=60)
    heard.failures = 1

    with pytest.raises(RuntimeError, match="told to fail"):
        minute(world, heard)

    assert len(heard.samples) == 1
    assert probes.is_wanted(world.now())
    minute(world, heard)
    assert (heard.firing, len(heard.samples)) == ([True], 1)


def test_one_alarm_that_fails_stops_no_other(world: World, web: Host, heard: Heard) -> None:
    for id in "ab":
        set_up(world, id, web.url("/bad"), failures_in_a_row=1)
    heard.failures = 1

    with pytest.raises(RuntimeError, match="told to fail"):
        minute(world, heard)

    assert [alarm.fingerprint for alarm, _ in heard.alarms] == ["b"]


def test_the_alarm_of_a_probe_that_is_removed_ends(world: World, web: Host, heard: Heard) -> None:
    set_up(world, "p", web.url("/bad"), failures_in_a_row=1)
    minute(world, heard)

    record.append(lambda moment: probes.remove("p"), now=world.now)
    minute(world, heard)

    assert heard.firing == [True, False]
    assert not probes.is_wanted(world.now())


def test_two_functions_of_one_minute_probe_and_count_once(world: World, web: Host, heard: Heard) -> None:
    for n in range(4):
        set_up(world, f"p{n}", web.url("/bad"), failures_in_a_row=1)
    world.pass_time(minutes=1)
    table.warm()

    with ThreadPoolExecutor(3) as pool:
        ran = pool.map(lambda _: run_probes(LOOPBACK, heard.told, world.now, seconds=40), range(3))

    assert sum(ran) == len(web.asked) == sum(map(len, heard.samples.values())) == 4
    assert {it.failures for it in probes.read().standings.values()} == {1}


def test_without_the_time_to_be_fair_nobody_is_accused(world: World, web: Host, heard: Heard) -> None:
    set_up(world, "p", web.url("/ok"))

    assert minute(world, heard, seconds=ROUND_SECONDS - 1) == 0
    assert web.asked == []
    assert minute(world, heard) == 1


def test_who_hangs_has_failed_and_the_others_have_not(world: World, web: Host, heard: Heard) -> None:
    set_up(world, "a", web.url("/hang"))
    set_up(world, "b", web.url("/ok"))

    minute(world, heard)

    standings = probes.read().standings
    last = {id: it.last.failure for id, it in standings.items() if it.last}
    assert last == {"a": Failure.TIMEOUT, "b": None}


def test_a_function_killed_in_a_round_costs_that_round_alone(world: World, web: Host, heard: Heard) -> None:
    set_up(world, "p", web.url("/bad"), failures_in_a_row=1)
    world.pass_time(minutes=1)
    probes.claim(minute_of(world.at))

    minute(world, heard)

    assert (heard.firing, len(web.asked)) == ([True], 1)


def test_what_probes_find_is_counted_and_suspected(world: World, web: Host) -> None:
    everybody = told(world.now, iter("abcd").__next__)
    set_up(world, "p", web.url("/bad"), failures_in_a_row=1)

    run_probes(LOOPBACK, everybody, world.now, seconds=40)
    (found,) = incidents.get_many(opened.ids("incident")).values()
    point_to(world, "p", web.url("/ok"))
    world.pass_time(minutes=1)
    run_probes(LOOPBACK, everybody, world.now, seconds=40)

    assert (found.status, found.affects) == ("suspected", {"api": "major_outage"})
    assert incidents.get(found.id).status == "retracted"
    numbers = sums.read(world.at.date())["api"]
    assert (numbers.transactions, numbers.errors, numbers.sources) == (2, 1, ("probe",))


def test_a_sample_counts_once_however_often_it_is_told(world: World) -> None:
    sample = Sample("api", world.at, 1, 1000)

    for _ in range(2):
        count_samples([sample, replace(sample, component="gone")], "29000000/p", now=world.now)

    assert sums.read(world.at.date())["api"].transactions == 1


@pytest.fixture
def deployed(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world whose settings allow loopback to be probed, with its bucket."""
    monkeypatch.setenv("CANDOR_PROBE_NETWORKS", "127.0.0.0/8")
    wiring.forget()
    wiring.s3().create_bucket(Bucket=wiring.settings().bucket)
    publication.publisher.cache_clear()
    yield world
    publication.publisher.cache_clear()


def test_the_page_is_published_before_the_first_probe_asks(deployed: World) -> None:
    beats: list[bytes] = []

    def looking(connection: socket.socket) -> None:
        beats.append(wiring.bucket().get("heartbeat.json")[0])
        ok()(connection)

    with host(look=looking) as web:
        set_up(deployed, "p", web.url("/look"))

        outcome = minute_passed(seconds=40)

    assert outcome.written > 0
    assert len(beats) == 1
    assert b"as_of" in beats[0]
    assert probes.standing("p").last == replace(probes.standing("p").last, failure=None, status=200)  # type: ignore[type-var]


def test_probes_run_although_the_page_cannot_be_published(deployed: World, web: Host) -> None:
    set_up(deployed, "p", web.url("/ok"))
    wiring.s3().delete_bucket(Bucket=wiring.settings().bucket)

    with pytest.raises(ClientError, match="NoSuchBucket"):
        minute_passed(seconds=40)

    assert len(web.asked) == 1
