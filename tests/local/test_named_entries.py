"""What differs is named by the entry that said it, also in lists and calendars."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.advisories import AdvisoryStory
from chalicelib.domain.promises import FollowUp
from chalicelib.domain.record import Moment
from chalicelib.domain.wordings import Right
from chalicelib.local import verifying
from chalicelib.local.differences import Difference
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import advisories, corrections, incidents, postmortems
from chalicelib.stores.record import Change
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

    found = _named(synced(tmp_path, bucket), key, before, after)

    assert (found.file, found.seq) == (key, said(word).seq), str(found)


CABLE, HOLE = "incidents/cable/index.html", ".well-known/csaf/2026/hole.json"


@pytest.mark.parametrize(
    ("key", "before", "after", "word"),
    [
        pytest.param("index.html", b"A trap", b"A trip", "A trap", id="a threat on the front"),
        pytest.param(
            "index.html", b"<bdi>Total loss", b"<bdi>Total lots", "Total loss", id="an open incident"
        ),
        pytest.param("trust/index.html", b"A spare", b"A spark", "A spare", id="a promise"),
        pytest.param("trust/figures.json", b"A spare", b"A spark", "A spare", id="a promise for programs"),
        pytest.param(CABLE, b"<bdi>A spare", b"<bdi>A spark", "A spare", id="a promise in its story"),
        pytest.param(CABLE, b"Right 7", b"Wrong 7", "Right 7", id="the right words"),
        pytest.param(CABLE, b"Reason 7", b"Season 7", "Reason 7", id="why they were put right"),
        pytest.param(CABLE, b"We look into Cable", b"We look at Cable", "Right 7", id="how it read before"),
        pytest.param("feed.json", b"Right 7", b"Wrong 7", "Right 7", id="the right words in JSON Feed"),
        pytest.param("updates.atom", b"Right 7", b"Wrong 7", "Right 7", id="the right words in Atom"),
        pytest.param("api/v2/incidents.json", b"Right 7", b"Wrong 7", "Right 7", id="in Statuspage's JSON"),
        pytest.param(HOLE, b"Right 9", b"Wrong 9", "Right 9", id="the words of a revision"),
        pytest.param(HOLE, b"Reason 8", b"Season 8", "Reason 8", id="a revision that puts right"),
    ],
)
def test_what_differs_is_named_by_the_entry_since_which_it_reads_so(
    key: str, before: bytes, after: bytes, word: str, table: str, bucket: Bucket, tmp_path: Path
) -> None:
    world = a_world()
    world.open("cable", "Cable")
    spare = FollowUp("spare", "A spare", world.at + timedelta(days=9), world.at)
    world.change(lambda moment: postmortems.promise(incidents.get("cable"), spare, moment=moment))
    world.tell("cable", "identified")
    world.open("lost", "Total loss")
    world.advise("hole", "A hole")
    world.advise("trap", "A trap")
    world.change(lambda moment: _put_right(incidents.story("cable"), 7, moment))
    world.change(lambda moment: _put_right(_hole(), 8, moment))
    world.change(lambda moment: _put_right(_hole(), 9, moment))
    world.open("last", "The last word")
    world.publisher(bucket).publish(seconds=60)

    found = _named(synced(tmp_path, bucket), key, before, after)

    assert (found.file, found.seq) == (key, said(word).seq), str(found)


def _named(site: Path, key: str, before: bytes, after: bytes) -> Difference:
    """What is named of a copy in which one file says something else."""
    body = (site / key).read_bytes()
    (site / key).write_bytes(body.replace(before, after, 1))
    with pytest.raises(Difference) as found:
        verifying.verify(str(site), since=None, show=silent)
    return found.value


def _hole() -> AdvisoryStory:
    return AdvisoryStory(advisories.get("hole"), advisories.updates("hole"))


def _put_right(tale: corrections.Tale, n: int, moment: Moment) -> Change[Any]:
    return corrections.put_right(
        tale, tale.updates[0].id, Right(f"Reason {n}.", f"Right {n}."), moment=moment
    )
