"""Statuspage's public API v2, as its clients parse it: key order, nulls, dates and sort orders."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol, TypeVar

from chalicelib.domain.components import Component, Group, full_name
from chalicelib.domain.incidents import Incident, Story
from chalicelib.domain.maintenances import Course, Maintenance
from chalicelib.domain.snapshot import Past, Snapshot, order
from chalicelib.domain.statuses import IncidentStatus, MaintenanceStatus
from chalicelib.domain.subjects import INCIDENT, MAINTENANCE, subject_of
from chalicelib.domain.updates import Affect, Update
from chalicelib.publishing import paths
from chalicelib.publishing.files import File, json_file

Document = dict[str, Any]
Tale = Story | Course
T = TypeVar("T", Story, Course, Tale)
LATEST = 50
FOREIGN: Mapping[StrEnum, StrEnum] = {
    IncidentStatus.SUSPECTED: IncidentStatus.INVESTIGATING,
    IncidentStatus.RETRACTED: IncidentStatus.RESOLVED,
    MaintenanceStatus.CANCELLED: MaintenanceStatus.COMPLETED,
}
"""What we call by names that Statuspage does not have."""


def files(snapshot: Snapshot, site_url: str) -> dict[str, File]:
    """Every document, by its key."""
    documents = _Statuspage(snapshot, site_url).documents()
    return {f"api/v2/{name}.json": json_file(document) for name, document in documents.items()}


def foreign(status: StrEnum) -> StrEnum:
    """A status in the words of other systems."""
    return FOREIGN.get(status, status)


class Updated(Protocol):
    """What is told in updates, of whatever kind."""

    @property
    def updates(self) -> tuple[Update[Any], ...]: ...


def newest_first(told: Updated) -> list[Update[Any]]:
    """The updates of something, newest first by when they were written."""
    return sorted(told.updates, key=lambda update: (update.created_at, update.seq))[::-1]


def by_newest_words(told: Iterable[T]) -> list[T]:
    """Stories and courses by the claimed time of their newest update, newest first."""
    return sorted(told, key=lambda one: (one.head.latest_at, one.head.number), reverse=True)


def subject(head: Past) -> str:
    """By what pages know an incident or maintenance."""
    return subject_of(MAINTENANCE if isinstance(head, Maintenance) else INCIDENT, head.id)


@dataclass(frozen=True)
class _Statuspage:
    """One snapshot in Statuspage's words; each object is made once."""

    snapshot: Snapshot
    site_url: str

    def documents(self) -> dict[str, Document]:
        incidents = [self._incident(story) for story in by_newest_words(self.snapshot.latest)[:LATEST]]
        unresolved = [self._incident(story) for story in _by_change(self.snapshot.open)]
        resolved = [incident for incident in incidents if incident["resolved_at"] is not None]
        components, upcoming, active = self._components, self._upcoming, self._active
        recent = by_newest_words(self.snapshot.latest_courses)[:LATEST]
        return {
            "status": self._document(status=self._status),
            "summary": self._document(
                components=components,
                incidents=unresolved,
                scheduled_maintenances=[*upcoming, *active],
                status=self._status,
            ),
            "components": self._document(components=components),
            "incidents": self._document(incidents=incidents),
            "incidents/unresolved": self._document(incidents=unresolved),
            "incidents/resolved": self._document(incidents=resolved),
            "scheduled-maintenances": self._document(
                scheduled_maintenances=[self._maintenance(course) for course in recent]
            ),
            "scheduled-maintenances/upcoming": self._document(scheduled_maintenances=upcoming),
            "scheduled-maintenances/active": self._document(scheduled_maintenances=active),
        }

    def _document(self, **parts: Any) -> Document:
        page = self.snapshot.page
        head = {
            "id": page.id,
            "name": page.name,
            "url": self.site_url,
            "time_zone": page.time_zone,
            "updated_at": self._date(self.snapshot.updated_at),
        }
        return {"page": head, **parts}

    @property
    def _status(self) -> Document:
        return self.snapshot.headline._asdict()

    @cached_property
    def _components(self) -> list[Document]:
        """Components and groups in one flat list, in their common order."""
        things: list[Component | Group] = sorted(
            (*self.snapshot.components, *self.snapshot.groups), key=order
        )
        return [self._group(t) if isinstance(t, Group) else self._by_id[t.id] for t in things]

    @cached_property
    def _by_id(self) -> dict[str, Document]:
        return {component.id: self._component(component) for component in self.snapshot.components}

    @cached_property
    def _names(self) -> dict[str, str]:
        groups = self.snapshot.groups_by_id
        return {c.id: full_name(c, groups.get(c.group or "")) for c in self.snapshot.components}

    def _component(self, component: Component) -> Document:
        return {
            "id": component.id,
            "name": component.name,
            "status": self.snapshot.statuses[component.id],
            "created_at": self._date(component.created_at),
            "updated_at": self._date(self.snapshot.updated_at_of(component)),
            "position": component.position,
            "description": component.description,
            "showcase": component.showcase,
            "start_date": component.start_date.isoformat() if component.start_date else None,
            "group_id": component.group,
            "page_id": self.snapshot.page.id,
            "group": False,
            "only_show_if_degraded": component.only_show_if_degraded,
        }

    def _group(self, group: Group) -> Document:
        return {
            "id": group.id,
            "name": group.name,
            "status": self.snapshot.statuses[group.id],
            "created_at": self._date(group.created_at),
            "updated_at": self._date(group.updated_at),
            "position": group.position,
            "description": group.description,
            "showcase": False,
            "start_date": None,
            "group_id": None,
            "page_id": self.snapshot.page.id,
            "group": True,
            "only_show_if_degraded": False,
            "components": [component.id for component in self.snapshot.members(group)],
        }

    @cached_property
    def _upcoming(self) -> list[Document]:
        """What is scheduled, what begins first before the rest."""
        scheduled = (it for it in self.snapshot.pending if not it.maintenance.is_running)
        return [self._maintenance(course) for course in sorted(scheduled, key=by_start)]

    @cached_property
    def _active(self) -> list[Document]:
        """What is under way, what changed last before the rest."""
        running = (it for it in self.snapshot.pending if it.maintenance.is_running)
        return [self._maintenance(course) for course in _by_change(running)]

    def _incident(self, story: Story) -> Document:
        incident = story.incident
        times = (incident.monitoring_at, incident.resolved_at, incident.started_at)
        return self._told(story, incident.impact, *times) | _reminder_intervals(incident)

    def _maintenance(self, course: Course) -> Document:
        maintenance, imported = course.maintenance, course.maintenance.imported
        impact = imported.impact if imported else MAINTENANCE
        started_at = imported.started_at if imported else maintenance.published_at
        return {
            **self._told(course, impact, maintenance.verifying_at, maintenance.ended_at, started_at),
            "scheduled_for": self._date(maintenance.starts_at),
            "scheduled_until": self._date(maintenance.ends_at),
        }

    def _told(self, told: Tale, impact: str, *times: datetime | None) -> Document:
        """What incidents and maintenances have in common; `times` are those of monitoring, end and start."""
        head, (monitoring_at, resolved_at, started_at) = told.head, times
        return {
            "id": head.id,
            "name": head.title,
            "status": foreign(head.status),
            "created_at": self._date(head.created_at),
            "updated_at": self._date(head.updated_at),
            "monitoring_at": self._date(monitoring_at),
            "resolved_at": self._date(resolved_at),
            "impact": impact,
            "shortlink": head.imported.shortlink if head.imported else self._address(head),
            "started_at": self._date(started_at),
            "page_id": self.snapshot.page.id,
            "incident_updates": [self._update(update, head) for update in newest_first(told)],
            "components": [self._by_id[id] for id in head.components if id in self._by_id],
        }

    def _address(self, head: Past) -> str:
        return f"{self.site_url}/{paths.address(subject(head))}"

    def _update(self, update: Update[Any], head: Past) -> Document:
        imported = update.imported
        return {
            "id": update.id,
            "status": foreign(update.status),
            "body": update.body,
            "incident_id": head.id,
            "created_at": self._date(update.created_at),
            "updated_at": self._date(update.updated_at),
            "display_at": self._date(update.happened_at),
            "affected_components": [self._affect(a, update) for a in update.affects] or None,
            "deliver_notifications": imported.deliver_notifications if imported else True,
            "custom_tweet": imported.custom_tweet if imported else None,
            "tweet_id": imported.tweet_id if imported else None,
        }

    def _affect(self, affect: Affect, update: Update[Any]) -> Document:
        """An imported update speaks of components by their present names, our own by those of its time."""
        name = self._names.get(affect.component, affect.name) if update.imported else affect.name
        return {
            "code": affect.component,
            "name": name,
            "old_status": affect.old,
            "new_status": affect.new,
        }

    def _date(self, moment: datetime | None) -> str | None:
        """Three decimals; `Z` where the page's clock shows UTC, else the offset of its zone then."""
        if moment is None:
            return None
        local = moment.astimezone(self.snapshot.zone)
        written = local.isoformat(timespec="milliseconds")
        return written[:-6] + "Z" if local.tzname() == "UTC" else written


def by_start(course: Course) -> tuple[datetime, int, int]:
    """When it is to begin; ties as another system broke them, or as they were announced."""
    maintenance = course.maintenance
    rank = maintenance.imported.rank if maintenance.imported else 0
    return (maintenance.starts_at, rank, maintenance.number)


def _by_change(told: Iterable[T]) -> list[T]:
    return sorted(told, key=lambda one: (one.head.updated_at, one.head.number), reverse=True)


def _reminder_intervals(incident: Incident) -> Document:
    """Present and null, present and a text, or, in old imported documents, absent."""
    if incident.imported is None:
        return {"reminder_intervals": None}
    if not incident.imported.has_reminder_intervals:
        return {}
    return {"reminder_intervals": incident.imported.reminder_intervals}
