"""The record's files in the bucket: they grow with the record, a bounded piece at a time."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.domain.record import Fact
from chalicelib.publishing import paths, states
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import record
from chalicelib.stores.record import Change
from tests.triggers.test_publication import Died, Interruption, a_world, rebuilt, watched, whole
from tests.worlds import World, fresh_table

KIB = 1024


def say(world: World, *sizes: int) -> None:
    """One entry of about so many bytes after the other."""
    for size in sizes:
        fact = Fact("page.noted", "page", {"text": "x" * size})
        record.append(lambda moment, fact=fact: Change(None, (fact,)), now=world.now)  # type: ignore[misc]


def held(bucket: Bucket) -> list[int]:
    """The numbers with which the record's files begin."""
    return sorted(first for key in whole(bucket) if (first := paths.first_entry_of(key)))


def head_in(bucket: Bucket) -> int:
    """The entry at which `head.json` stands."""
    return int(json.loads(bucket.get(paths.RECORD_HEAD)[0])["seq"])


def stands(bucket: Bucket) -> int:
    """The last entry that a reader of the files comes to."""
    files, last = whole(bucket), 0
    while body := files.get(paths.entries(last + 1)):
        for line in body.splitlines():
            entry = json.loads(line)
            assert entry["seq"] == last + 1
            last = entry["seq"]
    return last


def test_the_files_follow_the_record(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)

    for sizes in ([10] * 3, [10] * 97, [10], [100 * KIB] * 4, [10] * 150):
        say(world, *sizes)
        publisher.publish()

        assert head_in(bucket) == stands(bucket) == record.head().seq
    assert held(bucket) == [1, 101, 110, 201]
    assert whole(bucket) == rebuilt(world, table)


def test_an_update_touches_one_file_of_the_record_its_page_and_its_head(table: str, bucket: Bucket) -> None:
    world = a_world()
    say(world, *[10] * 220)
    publisher = world.publisher(bucket)
    publisher.publish()
    before = whole(bucket)

    world.tell("i1", "identified")
    publisher.publish()

    after = whole(bucket)
    changed = {key for key in after if after[key] != before[key] and key.startswith("record/")}
    assert changed == {paths.entries(201), paths.RECORD, paths.RECORD_HEAD}


def test_what_the_clock_changes_leaves_the_record_alone(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    publisher.publish()
    before = whole(bucket)

    world.pass_time(days=1)
    publisher.publish()

    after = whole(bucket)
    changed = {key for key in after if "record" in key and after[key] != before[key]}
    assert changed == paths.HEADS, "but for the head of the day that has ended"


def test_a_long_record_is_published_in_parts_and_the_head_comes_last(table: str, bucket: Bucket) -> None:
    world = a_world()
    say(world, *[10] * 350)
    publisher = world.publisher(bucket)
    publisher.most_entries = 150

    first = publisher.publish(seconds=0)
    began = held(bucket)
    no_head = paths.RECORD_HEAD not in whole(bucket)
    say(world, 10)
    second = publisher.publish(seconds=60)

    assert (first.unfinished, second.unfinished) == (True, False)
    assert (began, no_head) == ([1, 101], True)
    assert head_in(bucket) == stands(bucket) == record.head().seq
    assert whole(bucket) == rebuilt(world, table)


def test_while_everything_is_built_anew_the_head_stays_behind_the_files(table: str, bucket: Bucket) -> None:
    world = a_world()
    say(world, *[10] * 250)
    publisher = world.publisher(bucket)
    publisher.publish()
    stood = head_in(bucket)
    publisher.most_entries = 100

    publisher.publish(everything=True, seconds=0)
    world.tell("i1", "identified")
    during = publisher.publish(seconds=0)

    assert during.unfinished
    assert head_in(bucket) == stood <= stands(bucket)
    publisher.publish(seconds=60)
    assert head_in(bucket) == record.head().seq
    assert whole(bucket) == rebuilt(world, table)


def test_a_site_from_before_the_record_was_published_gets_it(table: str, bucket: Bucket) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    state = json.loads(bucket.get(states.KEY)[0])
    del state["recorded"]
    bucket.s3.put_object(Bucket=bucket.name, Key=states.KEY, Body=json.dumps(state).encode())
    for key in (paths.entries(1), paths.RECORD_HEAD):
        bucket.s3.delete_object(Bucket=bucket.name, Key=key)

    world.publisher(bucket).publish()

    assert whole(bucket) == rebuilt(world, table)


def test_files_of_another_record_are_swept_wherever_they_were_cut(table: str, bucket: Bucket) -> None:
    world = a_world()
    say(world, *[100 * KIB] * 5, *[10] * 300)
    world.publisher(bucket).publish(seconds=60)
    longer = held(bucket)
    with fresh_table():
        other = World(at=world.at + timedelta(hours=1))
        other.page()
        say(other, *[10] * 20, *[100 * KIB] * 3)
        other.publisher(bucket).publish(seconds=60)

        assert len(longer) > 4
        assert head_in(bucket) == stands(bucket) == record.head().seq
        assert whole(bucket) == rebuilt(other, table)


def test_no_step_of_a_publication_shows_a_head_without_its_entries(table: str, bucket: Bucket) -> None:
    world = a_world()
    say(world, *[10] * 94)
    world.publisher(bucket).publish()
    say(world, *[100 * KIB] * 4)
    seen: list[tuple[int, int]] = []

    def look() -> None:
        seen.append((head_in(bucket), stands(bucket)))

    watched(world, bucket, look).publish()
    look()

    assert len(seen) > 20
    assert all(head <= last for head, last in seen)
    assert seen[0][0] < seen[-1][0] == record.head().seq


def test_a_walk_through_the_record_that_dies_is_gone_on_with(table: str, bucket: Bucket) -> None:
    world = a_world()
    say(world, *[10] * 400)

    for step in (5, 25, 30, 45, 60):
        dying = watched(world, bucket, Interruption(step, die()))
        dying.most_entries = 100
        try:
            dying.publish(seconds=60)
        except Died:
            continue
    last = world.publisher(bucket)
    last.publish(seconds=60)

    assert whole(bucket) == rebuilt(world, table)


def die() -> Callable[[], Any]:
    """What kills a publisher."""

    def died() -> None:
        raise Died

    return died
