"""The words for how things are, what follows from them, and which is worse."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class ComponentStatus(StrEnum):
    """How a component is; from best to worst."""

    OPERATIONAL = "operational"
    UNDER_MAINTENANCE = "under_maintenance"
    DEGRADED_PERFORMANCE = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"


class IncidentStatus(StrEnum):
    """Where the story of an incident stands."""

    SUSPECTED = "suspected"
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"
    RETRACTED = "retracted"


class MaintenanceStatus(StrEnum):
    """Where a maintenance stands."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Availability(StrEnum):
    """What readers can do while a maintenance runs, in Salesforce's four words; from best to worst."""

    AVAILABLE = "available"
    GENERALLY_AVAILABLE = "generally_available"
    READ_ONLY = "read_only"
    UNAVAILABLE = "unavailable"


class Impact(StrEnum):
    """How bad an incident is for readers; `maintenance` occurs in imported history alone."""

    NONE = "none"
    MAINTENANCE = "maintenance"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class RollUp(NamedTuple):
    """The page's headline, in Statuspage's words."""

    indicator: str
    description: str


_RANK = {status: rank for rank, status in enumerate(ComponentStatus)}
_IMPACT_RANK = {impact: rank for rank, impact in enumerate(Impact)}
_DEFAULT_IMPACT = {
    ComponentStatus.OPERATIONAL: Impact.NONE,
    ComponentStatus.UNDER_MAINTENANCE: Impact.NONE,
    ComponentStatus.DEGRADED_PERFORMANCE: Impact.MINOR,
    ComponentStatus.PARTIAL_OUTAGE: Impact.MAJOR,
    ComponentStatus.MAJOR_OUTAGE: Impact.CRITICAL,
}


def worst(statuses: Iterable[ComponentStatus]) -> ComponentStatus:
    """The worst of them; operational where there are none."""
    return max(statuses, key=_RANK.__getitem__, default=ComponentStatus.OPERATIONAL)


def better(one: ComponentStatus, other: ComponentStatus) -> ComponentStatus:
    """The better of two."""
    return min(one, other, key=_RANK.__getitem__)


def is_worse(one: ComponentStatus, other: ComponentStatus) -> bool:
    """Whether `one` is strictly worse than `other`."""
    return _RANK[one] > _RANK[other]


def graver(one: Impact, other: Impact) -> Impact:
    """The graver of two impacts."""
    return max(one, other, key=_IMPACT_RANK.__getitem__)


def default_impact(affects: Iterable[ComponentStatus]) -> Impact:
    """The impact that follows from the worst state an incident sets, where nobody states one."""
    return _DEFAULT_IMPACT[worst(affects)]


def roll_up(statuses: Iterable[ComponentStatus]) -> RollUp:
    """The headline over the components that are not groups (design.md §4, first match)."""
    found = list(statuses)
    distinct = set(found)
    if distinct == {ComponentStatus.MAJOR_OUTAGE}:
        return RollUp("critical", "Major System Outage")
    if ComponentStatus.MAJOR_OUTAGE in distinct or distinct == {ComponentStatus.PARTIAL_OUTAGE}:
        return RollUp("major", "Partial System Outage")
    if ComponentStatus.PARTIAL_OUTAGE in distinct:
        return RollUp("minor", "Minor Service Outage")
    if ComponentStatus.DEGRADED_PERFORMANCE in distinct:
        return RollUp("minor", "Partially Degraded Service")
    if ComponentStatus.UNDER_MAINTENANCE in distinct:
        return RollUp("maintenance", "Service Under Maintenance")
    return RollUp("none", "All Systems Operational")
