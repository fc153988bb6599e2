"""Gathers what readers may see, read strongly, in as many requests with a long past as with a short one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import NamedTuple

from chalicelib.domain.incidents import Incident, Story
from chalicelib.domain.pages import Page
from chalicelib.domain.record import Entry, Head
from chalicelib.domain.snapshot import LATEST_STORIES, LATEST_UPDATES, Snapshot, Told, recent_since
from chalicelib.domain.times import month_of, month_span, zone
from chalicelib.stores import catalogue, incidents


@dataclass(frozen=True)
class Wanted:
    """The incident pages and history months that are to be built beside the pages that always are."""

    incidents: frozenset[str] = frozenset()
    months: frozenset[str] = frozenset()

    def __or__(self, other: "Wanted") -> "Wanted":
        return Wanted(self.incidents | other.incidents, self.months | other.months)


@dataclass
class Stories:
    """Stories as they were last read: while an incident has the same version, so have its updates."""

    known: dict[str, Story] = field(default_factory=dict)

    def of(self, heads: Mapping[str, Incident], ids: Iterable[str]) -> tuple[Story, ...]:
        """The stories of these ids, in their order, each read once for each version."""
        return tuple(self._story(heads[id]) for id in ids if id in heads)

    def keep(self, ids: Iterable[str]) -> None:
        """Forget all but these, so that memory does not grow with history."""
        wanted = set(ids)
        self.known = {id: story for id, story in self.known.items() if id in wanted}

    def _story(self, incident: Incident) -> Story:
        known = self.known.get(incident.id)
        if known is None or known.incident != incident:
            updates = tuple(u for u in incidents.updates(incident.id) if u.seq <= incident.seq)
            known = self.known[incident.id] = Story(incident, updates)
        return known


@dataclass(frozen=True)
class Place:
    """Where a snapshot stands: the end of the record, the clock, the page's last change, entries to show."""

    head: Head
    as_of: datetime
    updated_at: datetime
    record: tuple[Entry, ...] = ()


class _Found(NamedTuple):
    """The pointers that a snapshot follows: ids of incidents, and of updates with their numbers."""

    open: list[str]
    latest: list[str]
    recent: list[str]
    newest: list[tuple[str, int]]
    months: dict[str, list[str]]
    first: list[str]

    @property
    def ids(self) -> list[str]:
        """Every incident that is pointed to."""
        told = (id for id, _ in self.newest)
        past = (id for ids in self.months.values() for id in ids)
        return [*self.open, *self.latest, *self.recent, *told, *past, *self.first]


def read(page: Page, place: Place, wanted: Wanted, stories: Stories) -> Snapshot:
    """The snapshot with what is wanted; `stories` is kept by the caller from one to the next."""
    here = zone(page.time_zone)
    found = _follow(place, wanted, here)
    heads = incidents.get_many([*found.ids, *wanted.incidents])
    updates = incidents.get_updates(found.newest)
    things, first = catalogue.read(), _heads(heads, found.first)
    opened = sorted((heads[id] for id in found.open if id in heads), key=lambda incident: incident.number)
    snapshot = Snapshot(
        page=page,
        as_of=place.as_of,
        head=place.head,
        updated_at=place.updated_at,
        components=things.components,
        groups=things.groups,
        touches=things.touches,
        open=stories.of(heads, (incident.id for incident in opened if incident.is_open)),
        recent=_heads(heads, found.recent),
        latest=stories.of(heads, found.latest),
        updates=tuple(Told(heads[id], updates[seq]) for id, seq in found.newest if seq in updates),
        stories=stories.of(heads, sorted(wanted.incidents)),
        months={month: _heads(heads, ids) for month, ids in found.months.items()},
        first_month=month_of(first[0].started_at, here) if first else None,
        first_entry=first[0].seq if first else 0,
        record=place.record,
    )
    stories.keep([*found.open, *found.latest])
    return snapshot


def _follow(place: Place, wanted: Wanted, here: tzinfo) -> _Found:
    earliest = incidents.earliest()
    return _Found(
        open=incidents.open_ids(),
        latest=incidents.latest_ids(LATEST_STORIES),
        recent=incidents.ids_between(recent_since(place.as_of, here)),
        newest=incidents.newest_updates(LATEST_UPDATES),
        months={month: incidents.ids_between(*month_span(month, here)) for month in sorted(wanted.months)},
        first=[earliest[1]] if earliest else [],
    )


def _heads(heads: Mapping[str, Incident], ids: Iterable[str]) -> tuple[Incident, ...]:
    return tuple(heads[id] for id in ids if id in heads)
