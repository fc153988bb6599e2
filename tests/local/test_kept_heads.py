"""Heads that feed readers and buckets keep are heads that `verify --since` takes."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest

from chalicelib.domain.record import Head
from chalicelib.intake.errors import Unreadable
from chalicelib.local import chains
from chalicelib.local.differences import Difference
from chalicelib.local.verifying import verify
from chalicelib.publishing import paths
from chalicelib.publishing.heads import kept
from chalicelib.stores import record
from tests.engine import a_bucket, settled
from tests.local.test_verifying import silent
from tests.recoveries import synced
from tests.worlds import World


@pytest.fixture(scope="module")
def site(ministack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A site with entries on three days, two of which are over."""
    with settled():
        world = World()
        for day in range(3):
            world.open(f"i{day}", f"Trouble {day}")
            world.pass_time(days=day < 2)
        world.publisher(bucket := a_bucket()).publish(seconds=60)
        yield synced(tmp_path_factory.mktemp("site"), bucket)


def pasted(site: Path) -> list[str]:
    """What a person copies from a feed reader, newest first."""
    entries = feedparser.parse((site / paths.HEADS_ATOM).read_bytes()).entries
    return [html.unescape(re.sub("<[^>]+>", " ", entry.content[0].value)) for entry in entries]


def test_the_text_of_a_feed_entry_pasted_is_a_head(site: Path) -> None:
    texts = pasted(site)

    heads = [chains.kept_head(text) for text in texts]

    assert [record.find(head.seq).hash for head in heads] == [head.hash for head in heads]  # type: ignore[union-attr]
    assert len(heads) == 2
    for head in heads:
        assert verify(str(site), since=head, show=silent).head.seq > head.seq


def test_one_that_is_not_in_the_record_is_named(site: Path) -> None:
    text = re.sub("[0-9a-f](?=[0-9a-f]{63})", lambda digit: f"{int(digit[0], 16) ^ 1:x}", pasted(site)[0])
    head = chains.kept_head(text)
    assert head not in [chains.kept_head(it) for it in pasted(site)]

    with pytest.raises(Difference, match="the record was rewritten"):
        verify(str(site), since=head, show=silent)


def test_the_list_and_a_copy_in_a_bucket_are_heads_too(site: Path, tmp_path: Path) -> None:
    listed = json.loads((site / paths.HEADS_JSON).read_text())["heads"]
    newest = record.find(listed[0]["seq"])
    assert newest is not None
    copy = tmp_path / "2026-11-23.json"
    copy.write_bytes(kept(Head(newest.seq, newest.hash, newest.recorded_at)).body)

    heads = [
        chains.kept_head(str(file)) for file in (site / paths.HEADS_JSON, copy, site / paths.RECORD_HEAD)
    ]

    assert heads[:2] == [Head(newest.seq, newest.hash)] * 2
    assert (heads[2].seq, heads[2].hash) == (record.head().seq, record.head().hash)


@pytest.mark.parametrize("said", ['{"heads":[]}', '{"seq":1}', '{"seq":0,"hash":"' + "0" * 64 + '"}', "[]"])
def test_a_file_without_a_head_is_said_to_have_none(said: str, tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    file.write_text(said)

    with pytest.raises(Unreadable, match=r"kept.json"):
        chains.kept_head(str(file))
