"""Pages of components and groups: published when something that they show changes, gone with it."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.publishing import paths, states
from chalicelib.publishing.bucket import Bucket, ETag
from chalicelib.stores import table as table_of
from chalicelib.triggers.publication import Publisher
from tests import afterwards
from tests.triggers.test_publication import rebuilt, whole
from tests.worlds import World

API, WEB, GROUP = "components/api/index.html", "components/web/index.html", "groups/g/index.html"


@pytest.fixture
def world(table: str) -> World:
    """A component in a group, and one that stands alone."""
    world = World()
    world.group("g", "Group")
    world.component("api", "API", group="g")
    world.component("web", "Web")
    return world


@pytest.fixture
def publisher(world: World, bucket: Bucket) -> Publisher:
    """One that has published what there is."""
    publisher = world.publisher(bucket)
    publisher.publish(seconds=60)
    return publisher


def changed(bucket: Bucket, before: dict[str, bytes]) -> set[str]:
    """The pages of components and groups that are not what they were."""
    after = whole(bucket)
    names = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    return {key for key in names if key.endswith("index.html") and key.startswith(("components/", "groups/"))}


def days(bucket: Bucket, component: str = "api") -> list[dict[str, Any]]:
    """The published days of a component, newest first."""
    found: list[dict[str, Any]] = json.loads(bucket.get(f"components/{component}/days.json")[0])["days"]
    return found[::-1]


def test_an_incident_changes_the_pages_of_its_components_and_their_groups(
    world: World, bucket: Bucket, publisher: Publisher, table: str
) -> None:
    before = whole(bucket)

    world.open("i1", "Errors", affects={"api": "major_outage"})
    publisher.publish()

    assert changed(bucket, before) == {API, GROUP}
    assert b"Errors" in bucket.get(API)[0]
    assert whole(bucket) == rebuilt(world, table)


def test_samples_are_published_by_the_next_quarter_of_an_hour_alone(
    world: World, bucket: Bucket, publisher: Publisher, table: str
) -> None:
    before = whole(bucket)
    world.sample("api", 7)

    world.pass_time(minutes=1)
    publisher.publish()
    early = days(bucket)[0]["samples"]
    world.pass_time(minutes=15)
    outcome = publisher.publish()

    assert (early, days(bucket)[0]["samples"], days(bucket)[0]["transactions"]) == (0, 1, 7)
    assert changed(bucket, before) == {API, GROUP}
    assert outcome.written == 6
    assert whole(bucket) == rebuilt(world, table)


def test_an_outage_that_goes_on_counts_up_to_the_last_quarter_of_an_hour(
    world: World, bucket: Bucket, publisher: Publisher, table: str
) -> None:
    world.open("i1", "Errors", affects={"api": "major_outage"})
    publisher.publish()

    world.pass_time(minutes=30)
    publisher.publish()

    began = world.at - timedelta(minutes=30)
    until = world.at.replace(minute=world.at.minute // 15 * 15, second=0)
    assert days(bucket)[0]["major_s"] == (until - began).total_seconds()
    assert whole(bucket) == rebuilt(world, table)


def test_a_day_that_closes_is_final_on_every_page(
    world: World, bucket: Bucket, publisher: Publisher, table: str
) -> None:
    world.sample("api", 7)
    world.pass_time(hours=49)

    world.do(("minute",), publisher)
    publisher.publish(seconds=60)

    assert [(day["samples"], day["final"]) for day in days(bucket)[:3]] == [(0, False), (0, False), (1, True)]
    assert whole(bucket) == rebuilt(world, table)


def test_what_is_retired_has_no_page_any_more(
    world: World, bucket: Bucket, publisher: Publisher, table: str
) -> None:
    afterwards.follow(world, "retire", "web")
    publisher.publish()

    assert not [key for key in whole(bucket) if key.startswith("components/web/")]
    assert whole(bucket) == rebuilt(world, table)


def test_a_new_name_of_a_group_is_on_the_pages_of_its_components(
    world: World, bucket: Bucket, publisher: Publisher, table: str
) -> None:
    world.component("jobs", "Jobs", group="g")
    publisher.publish()

    assert b"Jobs" in bucket.get(GROUP)[0]
    assert whole(bucket) == rebuilt(world, table)


def test_a_minute_in_which_nothing_happens_looks_at_samples_once_in_a_quarter(
    world: World, bucket: Bucket, publisher: Publisher
) -> None:
    state, _ = states.get(bucket)
    assert state is not None and state.looked is not None

    world.pass_time(minutes=15)
    publisher.publish()
    looked = publisher.looked
    world.pass_time(minutes=1)
    publisher.publish()

    assert looked is not None and looked > state.looked
    assert publisher.looked == looked
    assert states.get(bucket)[0] == state


@contextmanager
def queries() -> Iterator[list[str]]:
    """The partitions that are queried here."""
    asked = list[str]()

    def note(params: dict[str, Any], **_: Any) -> None:
        asked.append(next(iter(json.loads(params["body"])["ExpressionAttributeValues"].values()))["S"])

    client = table_of.connection().client.meta.events
    client.register("before-call.dynamodb.Query", note)
    try:
        yield asked
    finally:
        client.unregister("before-call.dynamodb.Query", note)


def test_open_days_are_read_once_in_a_quarter_whatever_is_published_in_it(
    world: World, bucket: Bucket, publisher: Publisher, table: str
) -> None:
    for n in range(30):
        world.sample("api", 7, ago=timedelta(days=n))
    world.pass_time(minutes=16)

    with queries() as at_first:
        publisher.publish(seconds=60)
    world.sample("web", 5)
    world.open("i1", "Errors", affects={"api": "major_outage"})
    with queries() as for_an_incident:
        publisher.publish()
    world.pass_time(minutes=16)
    with queries() as later:
        publisher.publish(seconds=60)

    asked = [[it for it in found if it.startswith("DAY#")] for found in (at_first, for_an_incident, later)]
    assert [len(it) for it in asked] == [30, 0, 30]
    assert "OPENDAYS" not in for_an_incident
    assert days(bucket, "web")[0]["samples"] == 1
    assert whole(bucket) == rebuilt(world, table)


@dataclass(frozen=True)
class Overtaking(Bucket):
    """A bucket in which others do something just before ETags are read, once."""

    others: list[Callable[[], None]]

    def etags(self, keys: Iterable[str]) -> dict[str, ETag]:
        """What stands after that."""
        while self.others:
            self.others.pop()()
        return super().etags(keys)


def test_what_another_publisher_has_shown_of_a_day_is_never_taken_back(
    world: World, bucket: Bucket, publisher: Publisher, table: str
) -> None:
    world.sample("api", 7)
    world.pass_time(minutes=16)
    world.publisher(bucket).publish(seconds=60)

    world.open("i1", "Errors", affects={"api": "major_outage"})
    publisher.publish()

    assert days(bucket)[0]["transactions"] == 7
    assert whole(bucket) == rebuilt(world, table)


def test_who_was_overtaken_puts_right_what_it_may_have_put_over_newer_numbers(
    world: World, bucket: Bucket, publisher: Publisher, table: str
) -> None:
    world.sample("api", 7)
    world.pass_time(minutes=16)
    other = world.publisher(bucket)

    def overtake() -> None:
        world.sample("api", 8)
        other.publish(seconds=60)

    world.publisher(Overtaking(bucket.s3, bucket.name, [overtake])).publish(seconds=60)

    assert days(bucket)[0]["transactions"] == 15
    assert whole(bucket) == rebuilt(world, table)


def test_many_pages_are_built_in_parts_and_news_come_first(
    world: World, bucket: Bucket, publisher: Publisher, table: str
) -> None:
    publisher.most_things = 1
    world.pass_time(days=1)

    first = publisher.publish(seconds=0)
    world.open("i1", "Errors", affects={"web": "major_outage"})
    second = publisher.publish(seconds=0)
    told = bucket.get(WEB)[0]
    third = publisher.publish(seconds=60)

    assert [it.unfinished for it in (first, second, third)] == [True, True, False]
    assert b"Errors" in told
    assert whole(bucket) == rebuilt(world, table)


def test_a_full_build_removes_the_pages_of_what_is_not_there(
    world: World, bucket: Bucket, publisher: Publisher, table: str
) -> None:
    for key in ("components/gone/index.html", "components/api/more.txt", "groups/api/days.csv"):
        bucket.s3.put_object(Bucket=bucket.name, Key=key, Body=b"x")

    publisher.publish(everything=True, seconds=60)

    assert whole(bucket) == rebuilt(world, table)


def test_instances_have_a_page_while_there_are_some_to_compare(
    world: World, bucket: Bucket, publisher: Publisher, table: str
) -> None:
    for id in ("eu1", "na1"):
        world.group(id, id.upper(), region=id)
        world.component(f"{id}-api", "API", group=id)
    publisher.publish()
    stood = paths.INSTANCES in whole(bucket)
    afterwards.follow(world, "retire", "na1-api")
    publisher.publish()

    assert stood
    assert paths.INSTANCES not in whole(bucket)
    assert whole(bucket) == rebuilt(world, table)


def test_a_day_long_past_is_final_on_every_page_once_it_is_closed(
    world: World, bucket: Bucket, publisher: Publisher, table: str
) -> None:
    world.pass_time(days=5)
    publisher.publish(seconds=60)
    before = [day["final"] for day in days(bucket, "web")[:4]]

    world.sample("api", ago=timedelta(days=3))
    world.pass_time(minutes=15)
    publisher.publish(seconds=60)
    taking = [day["final"] for day in days(bucket, "web")[:4]]
    world.pass_time(hours=24)
    world.do(("minute",), publisher)
    publisher.publish(seconds=60)

    assert before == taking == [False] * 4
    assert [day["final"] for day in days(bucket, "web")[:6]] == [False] * 4 + [True, False]
    assert whole(bucket) == rebuilt(world, table)
