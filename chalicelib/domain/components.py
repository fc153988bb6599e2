"""Components and groups: what readers follow, and how each one is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from chalicelib.domain.checks import check_id, check_line
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.statuses import ComponentStatus, is_worse, worst

ENVIRONMENTS = ("production", "sandbox")


@dataclass(frozen=True)
class Direct:
    """A status that a person or an import stated of a component itself, with its reason and date."""

    status: ComponentStatus
    note: str
    stated_at: datetime
    seq: int


@dataclass(frozen=True)
class Retired:
    """That it is no longer on the page: since when, and why."""

    at: datetime
    reason: str = ""


@dataclass(frozen=True)
class Touch:
    """The last time that an incident or maintenance of ours changed a component: record entry and instant.

    `firm` is the entry of the last incident that did, where a maintenance came since; 0 if none ever did.
    """

    seq: int
    at: datetime
    firm: int | None = None

    @property
    def last_firm(self) -> int:
        """The entry of the last incident that changed the component, or 0."""
        return self.seq if self.firm is None else self.firm


@dataclass(frozen=True)
class Component:
    """A part of the offering. `rank` breaks ties of `position`; `group` is a group's id."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    group: str | None = None
    description: str | None = None
    position: int = 0
    rank: int = 0
    only_show_if_degraded: bool = False
    showcase: bool = False
    start_date: date | None = None
    direct: Direct | None = None
    retired: Retired | None = None
    imported: bool = False
    version: int = 0
    seq: int = 0

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_line("name", self.name)


@dataclass(frozen=True)
class Group:
    """Components that belong together; with a region it is an instance (NA1, EU5)."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    position: int = 0
    rank: int = 0
    region: str | None = None
    environment: str | None = None
    release: str | None = None
    retired: Retired | None = None
    imported: bool = False
    version: int = 0
    seq: int = 0

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_line("name", self.name)
        if self.environment is not None and self.environment not in ENVIRONMENTS:
            raise Invalid("environment", "must be production or sandbox")


Thing = TypeVar("Thing", Component, Group)


def retire_component(
    component: Component,
    reason: str,
    *,
    at: datetime,
    affects: Iterable[ComponentStatus],
    planned: Iterable[ComponentStatus] = (),
) -> Component:
    """Take a component off the page, with its direct status; not while something open affects it, or will."""
    if any(status is not ComponentStatus.OPERATIONAL for status in affects):
        raise Conflict("id", "is affected by something open: end that first")
    if any(status is not ComponentStatus.OPERATIONAL for status in planned):
        raise Conflict(
            "id", "is part of an announced maintenance: cancel it, or say that it stays operational"
        )
    return _retired(replace(component, direct=None), reason, at)


def retire_group(group: Group, reason: str, *, at: datetime, components: Iterable[Component]) -> Group:
    """Take a group off the page; not while components are in it that are not retired."""
    if any(component.group == group.id and not component.retired for component in components):
        raise Conflict("id", "has components: retire them or move them first")
    return _retired(group, reason, at)


def _retired(thing: Thing, reason: str, at: datetime) -> Thing:
    if thing.retired:
        raise Conflict("id", "is retired already")
    return replace(thing, retired=Retired(at, reason.strip()))


def check_changeable(thing: Component | Group, *, returns: bool) -> None:
    """What is retired changes only when it comes back."""
    if thing.retired and not returns:
        raise Conflict("id", "is retired: bring it back first, with retired false")


def direct_in_force(component: Component, touch: Touch | None) -> ComponentStatus:
    """The direct status, unless an incident of ours has touched the component since.

    A maintenance withdraws a status that is no worse than its own: it never takes an outage off the page.
    """
    direct = component.direct
    if direct is None:
        return ComponentStatus.OPERATIONAL
    if touch is not None:
        is_mild = not is_worse(direct.status, ComponentStatus.UNDER_MAINTENANCE)
        if (touch.seq if is_mild else touch.last_firm) > direct.seq:
            return ComponentStatus.OPERATIONAL
    return direct.status


def status_of(
    component: Component, touch: Touch | None, affects: Iterable[ComponentStatus]
) -> ComponentStatus:
    """How a component is: the worst of what is in force about it (design.md §1, one truth)."""
    return worst([direct_in_force(component, touch), *affects])


def shown_updated_at(component: Component, touch: Touch | None) -> datetime:
    """When a component last changed, itself or through an incident."""
    return max(component.updated_at, touch.at) if touch else component.updated_at


def full_name(component: Component, group: Group | None) -> str:
    """`Group - Component` for a grouped one, the plain name for a loose one (Statuspage's rule)."""
    return f"{group.name} - {component.name}" if group else component.name
