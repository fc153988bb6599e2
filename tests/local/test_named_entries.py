"""What differs is named by the entry that said it, also in lists and calendars."""

from pathlib import Path

import pytest

from chalicelib.local import verifying
from chalicelib.local.differences import Difference
from chalicelib.publishing.bucket import Bucket
from tests.local.test_redacted_sites import silent
from tests.recoveries import synced
from tests.redactions import said
from tests.triggers.test_publication import a_world


@pytest.mark.parametrize(
    ("key", "before", "after", "word"),
    [
        pytest.param("maintenances.ics", b"SUMMARY:Disks", b"SUMMARY:Discs", "Disks", id="the calendar"),
        pytest.param(".well-known/csaf/index.txt", b"hole", b"hold", "A hole", id="the list of advisories"),
        pytest.param(".well-known/csaf/changes.csv", b"-11-", b"-12-", "A hole", id="their times"),
        pytest.param(".well-known/csaf/2026/hole.json.sha256", b" ", b"  ", "A hole", id="a hash"),
        pytest.param("index.html", b"Telephone", b"Telefone", "Telephone", id="a component's name"),
        pytest.param(
            "history/2026-11/index.html", b"Total loss", b"Total lots", "Total loss", id="a month's row"
        ),
    ],
)
def test_what_differs_in_a_list_is_named_by_its_own_entry(
    key: str, before: bytes, after: bytes, word: str, table: str, bucket: Bucket, tmp_path: Path
) -> None:
    world = a_world()
    world.component("phone", "Telephone")
    world.open("lost", "Total loss")
    world.announce("disks", "Disks")
    world.advise("hole", "A hole")
    world.open("last", "The last word")
    world.publisher(bucket).publish(seconds=60)
    site = synced(tmp_path, bucket)
    body = (site / key).read_bytes()
    (site / key).write_bytes(body.replace(before, after, 1))

    with pytest.raises(Difference) as found:
        verifying.verify(str(site), since=None, show=silent)

    assert (found.value.file, found.value.seq) == (key, said(word).seq), str(found.value)
