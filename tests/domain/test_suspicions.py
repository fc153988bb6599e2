"""When alarms of a component open an incident, worsen it and take it back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.alarms import one_line
from chalicelib.domain.errors import Conflict
from chalicelib.domain.incidents import Incident, Source
from chalicelib.domain.statuses import ComponentStatus, IncidentStatus
from chalicelib.domain.suspicions import (
    CONFIRMED,
    MOST_ALARMS,
    SHORTLY,
    Heard,
    Opening,
    Retraction,
    Suspicion,
    Worsening,
    after_all,
    confirmation,
    draft,
    heed,
    inert,
    said,
    settle,
)
from chalicelib.domain.updates import Update
from chalicelib.publishing.texts import beginning, clean
from tests.builders import an_incident
from tests.domain.test_alarms import NOW, a_rule, an_alarm

DEGRADED, PARTIAL, MAJOR = (
    ComponentStatus.DEGRADED_PERFORMANCE, ComponentStatus.PARTIAL_OUTAGE, ComponentStatus.MAJOR_OUTAGE,
)  # fmt: skip
MINUTE = timedelta(minutes=1)


def heard(status: ComponentStatus = MAJOR, **changes: Any) -> Heard:
    """An alarm that says this of the checkout."""
    return Heard(an_alarm(**changes), a_rule(status=status))


def suspected(**changes: Any) -> Incident:
    """What an alarm opened about the checkout a quarter of an hour ago."""
    opened = an_incident(
        "s1", at=NOW - 15 * MINUTE, status=IncidentStatus.SUSPECTED, source=Source.ALARM,
        affects={"checkout": PARTIAL},
    )  # fmt: skip
    return replace(opened, **changes)


def holding(*alarms: Heard, **changes: Any) -> Suspicion:
    """What is remembered while these fire and have opened an incident."""
    firing = {it.alarm.key: it.rule.status for it in alarms}
    return replace(Suspicion("s1", firing), **changes)


def test_an_alarm_speaks_at_once() -> None:
    after = heed(Suspicion(), [heard()], None, now=NOW)

    assert after.step == Opening(MAJOR, heard(), NOW)
    assert after.suspicion.firing == {an_alarm().key: MAJOR}


def test_several_alarms_open_one_incident_as_bad_as_the_worst_from_the_first_on() -> None:
    told = [heard(DEGRADED, at=NOW - MINUTE), heard(MAJOR, fingerprint="f2")]

    after = heed(Suspicion(), told, None, now=NOW)

    assert after.step == Opening(MAJOR, told[0], NOW - MINUTE)
    assert len(after.suspicion.firing) == 2


@pytest.mark.parametrize(
    ("ago", "began"),
    [
        pytest.param(timedelta(hours=24), NOW - timedelta(hours=24), id="a day ago"),
        pytest.param(timedelta(hours=25), NOW, id="longer: when we heard of it"),
        pytest.param(-MINUTE, NOW, id="in a minute: now"),
    ],
)
def test_an_incident_began_when_the_alarm_says_within_reason(ago: timedelta, began: datetime) -> None:
    after = heed(Suspicion(), [heard(at=NOW - ago)], None, now=NOW)

    assert isinstance(after.step, Opening)
    assert after.step.began_at == began


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([heard()], id="the same alarm"),
        pytest.param([heard(PARTIAL, fingerprint="f2")], id="another one, no worse"),
        pytest.param([heard(fingerprint="f3", firing=False)], id="the end of one that never fired here"),
    ],
)
def test_what_joins_says_nothing_new(told: Sequence[Heard]) -> None:
    before = holding(heard())

    after = heed(before, told, suspected(affects={"checkout": MAJOR}), now=NOW)

    assert after.step is None
    assert after.suspicion.firing.keys() >= before.firing.keys()


def test_a_worse_alarm_is_said() -> None:
    after = heed(holding(heard(PARTIAL)), [heard(MAJOR, fingerprint="f2")], suspected(), now=NOW)

    assert after.step == Worsening(MAJOR, NOW)


def test_the_time_of_a_worsening_lies_within_the_incident() -> None:
    old = heard(MAJOR, fingerprint="f2", at=NOW - timedelta(hours=1))

    after = heed(holding(heard(PARTIAL)), [old], suspected(), now=NOW)

    assert after.step == Worsening(MAJOR, NOW - 15 * MINUTE)


def test_an_alarm_of_a_component_that_a_person_calls_well_is_said() -> None:
    after = heed(holding(heard()), [heard(DEGRADED, fingerprint="f2")], suspected(affects={}), now=NOW)

    assert after.step == Worsening(DEGRADED, NOW)


def test_as_long_as_one_alarm_fires_the_incident_stays() -> None:
    both = holding(heard(), heard(fingerprint="f2"))

    after = heed(both, [heard(firing=False)], suspected(affects={"checkout": MAJOR}), now=NOW)

    assert after.step is None
    assert after.suspicion.firing == {an_alarm(fingerprint="f2").key: MAJOR}


def test_when_all_have_ended_it_is_retracted_at_the_last_end() -> None:
    both = holding(heard(), heard(fingerprint="f2"))
    ends = [heard(firing=False, at=NOW - MINUTE), heard(fingerprint="f2", firing=False, at=NOW - 2 * MINUTE)]

    after = heed(both, ends, suspected(), now=NOW)

    assert after.step == Retraction(NOW - MINUTE)
    assert after.suspicion == Suspicion(retracted_at=NOW)


@pytest.mark.parametrize("at", [NOW - timedelta(hours=1), NOW + MINUTE])
def test_it_ends_between_its_beginning_and_now(at: datetime) -> None:
    after = heed(holding(heard()), [heard(firing=False, at=at)], suspected(), now=NOW)

    assert isinstance(after.step, Retraction)
    assert NOW - 15 * MINUTE <= after.step.at <= NOW


def test_an_end_is_believed_even_if_its_beginning_was_forgotten() -> None:
    after = heed(Suspicion(), [heard(firing=False)], suspected(), now=NOW)

    assert after.step == Retraction(NOW)


@pytest.mark.parametrize(
    "current",
    [
        pytest.param(suspected(status=IncidentStatus.INVESTIGATING), id="confirmed"),
        pytest.param(suspected(source=Source.PERSON), id="opened by a person"),
    ],
)
@pytest.mark.parametrize("told", [heard(firing=False), heard(fingerprint="f2")])
def test_once_a_person_has_spoken_alarms_are_silent(current: Incident, told: Heard) -> None:
    after = heed(holding(heard(PARTIAL)), [told], current, now=NOW)

    assert after.step is None
    assert after.suspicion.incident == "s1"


def test_an_alarm_that_goes_on_after_a_person_closed_its_incident_is_silent() -> None:
    after = heed(holding(heard()), [heard(at=NOW + MINUTE)], None, now=NOW)

    assert after.step is None
    assert after.suspicion.incident is None


@pytest.mark.parametrize("told", [heard(fingerprint="f2"), heard(at=NOW + MINUTE)._replace(is_another=True)])
def test_another_alarm_after_that_speaks(told: Heard) -> None:
    after = heed(holding(heard()), [told], None, now=NOW)

    assert isinstance(after.step, Opening)


def test_what_follows_a_retraction_shortly_is_retracted_after_quiet_alone() -> None:
    again = heed(Suspicion(retracted_at=NOW - SHORTLY + MINUTE), [heard()], None, now=NOW)
    assert again.suspicion.is_flapping
    held = replace(again.suspicion, incident="s1")

    quiet = heed(held, [heard(firing=False)], suspected(), now=NOW)

    assert quiet.step is None
    assert quiet.suspicion.quiet_since == NOW
    assert quiet.suspicion.quiet_until == NOW + SHORTLY
    early = settle(quiet.suspicion, suspected(), now=NOW + SHORTLY - MINUTE)
    assert early == (quiet.suspicion, None)
    later = NOW + SHORTLY + MINUTE
    assert settle(quiet.suspicion, suspected(), now=later) == (
        Suspicion(retracted_at=later), Retraction(NOW),
    )  # fmt: skip


def test_what_follows_later_is_retracted_at_once() -> None:
    again = heed(Suspicion(retracted_at=NOW - SHORTLY), [heard()], None, now=NOW)

    assert not again.suspicion.is_flapping


def test_an_alarm_that_fires_again_ends_the_quiet() -> None:
    quiet = Suspicion("s1", is_flapping=True, quiet_since=NOW - MINUTE)

    again = heed(quiet, [heard(PARTIAL)], suspected(), now=NOW)

    assert (again.step, again.suspicion.quiet_since) == (None, None)


def test_one_more_end_does_not_begin_the_quiet_anew() -> None:
    quiet = Suspicion("s1", is_flapping=True, quiet_since=NOW - MINUTE)

    again = heed(quiet, [heard(firing=False)], suspected(), now=NOW)

    assert again == (quiet, None)


@pytest.mark.parametrize("current", [None, suspected(status=IncidentStatus.INVESTIGATING)])
def test_after_quiet_nothing_is_said_where_a_person_has_spoken(current: Incident | None) -> None:
    quiet = Suspicion("s1", is_flapping=True, quiet_since=NOW - SHORTLY)

    after = settle(quiet, current, now=NOW)

    assert (after.step, after.suspicion.quiet_since) == (None, None)


def test_no_quiet_no_step() -> None:
    assert settle(holding(heard()), suspected(), now=NOW) == (holding(heard()), None)


def test_a_limited_number_of_alarms_is_remembered() -> None:
    many = Suspicion("s1", {str(n): MAJOR for n in range(MOST_ALARMS)})

    after = heed(many, [heard()], suspected(affects={"checkout": MAJOR}), now=NOW)

    assert (after.suspicion.firing, after.suspicion.was_cut) == (many.firing, True)


def test_where_more_fired_than_are_remembered_a_person_says_that_all_is_over() -> None:
    cut = Suspicion("s1", {an_alarm().key: MAJOR}, was_cut=True)

    after = heed(cut, [heard(firing=False)], suspected(), now=NOW)

    assert (after.step, after.suspicion.firing) == (None, {})
    assert not heed(after.suspicion, [heard(firing=False)], None, now=NOW).suspicion.was_cut


def test_what_is_public_is_ours_but_for_what_the_rule_names() -> None:
    alarm = an_alarm(labels={"host": "db1.internal"}, title="<script>alert(1)</script>")
    opening = Opening(MAJOR, Heard(alarm, a_rule()), NOW - MINUTE)

    told = draft(opening, "checkout", "Shop - [Checkout](x)", now=NOW)

    assert told.title == "Shop - [Checkout](x): major outage"
    assert told.body.startswith(r"An alarm says that Shop - \[Checkout](x) has a major outage.")
    assert (told.status, told.affects) == (IncidentStatus.SUSPECTED, {"checkout": MAJOR})
    assert (told.started_at, told.detected_at) == (NOW - MINUTE, NOW)


@pytest.mark.parametrize(
    ("minutes", "lasted"),
    [
        (0, "less than a minute"), (1, "1 minute"), (119, "119 minutes"), (120, "2 hours"),
        (125, "2 hours and 5 minutes"),
    ],
)  # fmt: skip
def test_a_retraction_says_why_and_after_what_time(minutes: int, lasted: str) -> None:
    opened = suspected(started_at=NOW - minutes * MINUTE)

    told = said(Retraction(NOW), opened, "checkout", "Checkout")

    expected = f"Retracted: every alarm of Checkout has ended, after {lasted}, and nobody had confirmed it."
    assert (told.status, told.body, told.happened_at) == (IncidentStatus.RETRACTED, expected, NOW)


@pytest.mark.parametrize(
    ("claimed", "at"),
    [
        pytest.param([0], NOW - 5 * MINUTE, id="its first update may be spoken when all was over"),
        pytest.param([0, -9], NOW - 5 * MINUTE, id="an update of before it ended"),
        pytest.param([0, -2, -9], NOW - 2 * MINUTE, id="an update that claims a later time"),
    ],
)
def test_an_incident_is_not_retracted_before_what_was_said_of_it(claimed: list[int], at: datetime) -> None:
    told = [
        Update(
            str(n), IncidentStatus.SUSPECTED, "We look.", happened_at=NOW + minutes * MINUTE,
            recorded_at=NOW, seq=n,
        )
        for n, minutes in enumerate(claimed)
    ]  # fmt: skip

    assert after_all(Retraction(NOW - 5 * MINUTE), reversed(told)) == Retraction(at)


def test_a_worsening_says_what_the_other_alarm_says() -> None:
    told = said(Worsening(PARTIAL, NOW), suspected(), "checkout", "Checkout")

    assert told.body == "Another alarm says that Checkout has a partial outage. Nobody has confirmed it yet."
    assert (told.status, told.affects) == (IncidentStatus.SUSPECTED, {"checkout": PARTIAL})


def test_a_person_confirms_what_is_suspected_and_nothing_else() -> None:
    assert confirmation(suspected(), None).body == CONFIRMED
    assert confirmation(suspected(), "It is us.").body == "It is us."
    with pytest.raises(Conflict, match="investigating"):
        confirmation(an_incident(), None)


def test_no_character_of_a_foreign_text_means_anything_in_markdown() -> None:
    assert inert("*a* <b> `c`\n# d \\ [e](f) &lt; _g_") == r"\*a\* \<b> \`c\` # d \\ \[e](f) \&lt; \_g\_"


@pytest.mark.parametrize("name", ["API (EU-1)", "R&D", "eu_west_1", "Shop & Co.: 1 > 0!"])
def test_a_name_without_such_characters_stays_as_it_is(name: str) -> None:
    assert inert(name) == name


@given(st.text() | st.text("*_[](){}<>&;#\\`!~|a1 :/.-="))
def test_what_is_inert_is_read_as_it_was_written(text: str) -> None:
    said = beginning(f"An alarm says that {inert(text)} is out.", 10_000)

    assert said == " ".join(f"An alarm says that {clean(one_line(text))} is out.".split())
