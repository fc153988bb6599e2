"""Each minute goes on with what a redaction left, and publishes whatever becomes of that."""

from datetime import timedelta

import pytest

from bench.requests import Counted
from chalicelib import wiring
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import record, redactions, table
from chalicelib.stores.purges import Purge
from chalicelib.triggers import publication, removals
from chalicelib.triggers.minute_passed import minute_passed
from tests.redactions import REASON, files_with, items_with, said
from tests.worlds import World

SECRET = "Jane-Doe-0815"


@pytest.fixture
def past(bucket: Bucket) -> World:
    """A published page, by the real clock, with a name that three incidents speak of."""
    publication.publisher.cache_clear()
    world = World(at=wiring.now() - timedelta(hours=3))
    world.page()
    world.component("theirs", SECRET)
    for id in ("one", "two", "three"):
        world.open(id, id, affects={"theirs": "major_outage"})
    minute_passed(seconds=60)
    return world


def begin(word: str) -> None:
    """The first part of a redaction, after which whoever asked was killed."""
    seq = said(word).seq
    record.append(lambda moment: redactions.redact(seq, REASON, moment=moment), now=wiring.now)


def test_a_minute_completes_what_was_begun(past: World, bucket: Bucket) -> None:
    begin(SECRET)
    assert items_with(SECRET)
    assert files_with(bucket, SECRET)

    minute_passed(seconds=60)

    assert (items_with(SECRET), files_with(bucket, SECRET)) == (set(), set())
    assert redactions.waiting() == ([], Purge(record.head().seq, done=True))


def test_a_minute_publishes_even_if_words_cannot_be_taken_back(past: World, bucket: Bucket) -> None:
    begin(SECRET)
    table.put_all([table.stored(redactions.PENDING, table.number(7), "no redaction")])

    with pytest.raises(Exception, match="Expected `object`"):
        minute_passed(seconds=60)

    assert f'"seq":{record.head().seq}' in bucket.get("heartbeat.json")[0].decode()


def test_where_nothing_waits_a_minute_asks_once(past: World) -> None:
    counted = Counted()

    waiting = removals.go_on(past.now, until=0)

    assert waiting == ([], None)
    assert counted.operations.total() == 1
