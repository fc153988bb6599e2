"""Values for tests: each builder hides what does not matter, and takes by name what does."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.components import Component, Group
from chalicelib.domain.incidents import OPEN, Incident, IncidentUpdate, Story
from chalicelib.domain.pages import Page
from chalicelib.domain.record import Head
from chalicelib.domain.snapshot import Snapshot, Told, recent_span
from chalicelib.domain.statuses import ComponentStatus, Impact, IncidentStatus
from chalicelib.domain.times import month_of, zone
from chalicelib.domain.updates import Affect, Update, newest

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


def a_snapshot(*stories: Story, **changes: Any) -> Snapshot:
    """What readers may see when these stories are all there are, as a full build gets it."""
    page = changes.setdefault("page", a_page())
    as_of = changes.setdefault("as_of", NOW)
    return Snapshot(**{**_told_by(stories, page, as_of), **changes})


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


def _told_by(stories: tuple[Story, ...], page: Page, as_of: datetime) -> dict[str, Any]:
    """The lists of a snapshot, each in its order."""
    local = zone(page.time_zone)
    incidents = sorted((s.incident for s in stories), key=lambda i: (i.started_at, i.number), reverse=True)
    by_words = sorted(stories, key=lambda s: (s.incident.latest_at, s.incident.number), reverse=True)
    recent = recent_span(as_of, local)
    told = [
        Told(f"incident/{story.incident.id}", story.incident.title, update)
        for story in stories
        for update in story.updates
    ]
    months: dict[str, list[Incident]] = {}
    for incident in incidents:
        months.setdefault(month_of(incident.started_at, local), []).append(incident)
    seq = max([page.seq, *(story.incident.seq for story in stories)])
    return {
        "head": Head(seq, "ab" * 32, as_of),
        "updated_at": max([page.updated_at, *(story.incident.updated_at for story in stories)]),
        "open": tuple(story for story in by_words if story.incident.is_open),
        "recent": tuple(i for i in incidents if recent[0] <= i.started_at < recent[1]),
        "latest": tuple(by_words[:50]),
        "updates": tuple(sorted(told, key=lambda t: t.update.seq, reverse=True)[:50]),
        "stories": tuple(sorted(stories, key=lambda story: story.incident.id)),
        "months": {month: tuple(found) for month, found in sorted(months.items())},
        "first_month": min(months, default=None),
        "first_entry": incidents[-1].seq if incidents else 0,
    }
