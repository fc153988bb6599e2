"""Figures taken inside one process, on a real engine of its own or on none."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from bench.requests import Counted, Units
from chalicelib.domain.advisories import Words, add_update
from chalicelib.domain.components import Component
from chalicelib.domain.days import ClosedDay, Days, Frozen
from chalicelib.domain.dossiers import BAR_DAYS, Known, of_component, today
from chalicelib.domain.samples import Numbers
from chalicelib.domain.snapshot import Snapshot
from chalicelib.publishing import site
from chalicelib.stores import days, table
from tests.builders import NOW, a_component, a_group, a_snapshot, a_story
from tests.engine import a_bucket, engine, settled
from tests.worlds import World

SITE = "https://status.example.com"
PAST = 200


def costs() -> Iterator[tuple[str, dict[str, int]]]:
    """What writing an update and publishing it cost, with 30 components and a past."""
    with engine(), settled():
        bucket, world = a_bucket(), a_past()
        counted = Counted()
        world.publisher(bucket).publish(seconds=60)
        counted.take()
        world.open("now", "Now", affects={"c1": "major_outage"})
        yield "write of a new incident", counted.take()
        publisher = world.publisher(bucket)
        publisher.publish()
        yield "publication of it, cold", counted.take()
        world.tell("now", "identified")
        yield "write of an update", counted.take()
        publisher.publish()
        yield "publication of it, warm", counted.take()
        world.pass_time(minutes=1)
        publisher.publish()
        yield "a minute with nothing new", counted.take()


def numbers(components: int = 500, length: int = 90) -> Iterator[tuple[str, int]]:
    """Requests to the table that publishing an update takes where there are numbers of many days."""
    with engine(), settled():
        bucket, world = a_bucket(), World()
        world.bring(0, components, 0)
        world.open("now", "Now", affects={"component001": "major_outage"})
        past = [today(world.at) - timedelta(days=ago) for ago in range(1, length)]
        table.put_all(days.kept(_closed_day(day, components)).item for day in past)
        table.put_all([table.stored(*days.CLOSINGS, dict.fromkeys(past, 1))])
        world.sample("component001")
        world.publisher(bucket).publish(seconds=float("inf"))
        publisher, counted = world.publisher(bucket), Counted()
        for how in ("cold", "warm"):
            world.tell("now", "identified")
            counted.take()
            publisher.publish()
            yield how, counted.take()["table"]


def _closed_day(day: date, components: int) -> ClosedDay:
    """A day on which every component was busy."""
    numbers = {f"component{n:03d}": Frozen(10**6, 10**11 + n, 100, 1440, "api") for n in range(components)}
    return ClosedDay(day, components=numbers)


def writes() -> Iterator[tuple[str, Units]]:
    """Units of the table that a write of each kind takes, with 30 components and a past."""
    with engine(), settled():
        world = a_past()
        counted = Counted()
        for what, write in _writes(world):
            counted.take()
            write()
            yield what, counted.units


def _writes(world: World) -> Iterator[tuple[str, Callable[[], object]]]:
    affects = {"c1": "major_outage"}
    planned = {"c2": "under_maintenance"}
    yield "a new incident", lambda: world.open("now", "Now", affects=affects)
    yield "an update", lambda: world.tell("now", "identified")
    yield "a resolution", lambda: world.tell("now", "resolved")
    yield "a maintenance", lambda: world.announce("work", "Work", affects=planned)
    yield "its postponement", lambda: world.move("work", starts=timedelta(days=2), ends=timedelta(days=3))
    yield "an advisory", lambda: world.advise("adv-1", "Mails in our name")
    yield "an update to it", lambda: world.say("adv-1", add_update, Words("They stopped.", {}))


def a_past(at: datetime = World.at) -> World:
    """Thirty components and two hundred incidents, told in the seven hours after a time."""
    world = World(at)
    for n in range(30):
        world.component(f"c{n}", f"Component {n}")
    for n in range(PAST):
        world.open(f"i{n}", f"Trouble {n}", started_at=world.at - timedelta(days=n % 60))
        world.tell(f"i{n}", "resolved")
    return world


def build_seconds(components: int) -> float:
    """CPU seconds of the best of five full builds: components with 90 days of numbers, fifty stories."""
    groups = [a_group(f"g{n}", position=n) for n in range(components // 10)]
    long_ago = NOW - timedelta(days=BAR_DAYS - 1)
    parts = [
        a_component(f"c{n}", group=f"g{n // 10}", position=n, created_at=long_ago) for n in range(components)
    ]
    stories = tuple(a_story(id=f"i{n}") for n in range(50))
    snapshot = a_snapshot(*stories, components=tuple(parts), groups=tuple(groups))
    known = Known(snapshot.as_of, _numbers_of(parts), {}, {})
    dossiers = [
        of_component(it, snapshot.statuses[it.id], known, group=snapshot.groups_by_id[it.group], touch=None)
        for it in parts if it.group
    ]  # fmt: skip
    snapshot = replace(snapshot, dossiers=tuple(dossiers))
    site.build(snapshot, site_url=SITE)
    return min(_seconds(snapshot) for _ in range(5))


def _numbers_of(components: Iterable[Component]) -> Days:
    """90 days of each, of which the last still takes samples."""
    last = today(NOW)
    sums = {
        last - timedelta(days=ago): {
            it.id: Numbers(1000 * ago + 1, 10**8 + ago, 3, 60, ("api",)) for it in components
        }
        for ago in range(BAR_DAYS)
    }
    return Days(sums, frozenset({last}), seq=3)


def _seconds(snapshot: Snapshot) -> float:
    before = time.process_time()
    site.build(snapshot, site_url=SITE)
    return time.process_time() - before
