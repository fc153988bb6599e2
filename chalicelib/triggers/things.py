"""Which components and groups have pages to be built: those that entries tell of, that the clock changed."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from chalicelib.domain.record import Entry
from chalicelib.domain.redactions import REDACTED
from chalicelib.domain.subjects import COMPONENT, DAY, GROUP, INCIDENT, MAINTENANCE, kind_of, subject_of
from chalicelib.stores import catalogue, heads
from chalicelib.stores.catalogue import Catalogue
from chalicelib.triggers.bases import IMPORTED, Base

PLACED = (COMPONENT, GROUP)
CONCERNING = (INCIDENT, MAINTENANCE)


class Due(NamedTuple):
    """Whose pages are to be built now, and later; what is on the page, if that was read."""

    now: tuple[str, ...]
    later: tuple[str, ...] = ()
    shown: Catalogue | None = None


def due(base: Base, entries: Iterable[Entry], *, most: int) -> Due:
    """What entries and the clock call for, so many at once, news first; then what was left over."""
    found = tuple(entries)
    told = [entry.subject for entry in found if kind_of(entry.subject) in PLACED]
    left = base.state.left if base.state and not base.afresh else ()
    if base.afresh or base.day_passed or any(map(_is_about_all, found)):
        shown = catalogue.read().shown()
        return _cut([*told, *_all(shown)], (), most, shown)
    ids = _concerned(found) | base.recounted
    if base.quarter_passed and base.state:
        ids |= {*base.state.out}
    if not (told or ids):
        return _cut(left, (), most)
    shown = catalogue.read().shown()
    return _cut([*told, *_beside(told, ids, shown)], left, most, shown)


def _cut(first: Iterable[str], left: Iterable[str], most: int, shown: Catalogue | None = None) -> Due:
    """The first ones now, as many as go; what was left over before comes after them."""
    news = tuple(dict.fromkeys(first))
    now = news[:most]
    later = dict.fromkeys([*news[most:], *left])
    return Due(now, tuple(it for it in later if it not in set(now)), shown)


def _is_about_all(entry: Entry) -> bool:
    """Whether more depends on an entry than it names: an import may leave out what it named before."""
    return kind_of(entry.subject) == DAY or entry.kind.endswith(IMPORTED)


def _all(shown: Catalogue) -> Iterator[str]:
    yield from (subject_of(COMPONENT, component.id) for component in shown.components)
    yield from (subject_of(GROUP, group.id) for group in shown.groups)


def _beside(told: Iterable[str], ids: Iterable[str], shown: Catalogue) -> Iterator[str]:
    """The components of these ids with their groups; what is told of one itself may concern any group."""
    named, about = set(ids), set(told)
    for component in shown.components:
        if component.id in named:
            yield subject_of(COMPONENT, component.id)
            if component.group:
                yield subject_of(GROUP, component.group)
        elif component.group and subject_of(GROUP, component.group) in about:
            yield subject_of(COMPONENT, component.id)
    if any(kind_of(it) == COMPONENT for it in about):
        yield from (subject_of(GROUP, group.id) for group in shown.groups)


def _concerned(entries: Iterable[Entry]) -> set[str]:
    """The components that incidents and maintenances concern, by what entries say, or by what remains."""
    about = [entry for entry in entries if kind_of(entry.subject) in CONCERNING]
    unsaid = {entry.subject for entry in about if entry.body is None or entry.kind == REDACTED}
    standing = heads.get_many(unsaid).values() if unsaid else ()
    found = {id for head in standing for id in head.components}
    for entry in about:
        found |= set(_named(json.loads(entry.body or "{}")))
    return found


def _named(said: dict[str, Any]) -> Iterator[str]:
    for part in CONCERNING:
        yield from (said.get(part) or {}).get("components", ())
    yield from (affect["component"] for affect in (said.get("update") or {}).get("affects", ()))
