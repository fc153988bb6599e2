"""Advisories of others from the command line: taken once, followed by revisions, refused in one line."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.domain.advisories import Words, add_update
from chalicelib.domain.errors import Invalid
from chalicelib.domain.record import Moment
from chalicelib.domain.times import iso
from chalicelib.intake.errors import Unreadable
from chalicelib.local import csaf_importing
from chalicelib.local.commands import main
from chalicelib.stores import advisories, record
from chalicelib.stores.record import Change
from tests.foreign import FIRST, RECORDED, a_foreign, needed, written

SECOND = ("2026-11-02T09:00:00.000Z", "Second.")


def silent(line: str) -> None:
    """Show nothing."""


def imported(folder: Path, *documents: dict[str, Any]) -> str:
    """What the import of these says."""
    names = []
    for n, document in enumerate(documents):
        path = folder / f"{n}.json"
        path.write_bytes(written(document))
        names.append(str(path))
    return csaf_importing.summary(csaf_importing.save(csaf_importing.read(names, silent), silent))


def kinds() -> Sequence[str]:
    """What the record holds, oldest first."""
    return [entry.kind for entry in record.entries(0) if not entry.kind.startswith("page.")]


@needed
def test_the_recorded_advisories_come_in_once(table: str) -> None:
    names = [str(path) for path in RECORDED]

    first = csaf_importing.save(csaf_importing.read(names, silent), silent)
    head = record.head()
    again = csaf_importing.save(csaf_importing.read(names, silent), silent)

    assert csaf_importing.summary(first) == "Imported 3 advisories, updated 0 (3 revisions); unchanged: 0"
    assert csaf_importing.summary(again) == "Imported 0 advisories, updated 0 (0 revisions); unchanged: 3"
    assert record.head() == head
    assert {it.id for it in advisories.all_published()} == {
        "VA-24-254-01", "ICSA-19-281-02", "ICSA-24-205-02"
    }  # fmt: skip


def test_each_revision_is_an_entry_with_two_clocks(tmp_path: Path, table: str) -> None:
    imported(tmp_path, a_foreign((FIRST, "First."), SECOND))

    updates = advisories.updates("vnd-2026-1")
    assert kinds() == ["advisory.published", "advisory.updated"]
    assert [iso(it.happened_at) for it in updates] == [FIRST, SECOND[0]]
    assert all(it.recorded_at > it.happened_at for it in updates)


def test_a_newer_document_is_an_update_and_an_older_one_nothing(tmp_path: Path, table: str) -> None:
    imported(tmp_path, a_foreign())

    newer = imported(tmp_path, a_foreign((FIRST, "First."), SECOND, frame={"title": "Two holes"}))
    older = imported(tmp_path, a_foreign())

    assert newer == "Imported 0 advisories, updated 1 (1 revision); unchanged: 0"
    assert older == "Imported 0 advisories, updated 0 (0 revisions); unchanged: 1"
    assert advisories.get("VND-2026-1").title == "Two holes"
    assert kinds() == ["advisory.published", "advisory.updated"]


def test_what_is_continued_or_changed_in_silence_is_left_alone_and_said(tmp_path: Path, table: str) -> None:
    imported(tmp_path, a_foreign())
    silently = imported(tmp_path, a_foreign(frame={"title": "Another"}))

    def speak(moment: Moment) -> Change[Any]:
        before = advisories.get("VND-2026-1")
        return advisories.told(before, add_update(before, Words("We too.", {}), id="ours", moment=moment))

    record.append(speak, now=wiring.now)
    continued = imported(tmp_path, a_foreign((FIRST, "First."), SECOND))

    assert "VND-2026-1 reads otherwise without a new revision, left alone" in silently
    assert "VND-2026-1 continued here, left alone" in continued
    assert advisories.get("VND-2026-1").title == "A hole in App"


def test_an_id_that_is_taken_is_refused_by_its_place(tmp_path: Path, table: str) -> None:
    imported(tmp_path, a_foreign())
    other = {"name": "Other", "category": "vendor", "namespace": "https://other.example"}

    with pytest.raises(Invalid, match=r"0.json: document.tracking.id VND-2026-1 is that of an advisory"):
        imported(tmp_path, a_foreign(frame={"publisher": other}))


def test_one_bad_document_stores_nothing_of_any(tmp_path: Path, table: str) -> None:
    with pytest.raises(Unreadable, match=r"1.json: document.tracking.status is draft"):
        imported(tmp_path, a_foreign(), a_foreign(tracking={"id": "VND-2", "status": "draft"}))
    with pytest.raises(Unreadable, match=r"1.json: document.tracking.revision_history lies in the future"):
        imported(tmp_path, a_foreign(), a_foreign(("2999-01-01T00:00:00Z", "x")))

    assert record.head().seq == 0


def test_what_cannot_be_stored_is_refused_by_its_document(tmp_path: Path, table: str) -> None:
    notes = [{"category": "summary", "text": "x" * 300 * 1024}]

    with pytest.raises(Unreadable, match=r"0.json: body says more than one entry of the record can hold"):
        imported(tmp_path, a_foreign(frame={"notes": notes}))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(["nowhere.json"], "nowhere.json: cannot be read: No such file", id="no file"),
        pytest.param(["https://a:b@vendor.example/1"], "holds an @", id="a password"),
    ],
)
def test_the_command_line_refuses_in_one_line(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "csaf", *arguments]) == 1

    said = capsys.readouterr().err
    assert reason in said
    assert said.count("\n") == 1


def test_broken_json_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "it.json"
    path.write_text(json.dumps({"document": {}}))

    assert main(["import", "csaf", str(path)]) == 1

    assert "it.json: document is wrong: Object missing required field" in capsys.readouterr().err
