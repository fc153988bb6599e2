"""The newest entries of the record as people read them: what happened, to what, where it stands."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.record import PRIVATE, Entry
from chalicelib.domain.subjects import kind_of
from chalicelib.publishing import paths
from chalicelib.publishing.record import NEWEST, files_of

NAMES = ("title", "name")
RETIRED = ("component.retired", "group.retired")


@dataclass(frozen=True)
class Line:
    """One entry; `file` is where it stands, `title` and `status` what it says itself.

    `address` is the page of what it is about, if that has one. `is_removed`: its words were public once.
    `reason`: why it removes the words of other entries, `removed`, or takes something off the page.
    """

    entry: Entry
    word: str
    file: str
    address: str | None
    title: str | None
    status: str | None
    reason: str | None = None
    removed: tuple[int, ...] = ()

    @property
    def is_private(self) -> bool:
        """Whether its words never were public."""
        return self.entry.kind in PRIVATE

    @property
    def is_removed(self) -> bool:
        """Whether they were, and are not any more."""
        return self.entry.body is None and not self.is_private


def newest(entries: Iterable[Entry]) -> list[Line]:
    """The last of these entries, newest first. They begin with a hundred, so that their files are known."""
    return list(_lines(entries))[: -NEWEST - 1 : -1]


def _lines(entries: Iterable[Entry]) -> Iterator[Line]:
    for first, held in files_of(entries):
        yield from (_line(entry, f"/{paths.entries(first)}") for entry in held)


def _line(entry: Entry, file: str) -> Line:
    word, said = kind_of(entry.subject), json.loads(entry.body or "{}")
    head, update = said.get(word) or {}, said.get("update") or {}
    address = f"/{paths.address(entry.subject)}" if word in paths.PLACES else None
    told = said.get("redaction") or (head.get("retired") if entry.kind in RETIRED else None) or {}
    reason = told.get("reason") or None
    removed = tuple(sorted(map(int, said.get("remains") or ())))
    return Line(entry, word, file, address, _title(head), update.get("status"), reason, removed)


def _title(said: dict[str, Any]) -> str | None:
    return next((said[name] for name in NAMES if said.get(name)), None)
