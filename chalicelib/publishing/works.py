"""What pages show of maintenances, sorted out so that templates need not decide anything."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain.maintenances import Course, Maintenance, overran_at
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import MaintenanceStatus
from chalicelib.domain.updates import Update, newest
from chalicelib.publishing.localtimes import LocalTimes
from chalicelib.publishing.statuspage import by_newest_words, by_start
from chalicelib.publishing.views import Shown, names_told, present_names


@dataclass(frozen=True)
class Work:
    """A maintenance with what readers want to know first; `concerned` are names, `affected` is so now.

    `overran_at`: the planned end, where it went on beyond it. `is_moved`: its period is not the first one.
    """

    maintenance: Maintenance
    latest: Update[Any]
    concerned: tuple[str, ...]
    affected: tuple[Shown, ...]
    overran_at: datetime | None
    is_moved: bool


def running(snapshot: Snapshot) -> list[Work]:
    """What is under way, the one with the newest words before the rest."""
    courses = by_newest_words(it for it in snapshot.pending if it.maintenance.is_running)
    return [work(course, snapshot.as_of, present_names(snapshot)) for course in courses]


def upcoming(snapshot: Snapshot) -> list[Work]:
    """What is to come, what begins first before the rest."""
    courses = sorted((it for it in snapshot.pending if not it.maintenance.is_running), key=by_start)
    return [work(course, snapshot.as_of, present_names(snapshot)) for course in courses]


def work(course: Course, as_of: datetime, names: dict[str, str] | None = None) -> Work:
    """One maintenance; without present names, components have those of its updates."""
    maintenance = course.maintenance
    known = names_told(course) | (names or {})
    return Work(
        maintenance=maintenance,
        latest=newest(course.updates),
        concerned=tuple(known.get(id, id) for id in maintenance.components),
        affected=tuple(Shown(known.get(id, id), status) for id, status in maintenance.affects.items()),
        overran_at=overran_at(maintenance, as_of),
        is_moved=sum(update.plan is not None for update in course.updates) > 1,
    )


def month(maintenance: Maintenance, local: LocalTimes) -> str | None:
    """The month whose history lists it; None while that may still be to come."""
    is_past = maintenance.began_at is not None or (
        maintenance.status is MaintenanceStatus.COMPLETED
        and maintenance.ended_at is not None
        and maintenance.ended_at >= maintenance.starts_at
    )
    return f"{local.date(maintenance.started_at):%Y-%m}" if is_past else None
