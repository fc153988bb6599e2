"""What stands here follows another system's page, but not where our own people were later."""

from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.components import Direct
from chalicelib.domain.imports import (
    ForeignPage,
    as_past,
    closed_elsewhere,
    component_after,
    course_left_by,
    group_after,
    is_continued,
    left_by,
    page_after,
    settle,
)
from chalicelib.domain.incidents import ImportedIncident, Incident
from chalicelib.domain.maintenances import Course, ImportedMaintenance
from chalicelib.domain.statuses import ComponentStatus, Impact, IncidentStatus
from chalicelib.domain.statuses import MaintenanceStatus as M
from tests.builders import (
    NOW,
    a_component,
    a_course,
    a_group,
    a_maintenance,
    a_page,
    a_story,
    an_incident,
    an_update,
)

LATER = NOW + timedelta(hours=1)
AFFECTS = {"api": ComponentStatus.MAJOR_OUTAGE}
DOWN = Direct(ComponentStatus.MAJOR_OUTAGE, "Imported", stated_at=NOW, seq=0)
FOREIGN = ForeignPage("acme", "Acme elsewhere", "Europe/Berlin", NOW)


def an_imported_incident(**changes: object) -> Incident:
    """An open incident that was imported and left alone since."""
    imported = ImportedIncident(NOW, NOW, "https://stspg.io/x")
    return replace(an_incident(affects=dict(AFFECTS)), **{"imported": imported, **changes})  # type: ignore[arg-type]


def test_a_page_takes_the_name_that_it_has_elsewhere() -> None:
    after = page_after(a_page(), FOREIGN)

    assert (after.id, after.name, after.time_zone) == ("acme", "Acme elsewhere", "Europe/Berlin")
    assert (after.updated_at, after.imported) == (NOW, True)
    assert after.tag_authority == a_page().tag_authority


def test_a_name_given_here_stays_until_a_later_document_comes() -> None:
    renamed = replace(page_after(a_page(), FOREIGN), name="Ours")

    assert page_after(renamed, FOREIGN) == renamed
    assert page_after(renamed, replace(FOREIGN, updated_at=LATER)).name == "Acme elsewhere"


def test_components_and_groups_of_our_own_stay() -> None:
    assert component_after(a_component(), a_component(name="X", imported=True), seq=7) == a_component()
    assert group_after(a_group(), a_group(name="X", imported=True)) == a_group()


def test_what_was_changed_here_later_stays() -> None:
    ours = a_component(imported=True, updated_at=LATER)

    assert component_after(ours, a_component(name="X", imported=True, updated_at=NOW), seq=7) == ours


def test_a_group_keeps_what_other_systems_do_not_know() -> None:
    standing = a_group(imported=True, region="EMEA", version=3)

    after = group_after(standing, a_group(name="X", imported=True))

    assert (after.name, after.region, after.version) == ("X", "EMEA", 3)


def test_a_direct_status_is_stated_by_the_entry_that_brings_it() -> None:
    standing = a_component(imported=True)

    after = component_after(standing, a_component(imported=True, direct=DOWN), seq=7)

    assert after.direct == replace(DOWN, seq=7)
    assert component_after(after, a_component(imported=True, direct=DOWN), seq=9).direct == after.direct
    assert component_after(after, a_component(imported=True), seq=9).direct is None


def test_a_postmortem_keeps_the_time_of_the_resolution() -> None:
    words = [IncidentStatus.MONITORING, IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM]
    updates = [
        an_update(f"u{n}", status=status, at=NOW + timedelta(minutes=n)) for n, status in enumerate(words)
    ]

    incident = left_by(an_incident(), updates)

    assert incident.status is IncidentStatus.POSTMORTEM
    assert (incident.monitoring_at, incident.resolved_at) == (NOW, NOW + timedelta(minutes=1))


def test_a_postmortem_alone_ends_the_incident() -> None:
    update = an_update(status=IncidentStatus.POSTMORTEM)

    assert left_by(an_incident(), [update]).resolved_at == NOW


def test_closed_elsewhere_is_a_mark_not_an_update() -> None:
    closed = closed_elsewhere(an_imported_incident())

    assert (closed.is_open, closed.affects) == (False, {})
    assert closed.status is IncidentStatus.INVESTIGATING
    assert closed_elsewhere(closed) == closed


def test_our_own_incident_is_not_closed_elsewhere() -> None:
    assert closed_elsewhere(an_incident()) == an_incident()


def test_an_incident_is_ours_from_our_first_word_on() -> None:
    assert is_continued(an_incident())
    assert not is_continued(an_imported_incident())
    assert is_continued(an_imported_incident(updated_at=LATER))


def test_a_maintenance_stands_as_its_updates_leave_it() -> None:
    course = a_course(M.SCHEDULED, M.IN_PROGRESS, M.VERIFYING, M.COMPLETED)
    began, verifying, ended = (update.happened_at for update in course.updates[1:])

    left = course_left_by(a_maintenance(), course.updates)

    assert (left.status, left.latest_at) == (M.COMPLETED, ended)
    assert (left.began_at, left.verifying_at, left.ended_at) == (began, verifying, ended)


def test_a_maintenance_that_was_taken_back_has_not_begun() -> None:
    left = course_left_by(a_maintenance(), a_course(M.SCHEDULED, M.IN_PROGRESS, M.SCHEDULED).updates)

    assert (left.status, left.began_at, left.ended_at) == (M.SCHEDULED, None, None)


def test_only_what_runs_is_in_force() -> None:
    under = ComponentStatus.UNDER_MAINTENANCE
    live = {"api": under, "web": ComponentStatus.OPERATIONAL}
    held = {"api": under, "web": under, "gone": under}
    running = Course(a_maintenance("now", status=M.IN_PROGRESS, affects=held), ())
    planned = Course(a_maintenance(affects=held), ())
    page = replace(FOREIGN, components=(a_component(),), courses=(planned, running))

    settled = settle(page, live)

    assert [course.maintenance.affects for course in settled.courses] == [{}, {"api": under}]
    assert settled.components[0].direct is None


def test_a_maintenance_is_closed_elsewhere_and_ours_as_an_incident_is() -> None:
    elsewhere = ImportedMaintenance(NOW, NOW, NOW, "https://stspg.io/y", Impact.MAINTENANCE)
    imported = a_maintenance(imported=elsewhere)

    assert not closed_elsewhere(imported).is_open
    assert closed_elsewhere(a_maintenance()) == a_maintenance()
    assert (is_continued(imported), is_continued(a_maintenance())) == (False, True)
    assert is_continued(replace(imported, updated_at=LATER))


def test_what_is_told_comes_in_the_order_in_which_it_was_first_told() -> None:
    later, course = a_story(id="later", at=LATER), a_course()

    assert replace(FOREIGN, stories=(later,), courses=(course,)).told == (course, later)


def test_older_documents_add_stories_and_open_nothing() -> None:
    story = replace(a_story(), incident=an_imported_incident())
    elsewhere = ImportedMaintenance(NOW, NOW, NOW, "https://stspg.io/y", Impact.MAINTENANCE)
    page = replace(
        FOREIGN, components=(a_component(),), stories=(story,), lists_components=True, lists_open=True,
        lists_pending=True, courses=(Course(a_maintenance(imported=elsewhere), ()),),
    )  # fmt: skip

    past = as_past(page)

    assert (past.components, past.lists_components, past.lists_open) == ((), False, False)
    assert [told.head.is_open for told in past.told] == [False, False]
    assert not past.lists_pending
