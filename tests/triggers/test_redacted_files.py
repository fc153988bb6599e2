"""After a redaction no published file holds the words, not even an old version of one."""

import json
import re
import time
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.domain.record import Fact
from chalicelib.publishing import paths, versions
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import purges, record, redactions
from chalicelib.stores.purges import Purge
from chalicelib.stores.record import Change
from chalicelib.triggers import removals
from chalicelib.triggers.publication import Publisher
from tests.redactions import REASON, files_with, items_with, said, take_back
from tests.triggers.test_publication import a_world, rebuilt, watched, whole
from tests.triggers.test_record_files import held, say, stands
from tests.worlds import World

SECRET = "Jane-Doe-0815"
MARK = f"[removed 2026-11-22: {REASON}]"


@pytest.fixture
def versioned(bucket: Bucket) -> Bucket:
    """The site's bucket as it is in AWS: it keeps what stood."""
    bucket.s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def a_told_world() -> World:
    """An incident of last month with the words in its title, which was corrected since."""
    world = a_world()
    world.open("names", SECRET, started_at=world.at - timedelta(days=35), affects={"api": "partial_outage"})
    world.tell("names", "identified")
    world.tell("names", "resolved")
    return world


def versions_with(bucket: Bucket, word: str) -> set[str]:
    """The files of which any version holds this text."""
    found = bucket.s3.list_object_versions(Bucket=bucket.name).get("Versions", ())
    return {one["Key"] for one in found if word.encode() in _read(bucket, one)}


def _read(bucket: Bucket, version: Any) -> bytes:
    got = bucket.s3.get_object(Bucket=bucket.name, Key=version["Key"], VersionId=version["VersionId"])
    return got["Body"].read()


def test_the_words_of_an_incident_leave_every_file(table: str, bucket: Bucket) -> None:
    world = a_told_world()
    publisher = world.publisher(bucket)
    publisher.publish()
    assert len(files_with(bucket, SECRET)) > 8

    take_back(said(SECRET).seq, world.now)
    publisher.publish()

    assert files_with(bucket, SECRET) == set()
    for key in ("incidents/names/index.html", "history/2026-10/index.html", "history.atom"):
        assert MARK in unescape(unescape(bucket.get(key)[0].decode())), key
    assert whole(bucket) == rebuilt(world, table)


def test_a_name_leaves_every_file_also_where_another_container_publishes(table: str, bucket: Bucket) -> None:
    world = a_world()
    world.component("theirs", SECRET)
    world.open("i2", "Theirs", affects={"theirs": "major_outage"})
    first, second = world.publisher(bucket), world.publisher(bucket)
    first.publish(seconds=60)
    second.publish(seconds=60)
    world.tell("i1", "identified")
    second.publish()

    take_back(said(SECRET).seq, world.now)
    first.publish(seconds=60)
    world.tell("i2", "identified")
    second.publish(seconds=60)

    assert files_with(bucket, SECRET) == set()
    assert whole(bucket) == rebuilt(world, table)


def test_the_words_of_an_advisory_leave_every_file_and_its_hashes_fit(table: str, bucket: Bucket) -> None:
    world = a_world()
    world.advise("hole", SECRET)
    publisher = world.publisher(bucket)
    publisher.publish()
    stood = bucket.get(".well-known/csaf/2026/hole.json.sha256")[0]

    take_back(said(SECRET).seq, world.now)
    publisher.publish()

    assert files_with(bucket, SECRET) == set()
    assert bucket.get(".well-known/csaf/2026/hole.json.sha256")[0] != stood
    assert whole(bucket) == rebuilt(world, table)


def test_an_entry_deep_in_the_record_loses_its_words_there(table: str, bucket: Bucket) -> None:
    world = a_told_world()
    say(world, *[10] * 350)
    publisher = world.publisher(bucket)
    publisher.publish()
    before = whole(bucket)

    take_back(said(SECRET).seq, world.now)
    publisher.publish()

    after = whole(bucket)
    record_files = {key for key in after if key.startswith(paths.ENTRIES)}
    assert {key for key in record_files if after[key] != before[key]} == {
        paths.entries(1),
        paths.entries(301),
    }
    assert stands(bucket) == record.head().seq
    assert files_with(bucket, SECRET) == set()
    assert whole(bucket) == rebuilt(world, table)


def test_where_files_of_the_record_begin_elsewhere_the_old_ones_go(table: str, bucket: Bucket) -> None:
    world = a_world()
    large = SECRET + "x" * 150_000
    for text in (large, large + "y", large + "z"):
        fact = Fact("component.changed", "component/api", {"component": {"description": text}})
        record.append(lambda moment, fact=fact: Change(None, (fact,)), now=world.now)  # type: ignore[misc]
    say(world, *[10] * 120)
    publisher = world.publisher(bucket)
    publisher.publish(seconds=60)
    stood = held(bucket)

    for text in (large, large + "y", large + "z"):
        take_back(said(text).seq, world.now)
    publisher.publish(seconds=60)

    assert len(stood) > len(held(bucket)) == 2
    assert files_with(bucket, SECRET) == set()
    assert stands(bucket) == record.head().seq
    assert whole(bucket) == rebuilt(world, table)


def test_no_entry_of_a_feed_changes_its_id_or_its_time(table: str, bucket: Bucket) -> None:
    world = a_told_world()
    publisher = world.publisher(bucket)
    publisher.publish()
    before = whole(bucket)

    world.pass_time(minutes=7)
    take_back(said(SECRET).seq, world.now)
    publisher.publish()

    after = whole(bucket)
    for key in ("updates.atom", "history.atom"):
        entries = [re.findall(rb"<entry>.*?</entry>", files[key], re.DOTALL) for files in (before, after)]
        was, now = (
            [
                re.findall(rb"<id>.*?</id>|<updated>.*?</updated>|<published>.*?</published>", it)
                for it in found
            ]
            for found in entries
        )
        assert was == now, key
    items = [json.loads(files["feed.json"])["items"] for files in (before, after)]
    for field in ("id", "date_published", "date_modified"):
        assert [it.get(field) for it in items[0]] == [it.get(field) for it in items[1]]


def test_the_record_says_what_was_removed_when_and_why(table: str, bucket: Bucket) -> None:
    world = a_told_world()
    seq = said(SECRET).seq
    take_back(seq, world.now)

    world.publisher(bucket).publish()

    page = bucket.get(paths.RECORD)[0].decode()
    assert re.search(rf"Words removed.*entr(y|ies) {seq}\b.*a customer&#39;s name", page, re.DOTALL)
    assert "(words removed)" in page


def test_a_killed_publisher_leaves_it_to_the_next(table: str, bucket: Bucket) -> None:
    world = a_told_world()
    world.publisher(bucket).publish()
    take_back(said(SECRET).seq, world.now)

    class Killed(Exception):
        pass

    def killer(step: int) -> Any:
        left = iter(range(step))

        def tick() -> None:
            if next(left, None) is None:
                raise Killed

        return tick

    for step in (3, 8, 16):
        with pytest.raises(Killed):
            watched(world, bucket, killer(step)).publish()
    world.publisher(bucket).publish()

    assert files_with(bucket, SECRET) == set()
    assert whole(bucket) == rebuilt(world, table)


def minute(world: World, publisher: Publisher, *, seconds: float = 60) -> None:
    """What the minute does for a redaction."""
    until = time.monotonic() + seconds
    waiting = removals.go_on(world.now, until=until)
    removals.purge(wiring.bucket(), waiting.purge, publisher.publish(), until=until)


def test_old_versions_go_when_the_new_ones_stand(table: str, versioned: Bucket) -> None:
    world = a_told_world()
    publisher = world.publisher(versioned)
    publisher.publish()
    world.rename("names", "Another title")
    publisher.publish()
    assert len(versions_with(versioned, SECRET)) > 8

    record.append(lambda m: redactions.redact(said(SECRET).seq, REASON, moment=m), now=world.now)
    minute(world, publisher)

    assert versions_with(versioned, SECRET) == set()
    assert redactions.waiting() == ([], Purge(record.head().seq, done=True))
    assert items_with(SECRET) == set()
    assert whole(versioned) == rebuilt(world, table)


def test_old_versions_wait_for_a_publication_that_is_not_complete(table: str, versioned: Bucket) -> None:
    world = a_told_world()
    publisher = world.publisher(versioned)
    publisher.publish()
    take_back(said(SECRET).seq, world.now)
    stood, purge = versions_with(versioned, SECRET), redactions.waiting().purge
    half = publisher.publish()._replace(unfinished=True)
    behind = half._replace(unfinished=False, head=half.head.__class__(half.head.seq - 1))

    for outcome in (half, behind):
        removals.purge(versioned, purge, outcome, until=time.monotonic() + 60)

    assert versions_with(versioned, SECRET) == stood
    assert redactions.waiting().purge == purge


def test_what_was_killed_in_between_is_completed_by_any_minute(table: str, versioned: Bucket) -> None:
    world = a_told_world()
    world.component("theirs", f"{SECRET} Inc.")
    for id in ("i2", "i3"):
        world.open(id, "Theirs", affects={"theirs": "major_outage"})
    publisher = world.publisher(versioned)
    publisher.publish(seconds=60)
    for seq in (said(f"{SECRET} Inc.").seq, said(SECRET).seq):
        record.append(lambda m, seq=seq: redactions.redact(seq, REASON, moment=m), now=world.now)  # type: ignore[misc]
    waiting = removals.go_on(world.now, until=time.monotonic())
    assert len(waiting.entries) == 1

    waiting = removals.go_on(world.now, until=time.monotonic() + 60)
    world.publisher(versioned).publish(seconds=60)
    after = versions.purge(versioned, "", until=0, at_once=20)
    assert after and waiting.purge
    purges.go_on(waiting.purge, replace(waiting.purge, after=after))
    assert versions_with(versioned, SECRET)
    minute(world, world.publisher(versioned), seconds=0)

    assert redactions.waiting() == ([], Purge(record.head().seq, done=True))
    assert versions_with(versioned, SECRET) == set()
    assert items_with(SECRET) == set()


def test_a_redaction_meanwhile_begins_with_the_files_anew(table: str, versioned: Bucket) -> None:
    world = a_told_world()
    world.publisher(versioned).publish()
    take_back(said(SECRET).seq, world.now)
    seen = redactions.waiting().purge
    outcome = world.publisher(versioned).publish()
    take_back(said("We look into Errors.").seq, world.now)

    removals.purge(versioned, seen, outcome, until=time.monotonic() + 60)

    assert redactions.waiting().purge == Purge(record.head().seq)
