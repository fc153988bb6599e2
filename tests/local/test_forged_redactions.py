"""A redaction that nobody of ours could have made is named, also where the chain and a kept head hold."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.errors import Invalid
from chalicelib.domain.record import Fact, Head, Json, follow, head_of
from chalicelib.domain.redactions import REDACTED
from chalicelib.intake import record as published
from chalicelib.local import recovering, verifying
from chalicelib.local.differences import Difference
from chalicelib.publishing.bucket import Bucket
from tests.local.forgeries import put_record
from tests.local.test_redacted_sites import a_redacted_world, silent
from tests.recoveries import another_table, synced
from tests.triggers.test_publication import a_world

MARK = "[removed 2026-11-22: a typo]"


def forged(folder: Path, seq: int, change: Callable[[dict[str, Any]], None]) -> Head:
    """Say of an entry's words that they were removed, and something else of what remains; the head before."""
    entries = list(published.read(str(folder)).entries(1))
    entry, kept = entries[seq - 1], head_of(entries[-1])
    said = json.loads(entry.body or "")
    change(said)
    body: dict[str, Json] = {"redaction": {"reason": "a typo"}, "remains": {str(seq): said}}
    fact = Fact(REDACTED, entry.subject, body)
    entries[seq - 1] = replace(entry, body=None, salt=None)
    put_record(folder, [*entries, *follow(kept, [fact], at=entries[-1].recorded_at, salts=[b"\0" * 32])])
    return kept


def changing(**texts: Any) -> Callable[[dict[str, Any]], None]:
    """Other values: `update_body` is the update's body."""

    def change(said: dict[str, Any]) -> None:
        for name, value in texts.items():
            part, _, inner = name.partition("_")
            said[part][inner] = value

    return change


ALL = {"incident_title": MARK, "update_body": MARK}


@pytest.fixture
def site(table: str, bucket: Bucket, tmp_path: Path) -> Path:
    """An incident that was told twice."""
    world = a_world()
    world.open("last", "Total loss", affects={"api": "major_outage"})
    world.tell("last", "identified")
    world.publisher(bucket).publish(seconds=60)
    return synced(tmp_path, bucket)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(
            changing(incident_title="A hiccup", update_body="Nothing."), "no mark stands", id="no mark"
        ),
        pytest.param(
            changing(incident_title=MARK, update_body="Nothing."), "none of it lost all", id="other words"
        ),
        pytest.param(
            changing(incident_title="A hiccup", update_body=MARK), "another title", id="another title"
        ),
        pytest.param(
            changing(incident_title="[removed 2026-11-22: x]", update_body="[removed 2026-11-22: x]"),
            "no mark stands",
            id="marks of another reason",
        ),
        pytest.param(
            changing(
                incident_title="[removed 2099-01-01: a typo]", update_body="[removed 2099-01-01: a typo]"
            ),
            "no mark stands",
            id="a mark of a day to come",
        ),
        pytest.param(
            changing(**ALL, update_recorded_at="2026-01-01T00:00:00.000Z"), "is not of its time", id="a time"
        ),
        pytest.param(changing(**ALL, incident_status="monitoring"), "is not of its time", id="a status"),
        pytest.param(
            changing(**ALL, incident_started_at="2026-01-01T00:00:00.000Z"),
            "another started_at of the incident",
            id="a start that the next entry does not know",
        ),
    ],
)
def test_a_forged_redaction_is_named(change: Callable[[dict[str, Any]], None], told: str, site: Path) -> None:
    seq = next(it.seq for it in published.read(str(site)).entries(1) if it.subject == "incident/last")
    kept = forged(site, seq, change)

    with pytest.raises(Difference, match=told):
        verifying.verify(str(site), since=kept, show=silent)


def test_a_forged_redaction_is_not_recovered(site: Path) -> None:
    seq = next(it.seq for it in published.read(str(site)).entries(1) if it.subject == "incident/last")
    forged(site, seq, changing(incident_title=MARK, update_body="Nothing."))

    with another_table([]), pytest.raises(Invalid, match="none of it lost all"):
        recovering.restore(recovering.read(str(site), silent), silent)


def test_entries_that_rest_on_the_operators_word_are_named(
    table: str, bucket: Bucket, tmp_path: Path
) -> None:
    a_redacted_world().publisher(bucket).publish(seconds=60)
    site = synced(tmp_path, bucket)
    lacking = [it.seq for it in published.read(str(site)).entries(1) if it.body is None]

    verdict = verifying.verify(str(site), since=None, show=silent)

    assert verdict.believed == tuple(lacking)
    named = ", ".join(map(str, lacking))
    assert f"entries {named} rest on the operator's word alone" in verifying.summary(verdict, None)
