"""What one call leaves unfinished is queued as work, and the work is finished piece by piece."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from chalicelib import wiring
from chalicelib.publishing.bucket import Bucket
from chalicelib.triggers import publication
from chalicelib.triggers.minute_passed import minute_passed
from chalicelib.triggers.table_changed import table_changed
from chalicelib.triggers.work_queued import work_queued
from tests.worlds import World

LONG_AGO = datetime(1990, 2, 1, tzinfo=UTC)


@pytest.fixture
def queue(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A queue of work beside the bucket, and a publisher of its own."""
    url = wiring.sqs().create_queue(QueueName=wiring.settings().table)["QueueUrl"]
    monkeypatch.setenv("CANDOR_WORK", url)
    wiring.forget()
    publication.publisher.cache_clear()
    yield url
    publication.publisher.cache_clear()


def waiting(queue: str) -> int:
    """How many pieces of work wait."""
    told = wiring.sqs().get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(told["Attributes"]["ApproximateNumberOfMessages"])


@pytest.mark.parametrize("publish", [table_changed, work_queued, minute_passed])
def test_what_a_call_has_no_time_for_is_queued(
    queue: str, publish: Callable[..., publication.Outcome]
) -> None:
    World().open("old", "Long ago", started_at=LONG_AGO)

    assert publish(seconds=0).unfinished
    assert waiting(queue) == 1


def test_nothing_is_queued_when_nothing_is_left(queue: str) -> None:
    World().open("old", "Long ago", started_at=LONG_AGO)

    assert not work_queued(seconds=60).unfinished
    assert waiting(queue) == 0


def test_pieces_come_to_the_same_site_as_one_call(queue: str, bucket: Bucket) -> None:
    World().open("old", "Long ago", started_at=LONG_AGO)

    while work_queued(seconds=0).unfinished:
        pass

    assert bucket.get("history/1990-02/index.html")[0]


def test_without_a_queue_the_next_minute_goes_on(bucket: Bucket) -> None:
    publication.publisher.cache_clear()
    World().open("old", "Long ago", started_at=LONG_AGO)

    assert table_changed(seconds=0).unfinished
    assert not minute_passed(seconds=60).unfinished
