"""Statuspage's objects → domain values, each with the path under which a refusal names it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from chalicelib.domain.checks import check_id
from chalicelib.domain.components import Component, Group
from chalicelib.domain.errors import Invalid
from chalicelib.domain.imports import course_left_by, left_by
from chalicelib.domain.incidents import ImportedIncident, Incident, Source, Story
from chalicelib.domain.maintenances import Course, ImportedMaintenance, Maintenance
from chalicelib.domain.statuses import ComponentStatus, IncidentStatus, MaintenanceStatus
from chalicelib.domain.times import instant
from chalicelib.domain.updates import Affect, ImportedUpdate, Update
from chalicelib.intake.errors import Unreadable, naming
from chalicelib.intake.statuspage_documents import (
    AffectObject,
    ComponentObject,
    IncidentObject,
    MaintenanceObject,
    UpdateObject,
)

S = TypeVar("S", bound=StrEnum)

LARGEST_BYTES = 300 * 1024
"""Of one component, update or incident as we store it; an item of the table holds 400 KB."""
LONGEST_LINK = 2048
YEARS = range(1970, 3000)


def unique(name: str, field: str, things: Iterable[Any]) -> dict[str, tuple[str, Any]]:
    """Things by id, each with its path; `Unreadable` where an id comes twice."""
    found: dict[str, tuple[str, Any]] = {}
    for place, thing in enumerate(things):
        path = f"{field}[{place}]"
        if thing.id in found:
            raise Unreadable(name, f"{path}.id", f"is that of {found[thing.id][0]} too: {thing.id!r:.80}")
        found[thing.id] = (path, thing)
    return found


def group(name: str, path: str, found: ComponentObject, rank: int) -> Group:
    with naming(name, path):
        group = Group(
            id=found.id, name=found.name, description=found.description, position=found.position, rank=rank,
            created_at=instant_of("created_at", found.created_at),
            updated_at=instant_of("updated_at", found.updated_at), imported=True,
        )  # fmt: skip
        _check_size(group)
        return group


def component(name: str, path: str, found: ComponentObject, rank: int) -> Component:
    with naming(name, path):
        component = Component(
            id=found.id, name=found.name, description=found.description, position=found.position, rank=rank,
            created_at=instant_of("created_at", found.created_at),
            updated_at=instant_of("updated_at", found.updated_at), group=found.group_id,
            only_show_if_degraded=found.only_show_if_degraded, showcase=found.showcase,
            start_date=found.start_date, imported=True,
        )  # fmt: skip
        _check_size(component)
        return component


def story(name: str, path: str, found: IncidentObject) -> Story:
    """The story, its incident with the last status that its updates give each component."""
    told = _updates(name, path, found.incident_updates, IncidentStatus)
    with naming(name, path):
        incident = left_by(_incident(found), told)
        last = {affect.component: affect.new for update in told for affect in update.affects}
        incident = replace(incident, affects=last)
        _check_size(incident)
        return Story(incident, told)


def course(name: str, path: str, found: MaintenanceObject, rank: int) -> Course:
    """The course, its maintenance with the last status that its updates give each component."""
    told = _updates(name, path, found.incident_updates, MaintenanceStatus)
    with naming(name, path):
        last = {affect.component: affect.new for update in told for affect in update.affects}
        maintenance = replace(course_left_by(_maintenance(found, rank), told), affects=last)
        _check_size(maintenance)
        return Course(maintenance, told)


def _maintenance(found: MaintenanceObject, rank: int) -> Maintenance:
    """What it is to do to components is nothing that documents tell: they will be under maintenance."""
    created_at = instant_of("created_at", found.created_at)
    updated_at = instant_of("updated_at", found.updated_at)
    _check_link(found.shortlink)
    components = _ids(found.components)
    return Maintenance(
        id=found.id, title=found.name, status=MaintenanceStatus.SCHEDULED, availability=None,
        starts_at=instant_of("scheduled_for", found.scheduled_for),
        ends_at=instant_of("scheduled_until", found.scheduled_until),
        published_at=created_at, updated_at=updated_at, latest_at=created_at, components=components,
        planned=dict.fromkeys(components, ComponentStatus.UNDER_MAINTENANCE), backfilled=True,
        imported=ImportedMaintenance(
            created_at=created_at, updated_at=updated_at,
            started_at=instant_of("started_at", found.started_at or found.created_at),
            shortlink=found.shortlink, impact=found.impact, rank=rank,
        ),
    )  # fmt: skip


def _ids(components: Iterable[ComponentObject]) -> tuple[str, ...]:
    for component in components:
        check_id("components", component.id)
    return tuple(dict.fromkeys(component.id for component in components))


def _incident(found: IncidentObject) -> Incident:
    created_at = instant_of("created_at", found.created_at)
    _check_link(found.shortlink)
    intervals = found.reminder_intervals
    return Incident(
        id=found.id, title=found.name, status=IncidentStatus.INVESTIGATING, impact=found.impact,
        started_at=instant_of("started_at", found.started_at or found.created_at), published_at=created_at,
        updated_at=instant_of("updated_at", found.updated_at), latest_at=created_at, impact_stated=True,
        components=_ids(found.components),
        source=Source.IMPORT, backfilled=True,
        imported=ImportedIncident(
            created_at=created_at, updated_at=instant_of("updated_at", found.updated_at),
            shortlink=found.shortlink, has_reminder_intervals=intervals is not UNSET,
            reminder_intervals=None if intervals is UNSET else intervals,
        ),
    )  # fmt: skip


def _updates(name: str, path: str, found: Iterable[UpdateObject], words: type[S]) -> tuple[Update[S], ...]:
    """The updates, oldest first; there is one at least."""
    said = unique(name, f"{path}.incident_updates", found)
    updates = [_update(name, place, update, words) for place, update in said.values()]
    if not updates:
        raise Unreadable(name, f"{path}.incident_updates", "must hold an update")
    return tuple(sorted(reversed(updates), key=lambda update: update.created_at))


def _update(name: str, path: str, found: UpdateObject, words: type[S]) -> Update[S]:
    with naming(name, path):
        created_at = instant_of("created_at", found.created_at)
        update = Update(
            id=found.id, status=words(found.status), body=found.body,
            happened_at=instant_of("display_at", found.display_at or found.created_at),
            recorded_at=created_at,
            affects=tuple(map(_affect, found.affected_components or ())),
            imported=ImportedUpdate(
                created_at=created_at, updated_at=instant_of("updated_at", found.updated_at),
                deliver_notifications=found.deliver_notifications, tweet_id=found.tweet_id,
                custom_tweet=found.custom_tweet,
            ),
        )  # fmt: skip
        _check_size(update)
        return update


def _affect(found: AffectObject) -> Affect:
    check_id("affected_components", found.code)
    return Affect(found.code, found.name, found.old_status, found.new_status)


def instant_of(field: str, moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise Invalid(field, f"must lie between the years {YEARS[0]} and {YEARS[-1]}")
    return instant(moment)


def _check_link(shortlink: str) -> None:
    if shortlink and not shortlink.startswith(("http://", "https://")):
        raise Invalid("shortlink", "must be an http or https address")
    if len(shortlink) > LONGEST_LINK:
        raise Invalid("shortlink", f"must have at most {LONGEST_LINK} characters")


def _check_size(value: Component | Group | Update[Any] | Incident | Maintenance) -> None:
    if len(msgspec.json.encode(value)) > LARGEST_BYTES:
        raise Invalid("", f"is too large: more than {LARGEST_BYTES // 1024} KiB")
