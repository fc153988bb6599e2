"""Maintenances and their updates: announce, go on, move, call off, list, look at, put right."""

from collections.abc import Callable, Iterator
from datetime import tzinfo

from chalicelib.api import answers, cursors, maintenance_answers, queries
from chalicelib.api.changes import save
from chalicelib.api.correction_bodies import UpdateCorrection
from chalicelib.api.documents import Listed
from chalicelib.api.maintenance_answers import FullMaintenance, ToldOfMaintenance
from chalicelib.api.maintenance_bodies import (
    Cancellation,
    MaintenanceChange,
    NewMaintenance,
    NewMaintenanceUpdate,
    NewPeriod,
)
from chalicelib.api.operations import Routes
from chalicelib.api.queries import Numbered
from chalicelib.api.requests import Asked
from chalicelib.domain.courses import Words, amend
from chalicelib.domain.keys import Scope
from chalicelib.domain.maintenances import Course, Maintenance
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import MaintenanceStatus
from chalicelib.domain.times import iso, month_span, zone
from chalicelib.domain.wordings import Mended
from chalicelib.stores import corrections, heads, maintenances
from chalicelib.stores.idempotency import Answer
from chalicelib.stores.record import Change

routes = Routes("maintenances")
WRITES = {"scope": Scope.MAINTENANCES_WRITE}
SAYS = {**WRITES, "answer": ToldOfMaintenance, "if_match": False}

MaintenanceMended = Mended[Maintenance, MaintenanceStatus]
Found = Iterator[tuple[str, Maintenance | None]]
Say = Callable[[Maintenance, str, Moment], Change[Course]]
"""What is said next of a maintenance that was just read, in an update of this id."""


@routes.post("/maintenances", **WRITES, body=NewMaintenance, answer=FullMaintenance)
def create_maintenance(asked: Asked, said: NewMaintenance) -> Answer:
    """Announce a maintenance with its first update; what is past needs `backfilled`."""
    ids = (said.id or asked.wiring.new_id(), asked.wiring.new_id())
    announcement = said.announcement()

    def answer(course: Course) -> Answer:
        updates = Listed([maintenance_answers.update(update) for update in course.updates], None)
        shown = maintenance_answers.full(course.maintenance, updates)
        location = asked.address(f"/maintenances/{ids[0]}")
        return answers.created(shown, _tag(course.maintenance), location=location)

    return save(asked, lambda moment: maintenances.announce(announcement, ids=ids, moment=moment), answer)


@routes.post("/maintenances/{id}/updates", **SAYS, body=NewMaintenanceUpdate)
def create_maintenance_update(asked: Asked, said: NewMaintenanceUpdate, id: str) -> Answer:
    """Go on with a maintenance; the ETag is the maintenance's."""
    words = said.words()

    def say(before: Maintenance, update_id: str, moment: Moment) -> Change[Course]:
        return maintenances.tell(before, words, id=update_id, moment=moment)

    return _said(asked, id, say)


@routes.post("/maintenances/{id}/reschedule", **SAYS, body=NewPeriod)
def reschedule_maintenance(asked: Asked, said: NewPeriod, id: str) -> Answer:
    """Move a maintenance to another period, in an update; the ETag is the maintenance's."""

    def say(before: Maintenance, update_id: str, moment: Moment) -> Change[Course]:
        return maintenances.reschedule(before, said.move(before), id=update_id, moment=moment)

    return _said(asked, id, say)


@routes.post("/maintenances/{id}/cancel", **SAYS, body=Cancellation)
def cancel_maintenance(asked: Asked, said: Cancellation, id: str) -> Answer:
    """Call a maintenance off before it begins, in an update; the ETag is the maintenance's."""
    words = Words(MaintenanceStatus.CANCELLED, said.body)

    def say(before: Maintenance, update_id: str, moment: Moment) -> Change[Course]:
        return maintenances.tell(before, words, id=update_id, moment=moment)

    return _said(asked, id, say)


@routes.get("/maintenances", query=queries.Maintenances, answer=Listed[maintenance_answers.Maintenance])
def list_maintenances(asked: Asked, query: queries.Maintenances) -> Answer:
    """List maintenances by when they begin, the last first; a page may hold fewer than `limit`."""
    found = _found(query, zone(asked.wiring.page().time_zone))
    listed = ((place, maintenance_answers.maintenance(it) if it else None) for place, it in found)
    return answers.found(cursors.filled(listed, query.limit))


@routes.get("/maintenances/{id}", query=Numbered, answer=FullMaintenance)
def get_maintenance(asked: Asked, query: Numbered, id: str) -> Answer:
    """Look at one maintenance and its updates, newest first; `limit` and `cursor` are about the updates."""
    maintenance = maintenances.get(id)
    before = int(query.cursor) if query.cursor else None
    found = maintenances.updates_before(id, before, limit=query.limit + 1)
    listed = ((str(update.seq), maintenance_answers.update(update)) for update in found)
    updates = cursors.filled(listed, query.limit)
    corrected = heads.corrections(maintenances.subject(maintenance))
    return answers.found(maintenance_answers.full(maintenance, updates, corrected), _tag(maintenance))


@routes.patch(
    "/maintenances/{id}/updates/{update}", **WRITES, body=UpdateCorrection, answer=ToldOfMaintenance
)
def correct_maintenance_update(asked: Asked, said: UpdateCorrection, id: str, update: str) -> Answer:
    """Put an update's words or claimed time right; If-Match and ETag are the maintenance's."""

    def decide(moment: Moment) -> Change[MaintenanceMended]:
        before = maintenances.get(id)
        asked.check_match(_tag(before))
        course = Course(before, maintenances.updates(id))
        return corrections.put_right(course, update, said.right(), moment=moment)

    def answer(mended: MaintenanceMended) -> Answer:
        return answers.found(maintenance_answers.with_state(mended.update, mended.head), _tag(mended.head))

    return save(asked, decide, answer)


@routes.patch("/maintenances/{id}", **WRITES, body=MaintenanceChange, answer=maintenance_answers.Maintenance)
def change_maintenance(asked: Asked, said: MaintenanceChange, id: str) -> Answer:
    """Put title or availability right, with a reason."""

    def decide(moment: Moment) -> Change[Maintenance]:
        before = maintenances.get(id)
        asked.check_match(_tag(before))
        return maintenances.amended(before, amend(before, moment=moment, **said.stated()))

    def answer(maintenance: Maintenance) -> Answer:
        return answers.found(maintenance_answers.maintenance(maintenance), _tag(maintenance))

    return save(asked, decide, answer)


def _said(asked: Asked, id: str, say: Say) -> Answer:
    update_id = asked.wiring.new_id()

    def decide(moment: Moment) -> Change[Course]:
        before = maintenances.get(id)
        asked.check_match(_tag(before), needed=False)
        return say(before, update_id, moment)

    def answer(course: Course) -> Answer:
        return answers.created(maintenance_answers.told(course), _tag(course.maintenance))

    return save(asked, decide, answer)


def _found(query: queries.Maintenances, zone: tzinfo) -> Found:
    """What the query asks for, the last first: cursors, with the maintenance where it is wanted."""
    span = tuple(map(iso, month_span(query.month, zone))) if query.month else ("", "~")
    before = min(query.cursor.replace("_", "#"), span[1]) if query.cursor else span[1]
    pending = {found.id: found for found in maintenances.all_pending()} if query.open is not None else {}
    if query.open:
        places = ((f"{iso(it.started_at)}#{it.id}", it.id) for it in pending.values())
        behind = sorted((place, id) for place, id in places if span[0] <= place < before)
        return iter([(place.replace("#", "_"), pending[id]) for place, id in reversed(behind)])
    limit = cursors.MOST_EXAMINED if query.open is False else query.limit
    found = list(maintenances.begun(since=span[0], before=before, limit=limit + 1))
    stored = maintenances.get_many(id for _, id in found if id not in pending)
    return iter([(place.replace("#", "_"), stored.get(id)) for place, id in found])


def _tag(maintenance: Maintenance) -> str:
    return answers.etag(maintenance.version)
