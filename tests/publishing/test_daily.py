"""The heads of the days as files: a feed whose entries never change, and a list."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser

from chalicelib.domain.record import Head
from chalicelib.publishing import daily, paths, site
from chalicelib.publishing.feeds import RECORD
from chalicelib.publishing.heads import kept, kept_at
from tests.builders import a_page, a_snapshot

SITE = "https://status.example.com"
FIRST = datetime(2026, 11, 20, 23, 59, 59, 999_000, tzinfo=UTC)


def heads(count: int) -> tuple[Head, ...]:
    """The heads of so many days."""
    return tuple(Head(7 * n + 1, f"{n:064x}", FIRST + timedelta(days=n)) for n in range(count))


def files(count: int, site_url: str = SITE) -> Any:
    """What a site shows of so many days."""
    built = daily.files(a_snapshot(days=heads(count)), site_url)
    return json.loads(built[paths.HEADS_JSON].body), built[paths.HEADS_ATOM].body


def test_each_day_is_an_entry_newest_first_under_an_id_of_its_own() -> None:
    document, feed = files(3)

    parsed = feedparser.parse(feed)
    tag = f"tag:{a_page().tag_authority}:Head/2026-11-"
    assert not parsed.bozo
    assert [entry.id for entry in parsed.entries] == [f"{tag}22", f"{tag}21", f"{tag}20"]
    assert [entry.updated for entry in parsed.entries][::2] == [
        "2026-11-23T00:00:00Z",
        "2026-11-21T00:00:00Z",
    ]
    assert document["heads"][2] == {
        "day": "2026-11-20", "hash": "0" * 64, "recorded_at": "2026-11-20T23:59:59.999Z", "seq": 1,
    }  # fmt: skip
    assert [head["seq"] for head in document["heads"]] == [15, 8, 1]


def test_an_entry_never_changes_whatever_comes_after_it() -> None:
    def entries(feed: bytes) -> list[bytes]:
        return re.findall(rb"<entry>.*?</entry>", feed, re.DOTALL)

    assert entries(files(9)[1])[-3:] == entries(files(3)[1])


def test_the_feed_itself_says_the_newest_of_them() -> None:
    _, feed = files(2)

    assert f'<candor:head xmlns:candor="{RECORD}" seq="8"'.encode() in feed
    assert b"<updated>2026-11-22T00:00:00Z</updated>" in feed.partition(b"<entry>")[0]


def test_before_the_first_day_is_over_they_stand_empty() -> None:
    document, feed = files(0)

    assert document == {"heads": []}
    assert feedparser.parse(feed).feed.title == "Acme: the head of the record on each day"


def test_where_nothing_is_to_be_built_nothing_is() -> None:
    built = site.build(a_snapshot(), site_url=SITE)

    assert not paths.HEADS & built.keys()


def test_the_copy_of_a_head_lies_under_its_page_and_day() -> None:
    (head,) = heads(1)

    assert kept_at("page", head) == "page/2026-11-20.json"
    assert json.loads(kept(head).body)["hash"] == head.hash
