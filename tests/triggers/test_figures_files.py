"""The figures about ourselves are published when something bears on them, and otherwise cost nothing."""

import json
from datetime import timedelta
from typing import Any

from chalicelib.publishing import paths
from chalicelib.publishing.bucket import Bucket
from tests import afterwards
from tests.redactions import said, take_back
from tests.triggers.test_publication import a_world, rebuilt, whole
from tests.worlds import World


def figures(bucket: Bucket) -> Any:
    """What the JSON says."""
    return json.loads(bucket.get(paths.TRUST_FIGURES)[0])


def test_what_does_not_bear_on_them_neither_reads_nor_writes_them(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    publisher.publish()
    before = {key: bucket.get(key)[0] for key in paths.ABOUT_US}

    world.tell("i1", "identified")
    world.announce("m1", "Work")
    world.component("mail", "Mail")
    world.advise("CSA-2026-0001")
    publisher.publish()

    assert not paths.ABOUT_US & publisher.etags.keys()
    assert {key: bucket.get(key)[0] for key in paths.ABOUT_US} == before
    assert whole(bucket) == rebuilt(world, table)


def test_a_next_update_is_overdue_by_the_minute_and_late_when_it_comes(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    world.tell("i1", "identified", next_update_by=world.at + timedelta(minutes=31))
    publisher.publish()
    promised = figures(bucket)
    world.pass_time(minutes=30)
    publisher.publish()
    overdue = figures(bucket)
    world.tell("i1", "monitoring")
    publisher.publish()

    assert (promised["next_updates_overdue"], promised["next_updates"]["cases"]) == (0, 0)
    assert (overdue["next_updates_overdue"], overdue["record_seq"]) == (1, promised["record_seq"])
    assert figures(bucket)["next_updates"] == {"cases": 1, "in_time": 0, "late": 1}
    assert figures(bucket)["next_updates_overdue"] == 0
    assert whole(bucket) == rebuilt(world, table)


def test_promises_are_listed_from_the_promise_until_they_are_kept(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    afterwards.follow(world, "due", "old", 60)
    afterwards.follow(world, "promise", "old", 45)
    publisher.publish()
    open = figures(bucket)["promised"]
    world.pass_time(minutes=50)
    publisher.publish()
    overdue = figures(bucket)["promised"]
    afterwards.follow(world, "keep", "old")
    afterwards.follow(world, "postmortem", "old")
    publisher.publish()

    assert [(it["state"], it["text"]) for it in open] == [("promised", "Promise 45"), ("promised", None)]
    assert [it["state"] for it in overdue] == ["overdue", "promised"]
    kept = figures(bucket)["promised"]
    assert [(it["state"], it["text"]) for it in kept] == [("done", None), ("late", "Promise 45")]
    assert whole(bucket) == rebuilt(world, table)


def test_a_retraction_and_another_title_reach_the_page(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    afterwards.follow(world, "promise", "old", 45)
    publisher.publish()
    before = figures(bucket)

    world.rename("old", "Renamed")
    afterwards.follow(world, "retract", "i1")
    publisher.publish()

    after = figures(bucket)
    assert [it["title"] for it in after["promised"]] == ["Renamed"]
    assert (before["retracted"], after["retracted"]) == (0, 1)
    assert before["incidents"] - after["incidents"] == 1
    assert whole(bucket) == rebuilt(world, table)


def test_words_that_are_taken_back_are_gone_from_the_page(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    afterwards.follow(world, "promise", "old", 45)
    afterwards.follow(world, "keep", "old")
    publisher.publish()
    listed = bucket.get(paths.TRUST)[0]

    take_back(said("Promise 45").seq, world.now)
    publisher.publish()

    assert b"Promise 45" in listed
    assert b"Promise 45" not in bucket.get(paths.TRUST)[0]
    assert b"Promise 45" not in bucket.get(paths.TRUST_FIGURES)[0]
    assert whole(bucket) == rebuilt(world, table)


def test_a_year_goes_by_and_what_was_counted_leaves_the_page(table: str, bucket: Bucket) -> None:
    world = World()
    world.open("slow", "Slow")
    world.tell("slow", "resolved")
    publisher = world.publisher(bucket)
    publisher.publish()
    before = figures(bucket)

    world.pass_time(days=375)
    publisher.publish(seconds=60)

    assert (before["incidents"], figures(bucket)["incidents"]) == (1, 0)
    assert figures(bucket)["first_month"] == "2027-01"
    assert whole(bucket) == rebuilt(world, table)
