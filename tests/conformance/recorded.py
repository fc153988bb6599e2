"""Recorded Statuspage documents, imported into an empty store and written by us again."""

import json
import lzma
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.times import instant
from chalicelib.intake import statuspage
from chalicelib.publishing import statuspage as statuspage_api
from chalicelib.stores import imports, pages, record, snapshots, table
from chalicelib.stores.snapshots import Place, Stories, Wanted
from tests.engine import a_table

DATA = Path(__file__).parents[3] / "shared" / "data" / "statuspage"
PAGES = ("atlassian_partners", "github", "trello")
NOW = datetime.fromisoformat("2026-11-22T09:05:00Z")

Document = dict[str, Any]

needed = pytest.mark.skipif(not DATA.is_dir(), reason=f"the recorded documents are not here: {DATA}")


def summaries(page: str) -> Iterator[Document]:
    """Every recorded summary.json of a page, in time order."""
    with lzma.open(DATA / "snapshots" / f"{page}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["summary"]


def spread(documents: Sequence[Document], count: int) -> list[Document]:
    """So many of these documents, spread evenly: three of four with open incidents where there are enough."""
    loud = [document for document in documents if document["incidents"]]
    quiet = [document for document in documents if not document["incidents"]]
    louder = min(len(loud), count * 3 // 4)
    return [*_evenly(loud, louder), *_evenly(quiet, count - louder)]


def _evenly(documents: Sequence[Document], count: int) -> list[Document]:
    return [documents[place * len(documents) // count] for place in range(count)]


def instant_of(document: Document) -> datetime:
    """When the document's page last changed."""
    return datetime.fromisoformat(document["page"]["updated_at"])


def take_in(*documents: Document, now: Callable[[], datetime] = lambda: NOW) -> None:
    """Import documents of one page into the table that is connected."""
    url = documents[0]["page"]["url"]

    def first(at: datetime) -> Any:
        return pages.first_page(id="page", name="Example", time_zone="Etc/UTC", site_url=url, at=at)

    pages.get(first, now=now)
    named = [(f"document {n}", json.dumps(document).encode()) for n, document in enumerate(documents)]
    imports.save(statuspage.read(named), now=now)


def empty_table() -> None:
    """Let go of all that the table holds."""
    table.Item.delete_table()
    a_table()


def written(url: str, stories: Stories | None = None) -> dict[str, Document]:
    """Our documents (`summary`, `status`, ...) from what the table holds; `stories` were read before."""
    files = statuspage_api.files(_snapshot(stories or Stories()), url)
    return {key.removeprefix("api/v2/").removesuffix(".json"): json.loads(f.body) for key, f in files.items()}


def _snapshot(stories: Stories) -> Snapshot:
    page = pages.find()
    assert page is not None
    last = next(record.entries_before(2**40))
    updated_at = page.updated_at if last.kind.endswith((".imported", "_elsewhere")) else last.recorded_at
    place = Place(record.head(), instant(NOW), updated_at)
    return snapshots.read(page, place, Wanted(), stories)


def differences(recorded: Document, ours: dict[str, Document]) -> list[str]:
    """Where our summary.json and status.json are not the recorded one, by the path of the field."""
    status = {"page": recorded["page"], "status": recorded["status"]}
    return [
        *(f"summary.{path}" for path in differing(recorded, ours["summary"])),
        *(f"status.{path}" for path in differing(status, ours["status"])),
    ]


def differing(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Paths at which two JSON values differ, in the order of keys too."""
    if isinstance(one, dict) and isinstance(other, dict):
        if list(one) != list(other):
            yield f"{path}{{keys {list(one)} != {list(other)}}}"
        for key in one.keys() & other.keys():
            yield from differing(one[key], other[key], f"{path}.{key}" if path else key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (ones, others) in enumerate(zip(one, other, strict=True)):
            yield from differing(ones, others, f"{path}[{place}]")
    elif one != other or type(one) is not type(other):
        yield f"{path}: {one!r:.60} != {other!r:.60}"
