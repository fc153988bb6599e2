"""What remains of entries whose words were removed: held against what a redaction of ours would leave.

Without salt nobody can tell what an entry said. What can be told: that marks stand in it, that some entry
lost all the words that it brought, and that the rest agrees with the chain's clock and with its neighbours.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec

from chalicelib.domain.errors import Invalid
from chalicelib.domain.record import PRIVATE, Entry
from chalicelib.domain.redactions import NO_LINK, REDACTED, is_removed, own_words, words_in
from chalicelib.domain.times import iso
from chalicelib.stores import copies, redactions

TOLD = frozenset({"incident.opened", "incident.updated"})
UPDATED = "incident.updated"
KEPT = (
    "backfilled",
    "detected_at",
    "impact_stated",
    "number",
    "published_at",
    "source",
    "started_at",
    "title",
)
"""What an update leaves of its incident as it was."""

_MARK = re.compile(r"\[removed (\d{4}-\d\d-\d\d): (.{1,200})\]")


class Remains:
    """What remains of entries without their words; it is known when all entries were seen, in their order."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}
        self._lacking: dict[int, str] = {}
        self._redactions: dict[int, tuple[str, frozenset[str]]] = {}
        self._reasons: set[str] = set()
        self._is_whole: bool | None = None

    def see(self, entry: Entry) -> None:
        """Note what an entry lacks, or says of others; `Invalid` where no redaction of ours would say so."""
        if self._is_whole is None:
            self._is_whole = entry.seq == 1
        if entry.body is None and entry.kind not in PRIVATE:
            self._lacking[entry.seq] = entry.subject
        elif entry.body and entry.kind == REDACTED:
            redactions.check(entry)
            self._see_redaction(entry)

    @property
    def unsaid(self) -> int | None:
        """The first entry that lacks its words although no other one says so."""
        return min(self._lacking.keys() - self._known.keys(), default=None)

    @property
    def believed(self) -> list[int]:
        """The entries of which nobody can prove what they said: it is what the operator says."""
        return sorted(self._lacking.keys() & self._known.keys())

    def of(self, entry: Entry) -> Entry:
        """The entry as it would say what remains of it."""
        return replace(entry, body=self._known.get(entry.seq)) if entry.body is None else entry

    def check(self, entries: Iterable[Entry]) -> None:
        """Hold what remains against the whole record; `Invalid` names an entry that cannot be so."""
        subjects, sources = {*self._lacking.values()}, set[tuple[str, str]]()
        earlier, heads = defaultdict[str, set[str]](set), dict[str, tuple[bool, Any]]()
        for entry in entries if subjects else ():
            if entry.subject not in subjects or entry.kind == REDACTED or entry.kind in PRIVATE:
                continue
            said, lacks = msgspec.json.decode(self.of(entry).body or "{}"), entry.body is None
            if lacks:
                _check_clock(entry, said)
                own = own_words(said, earlier[entry.subject])
                if all(map(is_removed, own)):
                    sources |= {(entry.subject, word) for word in words_in(said)}
            if head := said.get("incident"):
                _check_neighbour(entry, said, lacks, heads.get(entry.subject))
                heads[entry.subject] = (lacks, head)
            earlier[entry.subject] |= {*words_in(said)}
        for seq, (subject, marks) in self._redactions.items():
            if not any((subject, mark) in sources for mark in marks):
                raise Invalid(
                    f"entry {seq}", f"removes words of {subject}, but none of it lost all that it said"
                )

    def _see_redaction(self, entry: Entry) -> None:
        said, left = msgspec.json.decode(entry.body or ""), copies.remains_in(entry)
        emptied = {seq: why for seq, it in said["remains"].items() if (why := _emptied(it))}
        reason, day = said["redaction"]["reason"], entry.recorded_at.date()
        self._reasons |= {reason, *emptied.values()}
        own = set[str]()
        for seq, it in said["remains"].items():
            if int(seq) >= entry.seq:
                raise Invalid(f"entry {entry.seq}", f"removes words of entry {seq}, which comes later")
            if seq in emptied:
                continue
            marks = {word: _reason(word, day) for word in _parts(it)}
            if not any(self._is_ours(word, why) for word, why in marks.items()):
                raise Invalid(
                    f"entry {entry.seq}", f"removes words of entry {seq}, but no mark stands for them"
                )
            own |= {word for word, why in marks.items() if why == reason}
        self._redactions[entry.seq] = (entry.subject, frozenset(own or {NO_LINK}))
        self._known.update(left)

    def _is_ours(self, word: str, reason: str | None) -> bool:
        """Whether it is what a redaction that was said leaves."""
        return word == NO_LINK or (reason is not None and (reason in self._reasons or not self._is_whole))


def _emptied(said: Any) -> str | None:
    """The reason that a redaction gave, of which another one states anew what it held."""
    reason = said["redaction"] if said.keys() == {"redaction", "remains"} and not said["remains"] else None
    found = reason.get("reason") if isinstance(reason, dict) else None
    return found if isinstance(found, str) else None


def _parts(said: Any) -> Iterator[str]:
    """The texts, and the halves of joined names."""
    for word in words_in(said):
        yield word
        yield from (found[0] for found in _MARK.finditer(word) if found[0] != word)


def _reason(word: str, day: date) -> str | None:
    """Why words were removed for which this mark stands, if it is one of a day that had come."""
    found = _MARK.fullmatch(word)
    return found[2] if found and found[1] <= day.isoformat() else None


def _check_clock(entry: Entry, said: Any) -> None:
    """What the chain says as well: when it was entered, and as which entry."""
    update, head = said.get("update") or {}, said.get("incident") or {}
    if entry.kind not in TOLD:
        return
    agrees = update.get("recorded_at") == iso(entry.recorded_at) == head.get("updated_at")
    agrees = agrees and update.get("status") == head.get("status")
    if entry.kind == "incident.opened":
        agrees = agrees and (head.get("number"), head.get("published_at")) == (
            entry.seq,
            iso(entry.recorded_at),
        )
    if not agrees:
        raise Invalid(f"entry {entry.seq}", "lacks its words, and what is said to remain is not of its time")


def _check_neighbour(entry: Entry, said: Any, lacks: bool, before: tuple[bool, Any] | None) -> None:
    """What an update leaves as it was: where one of two lacks its words, the other tells."""
    if before is None or entry.kind != UPDATED or not (lacks or before[0]):
        return
    for name in KEPT:
        one, other = before[1].get(name), said["incident"].get(name)
        if one != other and not (name == "title" and (is_removed(one) or is_removed(other))):
            raise Invalid(f"entry {entry.seq}", f"says another {name} of the incident than the one before it")
