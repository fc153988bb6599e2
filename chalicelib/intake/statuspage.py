"""Statuspage's public documents → one foreign page: what is stored as it came, what follows by rule."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from msgspec import UNSET

from chalicelib.domain.checks import check_id, check_line
from chalicelib.domain.components import Component, Group
from chalicelib.domain.imports import ForeignPage, closed_elsewhere, settle
from chalicelib.domain.incidents import Story
from chalicelib.domain.maintenances import Course
from chalicelib.domain.statuses import ComponentStatus
from chalicelib.domain.times import instant, zone
from chalicelib.intake import statuspage_objects as objects
from chalicelib.intake.errors import Unreadable, naming
from chalicelib.intake.statuspage_documents import (
    ComponentObject,
    Document,
    IncidentObject,
    MaintenanceObject,
    PageObject,
    decode,
)

_Told = Mapping[str, Sequence[IncidentObject | MaintenanceObject]]


class _Things(NamedTuple):
    """Groups and components by id, `live` as the document shows them."""

    groups: dict[str, Group]
    components: dict[str, Component]
    live: dict[str, ComponentStatus]


class _Reading(NamedTuple):
    """One document in our own words."""

    page: PageObject
    things: _Things
    stories: dict[str, Story]
    courses: dict[str, Course]
    lists_components: bool
    lists_open: bool
    lists_pending: bool


def read(documents: Iterable[tuple[str, bytes]]) -> ForeignPage:
    """What these documents (name, text) of one page say together; where two differ, the newer one counts."""
    readings = {name: _reading(name, decode(name, text)) for name, text in documents}
    first = next(iter(readings.values())).page.id
    for name, reading in readings.items():
        if reading.page.id != first:
            raise Unreadable(name, "page.id", f"is {reading.page.id}, but another document's is {first}")
    return _joined(readings.values())


def _joined(readings: Iterable[_Reading]) -> ForeignPage:
    ordered = sorted(readings, key=lambda r: (r.page.updated_at, r.lists_components, r.lists_open))
    listing = [reading for reading in ordered if reading.lists_components][-1:]
    things = [reading.things for reading in listing or ordered]
    stories: dict[str, Story] = {}
    courses: dict[str, Course] = {}
    for reading in ordered:
        stories = {**_still_open(stories, reading), **reading.stories}
        courses = {**_still_pending(courses, reading), **reading.courses}
    page = ordered[-1].page
    foreign = ForeignPage(
        page.id, page.name, page.time_zone, instant(page.updated_at),
        groups=tuple({id: group for found in things for id, group in found.groups.items()}.values()),
        components=tuple({id: it for found in things for id, it in found.components.items()}.values()),
        stories=tuple(sorted(stories.values(), key=lambda it: (it.incident.created_at, it.incident.id))),
        courses=tuple(courses.values()),
        lists_components=bool(listing),
        lists_open=any(reading.lists_open for reading in ordered),
        lists_pending=any(reading.lists_pending for reading in ordered),
    )  # fmt: skip
    return settle(foreign, {id: status for found in things for id, status in found.live.items()})


def _still_open(stories: dict[str, Story], reading: _Reading) -> dict[str, Story]:
    """Older documents' stories, closed where the newer one lists what is open and does not name them."""
    if not reading.lists_open:
        return stories
    return {
        id: story if id in reading.stories else replace(story, incident=closed_elsewhere(story.incident))
        for id, story in stories.items()
    }


def _still_pending(courses: dict[str, Course], reading: _Reading) -> dict[str, Course]:
    """Older documents' courses, likewise."""
    if not reading.lists_pending:
        return courses
    return {
        id: it if id in reading.courses else replace(it, maintenance=closed_elsewhere(it.maintenance))
        for id, it in courses.items()
    }


def _reading(name: str, document: Document) -> _Reading:
    _check_page(name, document.page)
    listed = document.components if document.components is not UNSET else None
    incidents = document.incidents if document.incidents is not UNSET else []
    planned = document.scheduled_maintenances if document.scheduled_maintenances is not UNSET else []
    stories = objects.unique(name, "incidents", incidents)
    return _Reading(
        page=document.page,
        things=_things(name, listed, {"incidents": incidents, "scheduled_maintenances": planned}),
        stories={id: objects.story(name, path, found) for id, (path, found) in stories.items()},
        courses=_courses(name, planned),
        lists_components=listed is not None,
        lists_open=listed is not None and document.incidents is not UNSET,
        lists_pending=listed is not None and document.scheduled_maintenances is not UNSET,
    )


def _courses(name: str, planned: list[MaintenanceObject]) -> dict[str, Course]:
    """Each with its place among those that begin at the same time: there alone it says anything."""
    ranks = Counter[datetime]()
    courses: dict[str, Course] = {}
    for id, (path, found) in objects.unique(name, "scheduled_maintenances", planned).items():
        courses[id] = objects.course(name, path, found, ranks[found.scheduled_for])
        ranks[found.scheduled_for] += 1
    return courses


def _check_page(name: str, page: PageObject) -> None:
    with naming(name, "page"):
        check_id("id", page.id)
        check_line("name", page.name)
        zone(page.time_zone)
        objects.instant_of("updated_at", page.updated_at)


def _things(name: str, listed: list[ComponentObject] | None, told: _Told) -> _Things:
    """Those listed or, in a document without a list, those that incidents and maintenances carry."""
    if listed is None:
        found = {c.id: (field, c) for field, its in told.items() for it in its for c in it.components}
    else:
        found = objects.unique(name, "components", listed)
    ranked = [(rank, path, thing) for rank, (path, thing) in enumerate(found.values())]
    groups = {t.id: objects.group(name, path, t, rank) for rank, path, t in ranked if t.group}
    components = {t.id: objects.component(name, path, t, rank) for rank, path, t in ranked if not t.group}
    if listed is not None:
        _check_groups(name, found, groups)
    return _Things(groups, components, {id: found[id][1].status for id in components})


def _check_groups(name: str, found: dict[str, tuple[str, ComponentObject]], groups: dict[str, Group]) -> None:
    for path, thing in found.values():
        if thing.group and thing.group_id is not None:
            raise Unreadable(name, f"{path}.group_id", "must be null, since a group is in no group")
        if thing.group_id is not None and thing.group_id not in groups:
            raise Unreadable(
                name, f"{path}.group_id", f"names no group of this document: {thing.group_id!r:.80}"
            )
