"""Values for tests: each builder hides what does not matter, and takes by name what does."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.components import Component, Group
from chalicelib.domain.imports import course_left_by
from chalicelib.domain.incidents import OPEN, Incident, IncidentUpdate, Story
from chalicelib.domain.maintenances import RUNNING, Course, Maintenance
from chalicelib.domain.pages import Page
from chalicelib.domain.record import Head
from chalicelib.domain.snapshot import Past, Snapshot, Told, recent_span
from chalicelib.domain.statuses import (
    Availability,
    ComponentStatus,
    Impact,
    IncidentStatus,
    MaintenanceStatus,
)
from chalicelib.domain.times import month_of, zone
from chalicelib.domain.updates import Affect, Period, Update, newest

NOW = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
STEP = timedelta(minutes=10)
Affects = Mapping[str, ComponentStatus]


def a_page(**changes: Any) -> Page:
    """A page in UTC."""
    page = Page(
        id="page", name="Acme", time_zone="Etc/UTC", tag_authority="status.acme.example,2026",
        guid_base="https://status.acme.example", created_at=LONG_AGO, updated_at=LONG_AGO, seq=1,
    )  # fmt: skip
    return replace(page, **changes)


def a_component(id: str = "api", **changes: Any) -> Component:
    """A loose, operational component named like its id."""
    return replace(Component(id, id.title(), LONG_AGO, LONG_AGO), **changes)


def a_group(id: str = "europe", **changes: Any) -> Group:
    """A group named like its id."""
    return replace(Group(id, id.title(), LONG_AGO, LONG_AGO), **changes)


def an_update(id: str = "first", **changes: Any) -> IncidentUpdate:
    """An update that was recorded the moment it was claimed."""
    at = changes.pop("at", NOW)
    update = Update(id, IncidentStatus.INVESTIGATING, "We are looking into it.", at, at)
    return replace(update, **changes)


def an_incident(id: str = "slow", **changes: Any) -> Incident:
    """An incident that began just now and is being investigated."""
    at = changes.pop("at", NOW)
    incident = Incident(
        id, "Slow answers", IncidentStatus.INVESTIGATING, Impact.MINOR, at, at, at, at, number=2, seq=2
    )
    return replace(incident, **changes)


def a_story(
    *statuses: IncidentStatus,
    id: str = "slow",
    affects: Affects | None = None,
    at: datetime = NOW,
    seq: int = 2,
    **changes: Any,
) -> Story:
    """An incident told in one update per status, ten minutes apart, as the last one leaves it.

    `affects` is what the first update does; when the incident ends, all is operational again. `seq` is
    the record entry of the first update; the others follow it.
    """
    told = statuses or (IncidentStatus.INVESTIGATING,)
    held = dict(affects or {})
    updates = tuple(
        an_update(
            f"{id}-{n}",
            status=status,
            body=f"Word {n} about {id}.",
            at=at + n * STEP,
            seq=seq + n,
            affects=_affects(held, first=n == 0, is_open=status in OPEN),
        )
        for n, status in enumerate(told)
    )
    return Story(replace(_left_by(updates, id, held), **changes), updates)


def a_maintenance(id: str = "disks", **changes: Any) -> Maintenance:
    """A maintenance that was announced just now, to begin in an hour and to take two."""
    at = changes.pop("at", NOW)
    maintenance = Maintenance(
        id, "New disks", MaintenanceStatus.SCHEDULED, Availability.READ_ONLY, at + 6 * STEP, at + 18 * STEP,
        at, at, at, number=2, seq=2,
    )  # fmt: skip
    return replace(maintenance, **changes)


def a_course(
    *statuses: MaintenanceStatus,
    id: str = "disks",
    affects: Affects | None = None,
    at: datetime = NOW,
    seq: int = 2,
    **changes: Any,
) -> Course:
    """A maintenance told in one update per status, an hour apart, as the last one leaves it.

    It is announced at a time, and planned from an hour later until three hours later.
    """
    told = statuses or (MaintenanceStatus.SCHEDULED,)
    held, hour, now = dict(affects or {}), 6 * STEP, dict[str, ComponentStatus]()
    maintenance = a_maintenance(id, at=at, number=seq, components=tuple(held), planned=held)
    updates = []
    for n, status in enumerate(told):
        when, does = at + n * hour, held if status in RUNNING else {}
        updates.append(
            Update(
                f"{id}-{n}", status, f"Word {n} about {id}.", when, when, seq=seq + n,
                affects=tuple(_affect(it, now, does) for it in held),
                plan=None if n else Period(maintenance.starts_at, maintenance.ends_at),
            )
        )  # fmt: skip
        now = dict(does)
    left = course_left_by(replace(maintenance, affects=now), updates)
    left = replace(left, updated_at=updates[-1].recorded_at, revision=len(told) - 1, seq=updates[-1].seq)
    return Course(replace(left, **changes), tuple(updates))


def _affect(id: str, before: Affects, after: Affects) -> Affect:
    well = ComponentStatus.OPERATIONAL
    return Affect(id, id.title(), before.get(id, well), after.get(id, well))


def a_snapshot(*told: Story | Course, **changes: Any) -> Snapshot:
    """What readers may see when these stories and courses are all there are, as a full build gets it."""
    page = changes.setdefault("page", a_page())
    as_of = changes.setdefault("as_of", NOW)
    return Snapshot(**{**_told_by(told, page, as_of), **changes})


def _affects(held: Affects, *, first: bool, is_open: bool) -> tuple[Affect, ...]:
    well = ComponentStatus.OPERATIONAL
    return tuple(
        Affect(id, id.title(), well if first else status, status if is_open else well)
        for id, status in held.items()
    )


def _left_by(updates: tuple[IncidentUpdate, ...], id: str, held: dict[str, ComponentStatus]) -> Incident:
    first, last = updates[0], newest(updates)
    ended = last.status not in OPEN
    times = {update.status: update.happened_at for update in reversed(updates)}
    return an_incident(
        id,
        status=last.status,
        at=first.happened_at,
        updated_at=last.recorded_at,
        latest_at=last.happened_at,
        components=tuple(held),
        affects={} if ended else held,
        monitoring_at=times.get(IncidentStatus.MONITORING),
        resolved_at=times.get(IncidentStatus.RESOLVED, last.happened_at) if ended else None,
        number=first.seq,
        seq=last.seq,
    )


def _told_by(tales: tuple[Story | Course, ...], page: Page, as_of: datetime) -> dict[str, Any]:
    """The lists of a snapshot, each in its order."""
    local = zone(page.time_zone)
    heads = sorted((it.head for it in tales), key=lambda it: (it.started_at, it.number), reverse=True)
    by_words = sorted(tales, key=lambda it: (it.head.latest_at, it.head.number), reverse=True)
    begin, end = recent_span(as_of, local)
    told = [
        Told(f"{'incident' if isinstance(it, Story) else 'maintenance'}/{it.head.id}", it.head.title, update)
        for it in tales
        for update in it.updates
    ]
    months: dict[str, list[Past]] = {}
    for head in heads:
        months.setdefault(month_of(head.started_at, local), []).append(head)
    seq = max([page.seq, *(it.head.seq for it in tales)])
    stories = [it for it in by_words if isinstance(it, Story)]
    courses = [it for it in by_words if isinstance(it, Course)]
    return {
        "head": Head(seq, "ab" * 32, as_of),
        "updated_at": max([page.updated_at, *(it.head.updated_at for it in tales)]),
        "open": tuple(story for story in stories if story.incident.is_open),
        "pending": tuple(course for course in courses if course.maintenance.is_open),
        "recent": tuple(head for head in heads if begin <= head.started_at < end),
        "latest": tuple(stories[:50]),
        "latest_courses": tuple(courses[:50]),
        "updates": tuple(sorted(told, key=lambda t: t.update.seq, reverse=True)[:50]),
        "stories": tuple(sorted(stories, key=lambda story: story.incident.id)),
        "courses": tuple(sorted(courses, key=lambda course: course.maintenance.id)),
        "months": {month: tuple(found) for month, found in sorted(months.items())},
        "first_month": min([*months, f"{as_of.astimezone(local):%Y-%m}"]) if months else None,
        "first_entry": heads[-1].seq if heads else 0,
    }
