"""Importing from the command line: what is shown meanwhile, and the sentence at the end."""

import json
from collections import Counter
from pathlib import Path

import pytest

from chalicelib.domain.errors import Invalid
from chalicelib.local import importing
from chalicelib.stores import pages, record
from chalicelib.stores.imports import Saved
from tests.statuspages import Object, a_component, a_document, a_maintenance, a_summary, an_incident, foreign


def written(folder: Path, **documents: Object) -> list[str]:
    """The names of files with these documents."""
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document))
    return [str(folder / name) for name in documents]


def test_documents_are_read_and_saved_step_by_step(tmp_path: Path, table: str) -> None:
    shown: list[str] = []
    names = written(
        tmp_path, summary=a_summary(an_incident()), incidents=a_document(incidents=[an_incident()])
    )

    page = importing.read_statuspage(names, shown.append)
    saved = importing.save(page, shown.append)

    bar = "#" * importing.BAR
    assert shown == [f"reading {names[0]}", f"reading {names[1]}", "", f"saving [{bar}] 1 of 1 incident", ""]
    assert importing.summary(page, saved) == "Imported 1 incident (1 update), 1 component; unchanged: 0"


def test_a_page_without_incidents_fills_the_bar(table: str) -> None:
    shown: list[str] = []

    importing.save(foreign(a_summary()), shown.append)

    assert shown[0] == f"saving [{'#' * importing.BAR}] 0 of 0 incidents"


def test_one_document_that_cannot_be_read_stores_nothing_of_any(tmp_path: Path, table: str) -> None:
    names = written(tmp_path, summary=a_summary(), broken=a_document(components=[a_component(status="odd")]))

    with pytest.raises(Invalid, match=r"broken: components\[0\]\.status is wrong: "):
        importing.read_statuspage(names, lambda line: None)

    assert (pages.find(), record.head().seq) == (None, 0)


def test_the_summary_says_what_was_changed_and_what_was_left() -> None:
    things = [a_component(), a_component("europe", group=True)]
    summary = a_summary(an_incident(), an_incident("two"), components=things)
    page = foreign({**summary, "scheduled_maintenances": [a_maintenance()]})
    entries = [
        ("component.imported", "component/api"),
        ("group.imported", "group/europe"),
        ("incident.imported", "incident/slow"),
        ("update.imported", "incident/slow"),
        ("update.imported", "incident/slow"),
        ("maintenance.imported", "maintenance/disks"),
        ("incident.closed_elsewhere", "incident/old"),
        ("maintenance.closed_elsewhere", "maintenance/old"),
        ("component.removed_elsewhere", "component/a"),
        ("component.removed_elsewhere", "component/b"),
        ("group.removed_elsewhere", "group/g"),
    ]

    assert importing.summary(page, Saved(Counter(entries), ours=1)).split("; ") == [
        "Imported 1 incident and 1 maintenance (2 updates), 1 component, 1 group",
        "1 incident closed, no longer listed as open",
        "2 components removed, no longer listed",
        "1 group removed, no longer listed",
        "1 maintenance closed, no longer listed",
        "1 continued here, left alone",
        "unchanged: 0",
    ]
