"""Imports in a real table: whole, once, resumable, and never over what our own people said."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.incidents import Said
from chalicelib.domain.record import check_chain
from chalicelib.domain.statuses import ComponentStatus, IncidentStatus
from chalicelib.stores import catalogue, front, history, imports, incidents, maintenances, pages, record
from chalicelib.stores.imports import Saved
from tests.statuspages import (
    Object,
    a_component,
    a_document,
    a_maintenance,
    a_summary,
    an_incident,
    an_update,
    at,
    foreign,
)
from tests.worlds import World

DEGRADED = ComponentStatus.DEGRADED_PERFORMANCE
MAJOR = ComponentStatus.MAJOR_OUTAGE
RESOLVED = IncidentStatus.RESOLVED


@pytest.fixture
def world(table: str) -> World:
    """An empty table with its page."""
    world = World()
    world.page()
    return world


def take_in(world: World, *documents: Object, **more: Any) -> Saved:
    """Import these documents, a minute later."""
    world.pass_time(minutes=1)
    return imports.save(foreign(*documents), now=world.now, **more)


def kinds(after: int = 1) -> list[str]:
    """The kinds of the entries behind this one."""
    return [entry.kind for entry in record.entries(after)]


def long_incident(count: int = 70, **changes: Any) -> Object:
    """An incident whose updates fill more than two transactions; the last one resolves it."""
    updates = [an_update(f"u{n}", n) for n in range(count - 1)]
    return an_incident("long", *updates, an_update("end", count, "resolved"), **changes)


def killed_after(batches: int) -> Callable[[int, int], None]:
    """Progress that ends everything after so many transactions."""
    left = iter(range(batches - 1))

    def progress(done: int, all_of: int) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return progress


def everything() -> dict[str, Any]:
    """All that an import stores, without the numbers that depend on its batches."""
    ids = sorted(id for _, id in incidents.begun(since="2020"))
    stories = {id: incidents.story(id) for id in ids}
    return {
        id: (
            replace(story.incident, seq=0, number=0, version=0, published_at=story.incident.created_at),
            [replace(update, seq=0, recorded_at=update.created_at) for update in story.updates],
        )
        for id, story in stories.items()
    }


def test_page_components_and_incident_are_stored_by_one_transaction_in_order(world: World) -> None:
    told = [an_update("one", 10, affects={"api": "major_outage"}), an_update("two", 20, "identified")]
    steps: list[tuple[int, int]] = []

    saved = take_in(
        world,
        a_summary(an_incident("slow", *told)),
        progress=lambda done, all_of: steps.append((done, all_of)),
    )

    assert kinds() == ["page.imported", "component.imported", "incident.imported", *["update.imported"] * 2]
    assert (saved.changed("incident.imported"), saved.updates, steps) == (1, 2, [(1, 1)])
    check_chain(record.entries(0))


def test_our_clock_and_numbers_stand_beside_what_was_imported(world: World) -> None:
    take_in(world, a_summary(an_incident("slow", an_update("one", 10), an_update("two", 20))))

    story = incidents.story("slow")
    assert (story.incident.published_at, story.incident.number, story.incident.seq) == (world.at, 4, 6)
    assert [(update.id, update.seq, update.recorded_at) for update in story.updates] == [
        ("one", 5, world.at),
        ("two", 6, world.at),
    ]
    assert story.incident.created_at.isoformat() == "2026-10-05T20:10:00+00:00"


def test_an_imported_incident_is_found_every_way(world: World) -> None:
    take_in(world, a_summary(an_incident()))

    assert incidents.open_ids() == incidents.latest_ids(5) == ["slow"]
    assert front.read().updates == (("incident/slow", 5),)
    assert history.earliest() is not None
    pointers = incidents.of_component("api")
    assert [id for _, id in pointers] == ["slow"]


def test_the_same_again_appends_nothing(world: World) -> None:
    document = a_summary(long_incident(), an_incident(), components=[a_component(status="major_outage")])
    take_in(world, document)
    head, stored = record.head(), everything()

    saved = take_in(world, document)

    assert (record.head(), everything()) == (head, stored)
    assert saved.entries == Counter()


def test_a_long_incident_takes_several_transactions(world: World) -> None:
    batches: list[int] = []

    take_in(world, a_summary(long_incident()), progress=lambda done, _: batches.append(done))

    assert batches == [0, 0, 1]
    assert [update.id for update in incidents.updates("long")][-1] == "end"
    assert incidents.get("long").status is RESOLVED
    check_chain(record.entries(0))


@pytest.mark.parametrize("batches", [1, 2, 3, 4])
def test_what_was_killed_completes_when_run_again(batches: int, world: World) -> None:
    document = a_document(incidents=[long_incident(), *(an_incident(f"i{n}") for n in range(40))])
    with pytest.raises(KeyboardInterrupt):
        take_in(world, document, progress=killed_after(batches))

    take_in(world, document)

    told = foreign(document)
    assert sorted(everything()) == sorted(story.incident.id for story in told.stories)
    for story in told.stories:
        stored = incidents.story(story.incident.id)
        assert [u.id for u in stored.updates] == [u.id for u in story.updates]
        assert stored.incident.status is story.incident.status
    check_chain(record.entries(0))


def test_half_an_ended_incident_is_not_open(world: World) -> None:
    with pytest.raises(KeyboardInterrupt):
        take_in(world, a_summary(long_incident()), progress=killed_after(1))

    assert (incidents.open_ids(), len(incidents.updates("long"))) == ([], 30)


def test_half_an_open_incident_is_open(world: World) -> None:
    updates = [an_update(f"u{n}", n) for n in range(40)]
    with pytest.raises(KeyboardInterrupt):
        take_in(world, a_summary(an_incident("long", *updates)), progress=killed_after(1))

    assert incidents.open_ids() == ["long"]


def test_large_updates_share_a_transaction_while_there_is_room(world: World) -> None:
    updates = [an_update(f"u{n}", n, body=f"{n}" + "é" * 120_000) for n in range(8)]

    take_in(world, a_summary(an_incident("slow", *updates)))

    assert len(incidents.updates("slow")) == 8


def test_a_later_document_changes_what_differs(world: World) -> None:
    take_in(world, a_summary(an_incident("slow", an_update("one", 10), name="Slow")))
    head, version = record.head().seq, incidents.get("slow").version
    told = [an_update("one", 10, body="Put right."), an_update("two", 20, "monitoring")]

    take_in(world, a_summary(an_incident("slow", *told, name="Slower", started_at=at(5)), updated=110))

    assert kinds(head) == ["page.imported", "incident.imported", "update.imported", "update.imported"]
    story = incidents.story("slow")
    assert (story.incident.title, story.incident.version, story.incident.number) == ("Slower", version + 1, 4)
    assert [(u.body, u.seq) for u in story.updates] == [("Put right.", 5), ("We are monitoring.", head + 4)]
    assert len(list(incidents.begun())) == 1


def test_a_moved_start_says_where_it_was(world: World) -> None:
    take_in(world, a_summary(an_incident()))
    head = record.head().seq

    take_in(world, a_summary(an_incident(started_at=at(5)), updated=110))

    entry = record.find(head + 2)
    assert entry is not None
    assert f'"was":{{"started_at":"{at(10)}"}}' in (entry.body or "")


def test_an_incident_that_a_later_summary_lacks_is_closed_elsewhere(world: World) -> None:
    take_in(world, a_summary(an_incident(), an_incident("other")))
    head = record.head().seq

    take_in(world, a_summary(an_incident("other"), updated=110))

    assert kinds(head) == ["page.imported", "incident.closed_elsewhere"]
    assert incidents.open_ids() == ["other"]
    assert len(incidents.updates("slow")) == 1


def test_an_incident_that_comes_back_is_open_again(world: World) -> None:
    for updated, document in (
        (100, a_summary(an_incident())),
        (101, a_summary()),
        (102, a_summary(an_incident())),
    ):
        document["page"]["updated_at"] = at(updated)
        take_in(world, document)

    assert incidents.open_ids() == ["slow"]


def test_incidents_json_alone_closes_nothing(world: World) -> None:
    take_in(world, a_summary(an_incident()))

    take_in(world, a_document(updated=110, incidents=[an_incident("past", an_update("p", 1, "resolved"))]))

    assert incidents.open_ids() == ["slow"]


def test_an_incident_that_we_went_on_with_is_ours(world: World) -> None:
    take_in(world, a_summary(an_incident()), a_summary(an_incident()))
    world.tell("slow", "monitoring")
    head = record.head().seq

    saved = take_in(world, a_summary(an_incident(name="Other"), updated=110))
    take_in(world, a_summary(updated=120))

    assert saved.ours == 1
    assert kinds(head) == ["page.imported"] * 2
    assert incidents.get("slow").status is IncidentStatus.MONITORING
    assert incidents.open_ids() == ["slow"]


def test_an_incident_of_our_own_with_the_same_id_stays(world: World) -> None:
    world.open("slow", "Ours")

    assert take_in(world, a_summary(an_incident())).ours == 1
    assert incidents.get("slow").title == "Ours"


def test_components_and_groups_that_are_gone_leave_the_page(world: World) -> None:
    europe = a_component("europe", group=True)
    take_in(world, a_summary(components=[a_component("web"), europe, a_component("api", group_id="europe")]))
    head = record.head().seq

    take_in(world, a_summary(components=[a_component("web")], updated=110))

    assert kinds(head) == ["page.imported", "component.removed_elsewhere", "group.removed_elsewhere"]
    assert [component.id for component in catalogue.read().components] == ["web"]


def test_our_own_components_stay_with_their_group(world: World) -> None:
    take_in(world, a_summary(components=[a_component("europe", group=True)]))
    world.component("mine", "Mine", group="europe")

    take_in(world, a_summary(updated=110))

    found = catalogue.read()
    assert [group.id for group in found.groups] == ["europe"]
    assert {component.id for component in found.components} == {"mine", "api"}


def test_an_incident_of_ours_ends_though_its_component_is_gone(world: World) -> None:
    take_in(world, a_summary(an_incident(), components=[a_component(status="major_outage")]))
    world.tell("slow", "identified", affects={"api": "degraded_performance"})
    take_in(world, a_summary(components=[a_component("web")], updated=110))

    story = world.tell("slow", "resolved")

    assert [(a.component, a.new) for a in story.updates[0].affects] == [("api", ComponentStatus.OPERATIONAL)]


def test_groups_follow_too(world: World) -> None:
    take_in(world, a_summary(components=[a_component("europe", group=True)]))
    head = record.head().seq

    take_in(world, a_summary(components=[a_component("europe", group=True, name="EU")], updated=110))

    assert kinds(head) == ["page.imported", "group.imported"]
    assert catalogue.group("europe").name == "EU"


@pytest.mark.parametrize("is_group", [False, True])
def test_an_id_that_is_taken_by_our_own_stays_ours(is_group: bool, world: World) -> None:
    if is_group:
        world.component("api", "Ours")
    else:
        world.group("api", "Ours")

    take_in(world, a_summary(components=[a_component(group=is_group)]))

    found = catalogue.find("api")
    assert found is not None
    assert found.name == "Ours"


def test_a_direct_status_is_stated_once(world: World) -> None:
    take_in(world, a_summary(components=[a_component(status="major_outage")]))
    stated = catalogue.component("api").direct

    take_in(world, a_summary(components=[a_component(status="major_outage", name="API")], updated=110))

    assert stated is not None
    assert (stated.status, stated.seq) == (MAJOR, 3)
    assert catalogue.component("api").direct == stated


def test_components_that_incidents_carry_keep_group_and_rank(world: World) -> None:
    listed = [a_component("europe", group=True), a_component("api", group_id="europe")]
    take_in(world, a_summary(components=listed))
    carried = a_component("api", group_id="europe", name="API"), a_component("new", group_id="unknown")

    take_in(world, a_document(updated=110, incidents=[an_incident(components=list(carried))]))

    api, new = catalogue.component("api"), catalogue.component("new")
    assert (api.name, api.rank, api.group, new.group) == ("API", 1, "europe", None)


def test_older_documents_only_add_what_is_missing(world: World) -> None:
    take_in(world, a_summary(an_incident(name="Now"), components=[a_component(name="Now")]))
    head = record.head().seq
    past = an_incident("past", an_update("p", 1))

    take_in(
        world,
        a_summary(an_incident(name="Then"), past, components=[a_component(name="Then")], updated=50),
    )

    assert kinds(head) == ["incident.imported", "update.imported"]
    assert incidents.open_ids() == ["slow"]
    assert (incidents.get("slow").title, catalogue.component("api").name) == ("Now", "Now")


def test_an_older_long_incident_that_was_killed_completes(world: World) -> None:
    take_in(world, a_summary())
    with pytest.raises(KeyboardInterrupt):
        take_in(world, a_summary(long_incident(), updated=50), progress=killed_after(1))

    take_in(world, a_summary(long_incident(), updated=50))

    assert len(incidents.updates("long")) == 70


def test_another_page_is_refused(world: World) -> None:
    take_in(world, a_summary())
    other = a_summary()
    other["page"].update(id="other", name="Other")
    head = record.head()

    with pytest.raises(Conflict, match=r"page\.id is other \('Other'\), but acme \('Acme'\) stands here"):
        take_in(world, other)

    assert record.head() == head


def test_without_a_page_nothing_is_imported(table: str) -> None:
    with pytest.raises(Conflict, match="no page stands here"):
        take_in(World(), a_summary())


def test_a_page_changed_here_stays_for_the_same_document(world: World) -> None:
    take_in(world, a_summary())
    version = pages.find().version  # type: ignore[union-attr]
    record.append(
        lambda moment: pages.change(moment, version=version, name="Ours", time_zone=None), now=world.now
    )

    take_in(world, a_summary())

    assert pages.find().name == "Ours"  # type: ignore[union-attr]


def test_another_writer_between_two_transactions_loses_nothing(world: World) -> None:
    def progress(done: int, all_of: int) -> None:
        world.component(f"mine-{record.head().seq}", "Mine")

    take_in(world, a_summary(long_incident()), progress=progress)

    assert [component.name for component in catalogue.read().components].count("Mine") == 3
    assert len(incidents.updates("long")) == 70


def test_what_we_say_next_follows_what_was_imported(world: World) -> None:
    told = an_update("one", 10, affects={"api": "degraded_performance"})
    take_in(
        world, a_summary(an_incident("slow", told), components=[a_component(status="degraded_performance")])
    )

    said = Said(RESOLVED, "Over.")
    story = record.append(
        lambda moment: incidents.tell(incidents.get("slow"), said, id="ours", moment=moment), now=world.now
    )

    (update,) = story.updates
    assert [(a.component, a.old, a.new) for a in update.affects] == [
        ("api", DEGRADED, ComponentStatus.OPERATIONAL)
    ]


def works(*maintenances: Object, updated: int = 100) -> Object:
    """A summary.json with these maintenances."""
    return {**a_summary(updated=updated), "scheduled_maintenances": list(maintenances)}


def test_a_maintenance_is_stored_and_found_every_way(world: World) -> None:
    take_in(world, works(a_maintenance()))

    maintenance = maintenances.get("disks")
    assert maintenances.all_pending() == [maintenance]
    assert [id for _, id in maintenances.begun()] == ["disks"]
    assert front.read().latest_of("maintenance") == ["maintenance/disks"]
    assert kinds()[-2:] == ["maintenance.imported", "update.imported"]
    assert maintenances.due_ids(world.at + timedelta(days=900)) == []


def test_the_same_maintenances_again_change_nothing(world: World) -> None:
    document = works(a_maintenance("one"), a_maintenance("two"))
    take_in(world, document)
    head = record.head()

    assert not take_in(world, document).entries
    assert record.head() == head


def test_a_maintenance_that_goes_on_elsewhere_goes_on_here(world: World) -> None:
    take_in(world, works(a_maintenance()))
    begun = an_update("w2", 121, "in_progress")

    take_in(world, works(a_maintenance("disks", an_update("disks-1", 10, "scheduled"), begun), updated=121))

    maintenance = maintenances.get("disks")
    assert (maintenance.is_running, maintenance.revision) == (True, 1)
    assert maintenance.started_at == maintenances.updates("disks")[-1].happened_at
    assert len(list(maintenances.begun())) == 1


def test_a_maintenance_that_a_later_summary_lacks_is_closed_elsewhere(world: World) -> None:
    other = a_maintenance("two", scheduled_for=at(130))
    take_in(world, works(a_maintenance("one"), other))

    take_in(world, works(other, updated=110))

    assert kinds()[-1] == "maintenance.closed_elsewhere"
    assert maintenances.pending_ids() == ["two"]


def test_a_maintenance_that_we_went_on_with_is_ours(world: World) -> None:
    take_in(world, works(a_maintenance()))
    world.go_on("disks", "in_progress")

    assert take_in(world, works(a_maintenance(name="Other"), updated=110)).ours == 1
    take_in(world, works(updated=120))

    assert (maintenances.get("disks").title, maintenances.pending_ids()) == ("New disks", ["disks"])


def test_a_maintenance_of_our_own_with_the_same_id_stays(world: World) -> None:
    world.announce("disks", "Ours")

    assert take_in(world, works(a_maintenance())).ours == 1
    assert maintenances.get("disks").title == "Ours"


def test_a_maintenance_of_many_updates_comes_in_pieces(world: World) -> None:
    updates = [an_update(f"u{n}", n, "scheduled") for n in range(39)]
    document = works(a_maintenance("long", *updates, an_update("u39", 39, "completed")))

    with pytest.raises(KeyboardInterrupt):
        take_in(world, document, progress=killed_after(2))
    half = maintenances.pending_ids()
    take_in(world, document)

    assert (half, maintenances.pending_ids()) == ([], [])
    assert (maintenances.get("long").status, len(maintenances.updates("long"))) == ("completed", 40)
