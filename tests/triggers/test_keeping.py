"""Heads of days in a bucket of their own: each written once, whatever happens."""

import json
from datetime import timedelta

import pytest

from bench.requests import Counted
from chalicelib import wiring
from chalicelib.domain.heads import MOST_DAYS
from chalicelib.publishing import paths, states
from chalicelib.publishing.bucket import Bucket
from chalicelib.publishing.files import File
from chalicelib.publishing.heads import kept as copy_of
from chalicelib.publishing.heads import kept_at
from chalicelib.stores import record
from chalicelib.triggers.keeping import Rewritten, keep_heads
from chalicelib.triggers.publication import Publisher
from tests.triggers.test_publication import a_world, rebuilt, whole
from tests.worlds import World

DAYS = ["2026-11-22", "2026-11-23", "2026-11-25"]


@pytest.fixture
def heads(bucket: Bucket) -> Bucket:
    """A bucket of heads."""
    name = f"{bucket.name}-heads"
    wiring.s3().create_bucket(Bucket=name)
    return Bucket(wiring.s3(), name)


def a_week() -> World:
    """A world with entries on three of the last days, the last of which is over."""
    world = a_world()
    world.pass_time(days=1)
    world.tell("i1", "identified")
    world.pass_time(days=2)
    world.tell("i1", "monitoring")
    world.pass_time(days=1)
    return world


def minute(world: World, publisher: Publisher, heads: Bucket | None) -> int:
    """A minute passes; how many heads were copied."""
    world.pass_time(minutes=1)
    publisher.publish(seconds=60)
    return keep_heads(publisher, heads)


def kept(heads: Bucket) -> dict[str, int]:
    """The days whose heads lie there, with their entries."""
    found = (json.loads(body) for body in whole(heads).values())
    return {it["day"]: it["seq"] for it in found}


def shown(bucket: Bucket) -> dict[str, int]:
    """The days whose heads the site shows."""
    return {it["day"]: it["seq"] for it in json.loads(bucket.get(paths.HEADS_JSON)[0])["heads"]}


def test_every_day_that_is_over_is_shown_and_copied_once(table: str, bucket: Bucket, heads: Bucket) -> None:
    world = a_week()
    publisher = world.publisher(bucket)

    copied = [minute(world, publisher, heads) for _ in range(3)]

    assert copied == [3, 0, 0]
    assert sorted(kept(heads)) == DAYS
    assert kept(heads) == shown(bucket)
    assert kept(heads)[DAYS[2]] == record.head().seq


def test_a_head_is_that_of_its_entry(table: str, bucket: Bucket, heads: Bucket) -> None:
    world = a_week()
    minute(world, world.publisher(bucket), heads)

    for day, seq in kept(heads).items():
        said = json.loads(heads.get(f"page/{day}.json")[0])
        entry = record.find(seq)
        assert entry is not None
        assert (said["hash"], said["recorded_at"][:10]) == (entry.hash, day)


def test_the_day_that_goes_on_has_none_until_it_is_over(table: str, bucket: Bucket, heads: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)

    before = minute(world, publisher, heads)
    world.at = world.at.replace(hour=0, minute=3) + timedelta(days=1)
    still = minute(world, publisher, heads), shown(bucket)
    after = minute(world, publisher, heads)

    assert (before, still, after) == (0, (0, {}), 1)
    assert whole(bucket) == rebuilt(world, table) | {states.KEY: whole(bucket)[states.KEY]}


def test_a_minute_after_which_nothing_is_due_asks_for_nothing_more(
    table: str, bucket: Bucket, heads: Bucket
) -> None:
    world = a_week()
    publisher = world.publisher(bucket)
    minute(world, publisher, heads)
    publisher.publish()
    counted = Counted()

    assert keep_heads(publisher, heads) == 0

    assert counted.operations.total() == 0


def test_a_head_costs_one_file_and_the_state(table: str, bucket: Bucket, heads: Bucket) -> None:
    world = a_week()
    publisher = world.publisher(bucket)
    publisher.publish(seconds=60)
    counted = Counted()

    keep_heads(publisher, heads)

    assert counted.take()["files"] == len(DAYS) + 1


def test_without_a_bucket_nothing_is_copied_and_all_is_caught_up_when_there_is_one(
    table: str, bucket: Bucket, heads: Bucket
) -> None:
    world = a_week()
    publisher = world.publisher(bucket)
    other = Bucket(heads.s3, bucket.name)

    assert [minute(world, publisher, it) for it in (None, heads, other, heads)] == [0, 3, 3, 3]

    assert sorted(kept(heads)) == DAYS


def test_whoever_else_was_there_first_with_the_same_changes_nothing(
    table: str, bucket: Bucket, heads: Bucket
) -> None:
    world = a_week()
    one, other = world.publisher(bucket), world.publisher(bucket)
    for publisher in (one, other):
        publisher.publish(seconds=60)

    assert (keep_heads(one, heads), keep_heads(other, heads)) == (3, 0)

    assert minute(world, other, heads) == 0
    assert kept(heads) == shown(bucket)


def test_a_killed_minute_is_made_good_by_the_next(table: str, bucket: Bucket, heads: Bucket) -> None:
    world = a_week()
    publisher = world.publisher(bucket)
    publisher.publish(seconds=60)
    state, _ = publisher.standing
    assert state is not None
    heads.put_one(kept_at("page", state.days[0]), copy_of(state.days[0]), None)

    assert minute(world, world.publisher(bucket), heads) == 3

    assert sorted(kept(heads)) == DAYS


def test_another_head_that_was_kept_of_a_day_is_an_error_and_stays(
    table: str, bucket: Bucket, heads: Bucket
) -> None:
    world = a_week()
    publisher = world.publisher(bucket)
    lie = File(b'{"day":"2026-11-23","hash":"' + b"0" * 64 + b'","seq":1}\n', "application/json")
    heads.put_one("page/2026-11-23.json", lie, None)

    for _ in range(2):
        with pytest.raises(Rewritten, match="page/2026-11-23.json is another head than entry"):
            minute(world, publisher, heads)

    assert heads.get("page/2026-11-23.json")[0] == lie.body
    assert sorted(kept(heads)) == DAYS[:2]
    assert b"Errors" in bucket.get("index.html")[0]


def test_a_longer_past_than_is_shown_is_copied_as_far_as_it_is_shown(
    table: str, bucket: Bucket, heads: Bucket
) -> None:
    world = a_world()
    for _ in range(MOST_DAYS + 5):
        world.pass_time(days=1)
        world.tell("i1", "identified")
    publisher = world.publisher(bucket)
    publisher.most_entries = 20

    assert minute(world, publisher, heads) == MOST_DAYS

    assert kept(heads) == shown(bucket)
    world.pass_time(days=1)
    world.tell("i1", "monitoring")
    assert minute(world, publisher, heads) == 1
    assert whole(bucket) == rebuilt(world, table) | {states.KEY: whole(bucket)[states.KEY]}


def test_a_new_version_of_the_code_copies_nothing_again(table: str, bucket: Bucket, heads: Bucket) -> None:
    world = a_week()
    publisher = world.publisher(bucket)
    minute(world, publisher, heads)

    publisher.publish(everything=True, seconds=60)

    assert keep_heads(publisher, heads) == 0
