"""The publishing protocol, on a real table and a real bucket."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import wiring
from chalicelib.domain.statuses import MaintenanceStatus
from chalicelib.publishing import paths, states
from chalicelib.publishing.bucket import Bucket, Overtaken
from chalicelib.stores import record
from chalicelib.triggers.clock import keep_time
from chalicelib.triggers.publication import Publisher
from tests import afterwards
from tests.worlds import SITE, World, fresh_table

STEPS = 36
FOLLOWING = ["postmortem", "due", "promise", "keep", "correct", "retract"]
STATUSES = ["operational", "degraded_performance", "partial_outage", "major_outage"]


class Died(Exception):
    """The publisher was killed."""


@dataclass(frozen=True)
class Watched(Bucket):
    """A bucket that calls somebody before each of its operations."""

    before: Callable[[], None] = field(default=lambda: None)

    def get(self, key: str) -> Any:
        self.before()
        return super().get(key)

    def etags(self, keys: Any) -> Any:
        self.before()
        return super().etags(keys)

    def put_one(self, key: str, file: Any, etag: Any) -> Any:
        self.before()
        return super().put_one(key, file, etag)


@dataclass
class Interruption:
    """Does something once, at the n-th step of a publisher, wherever that is."""

    step: int
    act: Callable[[], None]
    steps: int = 0

    def __call__(self) -> None:
        self.steps += 1
        if self.steps == self.step + 1:
            self.act()


def whole(bucket: Bucket) -> dict[str, bytes]:
    """Every published file; of the publisher's own, all but when it last looked at samples."""
    files = {key: bucket.get(key)[0] for page in bucket.listed("") for key in page}
    if state := files.get(states.KEY):
        said = {name: value for name, value in json.loads(state).items() if name not in ("looked", "counted")}
        files[states.KEY] = json.dumps(said).encode()
    return files


def rebuilt(world: World, table: str) -> dict[str, bytes]:
    """What a full build makes of the same table at the same time, in a bucket of its own."""
    name = f"{table}-full"
    wiring.s3().create_bucket(Bucket=name)
    full = Bucket(wiring.s3(), name)
    world.publisher(full).publish(seconds=60)
    files = whole(full)
    for key in files:
        wiring.s3().delete_object(Bucket=name, Key=key)
    wiring.s3().delete_bucket(Bucket=name)
    return files


def watched(world: World, bucket: Bucket, before: Callable[[], None]) -> Publisher:
    """A publisher whose every step, in the bucket and in the table, is seen."""

    def page() -> Any:
        before()
        return world.page()

    return Publisher(Watched(bucket.s3, bucket.name, before), SITE, page=page, now=world.now)


def a_world() -> World:
    """Two components and a past: an incident of last month, one that is open."""
    world = World()
    world.component("api", "API")
    world.component("web", "Web")
    world.open("old", "Long gone", started_at=world.at - timedelta(days=40))
    world.tell("old", "resolved")
    world.open("i1", "Errors", affects={"api": "major_outage"})
    return world


def test_an_update_is_on_the_page_in_the_feeds_and_in_the_json(table: str, bucket: Bucket) -> None:
    world = a_world()

    outcome = world.publisher(bucket).publish()

    for key in ("index.html", "history.rss", "updates.atom", "feed.json", "api/v2/summary.json"):
        assert b"Errors" in bucket.get(key)[0], key
    assert outcome.head == record.head()


def test_an_update_writes_few_files_and_leaves_the_others_as_they_are(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    publisher.publish()
    before = whole(bucket)

    world.tell("i1", "identified")
    outcome = publisher.publish()

    after = whole(bucket)
    changed = {key for key in after if after[key] != before.get(key)}
    assert outcome.written <= 25
    assert paths.incident("i1") in changed
    assert paths.incident("old") not in changed


def test_an_entry_that_is_private_leaves_pages_of_others_alone(table: str, bucket: Bucket) -> None:
    from chalicelib.domain.keys import Scope
    from chalicelib.stores import keys

    world = a_world()
    publisher = world.publisher(bucket)
    publisher.publish()
    before = whole(bucket)

    record.append(
        lambda moment: keys.create("k1", "secret name", scopes=(Scope.READ,), secret="s", moment=moment),
        now=world.now,
    )
    publisher.publish()

    after = whole(bucket)
    assert all(b"secret name" not in body for body in after.values())
    assert after["api/v2/summary.json"] == before["api/v2/summary.json"]
    assert after[paths.month("2026-11")] == before[paths.month("2026-11")]
    assert after == rebuilt(world, table)


def test_a_publication_has_as_many_steps_as_are_interrupted(table: str, bucket: Bucket) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    world.tell("i1", "identified", affects={"web": "partial_outage"})
    counting = Interruption(STEPS, lambda: None)

    watched(world, bucket, counting).publish()

    assert counting.steps == STEPS


@pytest.mark.exhaustive
@pytest.mark.parametrize("step", range(STEPS))
def test_a_publisher_paused_anywhere_never_puts_old_over_new(step: int, table: str, bucket: Bucket) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    world.tell("i1", "identified", affects={"web": "partial_outage"})

    def overtake() -> None:
        world.tell("i1", "monitoring")
        world.open("i2", "More errors", affects={"web": "major_outage"})
        world.publisher(bucket).publish()

    slow = Interruption(step, overtake)
    watched(world, bucket, slow).publish()

    world.publisher(bucket).publish()
    assert whole(bucket) == rebuilt(world, table)
    assert states.get(bucket)[0].seq == record.head().seq  # type: ignore[union-attr]


@pytest.mark.exhaustive
@pytest.mark.parametrize("step", range(STEPS))
def test_a_publisher_killed_anywhere_is_made_good_by_the_next(step: int, table: str, bucket: Bucket) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    world.tell("i1", "identified", affects={"web": "partial_outage"})

    def die() -> None:
        raise Died

    dying = Interruption(step, die)
    with pytest.raises(Died):
        watched(world, bucket, dying).publish()
    world.publisher(bucket).publish()

    assert whole(bucket) == rebuilt(world, table)


def test_a_dropped_stream_batch_is_made_good_within_the_minute(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    publisher.publish()
    world.tell("i1", "identified")
    world.open("i2", "Unheard of")

    world.pass_time(minutes=1)
    publisher.publish()

    assert b"Unheard of" in bucket.get("index.html")[0]
    assert whole(bucket) == rebuilt(world, table)


def test_a_publication_with_nothing_new_writes_the_heartbeat_alone(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    publisher.publish()
    before = whole(bucket)

    world.pass_time(minutes=1)
    outcome = publisher.publish()

    after = whole(bucket)
    assert outcome.written == 0
    assert {key for key in after if after[key] != before[key]} == {paths.HEARTBEAT}


@pytest.mark.parametrize(
    "much",
    [
        pytest.param({"minutes": 31}, id="a promise has passed"),
        pytest.param({"minutes": 50}, id="a planned end has passed"),
        pytest.param({"hours": 15}, id="a new day"),
        pytest.param({"days": 9}, id="a new month"),
        pytest.param({"days": 100}, id="months later"),
    ],
)
def test_what_the_clock_changes_is_published_by_the_minute(
    much: dict[str, float], table: str, bucket: Bucket
) -> None:
    world = a_world()
    world.tell("i1", "identified", next_update_by=world.at + timedelta(minutes=31))
    world.announce("m1", "Work", starts=timedelta(minutes=5), ends=timedelta(minutes=45))
    world.announce("m2", "Work in March", starts=timedelta(days=110), ends=timedelta(days=111))
    world.go_on("m1", "in_progress")
    world.go_on("m1", "verifying")
    publisher = world.publisher(bucket)
    publisher.publish()

    world.pass_time(**much)
    publisher.publish()

    assert whole(bucket) == rebuilt(world, table)


def test_a_maintenance_is_published_from_its_announcement_to_its_end(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    world.announce("m1", "Work", affects={"web": "under_maintenance"})
    publisher.publish()
    planned = whole(bucket)
    world.pass_time(hours=1)
    keep_time(world.now, lambda: "begun")
    publisher.publish()
    running = whole(bucket)
    world.pass_time(hours=1)
    keep_time(world.now, lambda: "ended")
    outcome = publisher.publish()

    assert b"Planned maintenance" in planned["index.html"]
    assert b"Maintenance under way" in running["index.html"]
    assert b"Completed" in whole(bucket)["maintenances/m1/index.html"]
    assert outcome.written <= 25
    assert whole(bucket) == rebuilt(world, table)


def test_a_promise_that_is_broken_shows_by_the_minute_long_after_the_end(table: str, bucket: Bucket) -> None:
    world = a_world()
    afterwards.follow(world, "promise", "old", 45)
    publisher = world.publisher(bucket)
    publisher.publish()
    before = bucket.get(paths.incident("old"))[0]

    world.pass_time(minutes=44)
    publisher.publish()

    assert b"Overdue" not in before
    assert b"Overdue" in bucket.get(paths.incident("old"))[0]
    assert whole(bucket) == rebuilt(world, table)


@pytest.mark.parametrize(
    ("id", "page"),
    [
        ("i1", paths.incident("i1")),
        ("m1", "maintenances/m1/index.html"),
        ("h1", "security/h1/index.html"),
    ],
)
def test_a_correction_changes_no_entry_but_its_own(id: str, page: str, table: str, bucket: Bucket) -> None:
    world = a_world()
    world.announce("m1", "Disks")
    world.advise("h1")
    publisher = world.publisher(bucket)
    publisher.publish()
    before = json.loads(bucket.get("feed.json")[0])["items"]

    afterwards.follow(world, "correct", id, 0)
    publisher.publish()

    after = json.loads(bucket.get("feed.json")[0])["items"]
    assert [(it["id"], it["date_published"]) for it in after] == [
        (it["id"], it["date_published"]) for it in before
    ]
    changed = [new for new, old in zip(after, before, strict=True) if new != old]
    assert len(changed) == 1
    assert f"/{page.removesuffix('index.html')}#" in changed[0]["url"]
    assert b"Right 0." in bucket.get(page)[0]
    assert whole(bucket) == rebuilt(world, table)


def test_a_restored_table_takes_back_what_it_no_longer_holds(table: str, bucket: Bucket) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    with fresh_table():
        other = World(at=world.at + timedelta(hours=1))
        other.open("i9", "Another history")
        other.publisher(bucket).publish(seconds=60)

        assert paths.incident("i1") not in whole(bucket)
        assert whole(bucket) == rebuilt(other, table)


def test_a_new_name_reaches_every_page(table: str, bucket: Bucket) -> None:
    from chalicelib.stores import pages

    world = a_world()
    world.publisher(bucket).publish()

    record.append(
        lambda moment: pages.change(moment, version=1, name="Another name", time_zone=None), now=world.now
    )
    world.publisher(bucket).publish(seconds=60)

    files = whole(bucket)
    assert b"Another name" in files[paths.incident("old")]
    assert files == rebuilt(world, table)


def test_a_full_build_goes_on_where_it_was_stopped(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    publisher.most_months = 1

    first = publisher.publish(everything=True, seconds=0)
    afterwards.follow(world, "postmortem", "old")
    second = world.publisher(bucket).publish(seconds=60)

    assert (first.unfinished, second.unfinished) == (True, False)
    assert whole(bucket) == rebuilt(world, table)


def test_years_that_come_at_once_are_built_in_parts(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    publisher.publish()
    world.open("ancient", "Long ago", started_at=world.at - timedelta(days=365 * 5))

    first = publisher.publish(seconds=0)
    second = publisher.publish(seconds=60)

    assert (first.unfinished, second.unfinished) == (True, False)
    assert first.written < 60
    assert whole(bucket) == rebuilt(world, table)


def test_two_full_builds_at_once_share_the_work(table: str, bucket: Bucket) -> None:
    world = a_world()
    world.open("ancient", "Long ago", started_at=world.at - timedelta(days=365 * 5))
    one, other = world.publisher(bucket), world.publisher(bucket)
    one.publish(everything=True, seconds=0)

    with ThreadPoolExecutor(2) as pool:
        for build in [pool.submit(one.publish, seconds=30), pool.submit(other.publish, seconds=30)]:
            build.result()

    assert whole(bucket) == rebuilt(world, table)


def test_a_long_backlog_is_published_in_parts(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    publisher.publish()
    publisher.most_entries = 2
    for n in range(5):
        world.open(f"n{n}", f"Trouble {n}")

    first = publisher.publish(seconds=0)
    linked = whole(bucket)
    second = publisher.publish(seconds=60)

    assert (first.unfinished, second.unfinished) == (True, False)
    assert paths.incident("n4") in linked
    assert whole(bucket) == rebuilt(world, table)


def test_a_month_that_history_no_longer_reaches_is_taken_back(table: str, bucket: Bucket) -> None:
    world = World()
    world.bring(1, 0, 70)
    world.publisher(bucket).publish(seconds=60)
    oldest = min(key for key in whole(bucket) if paths.month_of(key))

    world.bring(1, 0, 2)
    world.publisher(bucket).publish(seconds=60)

    assert oldest not in whole(bucket)
    assert whole(bucket) == rebuilt(world, table)


def test_a_name_that_changes_in_mid_publication_is_the_one_published(table: str, bucket: Bucket) -> None:
    from chalicelib.stores import pages

    world = a_world()
    world.publisher(bucket).publish()
    world.tell("i1", "identified")

    def rename() -> None:
        record.append(
            lambda moment: pages.change(moment, version=1, name="Another name", time_zone=None), now=world.now
        )

    watched(world, bucket, Interruption(3, rename)).publish(seconds=60)

    assert b"Another name" in bucket.get(paths.incident("old"))[0]
    assert whole(bucket) == rebuilt(world, table)


def test_a_publisher_that_is_always_overtaken_gives_up_and_rises(table: str, bucket: Bucket) -> None:
    world = a_world()

    def overtake() -> None:
        bucket.s3.put_object(Bucket=bucket.name, Key=states.KEY, Body=str(world.count).encode())
        world.count += 1

    publisher = watched(world, bucket, overtake)
    publisher.tries = 2

    with pytest.raises(Overtaken, match="2 times"):
        publisher.publish()


def test_a_state_that_cannot_be_read_counts_as_none(table: str, bucket: Bucket) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    bucket.s3.put_object(Bucket=bucket.name, Key=states.KEY, Body=b"{half")

    world.publisher(bucket).publish(seconds=60)

    assert whole(bucket) == rebuilt(world, table)


def test_an_older_heartbeat_never_replaces_a_newer_one(table: str, bucket: Bucket) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    late = World(at=world.at - timedelta(minutes=5))
    before = bucket.get(paths.HEARTBEAT)[0]

    late.publisher(bucket).publish()

    assert bucket.get(paths.HEARTBEAT)[0] == before


ids = st.integers(0, 3).map(lambda n: f"i{n}")
holes = st.integers(0, 2).map(lambda n: f"h{n}")
works_on = st.lists(st.sampled_from(["c0", "c1"]), max_size=2)
works = st.integers(0, 2).map(lambda n: f"m{n}")
components = st.dictionaries(st.sampled_from(["c0", "c1", "c2"]), st.sampled_from(STATUSES), max_size=2)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("open"), ids, components, st.integers(0, 70)),
        st.tuples(
            st.just("tell"), ids, st.sampled_from(["identified", "monitoring", "resolved"]), components
        ),
        st.tuples(st.just("reopen"), ids),
        st.tuples(st.just("rename"), ids, st.sampled_from(["Renamed", "Renamed again"])),
        st.tuples(st.just("component"), st.sampled_from(["c1", "c2"]), st.sampled_from([None, "g"])),
        st.tuples(st.just("announce"), works, works_on, st.integers(-70, 70)),
        st.tuples(st.just("go on"), works, st.sampled_from(list(MaintenanceStatus))),
        st.tuples(st.just("move"), works, st.integers(0, 90)),
        st.tuples(st.just("advisory"), st.just("advise"), holes, st.booleans()),
        st.tuples(st.just("advisory"), st.sampled_from(["publish", "advise more", "withdraw"]), holes),
        st.tuples(st.just("minute")),
        st.tuples(st.just("follow"), st.sampled_from(FOLLOWING), ids, st.integers(1, 3000)),
        st.tuples(st.just("follow"), st.just("correct"), st.one_of(works, holes), st.integers(1, 3000)),
        st.tuples(st.just("follow"), st.just("retire"), st.sampled_from(["c0", "c1", "c2"])),
        st.tuples(st.just("wait"), st.integers(1, 60 * 24 * 20)),
        st.tuples(st.just("import"), st.integers(0, 3), st.integers(0, 2), st.integers(0, 40)),
        st.tuples(st.just("take back"), st.integers(1, 60)),
        st.tuples(st.just("sample"), st.sampled_from(["c0", "c1"]), st.integers(1, 9), st.integers(0, 60)),
        st.tuples(st.just("state"), st.sampled_from(["c0", "c1"]), st.sampled_from(STATUSES)),
        st.tuples(st.just("publish")),
    ),
    min_size=3,
    max_size=14,
)


@settings(max_examples=25)
@given(steps)
def test_the_incremental_site_is_byte_for_byte_the_full_one(table: str, steps: list[Any]) -> None:
    with fresh_table() as name:
        wiring.s3().create_bucket(Bucket=name)
        bucket = Bucket(wiring.s3(), name)
        world = World()
        world.group("g", "Group")
        world.component("c0", "C0")
        publisher = world.publisher(bucket)
        for step in steps:
            world.do(step, publisher)
        world.pass_time(minutes=15)  # samples are looked at once in each quarter of an hour
        publisher.publish(seconds=60)

        assert whole(bucket) == rebuilt(world, name)
