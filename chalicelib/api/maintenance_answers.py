"""What people get about maintenances: the documents, as their schemas show them, and how they are made."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.api import answers
from chalicelib.api.amendments import Amendments, amendments
from chalicelib.api.documents import Affect, Listed
from chalicelib.api.types import CorrectedAt, Id, Time
from chalicelib.domain import maintenances
from chalicelib.domain.maintenances import Course
from chalicelib.domain.statuses import Availability, ComponentStatus, MaintenanceStatus
from chalicelib.domain.updates import Correction


class Planned(Struct, frozen=True, kw_only=True):
    """A period that was announced."""

    starts_at: Time
    ends_at: Time


class MaintenanceUpdate(Struct, frozen=True, kw_only=True):
    """One public message of a maintenance."""

    id: Id
    status: MaintenanceStatus
    body: str
    affects: list[Affect]
    happened_at: Annotated[Time, Meta(description="When it was so, as its author says, or as was planned.")]
    recorded_at: Annotated[Time, Meta(description="When we published it: our clock.")]
    plan: Annotated[Planned | None, Meta(description="The period that it announces, or moves it to.")]
    corrected_at: CorrectedAt
    entry: Annotated[int, Meta(description="The number of its entry in the record.")]


class MaintenanceState(Struct, frozen=True, kw_only=True):
    """Where a maintenance stands."""

    id: Id
    title: str
    status: MaintenanceStatus
    availability: Annotated[Availability | None, Meta(description="Null where an import did not tell.")]
    starts_at: Annotated[Time, Meta(description="When it is planned to begin.")]
    ends_at: Annotated[Time, Meta(description="When it is planned to end.")]
    began_at: Annotated[Time | None, Meta(description="When it began.")]
    ended_at: Annotated[Time | None, Meta(description="When it ended, or was called off.")]
    affects: Annotated[dict[str, ComponentStatus], Meta(description="What it does to components now.")]
    ends_by_clock: Annotated[bool, Meta(description="Whether it is over at its planned end by itself.")]
    version: int


class ToldOfMaintenance(MaintenanceUpdate, frozen=True, kw_only=True):
    """An update, and where the maintenance stands after it."""

    maintenance: MaintenanceState


class Maintenance(MaintenanceState, frozen=True, kw_only=True):
    """Announced work."""

    components: Annotated[list[str], Meta(description="The ids of all components that it concerns.")]
    planned: Annotated[
        dict[str, ComponentStatus], Meta(description="What it does to components while it runs.")
    ]
    published_at: Annotated[Time, Meta(description="When we published it: our clock.")]
    updated_at: Time
    verifying_at: Time | None
    remind_before: Annotated[int | None, Meta(description="Minutes before it begins.")]
    backfilled: bool
    imported: bool


class FullMaintenance(Maintenance, frozen=True, kw_only=True):
    """A maintenance with its updates, newest first: as many as fit, the others by `next`."""

    amendments: Amendments
    updates: list[MaintenanceUpdate]
    next: Annotated[str | None, Meta(description="The `cursor` for earlier updates; null if these are all.")]


def update(found: maintenances.MaintenanceUpdate) -> MaintenanceUpdate:
    """An update."""
    return answers.shown(MaintenanceUpdate, found, **_parts(found))


def told(course: Course) -> ToldOfMaintenance:
    """The one update that a maintenance has just been continued with, and where it stands."""
    (newest,) = course.updates
    return with_state(newest, course.maintenance)


def with_state(
    found: maintenances.MaintenanceUpdate, maintenance: maintenances.Maintenance
) -> ToldOfMaintenance:
    """An update, and where its maintenance stands."""
    state = answers.shown(MaintenanceState, maintenance, ends_by_clock=maintenance.is_ended_by_clock)
    return answers.shown(ToldOfMaintenance, found, **_parts(found), maintenance=state)


def maintenance(found: maintenances.Maintenance) -> Maintenance:
    """A maintenance without its updates."""
    return answers.shown(
        Maintenance, found, imported=found.imported is not None, ends_by_clock=found.is_ended_by_clock
    )


def full(
    found: maintenances.Maintenance,
    updates: Listed[MaintenanceUpdate],
    corrections: Iterable[Correction] = (),
) -> FullMaintenance:
    """A maintenance with a page of its updates, and what was put right."""
    return answers.shown(
        FullMaintenance,
        found,
        imported=found.imported is not None,
        ends_by_clock=found.is_ended_by_clock,
        amendments=amendments(found.amendments, corrections),
        updates=updates.items,
        next=updates.next,
    )


def _parts(update: maintenances.MaintenanceUpdate) -> dict[str, object]:
    plan = answers.shown(Planned, update.plan) if update.plan else None
    return {
        "affects": answers.affects(update), "plan": plan, "corrected_at": answers.corrected_at(update),
        "entry": update.seq,
    }  # fmt: skip
