"""Domain values as the documents of the API, and the answers that carry them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from chalicelib.api import documents
from chalicelib.api.amendments import amendments
from chalicelib.api.documents import Listed
from chalicelib.domain.components import Component, Group, Touch, shown_updated_at, status_of
from chalicelib.domain.days import Day
from chalicelib.domain.incidents import Incident, IncidentUpdate, Story
from chalicelib.domain.keys import Key
from chalicelib.domain.pages import Page
from chalicelib.domain.promises import FollowUp
from chalicelib.domain.record import Entry
from chalicelib.domain.statuses import ComponentStatus
from chalicelib.domain.times import iso
from chalicelib.domain.updates import Correction, Update
from chalicelib.stores.copies import Redaction
from chalicelib.stores.idempotency import Answer

D = TypeVar("D", bound=Struct)


def group(found: Group) -> documents.Group:
    """A group."""
    return shown(documents.Group, found, retired=_retired(found))


def component(
    found: Component, touch: Touch | None, in_force: Iterable[Mapping[str, ComponentStatus]]
) -> documents.Component:
    """A component, given its last touch and what each open incident does to components."""
    affects = (held[found.id] for held in in_force if found.id in held)
    return shown(
        documents.Component,
        found,
        status=status_of(found, touch, affects),
        direct=shown(documents.Direct, found.direct) if found.direct else None,
        retired=_retired(found),
        updated_at=iso(shown_updated_at(found, touch)),
    )


def update(found: IncidentUpdate) -> documents.Update:
    """An update."""
    return shown(documents.Update, found, **_parts(found))


def told(story: Story) -> documents.Told:
    """The one update that a story has just been continued with, and where the incident stands."""
    (newest,) = story.updates
    return with_state(newest, story.incident)


def with_state(found: IncidentUpdate, incident: Incident) -> documents.Told:
    """An update, and where its incident stands."""
    return shown(documents.Told, found, **_parts(found), incident=shown(documents.State, incident))


def incident(found: Incident) -> documents.Incident:
    """An incident without its updates."""
    return shown(documents.Incident, found, **_whole(found))


def story(
    found: Incident,
    updates: Listed[documents.Update],
    follow_ups: Iterable[FollowUp] = (),
    corrections: Iterable[Correction] = (),
) -> documents.Story:
    """An incident with a page of its updates, what was promised, and what was put right."""
    parts = {
        "follow_ups": [follow_up(one) for one in follow_ups],
        "amendments": amendments(found.amendments, corrections),
        "updates": updates.items,
        "next": updates.next,
    }
    return shown(documents.Story, found, **_whole(found), **parts)


def follow_up(found: FollowUp) -> documents.FollowUp:
    """A follow-up."""
    return shown(documents.FollowUp, found)


def page(found: Page) -> documents.Page:
    """The page."""
    return shown(documents.Page, found)


def key(found: Key) -> documents.Key:
    """A key."""
    return shown(documents.Key, found)


def entry(found: Entry) -> documents.Entry:
    """An entry of the record."""
    return shown(documents.Entry, found)


def day(found: Day) -> documents.Day:
    """A component's day."""
    return shown(documents.Day, found.told)


def redaction(found: Redaction) -> documents.Redaction:
    """That words were removed."""
    return shown(documents.Redaction, found, entries=list(found.entries), elsewhere=list(found.elsewhere))


def etag(version: int, *also: str) -> str:
    """An entity tag: the version, and what else the document shows that changes without it."""
    return f'"{"-".join([str(version), *also])}"'


def found(document: Any, tag: str | None = None) -> Answer:
    """200 with a document."""
    return _answer(HTTPStatus.OK, document, {"ETag": tag} if tag else {})


def created(document: Any, tag: str | None = None, *, location: str | None = None) -> Answer:
    """201 with a document, and where it is found from now on."""
    headers = {"ETag": tag, "Location": location}
    return _answer(HTTPStatus.CREATED, document, {name: value for name, value in headers.items() if value})


def _answer(status: HTTPStatus, document: Any, headers: dict[str, str]) -> Answer:
    return Answer(status.value, msgspec.json.encode(document).decode(), headers)


def _parts(update: IncidentUpdate) -> dict[str, Any]:
    promises = update.pledge.follow_up if update.pledge else None
    return {
        "affects": affects(update), "promises": promises, "corrected_at": corrected_at(update),
        "entry": update.seq,
    }  # fmt: skip


def _whole(incident: Incident) -> dict[str, Any]:
    postmortem = shown(documents.Postmortem, incident.postmortem) if incident.postmortem else None
    return {"imported": incident.imported is not None, "postmortem": postmortem}


def _retired(thing: Component | Group) -> documents.Retired | None:
    return shown(documents.Retired, thing.retired) if thing.retired else None


def corrected_at(update: Update[Any]) -> str | None:
    """When an update was last put right."""
    return iso(update.corrected.at) if update.corrected else None


def affects(update: Update[Any]) -> list[documents.Affect]:
    return [shown(documents.Affect, affect) for affect in update.affects]


def shown(type: type[D], found: Any, **other: Any) -> D:
    """The document of a domain value: fields of the same name, times as text, and what is given besides."""
    same = (name for name in type.__struct_fields__ if name not in other)
    return type(**{name: _text(getattr(found, name)) for name in same}, **other)


def _text(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value
