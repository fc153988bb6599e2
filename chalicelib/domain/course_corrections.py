"""Putting an update of a maintenance right, and with it what follows from the time that it claims."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.maintenances import PENDING, RUNNING, Course, Maintenance, MaintenanceUpdate, S
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import MaintenanceStatus
from chalicelib.domain.updates import newest
from chalicelib.domain.wordings import (
    Disorder,
    Mended,
    Right,
    beyond,
    check_order,
    correct_update,
    in_order,
    moved,
    standing,
    with_update,
)

BEFORE = frozenset({S.SCHEDULED, S.CANCELLED})
"""What is said of a maintenance that has not begun."""


class Times(NamedTuple):
    """What follows from the claimed times of a maintenance's updates."""

    latest_at: datetime
    began_at: datetime | None
    verifying_at: datetime | None
    ended_at: datetime | None


def correct_course(
    course: Course, id: str, right: Right, *, moment: Moment
) -> Mended[Maintenance, MaintenanceStatus]:
    """Put one of a maintenance's updates right; the plan stays, which is moved in an update of its own.

    One that began after its planned end does not end by the clock, until it turns out that it did not.
    """
    before = standing(course.updates, id)
    update, correction = correct_update(before, right, moment=moment)
    if correction is None:
        return Mended(course.maintenance, before, None)
    after = with_update(course.updates, update)
    maintenance = moved(course.maintenance, _times(course.updates), _times(after))
    check_order(_disorder(course.maintenance, course.updates), _disorder(maintenance, after), id=id)
    maintenance = replace(
        maintenance,
        updated_at=moment.at,
        revision=maintenance.revision + 1,
        seq=moment.seq,
    )
    return Mended(maintenance, update, correction)


def _times(updates: Iterable[MaintenanceUpdate]) -> Times:
    told = in_order(updates)
    last = newest(told)
    began = [update.happened_at for update in told if update.status in RUNNING]
    verifying = [update.happened_at for update in told if update.status is S.VERIFYING]
    return Times(
        latest_at=last.happened_at,
        began_at=began[0] if began else None,
        verifying_at=verifying[0] if verifying else None,
        ended_at=None if last.status in PENDING else last.happened_at,
    )


def _disorder(maintenance: Maintenance, updates: Iterable[MaintenanceUpdate]) -> set[Disorder]:
    """The updates that claim a time before it began or was announced, or after the end that they precede.

    What was told when it was over or elsewhere may be announced later than it says.
    """
    told, began, announced = in_order(updates), maintenance.began_at, maintenance.created_at
    early = {
        Disorder(one.id, one.happened_at, "must not let an update come before the maintenance began")
        for one in told
        if one.status not in BEFORE and began is not None and one.happened_at < began
    }
    unannounced = {
        Disorder(one.id, one.happened_at, "must not be before the maintenance was announced")
        for one in (told[1:] if maintenance.imported else told)
        if not maintenance.backfilled and one.happened_at < announced
    }
    return early | unannounced | beyond(told[:-1], maintenance.ended_at)
