"""Alarms in a real table: what opens, joins and ends, twice, out of order and at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec import DecodeError

from chalicelib.domain.alarms import Alarm, Rule
from chalicelib.domain.components import Component, retire_component
from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.incidents import Said, Source
from chalicelib.domain.record import Moment, check_chain
from chalicelib.domain.statuses import ComponentStatus, IncidentStatus
from chalicelib.domain.suspicions import SHORTLY, Heard, confirmation
from chalicelib.stores import (
    alarm_rules,
    alarms,
    catalogue,
    heads,
    incidents,
    opened,
    record,
    suspicions,
    table,
)
from chalicelib.stores.alarms import Outcome
from chalicelib.stores.record import Change
from tests.worlds import World

STATUSES = {"partial": ComponentStatus.PARTIAL_OUTAGE, "major": ComponentStatus.MAJOR_OUTAGE}


class Watched(World):
    """A world with a shop, a search and rules about their alarms."""

    def rule(self, id: str, component: str, status: str = "partial", **more: Any) -> Rule:
        """A rule about alarms of an app named like the rule."""
        rule = Rule(id, {"app": id}, component, STATUSES[status], self.at, **more)
        return self.change(lambda moment: alarm_rules.add(rule, None, moment))

    def alarm(self, fingerprint: str, *, firing: bool = True, ago: float = 0, **labels: str) -> Alarm:
        """An alarm of the shop, so many minutes ago."""
        at = self.at - timedelta(minutes=ago)
        return Alarm("generic", fingerprint, firing, at, {"app": "shop", **labels}, f"Alarm {fingerprint}")

    def hear(self, *told: Alarm, **how: Any) -> Outcome:
        """A message, a minute later."""
        self.pass_time(minutes=1)
        return alarms.hear(told, now=self.now, new_id=self._id, **how)

    def retire(self, component: str) -> None:
        """A component goes off the page."""

        def decide(moment: Moment) -> Change[Component]:
            gone = retire_component(catalogue.component(component), "Gone.", at=moment.at, affects=())
            return catalogue.retired(gone, moment)

        self.change(decide)

    def settle(self) -> int:
        """What the minute does."""
        return suspicions.settle_quiet(now=self.now, new_id=self._id)

    def said(self, id: str) -> list[str]:
        """What was said of an incident."""
        return [update.status.value for update in incidents.updates(id)]


@pytest.fixture
def world(table: str) -> Watched:
    """A shop and a search, and rules about them."""
    world = Watched()
    world.component("shop", "Shop")
    world.component("search", "Search")
    world.rule("shop", "shop")
    world.rule("grave", "shop", "major")
    world.rule("search", "search", title="Search in {region}")
    return world


def entries() -> list[str]:
    """The kinds of all entries, whose chain holds."""
    found = list(record.entries(0))
    check_chain(found)
    return [entry.kind for entry in found]


def test_a_firing_alarm_opens_a_suspected_incident(world: Watched) -> None:
    fired = world.alarm("a")

    outcome = world.hear(fired)

    (id,) = outcome.incidents
    found = incidents.get(id)
    assert outcome == Outcome(1, 1, 0, (id,))
    assert (found.status, found.source, found.acknowledged_at) == (
        IncidentStatus.SUSPECTED, Source.ALARM, None,
    )  # fmt: skip
    assert (found.title, found.started_at) == ("Shop: partial outage", fired.at)
    assert found.affects == {"shop": ComponentStatus.PARTIAL_OUTAGE}
    assert entries()[-1] == "incident.opened"
    assert "fingerprint" not in (list(record.entries(0))[-1].body or "")


def test_a_title_shows_what_its_rule_names(world: Watched) -> None:
    (id,) = world.hear(world.alarm("a", app="search", region="<b>eu</b>\n")).incidents

    assert incidents.get(id).title == "Search in <b>eu</b>"


def test_a_repeat_changes_nothing(world: Watched) -> None:
    fired = world.alarm("a")
    world.hear(fired)
    head = record.head()

    assert world.hear(fired) == Outcome(1, 0, 0, ())
    assert world.hear(fired, fired) == Outcome(1, 0, 0, ())
    assert record.head() == head


def test_several_alarms_of_a_component_are_one_incident_and_end_together(world: Watched) -> None:
    (id,) = world.hear(world.alarm("a"), world.alarm("b")).incidents
    assert world.hear(world.alarm("c")).incidents == (id,)

    world.hear(world.alarm("a", firing=False), world.alarm("b", firing=False))
    assert world.said(id) == ["suspected"]
    last = world.alarm("c", firing=False)
    world.hear(last)

    assert world.said(id) == ["suspected", "retracted"]
    ended = incidents.get(id)
    assert (ended.status, ended.resolved_at, ended.affects) == (IncidentStatus.RETRACTED, last.at, {})
    assert opened.ids("incident") == []


def test_alarms_of_two_components_are_two_incidents(world: Watched) -> None:
    outcome = world.hear(world.alarm("a"), world.alarm("b", app="search"))

    assert len(outcome.incidents) == 2


def test_a_graver_alarm_says_so(world: Watched) -> None:
    (id,) = world.hear(world.alarm("a")).incidents

    assert world.hear(world.alarm("b", app="grave")).incidents == (id,)

    assert world.said(id) == ["suspected", "suspected"]
    assert incidents.get(id).affects == {"shop": ComponentStatus.MAJOR_OUTAGE}


def test_an_end_that_comes_before_its_beginning_opens_nothing(world: Watched) -> None:
    begun, over = world.alarm("a", ago=10), world.alarm("a", firing=False, ago=5)
    head = record.head()

    world.hear(over)
    assert world.hear(begun) == Outcome(1, 0, 0, ())

    assert record.head() == head


def since(alarm: Alarm, **changes: Any) -> Alarm:
    """The alarm as Alertmanager sends it: as long as it fires, with the time of its beginning."""
    return replace(alarm, source="alertmanager", **changes)


def test_what_fires_again_since_long_ago_after_its_end_speaks_again(world: Watched) -> None:
    fired = since(world.alarm("a"))
    (first,) = world.hear(fired).incidents
    world.hear(since(fired, firing=False, at=world.at))

    assert world.hear(fired).news == 0
    world.pass_time(minutes=5)
    (again,) = world.hear(fired).incidents

    assert again != first
    assert incidents.get(again).started_at == world.at
    assert world.hear(fired).news == 0


def test_a_later_beginning_speaks_although_the_end_was_lost(world: Watched) -> None:
    fired = since(world.alarm("a"))
    (first,) = world.hear(fired).incidents
    world.tell(first, "retracted")
    assert world.hear(fired).incidents == ()

    (second,) = world.hear(since(fired, at=world.at)).incidents

    assert second != first


def test_times_of_a_clock_that_runs_ahead_are_compared_among_each_other(world: Watched) -> None:
    fired = since(world.alarm("a", ago=-60))
    (id,) = world.hear(fired).incidents
    assert world.hear(fired).news == 0

    world.hear(since(fired, firing=False, at=fired.at + timedelta(seconds=1)))
    assert world.hear(fired).news == 0

    ended = incidents.get(id)
    assert ended.status is IncidentStatus.RETRACTED
    assert ended.started_at <= (ended.resolved_at or world.at) <= world.at


def test_an_end_that_lies_before_what_another_alarm_said_is_believed(world: Watched) -> None:
    (id,) = world.hear(world.alarm("slow", ago=10)).incidents
    world.hear(worse := world.alarm("down", app="grave", ago=2))
    world.hear(world.alarm("down", app="grave", firing=False))

    world.hear(world.alarm("slow", firing=False, ago=5))

    assert world.said(id) == ["suspected", "suspected", "retracted"]
    assert incidents.get(id).resolved_at == worse.at
    assert "after 9 minutes" in incidents.updates(id)[-1].body


def test_an_end_that_lies_before_what_a_person_said_is_believed(world: Watched) -> None:
    (id,) = world.hear(world.alarm("a")).incidents
    world.pass_time(minutes=9)
    (said,) = world.tell(id, "suspected").updates

    world.hear(world.alarm("a", firing=False, ago=3))

    assert world.said(id) == ["suspected", "suspected", "retracted"]
    assert incidents.get(id).resolved_at == said.happened_at


def test_an_end_that_was_over_when_it_was_first_heard_of_keeps_its_time(world: Watched) -> None:
    (id,) = world.hear(world.alarm("a", ago=10)).incidents

    world.hear(over := world.alarm("a", firing=False, ago=5))

    assert incidents.get(id).resolved_at == over.at


def test_alarms_do_not_join_an_incident_by_which_their_component_is_well_again(world: Watched) -> None:
    (id,) = world.hear(world.alarm("a")).incidents
    well = Said(IncidentStatus.INVESTIGATING, "Shop is well.", {"shop": ComponentStatus.OPERATIONAL})
    world.change(lambda moment: incidents.tell(incidents.get(id), well, id="u9", moment=moment))

    (other,) = world.hear(world.alarm("b")).incidents

    assert other != id


def test_when_a_person_has_confirmed_a_person_ends_it(world: Watched) -> None:
    (id,) = world.hear(world.alarm("a")).incidents
    words = confirmation(incidents.get(id), None)
    world.change(lambda moment: incidents.tell(incidents.get(id), words, id="u", moment=moment))

    world.hear(world.alarm("a", firing=False))
    assert world.hear(world.alarm("a")).incidents == (id,)
    world.hear(world.alarm("b", app="grave"))
    assert world.said(id) == ["suspected", "investigating"]

    world.tell(id, "resolved")
    assert world.hear(world.alarm("c")).incidents != (id,)


def test_an_alarm_joins_what_a_person_opened(world: Watched) -> None:
    world.open("mine", "Down", affects={"shop": "degraded_performance"})

    assert world.hear(world.alarm("a", app="grave")).incidents == ("mine",)
    world.hear(world.alarm("a", app="grave", firing=False))

    assert world.said("mine") == ["investigating"]


def test_an_alarm_that_goes_on_after_a_person_ended_it_is_silent(world: Watched) -> None:
    fired = world.alarm("a")
    (id,) = world.hear(fired).incidents
    world.tell(id, "retracted")
    head = record.head()

    assert world.hear(fired).incidents == ()
    assert record.head() == head


def test_flapping_is_quiet_before_it_is_over(world: Watched) -> None:
    world.hear(world.alarm("a"))
    world.hear(world.alarm("a", firing=False))
    (id,) = world.hear(world.alarm("a")).incidents
    for _ in range(3):
        world.hear(world.alarm("a", firing=False))
        world.hear(world.alarm("a"))
    world.hear(world.alarm("a", firing=False))
    quiet = world.at

    assert (world.settle(), world.said(id)) == (0, ["suspected"])
    world.at = quiet + SHORTLY - timedelta(seconds=1)
    assert world.settle() == 0
    world.at = quiet + SHORTLY
    assert (world.settle(), world.settle()) == (1, 0)

    assert world.said(id) == ["suspected", "retracted"]
    assert incidents.get(id).resolved_at == quiet
    assert [kind for kind in entries() if kind.startswith("incident")] == [
        "incident.opened", "incident.retracted",
    ] * 2  # fmt: skip


def test_what_flaps_is_retracted_after_what_a_person_said_of_it(world: Watched) -> None:
    world.hear(world.alarm("a"))
    world.hear(world.alarm("a", firing=False))
    (id,) = world.hear(world.alarm("a")).incidents
    world.hear(world.alarm("a", firing=False))
    world.pass_time(minutes=5)
    (said,) = world.tell(id, "suspected").updates

    world.pass_time(minutes=20)

    assert (world.settle(), world.settle()) == (1, 0)
    assert incidents.get(id).resolved_at == said.happened_at


def test_a_component_that_cannot_be_settled_stops_no_other(world: Watched) -> None:
    for fingerprint, app in (("a", "shop"), ("b", "search")):
        for firing in (True, False, True, False):
            world.hear(world.alarm(fingerprint, app=app, firing=firing))
    world.pass_time(minutes=20)
    table.put_all([table.pointer(suspicions.SUSPECTED, "search", "nonsense")])

    with pytest.raises(DecodeError):
        world.settle()

    assert suspicions.find("shop").quiet_since is None
    assert len(opened.ids("incident")) == 1


def test_planned_work_silences_no_alarm_and_is_there_again_when_it_has_ended(world: Watched) -> None:
    world.announce("disks", "Disks", affects={"shop": "under_maintenance"})
    world.go_on("disks", "in_progress")

    world.hear(world.alarm("a"))
    assert catalogue.standings(["shop"], opened.in_force())["shop"].status is STATUSES["partial"]
    world.hear(world.alarm("a", firing=False))

    after = catalogue.standings(["shop"], opened.in_force())["shop"].status
    assert after is ComponentStatus.UNDER_MAINTENANCE


def test_what_a_person_ended_while_it_was_quiet_is_not_retracted(world: Watched) -> None:
    world.hear(world.alarm("a"))
    world.hear(world.alarm("a", firing=False))
    (id,) = world.hear(world.alarm("a")).incidents
    world.hear(world.alarm("a", firing=False))
    world.tell(id, "investigating")

    world.pass_time(minutes=20)

    assert (world.settle(), world.settle(), world.said(id)) == (0, 0, ["suspected", "investigating"])
    assert suspicions.find("shop").quiet_since is None


def test_two_senders_at_once_open_one_incident(world: Watched) -> None:
    told = [world.alarm(f"a{n}") for n in range(8)]
    world.pass_time(minutes=1)
    ids = iter(f"id{n}" for n in range(1000))

    def hear(alarm: Alarm) -> Outcome:
        return alarms.hear([alarm], now=world.now, new_id=lambda: next(ids))

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(hear, [*told, *told]))

    assert len({id for outcome in outcomes for id in outcome.incidents}) == 1
    assert sum(outcome.news for outcome in outcomes) == 8
    assert len(suspicions.find("shop").firing) == 8
    assert entries().count("incident.opened") == 1


@pytest.mark.parametrize("firing", [True, False], ids=["one that opens", "one that retracts"])
def test_who_decided_on_what_has_moved_since_stores_nothing(world: Watched, firing: bool) -> None:
    """As two functions at once do, which do not take turns: the item of the component has moved."""
    if not firing:
        world.hear(world.alarm("a"))
    heard = Heard(world.alarm("a", firing=firing), alarm_rules.read().rules[0])
    moment = Moment(world.at, record.head().seq + 1)
    late = suspicions.heeded("shop", [heard], ids=("late", "later"), moment=moment)

    world.hear(world.alarm("b"))

    with pytest.raises(table.Moved):
        puts = [put for put in late.puts if put.item.pk == suspicions.SUSPECTED]
        table.write(puts, late.deletes, token="late")
    assert len(opened.ids("incident")) == 1


def test_a_large_message_is_taken_in_whole(world: Watched) -> None:
    outcome = world.hear(*(world.alarm(f"a{n}") for n in range(95)))

    assert (outcome.news, len(outcome.incidents)) == (95, 1)
    assert len(suspicions.find("shop").firing) == 95
    assert world.hear(*(world.alarm(f"a{n}", firing=False) for n in range(95))).news == 95
    assert world.said(outcome.incidents[0]) == ["suspected", "retracted"]


def test_a_message_that_was_cut_short_is_completed_by_its_repeat(world: Watched) -> None:
    told = [world.alarm("a"), world.alarm("b", app="search")]
    calls = iter(range(100))

    def new_id() -> str:
        if (n := next(calls)) == 2:
            raise KeyboardInterrupt
        return f"cut{n}"

    with pytest.raises(KeyboardInterrupt):
        alarms.hear(told, now=world.now, new_id=new_id)
    assert len(opened.ids("incident")) == 1

    assert world.hear(*told).news == 1
    assert len(opened.ids("incident")) == 2


def test_a_component_whose_alarms_cannot_be_taken_in_stops_no_other(world: Watched) -> None:
    (id,) = world.hear(world.alarm("a")).incidents
    late = replace(incidents.get(id), started_at=world.at + timedelta(days=2))
    table.put_all([table.stored(f"INCIDENT#{id}", heads.HEAD, late, version=late.version)])
    told = [world.alarm("a", firing=False), world.alarm("b", app="search"), world.alarm("c", app="strange")]

    with pytest.raises(RuntimeError, match="could not be taken in"):
        world.hear(*told)

    assert len(opened.ids("incident")) == 2
    assert len(list(alarms.unmatched(now=world.at))) == 1


def test_what_no_rule_knows_is_listed_until_one_does(world: Watched) -> None:
    strange = [world.alarm(f"s{n}", app="strange") for n in range(3)]
    outcome = world.hear(*strange[:2])
    world.hear(*strange)

    assert outcome == Outcome(2, 2, 2, ())
    listed = list(alarms.unmatched(now=world.at))
    assert [known.alarm.fingerprint for _, known in listed][:1] == ["s2"]
    assert {known.alarm.fingerprint for _, known in listed} == {"s0", "s1", "s2"}
    assert [place for place, _ in alarms.unmatched(before=listed[0][0], now=world.at)] == [
        place for place, _ in listed[1:]
    ]
    assert opened.ids("incident") == []

    world.rule("strange", "search")
    assert len(world.hear(strange[0]).incidents) == 1
    assert {known.alarm.fingerprint for _, known in alarms.unmatched(now=world.at)} == {"s1", "s2"}


def test_what_no_rule_knew_is_forgotten_after_a_week(world: Watched) -> None:
    world.hear(world.alarm("s", app="strange"))

    assert len(list(alarms.unmatched(now=world.at + alarms.KEPT - timedelta(seconds=1)))) == 1
    assert list(alarms.unmatched(now=world.at + alarms.KEPT)) == []


def test_a_rule_about_a_component_that_is_gone_knows_nothing(world: Watched) -> None:
    world.retire("shop")

    assert world.hear(world.alarm("a")).unmatched == 1


def test_an_alarm_that_begins_anew_when_its_component_is_gone_goes_by_the_rules_again(world: Watched) -> None:
    fired = [since(world.alarm(name)) for name in ("a", "b")]
    (id,) = world.hear(*fired).incidents
    world.tell(id, "retracted")
    world.retire("shop")
    anew = [since(alarm, at=world.at) for alarm in fired]

    told = world.hear(anew[0], since(world.alarm("c", app="search")))
    assert (told.unmatched, len(told.incidents)) == (1, 1)

    world.change(
        lambda moment: alarm_rules.add(
            Rule("next", {"app": "shop"}, "search", STATUSES["partial"], world.at), None, moment
        )
    )
    assert world.hear(*anew).incidents == told.incidents
    assert len(suspicions.find("search").firing) == 3


def test_alarms_of_a_component_that_is_gone_still_end(world: Watched) -> None:
    (id,) = world.hear(world.alarm("a")).incidents
    world.tell(id, "suspected", affects={"shop": "operational"})
    world.retire("shop")

    world.hear(world.alarm("a", firing=False))

    assert world.said(id) == ["suspected", "suspected", "retracted"]


def test_an_alarm_ends_where_it_began_whatever_became_of_the_rules(world: Watched) -> None:
    (id,) = world.hear(world.alarm("a")).incidents
    world.change(lambda moment: alarm_rules.remove("shop", moment))

    world.hear(world.alarm("a", firing=False))

    assert world.said(id) == ["suspected", "retracted"]


def test_a_dry_run_says_what_would_be_and_stores_nothing(world: Watched) -> None:
    head = record.head()

    outcome = world.hear(world.alarm("a"), dry_run=True)

    assert (outcome.news, len(outcome.incidents)) == (1, 1)
    assert (record.head(), alarms.find([world.alarm("a")])) == (head, {})


def test_other_rules_than_those_of_the_table_may_be_given(world: Watched) -> None:
    rule = Rule("p", {"source": "generic"}, "search", ComponentStatus.MAJOR_OUTAGE, world.at)

    (id,) = world.hear(world.alarm("a"), rules=[rule]).incidents

    assert incidents.get(id).affects == {"search": ComponentStatus.MAJOR_OUTAGE}


def test_rules_stand_in_their_order_and_change_privately(world: Watched) -> None:
    first = Rule("first", {"app": "*"}, "search", ComponentStatus.MAJOR_OUTAGE, world.at)
    world.change(lambda moment: alarm_rules.add(first, "shop", moment))

    assert [rule.id for rule in alarm_rules.read().rules] == ["first", "shop", "grave", "search"]
    (added,) = list(record.entries(0))[-1:]
    assert (added.kind, added.subject, added.body) == ("private.noted", "private", None)


@pytest.mark.parametrize(
    ("changes", "before", "expected"),
    [
        ({"id": "shop"}, None, Conflict),
        ({"component": "nothing"}, None, Invalid),
        ({}, "nothing", Invalid),
        ({"match": {"a": "x" * 400_000}}, None, Conflict),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    world: Watched, changes: dict[str, Any], before: str | None, expected: type[Exception]
) -> None:
    told = {"id": "new", "match": {"a": "b"}, "component": "shop", "created_at": world.at, **changes}
    rule = Rule(status=ComponentStatus.MAJOR_OUTAGE, **told)

    with pytest.raises(expected):
        world.change(lambda moment: alarm_rules.add(rule, before, moment))
    with pytest.raises(NotFound):
        world.change(lambda moment: alarm_rules.remove("new", moment))


def test_a_sender_is_known_by_what_was_set_last(world: Watched) -> None:
    def change(**what: Any) -> Callable[[Moment], Change[alarm_rules.Sender]]:
        return lambda moment: alarm_rules.change_sender("generic", lambda it: replace(it, **what), moment)

    assert alarm_rules.sender("generic") == alarm_rules.Sender("generic")
    world.change(change(secret="s" * 20))
    head = record.head()
    world.change(change(secret="s" * 20))

    assert record.head() == head
    assert alarm_rules.sender("generic").secret == "s" * 20
    assert "s" * 20 not in str([entry for entry in record.entries(0)])


def test_nothing_is_said_that_a_person_has_said_better(world: Watched) -> None:
    (id,) = world.hear(world.alarm("a")).incidents
    said = Said(IncidentStatus.SUSPECTED, "We look.", {"shop": ComponentStatus.OPERATIONAL})
    world.change(lambda moment: incidents.tell(incidents.get(id), said, id="u9", moment=moment))

    world.hear(world.alarm("a"))

    assert world.said(id) == ["suspected", "suspected"]
