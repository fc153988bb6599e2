"""A site from which words were removed is checked and recovered like any other; missing words are missed."""

import json
from pathlib import Path

import pytest

from chalicelib.local import commands, recovering
from chalicelib.local.differences import Difference
from chalicelib.local.verifying import verify
from chalicelib.publishing import paths
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import record
from tests.recoveries import another_table, dump, items, synced
from tests.redactions import items_with, said, take_back
from tests.stores.test_recovery import differences
from tests.triggers.test_redacted_files import SECRET, a_told_world
from tests.worlds import World


def silent(line: str) -> None:
    """Show nothing."""


def a_redacted_world() -> World:
    """Words are gone from an incident, an advisory, and what names a component; more was said since."""
    world = a_told_world()
    world.component("theirs", f"{SECRET} Inc.")
    world.open("i2", "Theirs", affects={"theirs": "major_outage"})
    world.advise("hole", f"{SECRET}: a hole")
    for word in (f"{SECRET} Inc.", f'"{SECRET}"', f"{SECRET}: a hole"):
        world.pass_time(minutes=1)
        take_back(said(word).seq, world.now)
    world.tell("i2", "identified")
    return world


def test_a_redacted_site_holds(table: str, bucket: Bucket, tmp_path: Path) -> None:
    world = a_told_world()
    publisher = world.publisher(bucket)
    publisher.publish()
    take_back(said(SECRET).seq, world.now)
    publisher.publish()
    world.tell("i1", "identified")
    publisher.publish()

    verdict = verify(str(synced(tmp_path, bucket)), since=None, show=silent)

    assert verdict.head == record.head()
    assert verdict.unseen == 3


def test_a_site_without_names_holds(table: str, bucket: Bucket, tmp_path: Path) -> None:
    a_redacted_world().publisher(bucket).publish(seconds=60)

    verdict = verify(str(synced(tmp_path, bucket)), since=None, show=silent)

    assert verdict.head == record.head()


def test_words_that_are_missing_though_no_entry_says_so_are_missed(
    table: str, bucket: Bucket, tmp_path: Path
) -> None:
    a_redacted_world().publisher(bucket).publish(seconds=60)
    site = synced(tmp_path, bucket)
    file = site / paths.entries(1)
    entries = [json.loads(line) for line in file.read_bytes().splitlines()]
    (silenced,) = [entry for entry in entries if entry["seq"] == 3]
    del silenced["body"], silenced["salt"]
    lines = (
        json.dumps(entry, separators=(",", ":"), ensure_ascii=False, sort_keys=True) for entry in entries
    )
    file.write_text("".join(f"{line}\n" for line in lines))

    with pytest.raises(Difference) as found:
        verify(str(site), since=None, show=silent)

    assert (found.value.seq, found.value.file) == (3, paths.entries(1))
    assert "no entry says that they were removed" in str(found.value)


def test_a_table_gets_back_what_was_redacted_and_nothing_more(
    table: str, bucket: Bucket, tmp_path: Path
) -> None:
    world = a_told_world()
    cut = dump()
    take_back(said(SECRET).seq, world.now)
    world.tell("i1", "identified")
    end = items()
    world.publisher(bucket).publish(seconds=60)
    site = synced(tmp_path, bucket)

    with another_table(cut):
        assert items_with(SECRET)
        recovering.restore(recovering.read(str(site), silent), silent)

        assert items_with(SECRET) == set()
        assert differences(items(), end) == {}


def test_the_command_says_that_it_holds(
    table: str, bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_redacted_world().publisher(bucket).publish(seconds=60)

    code = commands.main(["verify", str(synced(tmp_path, bucket))])

    assert code == 0
    assert "The record holds" in capsys.readouterr().out
