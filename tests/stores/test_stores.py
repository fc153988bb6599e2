"""What is stored is found again, by every way that leads to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.components import Component, Group
from chalicelib.domain.errors import Conflict, Invalid, NotFound, Outdated
from chalicelib.domain.keys import Scope
from chalicelib.domain.record import Fact, Moment
from chalicelib.stores import catalogue, front, heads, history, idempotency, incidents, keys, pages, record
from chalicelib.stores.idempotency import Answer, Repeat, Reused
from chalicelib.stores.record import Change
from tests.worlds import World

REPEAT = Repeat("k1", "abc", "hash of the request")


def append(world: World, decide: Any) -> Any:
    """Append with the world's clock."""
    return record.append(decide, now=world.now)


def make_component(id: str, **more: Any) -> Any:
    """A decision for a new component."""
    return lambda moment: catalogue.create(Component(id, id, moment.at, moment.at, **more), moment)


def test_components_and_groups_share_their_ids(table: str) -> None:
    world = World()
    world.group("eu", "Europe")

    with pytest.raises(Conflict, match="id is taken"):
        append(world, make_component("eu"))
    with pytest.raises(NotFound, match="component"):
        catalogue.component("eu")
    with pytest.raises(NotFound, match="group"):
        catalogue.group("us")


def test_a_component_belongs_to_a_group_that_exists(table: str) -> None:
    world = World()
    world.component("api", "API")

    for group in ("nope", "api"):
        with pytest.raises(Invalid, match="group is not a group"):
            append(world, make_component("web", group=group))


def test_what_does_not_change_leaves_no_entry(table: str) -> None:
    world = World()
    world.component("api", "API")
    before, head = catalogue.component("api"), record.head()

    same = append(world, lambda moment: catalogue.change(before, before, moment))

    assert same == before
    assert record.head() == head


def test_a_changed_component_has_the_next_version(table: str) -> None:
    world = World()
    world.group("eu", "Europe")
    world.component("api", "API")
    before = catalogue.component("api")

    append(world, lambda moment: catalogue.change(before, replace(before, group="eu"), moment))

    after = catalogue.component("api")
    assert (after.version, after.group) == (2, "eu")
    assert catalogue.standings(["api", "nope"])["api"].name == "Europe - API"
    assert isinstance(catalogue.find("eu"), Group)


def test_hundreds_of_components_fit_into_one_update(table: str) -> None:
    world = World()
    for part in range(6):
        append(world, lambda moment, part=part: _many(part, moment))
    affects = {f"c{n}": "major_outage" for n in range(480)}

    world.open("i1", "Everything", affects=affects)
    world.tell("i1", "resolved")

    assert len(incidents.story("i1").updates[1].affects) == 480
    assert len(catalogue.read().touches) == 480


def _many(part: int, moment: Moment) -> Change[None]:
    """Eighty components in one transaction."""
    changes = []
    for n in range(80):
        id = f"c{part * 80 + n}"
        component = Component(id, id, moment.at, moment.at)
        changes.append(catalogue.imported(component, Moment(moment.at, moment.seq)))
    facts = tuple(fact for change in changes[:19] for fact in change.facts)
    return Change(None, facts, tuple(put for change in changes for put in change.puts))


def test_an_incident_is_found_by_every_way(table: str) -> None:
    world = World()
    world.component("api", "API")
    began = world.at - timedelta(days=2)
    world.open("i1", "Errors", affects={"api": "major_outage"}, started_at=began)
    world.open("i2", "Others")

    assert incidents.get("i1").title == "Errors"
    assert [incident.id for incident in incidents.all_open()] == ["i1", "i2"]
    assert incidents.latest_ids(5) == ["i2", "i1"]
    assert history.between(began, began + timedelta(days=1)) == ["incident/i1"]
    assert history.between(began + timedelta(seconds=1)) == ["incident/i2"]
    assert history.earliest() == (began, "incident/i1")
    assert [id for _, id in incidents.of_component("api")] == ["i1"]
    assert [subject for subject, _ in front.read().updates] == ["incident/i2", "incident/i1"]
    with pytest.raises(NotFound, match="incident"):
        incidents.get("nope")


def test_a_new_update_moves_an_incident_to_the_front(table: str) -> None:
    world = World()
    world.open("i1", "Errors")
    world.open("i2", "Others")

    world.tell("i1", "resolved")

    assert incidents.latest_ids(5) == ["i1", "i2"]
    assert incidents.open_ids() == ["i2"]
    assert len(heads.get_updates(front.read().updates)) == 3


def test_an_id_is_given_once(table: str) -> None:
    world = World()
    world.open("i1", "Errors")

    with pytest.raises(Conflict, match="id is taken"):
        world.open("i1", "Errors")


def test_the_page_is_made_once(table: str) -> None:
    world = World()
    first = world.page()
    world.pass_time(days=400)

    assert world.page() == first
    assert first.tag_authority == "status.example.com,2026"
    assert append(world, lambda moment: pages._create(lambda at: first, moment)) == first


def test_the_page_changes_from_its_newest_version_alone(table: str) -> None:
    world = World()
    world.page()

    changed = append(world, lambda m: pages.change(m, version=1, name="New", time_zone=None))

    assert (changed.name, changed.time_zone, changed.version) == ("New", "Europe/Berlin", 2)
    with pytest.raises(Outdated):
        append(world, lambda m: pages.change(m, version=1, name="Other", time_zone=None))


def test_a_key_is_revoked_once_and_stays_known(table: str) -> None:
    world = World()
    make = lambda m: keys.create("k1", "ci", scopes=(Scope.READ,), secret="s", moment=m)  # noqa: E731
    append(world, make)

    revoked = append(world, lambda m: keys.revoke("k1", moment=m))

    assert append(world, lambda m: keys.revoke("k1", moment=m)) == revoked
    assert keys.all_keys() == [revoked]
    assert not revoked.admits("s")
    with pytest.raises(NotFound, match="key"):
        append(world, lambda m: keys.revoke("k2", moment=m))
    assert all("secret" not in (entry.body or "") for entry in record.entries(0))


def once(world: World, repeat: Repeat = REPEAT) -> Answer:
    """An answered append."""
    return idempotency.once(
        repeat,
        lambda moment: catalogue.create(Component(f"c{moment.seq}", "C", moment.at, moment.at), moment),
        answer=lambda thing: Answer(201, thing.id, {"ETag": '"1"'}),
        now=world.now,
    )


def test_a_repeat_gets_the_same_answer_and_stores_nothing(table: str) -> None:
    world = World()

    first = once(world)

    assert once(world) == first
    assert record.head().seq == 1


def test_a_key_used_for_something_else_is_refused(table: str) -> None:
    world = World()
    once(world)

    with pytest.raises(Reused):
        once(world, REPEAT._replace(asked="another request"))
    assert record.head().seq == 1


def test_another_owner_may_use_the_same_key(table: str) -> None:
    world = World()

    assert once(world) != once(world, REPEAT._replace(owner="k2"))


def test_after_a_day_a_key_may_be_used_again(table: str) -> None:
    world = World(at=datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
    first = once(world)

    world.pass_time(hours=24)

    assert once(world) != first


def test_a_repeat_that_comes_while_the_first_is_written_gets_its_answer(table: str) -> None:
    world = World()
    answers: list[Answer] = []

    def decide(moment: Moment) -> Change[Any]:
        if not answers:
            answers.append(Answer(201, "first"))
            put = idempotency._put(REPEAT, answers[0], moment.at)
            record._write(record.head(), Change(None, (Fact("k", "s", {}),), (put,)), moment.at)
        return catalogue.create(Component("c", "C", moment.at, moment.at), moment)

    given = idempotency.once(REPEAT, decide, answer=lambda thing: Answer(201, thing.id), now=world.now)

    assert given == answers[0]
    assert catalogue.find("c") is None


def test_a_refusal_because_of_its_own_twin_is_the_twins_answer(table: str) -> None:
    world = World()
    answers: list[Answer] = []

    def decide(moment: Moment) -> Change[Any]:
        answers.append(Answer(201, "first"))
        put = idempotency._put(REPEAT, answers[0], moment.at)
        record._write(record.head(), Change(None, (Fact("k", "s", {}),), (put,)), moment.at)
        raise Conflict("id", "is taken")

    given = idempotency.once(REPEAT, decide, answer=lambda thing: Answer(201, thing.id), now=world.now)

    assert given == answers[0]


def test_amending_nothing_leaves_no_entry(table: str) -> None:
    world = World()
    world.open("i1", "Errors")
    before, head = incidents.get("i1"), record.head()

    append(world, lambda moment: incidents.amended(before, before))

    assert (incidents.get("i1"), record.head()) == (before, head)


def test_pointers_and_updates_are_read_in_stretches(table: str) -> None:
    world = World()
    for id in ("i1", "i2", "i3"):
        world.open(id, id)
        world.tell(id, "identified")
    places = [place for place, _ in incidents.begun()]
    told = incidents.updates("i2")

    def ids(**stretch: Any) -> list[str]:
        return [id for _, id in incidents.begun(**stretch)]

    assert ids() == ["i3", "i2", "i1"]
    assert ids(before=places[0]) == ["i2", "i1"]
    assert ids(since=places[1]) == ["i3", "i2"]
    assert ids(since=places[1], before=places[0], limit=1) == ["i2"]
    assert ids(limit=2) == ["i3", "i2"]
    assert ids(since=places[0], before=places[1]) == []
    assert list(incidents.updates_before("i2", None, limit=9)) == list(reversed(told))
    assert list(incidents.updates_before("i2", told[1].seq, limit=9)) == [told[0]]


def test_an_update_fits_into_one_entry(table: str) -> None:
    world = World()
    world.group("eu", "\U0001f30d" * 300)
    for n in range(110):
        world.component(f"c{n}", "\U0001f6d2" * 300, group="eu")
    world.open("i1", "Errors")
    head = record.head()

    with pytest.raises(Invalid, match="affects says more"):
        world.tell("i1", "identified", affects={f"c{n}": "major_outage" for n in range(110)})
    assert record.head() == head
