"""What people send: JSON that becomes a valid domain value, or the name of the field that cannot."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api import faults
from chalicelib.api.types import MOST_COMPONENTS, Body, Given, Id, Line, Reason
from chalicelib.domain.errors import Invalid
from chalicelib.domain.incidents import Draft, Said
from chalicelib.domain.keys import Scope
from chalicelib.domain.statuses import ComponentStatus, Impact, IncidentStatus
from chalicelib.domain.times import instant

B = TypeVar("B", bound="Sent")

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)

OpeningStatus = Literal["suspected", "investigating", "identified", "monitoring", "resolved"]
StatedImpact = Literal["none", "minor", "major", "critical"]
Affects = Annotated[
    dict[Id, ComponentStatus],
    Meta(max_length=MOST_COMPONENTS, description="What it does to components, by their ids."),
]
ChosenId = Annotated[Id | None, Meta(description="Chosen by you, or made if absent.")]


class Sent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body; `EXAMPLE` shows one in the API's description. One that `MAY_BE_EMPTY` may be left out."""

    EXAMPLE: ClassVar[dict[str, Any]]
    MAY_BE_EMPTY: ClassVar[bool] = False

    def stated(self) -> dict[str, Any]:
        """The fields that were sent, texts without the space around them; a word of an enum stays one."""
        sent = {name: getattr(self, name) for name in self.__struct_fields__}
        return {
            name: value.strip() if type(value) is str else value
            for name, value in sent.items()
            if value is not UNSET
        }


class NewIncident(Sent, frozen=True, kw_only=True):
    """An incident to open, with its first update."""

    EXAMPLE = {
        "title": "Checkout is slow",
        "body": "We see slow answers since 10:05 and are looking for the cause.",
        "affects": {"checkout": "degraded_performance"},
    }

    title: Line
    body: Body
    id: ChosenId = None
    impact: Annotated[StatedImpact | None, Meta(description="Follows from the worst status if absent.")] = (
        None
    )
    status: OpeningStatus = "investigating"
    affects: Affects = {}
    started_at: Given | None = None
    detected_at: Given | None = None
    next_update_by: Given | None = None

    def draft(self) -> Draft:
        """What is said."""
        return Draft(
            self.title,
            self.body,
            IncidentStatus(self.status),
            Impact(self.impact) if self.impact else None,
            self.affects,
            started_at=_instant("started_at", self.started_at),
            detected_at=_instant("detected_at", self.detected_at),
            next_update_by=_instant("next_update_by", self.next_update_by),
        )


class NewUpdate(Sent, frozen=True, kw_only=True):
    """What to say next about an incident. Components that are not named stay; an end sets all free."""

    EXAMPLE = {
        "status": "identified",
        "body": "A slow query is the cause.",
        "affects": {"checkout": "partial_outage"},
    }

    status: IncidentStatus
    body: Body
    affects: Affects = {}
    happened_at: Given | None = None
    next_update_by: Given | None = None

    def said(self) -> Said:
        """What is said."""
        return Said(
            self.status,
            self.body,
            self.affects,
            _instant("happened_at", self.happened_at),
            _instant("next_update_by", self.next_update_by),
        )


class IncidentChange(Sent, frozen=True, kw_only=True):
    """What to put right about an incident; how it read stays one click away, with the reason."""

    EXAMPLE = {"title": "Checkout is slow for cards", "impact": "minor", "reason": "Only cards are slow."}

    reason: Reason | UnsetType = UNSET
    title: Line | UnsetType = UNSET
    impact: StatedImpact | UnsetType = UNSET
    detected_at: (
        Annotated[Given | None, Meta(description="When it was detected; null if nobody can say.")] | UnsetType
    ) = UNSET
    postmortem_due: (
        Annotated[Given | None, Meta(description="By when its postmortem is promised; null takes it back.")]
        | UnsetType
    ) = UNSET

    def stated(self) -> dict[str, Any]:
        """The fields that were sent, at least one that changes something."""
        if all(it is UNSET for it in (self.title, self.impact, self.detected_at, self.postmortem_due)):
            others = "impact, detected_at and postmortem_due"
            raise Invalid("title", f"is missing, and so are {others}: nothing would change")
        return super().stated()

    @property
    def stated_impact(self) -> Impact | None:
        """The impact, if one is stated."""
        return None if self.impact is UNSET else Impact(self.impact)

    def detected(self, standing: datetime | None) -> datetime | None:
        """When it was detected."""
        return standing if self.detected_at is UNSET else _instant("detected_at", self.detected_at)

    def promised(self, standing: datetime | None) -> datetime | None:
        """By when the postmortem is promised."""
        return standing if self.postmortem_due is UNSET else _instant("postmortem_due", self.postmortem_due)


class PageChange(Sent, frozen=True, kw_only=True):
    """What to change about the page."""

    EXAMPLE = {"name": "Acme", "time_zone": "Europe/Berlin"}

    name: Line | UnsetType = UNSET
    time_zone: Annotated[str, Meta(min_length=1, max_length=64, description="An IANA name.")] | UnsetType = (
        UNSET
    )


class NewKey(Sent, frozen=True, kw_only=True):
    """A key to make; nobody can grant what their own key may not do."""

    EXAMPLE = {"name": "Deployment pipeline", "scopes": ["read", "incidents:write"]}

    name: Line
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=len(Scope))]


def read(raw: bytes, type: type[B]) -> B:
    """The body, or `Invalid` with the path of the field that is wrong (`faults.WHOLE`: all of it)."""
    try:
        raw = raw or (b"{}" if type.MAY_BE_EMPTY else raw)
        said = _decoded(raw, type)
        faults.check_once(raw)
        return said
    except msgspec.DecodeError as broken:
        told = f"is not JSON: {broken}" if raw.strip() else "is empty, and must be JSON"
        raise Invalid(faults.WHOLE, told) from broken
    except UnicodeDecodeError as broken:
        raise Invalid(faults.WHOLE, "is not UTF-8") from broken


def _decoded(raw: bytes, type: type[B]) -> B:
    try:
        return msgspec.json.decode(raw, type=type)
    except msgspec.ValidationError as wrong:
        given = _plain(raw)
        if given is None:
            raise faults.located(wrong, given, type) from wrong
    try:
        return msgspec.convert(given, type)
    except msgspec.ValidationError as wrong:
        raise faults.located(wrong, given, type) from wrong


def _plain(raw: bytes) -> Any:
    """The body as it came, where it is JSON to the end; in JSON Schema a number like 2.0 is an integer."""
    try:
        given = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        return None
    return {name: _whole(value) for name, value in given.items()} if isinstance(given, dict) else given


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _instant(field: str, given: datetime | None) -> datetime | None:
    return None if given is None else instant_of(field, given)


def instant_of(field: str, given: datetime) -> datetime:
    """The instant; what no calendar of ours holds is refused."""
    try:
        moment = instant(given)
    except OverflowError as absurd:
        raise Invalid(field, "is out of range") from absurd
    if not EARLIEST <= moment < LATEST:
        raise Invalid(field, "must lie between 1970 and 2999")
    return moment
