"""What was recorded of Statuspage goes in and comes out again, value for value and in the order of keys."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import pages, record
from chalicelib.stores.snapshots import Stories
from chalicelib.triggers.publication import Publisher
from tests.conformance import recorded
from tests.conformance.recorded import Document

URL = "https://www.githubstatus.com"
COUNTS = {"atlassian_partners": 50, "github": 150, "trello": 100}

pytestmark = recorded.needed


@pytest.fixture
def history(table: str) -> Iterator[dict[str, Document]]:
    """The recorded history of GitHub, imported: incidents.json with its summary.json."""
    found = {
        name: json.loads((recorded.DATA / "incidents" / f"github-2026-07-31.{name}.json").read_bytes())
        for name in ("incidents", "summary")
    }
    recorded.take_in(found["incidents"], found["summary"])
    yield found


def test_a_recorded_history_is_published_whole(history: dict[str, Document], bucket: Bucket) -> None:
    _publish(bucket)

    summary = json.loads(bucket.get("api/v2/summary.json")[0])
    assert (
        recorded.differences(history["summary"], {"summary": summary, "status": _json(bucket, "status")})
        == []
    )
    ids = [incident["id"] for incident in history["incidents"]["incidents"]]
    missing = [id for id in ids if not bucket.get(f"incidents/{id}/index.html")[0]]
    assert (len(ids), missing) == (50, [])


def test_a_recorded_incidents_json_is_written_again(history: dict[str, Document]) -> None:
    ours = recorded.written(URL)["incidents"]

    assert list(recorded.differing(history["incidents"], ours)) == []


def test_the_same_history_again_changes_nothing(history: dict[str, Document]) -> None:
    head = record.head()

    recorded.take_in(history["incidents"], history["summary"])

    assert record.head() == head


@pytest.mark.parametrize("page", recorded.PAGES)
def test_recorded_documents_are_written_again(page: str, table: str) -> None:
    different = {}
    for number, document in enumerate(_chosen(page)):
        recorded.empty_table()
        recorded.take_in(document)
        if found := recorded.differences(document, recorded.written(document["page"]["url"])):
            different[number] = found

    assert different == {}


def test_the_chosen_documents_are_worth_it() -> None:
    chosen = [document for page in recorded.PAGES for document in _chosen(page)]

    assert len(chosen) == 300
    assert sum(bool(document["incidents"]) for document in chosen) >= 200
    assert {d["page"]["time_zone"] for d in chosen} == {"Etc/UTC", "America/New_York"}


@pytest.mark.parametrize(
    ("page", "first", "last"),
    [
        pytest.param("atlassian_partners", 20, 80, id="quiet months"),
        pytest.param("trello", 170, 230, id="a component goes away"),
        pytest.param("trello", 360, 400, id="an older document comes late"),
        pytest.param("github", 1000, 1040, id="busy days"),
    ],
)
def test_documents_follow_one_another(page: str, first: int, last: int, table: str) -> None:
    different, stories, newest = {}, Stories(), None
    for number, document in enumerate(list(recorded.summaries(page))[first:last], start=first):
        recorded.take_in(document)
        if newest is None or recorded.instant_of(document) >= recorded.instant_of(newest):
            newest = document
        if found := recorded.differences(newest, recorded.written(newest["page"]["url"], stories)):
            different[number] = found

    assert different == {}


def _chosen(page: str) -> list[Document]:
    return recorded.spread(list(recorded.summaries(page)), COUNTS[page])


def _publish(bucket: Bucket) -> None:
    page = pages.find()
    assert page is not None
    publisher = Publisher(bucket, URL, page=lambda: page, now=lambda: recorded.NOW)
    while publisher.publish().unfinished:
        pass


def _json(bucket: Bucket, name: str) -> Any:
    return json.loads(bucket.get(f"api/v2/{name}.json")[0])
