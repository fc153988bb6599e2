"""Statuspage's public API v2, as its clients parse it: key order, nulls, dates and sort orders."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from chalicelib.domain.components import Component, Group, full_name
from chalicelib.domain.incidents import Incident, IncidentUpdate, Story
from chalicelib.domain.snapshot import Snapshot, order
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.domain.updates import Affect
from chalicelib.publishing.files import File, json_file

Document = dict[str, Any]
LATEST = 50
FOREIGN = {
    IncidentStatus.SUSPECTED: IncidentStatus.INVESTIGATING,
    IncidentStatus.RETRACTED: IncidentStatus.RESOLVED,
}
"""What we call by names that Statuspage does not have."""


def files(snapshot: Snapshot, site_url: str) -> dict[str, File]:
    """Every document, by its key."""
    documents = _Statuspage(snapshot, site_url).documents()
    return {f"api/v2/{name}.json": json_file(document) for name, document in documents.items()}


def foreign(status: IncidentStatus) -> IncidentStatus:
    """An incident's status in the words of other systems."""
    return FOREIGN.get(status, status)


def newest_first(story: Story) -> list[IncidentUpdate]:
    """A story's updates, newest first by when they were written."""
    return sorted(story.updates, key=lambda update: (update.created_at, update.seq))[::-1]


def by_newest_words(stories: Iterable[Story]) -> list[Story]:
    """Stories by the claimed time of their newest update, newest first."""
    return sorted(stories, key=lambda s: (s.incident.latest_at, s.incident.number), reverse=True)


@dataclass(frozen=True)
class _Statuspage:
    """One snapshot in Statuspage's words; each object is made once."""

    snapshot: Snapshot
    site_url: str

    def documents(self) -> dict[str, Document]:
        incidents = [self._incident(story) for story in by_newest_words(self.snapshot.latest)[:LATEST]]
        unresolved = [self._incident(story) for story in _by_change(self.snapshot.open)]
        resolved = [incident for incident in incidents if incident["resolved_at"] is not None]
        components, none = self._components, self._document(scheduled_maintenances=[])
        return {
            "status": self._document(status=self._status),
            "summary": self._document(
                components=components,
                incidents=unresolved,
                scheduled_maintenances=[],
                status=self._status,
            ),
            "components": self._document(components=components),
            "incidents": self._document(incidents=incidents),
            "incidents/unresolved": self._document(incidents=unresolved),
            "incidents/resolved": self._document(incidents=resolved),
            "scheduled-maintenances": none,
            "scheduled-maintenances/upcoming": none,
            "scheduled-maintenances/active": none,
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

    def _incident(self, story: Story) -> Document:
        incident = story.incident
        updates = [self._update(update, incident) for update in newest_first(story)]
        return {
            "id": incident.id,
            "name": incident.title,
            "status": foreign(incident.status),
            "created_at": self._date(incident.created_at),
            "updated_at": self._date(incident.updated_at),
            "monitoring_at": self._date(incident.monitoring_at),
            "resolved_at": self._date(incident.resolved_at),
            "impact": incident.impact,
            "shortlink": self._shortlink(incident),
            "started_at": self._date(incident.started_at),
            "page_id": self.snapshot.page.id,
            "incident_updates": updates,
            "components": [self._by_id[id] for id in incident.components if id in self._by_id],
            **_reminder_intervals(incident),
        }

    def _shortlink(self, incident: Incident) -> str:
        if incident.imported:
            return incident.imported.shortlink
        return f"{self.site_url}/incidents/{incident.id}/"

    def _update(self, update: IncidentUpdate, incident: Incident) -> Document:
        imported = update.imported
        return {
            "id": update.id,
            "status": foreign(update.status),
            "body": update.body,
            "incident_id": incident.id,
            "created_at": self._date(update.created_at),
            "updated_at": self._date(update.updated_at),
            "display_at": self._date(update.happened_at),
            "affected_components": [self._affect(a, update) for a in update.affects] or None,
            "deliver_notifications": imported.deliver_notifications if imported else True,
            "custom_tweet": imported.custom_tweet if imported else None,
            "tweet_id": imported.tweet_id if imported else None,
        }

    def _affect(self, affect: Affect, update: IncidentUpdate) -> Document:
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


def _by_change(stories: Iterable[Story]) -> list[Story]:
    return sorted(stories, key=lambda s: (s.incident.updated_at, s.incident.number), reverse=True)


def _reminder_intervals(incident: Incident) -> Document:
    """Present and null, present and a text, or, in old imported documents, absent."""
    if incident.imported is None:
        return {"reminder_intervals": None}
    if not incident.imported.has_reminder_intervals:
        return {}
    return {"reminder_intervals": incident.imported.reminder_intervals}
