"""What people get: the documents of the API, as their schemas show them."""

from datetime import date
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

from chalicelib.api.amendments import Amendments
from chalicelib.api.types import CorrectedAt, Id, Time
from chalicelib.domain.incidents import Source
from chalicelib.domain.keys import Scope
from chalicelib.domain.statuses import ComponentStatus, Impact, IncidentStatus

T = TypeVar("T")


class Listed(Struct, Generic[T], frozen=True):
    """A page of a list; there may be fewer items than asked for, and still more to come."""

    items: list[T]
    next: Annotated[str | None, Meta(description="The `cursor` of the next page; null on the last one.")]


class Retired(Struct, frozen=True, kw_only=True):
    """That it is no longer on the page: since when, and why."""

    at: Time
    reason: str


class Group(Struct, frozen=True, kw_only=True):
    """Components that belong together; with a region it is an instance."""

    id: Id
    name: str
    description: str | None
    position: int
    region: str | None
    environment: str | None
    release: str | None
    retired: Retired | None
    created_at: Time
    updated_at: Time


class Direct(Struct, frozen=True, kw_only=True):
    """A status stated of the component itself; in force until an incident touches the component."""

    status: ComponentStatus
    note: str
    stated_at: Time


class Component(Struct, frozen=True, kw_only=True):
    """A part of the offering."""

    id: Id
    name: str
    group: Id | None
    description: str | None
    position: int
    only_show_if_degraded: bool
    start_date: date | None
    status: Annotated[ComponentStatus, Meta(description="The worst of what is in force about it.")]
    direct: Direct | None
    retired: Retired | None
    created_at: Time
    updated_at: Time


class Affect(Struct, frozen=True, kw_only=True):
    """What an update did to a component, under the name that it had."""

    component: Id
    name: str
    old: ComponentStatus
    new: ComponentStatus


class Update(Struct, frozen=True, kw_only=True):
    """One public message of an incident."""

    id: Id
    status: IncidentStatus
    body: str
    affects: list[Affect]
    happened_at: Annotated[Time, Meta(description="When it was so, as its author says.")]
    recorded_at: Annotated[Time, Meta(description="When we published it: our clock.")]
    next_update_by: Time | None
    follow_up: Annotated[Id | None, Meta(description="The follow-up that it says is done.")]
    promises: Annotated[Id | None, Meta(description="The follow-up that it promises.")]
    corrected_at: CorrectedAt
    entry: Annotated[int, Meta(description="The number of its entry in the record.")]


class State(Struct, frozen=True, kw_only=True):
    """Where an incident stands."""

    id: Id
    title: str
    status: IncidentStatus
    impact: Impact
    affects: dict[str, ComponentStatus]
    resolved_at: Time | None
    next_update_by: Time | None
    version: int


class Told(Update, frozen=True, kw_only=True):
    """An update, and where the incident stands after it."""

    incident: State


class Postmortem(Struct, frozen=True, kw_only=True):
    """The story afterwards."""

    update: Annotated[Id, Meta(description="The update that tells it.")]
    root_cause: str
    published_at: Time
    due: Annotated[Time | None, Meta(description="By when it was promised.")]
    first_due: Annotated[Time | None, Meta(description="By when at first, if that was moved or taken back.")]


class FollowUp(Struct, frozen=True, kw_only=True):
    """Something that was promised after an incident."""

    id: Id
    text: str
    due: Time
    promised_at: Time
    done_at: Annotated[Time | None, Meta(description="Since when it is done, as its author says.")]
    update: Annotated[Id | None, Meta(description="The update that says so.")]
    first_due: Annotated[Time | None, Meta(description="By when it was promised at first, if it was moved.")]


class Incident(State, frozen=True, kw_only=True):
    """Something that went wrong."""

    components: Annotated[list[str], Meta(description="The ids of all components that it ever concerned.")]
    started_at: Annotated[Time, Meta(description="When it began, as its author says.")]
    published_at: Annotated[Time, Meta(description="When we published it: our clock.")]
    updated_at: Time
    detected_at: Time | None
    acknowledged_at: Time | None
    monitoring_at: Time | None
    postmortem: Postmortem | None
    postmortem_due: Annotated[Time | None, Meta(description="By when its postmortem is promised.")]
    postmortem_first_due: Annotated[
        Time | None, Meta(description="By when it was promised at first, if that was moved or taken back.")
    ]
    source: Source
    backfilled: bool
    imported: bool


class Story(Incident, frozen=True, kw_only=True):
    """An incident with its updates, newest first: as many as fit, the others by `next`."""

    follow_ups: list[FollowUp]
    amendments: Amendments
    updates: list[Update]
    next: Annotated[str | None, Meta(description="The `cursor` for earlier updates; null if these are all.")]


class Page(Struct, frozen=True, kw_only=True):
    """The page's own identity."""

    id: Id
    name: str
    time_zone: str
    created_at: Time


class Key(Struct, frozen=True, kw_only=True):
    """A credential, but for its secret."""

    id: Id
    name: str
    scopes: list[Scope]
    created_at: Time
    revoked_at: Time | None


class MadeKey(Key, frozen=True, kw_only=True):
    """A new key with its credential, which is never shown again."""

    credential: str


class Entry(Struct, frozen=True, kw_only=True):
    """One link of the record."""

    seq: int
    recorded_at: Time
    kind: str
    subject: str
    digest: Annotated[str, Meta(description="SHA-256 over salt and body, in hex.")]
    prev: Annotated[str, Meta(description="The hash of the entry before.")]
    hash: Annotated[str, Meta(description="SHA-256 over the entry without body and salt (RFC 8785), in hex.")]
    body: Annotated[str | None, Meta(description="Canonical JSON (RFC 8785); null where it is not public.")]
    salt: Annotated[str | None, Meta(description="32 bytes in hex; null where the body is.")]


class RefusedSample(Struct, frozen=True, kw_only=True):
    """A sample that does not count, by its place in the batch."""

    index: Annotated[int, Meta(description="Counted from 0; of JSON lines, blank ones count too.")]
    field: str
    reason: str


class Counted(Struct, frozen=True, kw_only=True):
    """What a batch came to."""

    counted: Annotated[int, Meta(description="How many samples count.")]
    refused: list[RefusedSample]


class Day(Struct, frozen=True, kw_only=True):
    """What a component did on a day of UTC."""

    date: Annotated[str, Meta(extra_json_schema={"format": "date"}, examples=["2026-11-22"])]
    transactions: int
    mean_ms: Annotated[float | None, Meta(description="Null without transactions.")]
    errors: int
    partial_s: Annotated[int, Meta(description="Seconds of partial outage; they follow the incidents.")]
    major_s: Annotated[int, Meta(description="Seconds of major outage.")]
    samples: int
    source: Annotated[str | None, Meta(description="Where the samples came from.", examples=["api"])]
    final: Annotated[bool, Meta(description="Whether the day takes no more samples.")]


class Days(Struct, frozen=True, kw_only=True):
    """The days of a component, oldest first."""

    component: Id
    days: list[Day]
    uptime: Annotated[
        str | None, Meta(description="In percent, from when the component began.", examples=["99.98"])
    ]


class Redaction(Struct, frozen=True, kw_only=True):
    """That words were removed. If they stand in many entries, others follow and remove the rest."""

    entry: Annotated[int, Meta(description="The entry of the record that says so.")]
    entries: Annotated[list[int], Meta(description="Those that lost words by it.")]
    elsewhere: Annotated[
        list[int],
        Meta(
            description="Entries about something else that hold one of the same texts, and keep it: remove"
            " it there too if it must go. At most the first hundred, as they were when it was removed."
        ),
    ]
    reason: str
    at: Time
