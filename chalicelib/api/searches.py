"""Which incidents a list shows, found by the pointers that fit and without reading more than it must."""

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from itertools import islice
from typing import NamedTuple

from chalicelib.api import cursors, queries
from chalicelib.domain.incidents import Incident
from chalicelib.domain.times import iso, month_span
from chalicelib.stores import incidents

BATCH = 50

Span = tuple[datetime, datetime]
Found = Iterator[tuple[str, Incident | None]]


class Search(NamedTuple):
    """What to look for, in the zone in which the page's months begin."""

    query: queries.Incidents
    span: Span | None

    @property
    def is_filtered(self) -> bool:
        """Whether not everything that is pointed to is wanted."""
        return self.query.open is not None or (self.span is not None and self.query.component is not None)


def search(query: queries.Incidents, zone: tzinfo) -> Search:
    """The search that a query asks for."""
    return Search(query, month_span(query.month, zone) if query.month else None)


def found(wanted: Search) -> Found:
    """What is found, newest first: cursors, with the incident where it is wanted."""
    before = wanted.query.cursor.replace("_", "#") if wanted.query.cursor else None
    candidates = _opened(before) if wanted.query.open else _pointed(wanted, before)
    return (
        (place.replace("#", "_"), incident if incident and _fits(incident, wanted) else None)
        for place, incident in candidates
    )


def _fits(incident: Incident, wanted: Search) -> bool:
    query, span = wanted
    return (
        (query.open is None or incident.is_open == query.open)
        and (query.component is None or query.component in incident.components)
        and (span is None or span[0] <= incident.started_at < span[1])
    )


def _opened(before: str | None) -> Found:
    places = ((f"{iso(incident.started_at)}#{incident.id}", incident) for incident in incidents.all_open())
    behind = [found for found in places if before is None or found[0] < before]
    return iter(sorted(behind, key=lambda found: found[0], reverse=True))


def _pointed(wanted: Search, before: str | None) -> Found:
    limit = cursors.MOST_EXAMINED if wanted.is_filtered else wanted.query.limit
    if wanted.query.component:
        places = incidents.of_component(wanted.query.component, before=before, limit=limit + 1)
        return ((place, it if it and _is_placed(it, place) else None) for place, it in _read(places))
    since = ""
    if wanted.span:
        since, end = map(iso, wanted.span)
        before = min(before or end, end)
    return _read(incidents.begun(since=since, before=before, limit=limit + 1))


def _is_placed(incident: Incident, place: str) -> bool:
    """Whether a component's pointer is the incident's own, and not left over from a try that failed."""
    return place == f"{iso(incident.created_at)}#{incident.id}"


def _read(pointers: Iterable[tuple[str, str]]) -> Found:
    places = iter(pointers)
    while batch := list(islice(places, BATCH)):
        stored = incidents.get_many(id for _, id in batch)
        yield from ((place, stored.get(id)) for place, id in batch)
