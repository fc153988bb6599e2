"""The minute's probes, against real hosts: samples, alarms after enough failures, and nothing twice."""

import json
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bench.requests import Counted
from chalicelib import wiring
from chalicelib.domain.addresses import networks
from chalicelib.domain.alarms import Alarm, Rule
from chalicelib.domain.probes import ROUND_SECONDS, Failure, Probe, minute_of
from chalicelib.domain.samples import Sample
from chalicelib.domain.statuses import ComponentStatus
from chalicelib.probing.lines import Ways
from chalicelib.stores import alarms, incidents, opened, probes, record, sums, table
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


def is_wanted(world: World) -> bool:
    return probes.read().is_wanted(minute_of(world.now()))


def test_where_there_are_no_probes_nothing_is_wanted(world: World) -> None:
    assert not is_wanted(world)
    assert table.get(*probes.ROUND) is None


def test_a_run_gives_a_sample(world: World, web: Host, heard: Heard) -> None:
    set_up(world, "good", web.url("/ok"))
    set_up(world, "bad", web.url("/bad"))

    assert is_wanted(world)
    assert minute(world, heard) == 2

    ((bad, good),) = heard.samples.values()
    assert (bad.component, bad.at, bad.transactions, bad.errors) == ("api", world.at, 1, 1)
    assert (good.transactions, good.errors) == (1, 0)
    assert 0 < good.total_us < 1_000_000
    assert not is_wanted(world)


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
    assert (fires.source, fires.fingerprint, fires.at) == ("probe", probes.get("p").fingerprint, since)
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
    assert is_wanted(world)
    minute(world, heard)
    assert (heard.firing, len(heard.samples)) == ([True], 1)


def test_one_alarm_that_fails_stops_no_other(world: World, web: Host, heard: Heard) -> None:
    for id in "ab":
        set_up(world, id, web.url("/bad"), failures_in_a_row=1)
    heard.failures = 1

    with pytest.raises(RuntimeError, match="told to fail"):
        minute(world, heard)

    assert [alarm.labels["probe"] for alarm, _ in heard.alarms] == ["b"]


def test_the_alarm_of_a_probe_that_is_removed_ends(world: World, web: Host, heard: Heard) -> None:
    set_up(world, "p", web.url("/bad"), failures_in_a_row=1)
    minute(world, heard)

    record.append(lambda moment: probes.remove("p"), now=world.now)
    minute(world, heard)

    assert heard.firing == [True, False]
    assert not is_wanted(world)


def move(world: World, id: str, component: str) -> None:
    def decide(moment: Any) -> Any:
        before = probes.get(id)
        return probes.change(before, replace(before, component=component), moment)

    record.append(decide, now=world.now)


def set_up_anew(world: World, id: str, component: str) -> None:
    """The same id, for another component."""
    before = probes.get(id)
    record.append(lambda moment: probes.remove(id), now=world.now)
    set_up(world, id, before.url, component=component, failures_in_a_row=1)


def suspected(component: str) -> list[str]:
    """The statuses of the incidents that affect a component, those that are open."""
    found = incidents.get_many(opened.ids("incident")).values()
    return [it.status for it in found if component in it.affects]


BEGUN_ANEW = pytest.mark.parametrize("begin_anew", [move, set_up_anew])
Anew = Callable[[World, str, str], None]


@BEGUN_ANEW
def test_with_another_component_one_alarm_ends_and_another_begins(
    world: World, web: Host, begin_anew: Anew
) -> None:
    world.component("web", "Web")
    everybody = told(world.now, map(str, count()).__next__)
    set_up(world, "p", web.url("/bad"), failures_in_a_row=1)
    run_probes(LOOPBACK, everybody, world.now, seconds=40)
    before = suspected("api"), suspected("web")

    begin_anew(world, "p", "web")
    world.pass_time(minutes=1)
    run_probes(LOOPBACK, everybody, world.now, seconds=40)

    assert before == (["suspected"], [])
    assert (suspected("api"), suspected("web")) == ([], ["suspected"])


@pytest.mark.parametrize(
    "step", ["noting that it fires", "noting that it is over", "telling that it is over"]
)
@BEGUN_ANEW
def test_killed_in_between_it_still_ends_and_begins(
    world: World, web: Host, begin_anew: Anew, step: str
) -> None:
    """Killed once at this step; a killed function is one in which nothing more happens."""
    world.component("web", "Web")
    everybody = told(world.now, map(str, count()).__next__)
    killing = everybody._replace(alarm=killed_at(step, everybody.alarm))
    set_up(world, "p", web.url("/bad"), failures_in_a_row=1)
    for n in range(4):
        if n == 1:
            begin_anew(world, "p", "web")
        with suppress(Killed):
            run_probes(LOOPBACK, killing, world.now, seconds=40)
        world.pass_time(minutes=1)

    assert (suspected("api"), suspected("web")) == ([], ["suspected"])
    assert not probes.read().untold
    assert not list(alarms.unmatched(now=world.now()))


class Killed(BaseException):
    """Ends a function as a kill does: nothing catches it."""


def killed_at(step: str, tell: Callable[[Alarm, Rule | None], None]) -> Callable[[Alarm, Rule | None], None]:
    """Tells, and is killed once: before or after the first word of that kind."""
    steps = [step]

    def telling(alarm: Alarm, rule: Rule | None) -> None:
        is_meant = steps and step.endswith("fires" if alarm.firing else "over")
        if is_meant and step.startswith("telling"):
            raise Killed(steps.pop())
        tell(alarm, rule)
        if is_meant:
            raise Killed(steps.pop())

    return telling


def test_an_alarm_that_may_have_been_heard_ends_with_the_next_good_result(world: World, web: Host) -> None:
    everybody = told(world.now, map(str, count()).__next__)
    killing = everybody._replace(alarm=killed_at("noting that it fires", everybody.alarm))
    set_up(world, "p", web.url("/bad"), failures_in_a_row=1)
    with pytest.raises(Killed):
        run_probes(LOOPBACK, killing, world.now, seconds=40)
    before = suspected("api")

    point_to(world, "p", web.url("/ok"))
    world.pass_time(minutes=1)
    run_probes(LOOPBACK, killing, world.now, seconds=40)

    assert (before, suspected("api")) == (["suspected"], [])


def test_the_end_of_what_the_alarms_never_heard_is_no_news(world: World, web: Host) -> None:
    everybody = told(world.now, map(str, count()).__next__)
    set_up(world, "p", web.url("/bad"), failures_in_a_row=1)
    deaf = everybody._replace(alarm=killed_at("telling that it fires", everybody.alarm))
    with pytest.raises(Killed):
        run_probes(LOOPBACK, deaf, world.now, seconds=40)

    point_to(world, "p", web.url("/ok"))
    world.pass_time(minutes=1)
    run_probes(LOOPBACK, deaf, world.now, seconds=40)

    assert (suspected("api"), list(alarms.unmatched(now=world.now()))) == ([], [])
    assert not probes.read().untold


def test_where_we_may_not_connect_nobody_is_accused(
    world: World, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    set_up(world, "p", "http://10.0.0.1/", failures_in_a_row=1)

    assert minute(world, heard) == 1

    assert (heard.samples, heard.alarms) == ({}, [])
    standing = probes.standing("p")
    assert (standing.failures, standing.last and standing.last.failure) == (0, Failure.NOT_ALLOWED)
    said = {"operation": "probe", "probe": "p", "failure": "address_not_allowed"}
    assert [json.loads(it) for it in caplog.messages] == [said]


def test_a_minute_reads_the_probes_twice_and_writes_how_they_stand_twice(
    world: World, web: Host, heard: Heard
) -> None:
    for id in "abc":
        set_up(world, id, web.url("/ok"))
    world.pass_time(minutes=1)
    counted = Counted()

    run_probes(LOOPBACK, heard.told, world.now, seconds=40, board=probes.read())

    assert counted.operations == {"Query": 2, "PutItem": 2}


def test_each_alarm_costs_one_write_beside_its_own(world: World, web: Host, heard: Heard) -> None:
    for id in "abc":
        set_up(world, id, web.url("/bad"), failures_in_a_row=1)
    world.pass_time(minutes=1)
    counted = Counted()

    run_probes(LOOPBACK, heard.told, world.now, seconds=40)

    assert counted.operations == {"Query": 2, "PutItem": 2 + 3}


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

    last = [probes.standing(id).last for id in "ab"]
    assert [it and it.failure for it in last] == [Failure.TIMEOUT, None]


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

        outcome = minute_passed(seconds=300)

    assert outcome.written > 0
    assert len(beats) == 1
    assert b"as_of" in beats[0]
    assert probes.standing("p").last == replace(probes.standing("p").last, failure=None, status=200)  # type: ignore[type-var]


def test_probes_run_although_the_page_cannot_be_published(deployed: World, web: Host) -> None:
    set_up(deployed, "p", web.url("/ok"))
    wiring.s3().delete_bucket(Bucket=wiring.settings().bucket)

    with pytest.raises(ClientError, match="NoSuchBucket"):
        minute_passed(seconds=300)

    assert len(web.asked) == 1
