"""Statuspage's objects → domain values, each with the path under which a refusal names it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from chalicelib.domain.checks import check_id
from chalicelib.domain.components import Component, Group
from chalicelib.domain.errors import Invalid
from chalicelib.domain.imports import left_by
from chalicelib.domain.incidents import ImportedIncident, Incident, IncidentUpdate, Source, Story
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.domain.times import instant
from chalicelib.domain.updates import Affect, ImportedUpdate, Update
from chalicelib.intake.errors import Unreadable, naming
from chalicelib.intake.statuspage_documents import (
    AffectObject,
    ComponentObject,
    IncidentObject,
    UpdateObject,
)

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
    said = unique(name, f"{path}.incident_updates", found.incident_updates)
    updates = [_update(name, place, update) for place, update in said.values()]
    told = tuple(sorted(reversed(updates), key=lambda update: update.created_at))
    with naming(name, path):
        if not told:
            raise Invalid("incident_updates", "must hold an update")
        incident = left_by(_incident(found), told)
        last = {affect.component: affect.new for update in told for affect in update.affects}
        incident = replace(incident, affects=last)
        _check_size(incident)
        return Story(incident, told)


def _incident(found: IncidentObject) -> Incident:
    created_at = instant_of("created_at", found.created_at)
    for component in found.components:
        check_id("components", component.id)
    _check_link(found.shortlink)
    intervals = found.reminder_intervals
    return Incident(
        id=found.id, title=found.name, status=IncidentStatus.INVESTIGATING, impact=found.impact,
        started_at=instant_of("started_at", found.started_at or found.created_at), published_at=created_at,
        updated_at=instant_of("updated_at", found.updated_at), latest_at=created_at, impact_stated=True,
        components=tuple(dict.fromkeys(component.id for component in found.components)),
        source=Source.IMPORT, backfilled=True,
        imported=ImportedIncident(
            created_at=created_at, updated_at=instant_of("updated_at", found.updated_at),
            shortlink=found.shortlink, has_reminder_intervals=intervals is not UNSET,
            reminder_intervals=None if intervals is UNSET else intervals,
        ),
    )  # fmt: skip


def _update(name: str, path: str, found: UpdateObject) -> IncidentUpdate:
    with naming(name, path):
        created_at = instant_of("created_at", found.created_at)
        update = Update(
            id=found.id, status=IncidentStatus(found.status), body=found.body,
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


def _check_size(value: Component | Group | IncidentUpdate | Incident) -> None:
    if len(msgspec.json.encode(value)) > LARGEST_BYTES:
        raise Invalid("", f"is too large: more than {LARGEST_BYTES // 1024} KiB")
