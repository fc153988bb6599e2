"""What people send about components and groups: add, change, state how they are, take off the page."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from chalicelib.api.bodies import ChosenId, Sent
from chalicelib.api.types import TEXT, Id, Label, Line, Note, Position
from chalicelib.domain.components import Component, Direct, Group, check_changeable
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import ComponentStatus

Environment = Literal["production", "sandbox"]
Start = Annotated[
    date, Meta(description="The day from which its uptime counts, if not from the day it was added.")
]
Back = Annotated[bool, Meta(description="`false` brings back what was retired; nothing else changes it.")]


class NewGroup(Sent, frozen=True, kw_only=True):
    """A group to add."""

    EXAMPLE = {"id": "eu5", "name": "EU5", "region": "EMEA", "environment": "production"}

    name: Line
    id: ChosenId = None
    description: Note | None = None
    position: Position = 0
    region: Label | None = None
    environment: Environment | None = None
    release: Label | None = None

    def group(self, id: str, at: datetime) -> Group:
        """The group that is meant."""
        return Group(**{**self.stated(), "id": id}, created_at=at, updated_at=at)


class GroupChange(Sent, frozen=True, kw_only=True):
    """What to change about a group; null clears."""

    EXAMPLE = {"release": "Winter '27 Patch 4"}

    name: Line | UnsetType = UNSET
    description: Note | None | UnsetType = UNSET
    position: Position | UnsetType = UNSET
    region: Label | None | UnsetType = UNSET
    environment: Environment | None | UnsetType = UNSET
    release: Label | None | UnsetType = UNSET
    retired: Back | UnsetType = UNSET

    def applied(self, group: Group) -> Group:
        """The group as it is then."""
        return replace(group, **{**self.stated(), **_returning(self.retired, group)})


class NewComponent(Sent, frozen=True, kw_only=True):
    """A component to add."""

    EXAMPLE = {"id": "checkout", "name": "Checkout", "group": "eu5"}

    name: Line
    id: ChosenId = None
    group: Annotated[Id | None, Meta(description="The id of the group that it belongs to.")] = None
    description: Note | None = None
    position: Position = 0
    only_show_if_degraded: bool = False
    start_date: Start | None = None

    def component(self, id: str, at: datetime) -> Component:
        """The component that is meant."""
        return Component(**{**self.stated(), "id": id}, created_at=at, updated_at=at)


class ComponentChange(Sent, frozen=True, kw_only=True):
    """What to change about a component; null clears. `status` is stated directly, whatever incidents say."""

    EXAMPLE = {"status": "degraded_performance", "note": "Slow since the switch to the new database."}

    name: Line | UnsetType = UNSET
    group: (
        Annotated[Id | None, Meta(description="Another group; null takes it out of its group.")] | UnsetType
    ) = UNSET
    description: Note | None | UnsetType = UNSET
    position: Position | UnsetType = UNSET
    only_show_if_degraded: bool | UnsetType = UNSET
    start_date: Start | None | UnsetType = UNSET
    status: (
        Annotated[
            ComponentStatus | None,
            Meta(description="In force until an incident touches it; operational or null withdraws it."),
        ]
        | UnsetType
    ) = UNSET
    note: Annotated[Note, Meta(description="Why the status was stated.")] | UnsetType = UNSET
    retired: Back | UnsetType = UNSET

    def applied(self, component: Component, moment: Moment) -> Component:
        """The component as it is then."""
        stated = {name: value for name, value in self.stated().items() if name not in ("status", "note")}
        stated |= _returning(self.retired, component)
        return replace(component, direct=self._direct(component.direct, moment), **stated)

    def _direct(self, standing: Direct | None, moment: Moment) -> Direct | None:
        note = "" if self.note is UNSET else self.note.strip()
        if self.status is UNSET:
            if self.note is UNSET:
                return standing
            if standing is None:
                raise Conflict("note", "belongs to a status, and none is stated")
            return replace(standing, note=note)
        if self.status in (None, ComponentStatus.OPERATIONAL):
            return None
        return Direct(self.status, note, moment.at, moment.seq)


class Retirement(Sent, frozen=True, kw_only=True):
    """Why something leaves the page."""

    EXAMPLE = {"reason": "Replaced by the new checkout."}

    reason: Annotated[
        str,
        Meta(pattern=TEXT, max_length=1000, description="Shown on the page of the record; not blank."),
    ]


def _returning(retired: bool | UnsetType, thing: Component | Group) -> dict[str, None]:
    """What changes when something comes back; what is retired changes in no other way."""
    if retired is True:
        raise Invalid("retired", "must be false: to retire is an operation of its own")
    check_changeable(thing, returns=retired is False)
    return {} if retired is UNSET else {"retired": None}
