"""Which entry of the record says what should stand at a place of a file: where to look if it does not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from chalicelib.domain.record import canonical
from chalicelib.local.differences import Found
from chalicelib.local.shelves import Shelf
from chalicelib.publishing import paths
from chalicelib.stores import heads
from chalicelib.stores.table import Item

_NUMBER = re.compile(r"/([1-9][0-9]{0,15})\Z")
_RECORD_SEQ = re.compile(rb'<meta name="record-seq" content="([0-9]+)">')
_SUBJECT = re.compile(r"(?:incident|maintenance|advisory)/[a-z0-9-]{1,64}")
_PROMISE = re.compile(r"(?:(incident/[a-z0-9-]{1,64})#)?follow-up-([a-z0-9-]{1,64})")
_LINE = re.compile(r"line ([0-9]+)")
_REVISION = re.compile(r"revision_history\[([0-9]{1,6})\]")


@dataclass(frozen=True)
class Naming:
    """`shelf` holds what the record says, up to entry `head`."""

    shelf: Shelf
    head: int

    def entry(self, key: str, expected: bytes, found: Found) -> int:
        """The entry about the nearest thing that has one of its own, or the newest one of the file."""
        advisory = paths.subject_of_csaf(key) or ""
        if (revision := _REVISION.search(found.field)) and (
            seq := self._revision(advisory, int(revision[1]))
        ):
            return seq
        for id in found.about:
            if seq := self._known(key, id):
                return seq
        first, line = paths.first_entry_of(key), _LINE.fullmatch(found.field)
        if first and line:
            return min(first + int(line[1]) - 1, self.head)
        if seq := self._head_of(advisory) or self._entry_of_name(found.said):
            return seq
        page = _RECORD_SEQ.search(expected)
        return int(page[1]) if page else self.head

    def _known(self, key: str, id: str) -> int:
        if named := _NUMBER.search(id):
            seq = int(named[1])
            return next((self._corrected(*it) for it in self._held(heads.update(seq))), 0) or seq
        if promised := _PROMISE.fullmatch(id):
            subject = promised[1] or paths.subject_of_page(key)
            if subject and (seq := self._promised(subject, promised[2])):
                return seq
        return self._head_of(id) or next(self._entries_of(id), 0)

    def _head_of(self, subject: str) -> int:
        """The newest entry about something by its whole name."""
        item = self.shelf.get(heads.partition(subject), heads.HEAD) if _SUBJECT.fullmatch(subject) else None
        held = msgspec.json.decode(item.doc) if item and item.doc else {}
        return _seq(held)

    def _revision(self, advisory: str, n: int) -> int:
        """The entry of the revision at this place of a CSAF document: an update, or a correction of one."""
        if not advisory:
            return 0
        pk = heads.partition(advisory)
        corrections = self._parts_in(pk, heads.CORRECTION)[: heads.CORRECTIONS_LISTED]
        told = [*self._parts_in(pk, heads.UPDATE), *corrections]
        in_order = sorted(told, key=_seq)
        return self._corrected(pk, in_order[n]) or _seq(in_order[n]) if n < len(in_order) else 0

    def _promised(self, incident: str, follow_up: str) -> int:
        """The entry that promised a follow-up."""
        pk = heads.partition(incident)
        for it in self._parts_in(pk, heads.UPDATE):
            if (it.get("pledge") or {}).get("follow_up") == follow_up:
                return self._corrected(pk, it) or _seq(it)
        return 0

    def _corrected(self, pk: str, update: Any) -> int:
        """The entry since which an update reads as it does, if it was corrected."""
        if not update.get("corrected"):
            return 0
        found = self._parts_in(pk, heads.CORRECTION)
        return next((_seq(it) for it in found if it.get("update") == update.get("id")), 0)

    def _parts_in(self, pk: str, start: str) -> list[Any]:
        """What lies in a partition whose second key begins so, newest first."""
        items = self.shelf.query(pk, Item.sk.startswith(start), newest=True, limit=None)
        return [msgspec.json.decode(item.doc) for item in items if item.doc]

    def _held(self, start: str) -> Iterator[tuple[str, Any]]:
        return ((pk, msgspec.json.decode(doc)) for pk, doc in self.shelf.held(start))

    def _entry_of_name(self, said: str) -> int:
        """The entry that calls a component or a group so."""
        name = canonical(said).decode()
        for _, doc in self.shelf.held("ITEM#") if said else ():
            for it in (msgspec.json.decode(doc).values()) if name in doc else ():
                if isinstance(it, dict) and it.get("name") == said:
                    return _seq(it)
        return 0

    def _entries_of(self, id: str) -> Iterator[int]:
        """The entries of updates, things and heads of this id."""
        for start in (heads.UPDATE, heads.HEAD, f"ITEM#{id}"):
            for pk, doc in self.shelf.held(start):
                if f'"{id}"' in doc and (seq := _seq_of(held := msgspec.json.decode(doc), id)):
                    yield self._corrected(pk, held) or seq


def _seq(held: Any) -> int:
    return int(held.get("seq") or 0)


def _seq_of(held: Any, id: str) -> int:
    for it in (held, held.get("component"), held.get("group")):
        if isinstance(it, dict) and it.get("id") == id:
            return _seq(it)
    return 0
