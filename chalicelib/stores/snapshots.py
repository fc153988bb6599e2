"""Gathers what readers may see, read strongly, in as many requests with a long past as with a short one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.incidents import Incident, Story
from chalicelib.domain.pages import Page
from chalicelib.domain.record import Head
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
    """Where a snapshot stands: the end of the record, the clock, and the page's last change."""

    head: Head
    as_of: datetime
    updated_at: datetime


def read(page: Page, place: Place, wanted: Wanted, stories: Stories) -> Snapshot:
    """The snapshot with what is wanted; `stories` is kept by the caller from one to the next."""
    here = zone(page.time_zone)
    open_ids = incidents.open_ids()
    latest_ids = incidents.latest_ids(LATEST_STORIES)
    recent_ids = incidents.ids_between(recent_since(place.as_of, here))
    newest = incidents.newest_updates(LATEST_UPDATES)
    months = {month: incidents.ids_between(*month_span(month, here)) for month in sorted(wanted.months)}
    told = [id for id, _ in newest]
    heads = incidents.get_many(
        [
            *open_ids,
            *latest_ids,
            *recent_ids,
            *told,
            *wanted.incidents,
            *(id for ids in months.values() for id in ids),
        ]
    )
    found = incidents.get_updates(newest)
    things = catalogue.read()
    opened = [id for id in open_ids if id in heads and heads[id].is_open]
    earliest = incidents.earliest()
    snapshot = Snapshot(
        page=page,
        as_of=place.as_of,
        head=place.head,
        updated_at=place.updated_at,
        components=things.components,
        groups=things.groups,
        touches=things.touches,
        open=stories.of(heads, sorted(opened, key=lambda id: heads[id].number)),
        recent=_heads(heads, recent_ids),
        latest=stories.of(heads, latest_ids),
        updates=tuple(Told(heads[id], found[seq]) for id, seq in newest if id in heads and seq in found),
        stories=stories.of(heads, sorted(wanted.incidents)),
        months={month: _heads(heads, ids) for month, ids in months.items()},
        first_month=month_of(earliest, here) if earliest else None,
    )
    stories.keep([*open_ids, *latest_ids])
    return snapshot


def _heads(heads: Mapping[str, Incident], ids: Iterable[str]) -> tuple[Incident, ...]:
    return tuple(heads[id] for id in ids if id in heads)
