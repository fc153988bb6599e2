"""Dossiers: which days there are, what each saw, what several components come to together."""

from datetime import UTC, date, datetime, timedelta

from chalicelib.domain.components import Touch
from chalicelib.domain.days import Day, Days
from chalicelib.domain.dossiers import (
    Dossier,
    Known,
    bars_since,
    began,
    counted_until,
    earliest,
    goes_on,
    lost_of,
    of_component,
    of_group,
    states,
    today,
    together,
)
from chalicelib.domain.samples import Numbers
from chalicelib.domain.snapshot import next_quarter
from chalicelib.domain.statuses import ComponentStatus as C
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.domain.uptime import Lost, Outage
from tests.builders import NOW, a_component, a_group, a_snapshot, an_incident

DAY = timedelta(days=1)
TODAY = date(2026, 11, 22)
NOTHING = Numbers()


def a_dossier(*days: Day) -> Dossier:
    return Dossier(a_component(), C.OPERATIONAL, TODAY, days)


def test_what_goes_on_counts_up_to_the_last_quarter_of_an_hour() -> None:
    assert counted_until(datetime(2026, 11, 22, 9, 14, 59, tzinfo=UTC)) == datetime(
        2026, 11, 22, 9, tzinfo=UTC
    )
    assert counted_until(datetime(2026, 11, 22, 9, 45, tzinfo=UTC)) == datetime(
        2026, 11, 22, 9, 45, tzinfo=UTC
    )


def test_today_is_the_day_of_utc() -> None:
    assert today(datetime.fromisoformat("2026-11-23T00:30:00+01:00")) == TODAY


def test_a_component_counts_from_its_start_or_from_when_it_was_added() -> None:
    assert began(a_component(created_at=NOW)) == TODAY
    assert began(a_component(created_at=NOW, start_date=TODAY - DAY)) == TODAY - DAY


def test_a_day_is_as_the_worst_that_it_saw() -> None:
    out = (
        Outage(C.PARTIAL_OUTAGE, NOW - 2 * DAY, NOW - 2 * DAY + timedelta(hours=2)),
        Outage(C.MAJOR_OUTAGE, NOW - 2 * DAY, NOW - 2 * DAY + timedelta(hours=1)),
        Outage(C.PARTIAL_OUTAGE, NOW),
    )

    seen = states(out, [TODAY - 2 * DAY, TODAY - DAY, TODAY])

    assert seen == [C.MAJOR_OUTAGE, C.OPERATIONAL, C.PARTIAL_OUTAGE]


def test_components_together_add_up_their_numbers_by_day() -> None:
    one = Day(TODAY - DAY, Numbers(10, 1000, 1, 2, ("api",)), Lost(5), final=True)
    other = Day(TODAY - DAY, Numbers(30, 2000, 0, 3, ("probe",)), Lost(), final=True)
    late = Day(TODAY, NOTHING, Lost(), final=False)

    days = together([a_dossier(one), a_dossier(other, late)], {TODAY: Lost(0, 9)})

    assert days == (
        Day(TODAY - DAY, Numbers(40, 3010, 1, 5, ("api", "probe")), Lost(), final=True),
        Day(TODAY, NOTHING, Lost(0, 9), final=False),
    )


def test_a_day_is_final_when_it_is_for_all() -> None:
    one, other = Day(TODAY, NOTHING, Lost(), final=True), Day(TODAY, NOTHING, Lost(), final=False)

    assert not together([a_dossier(one), a_dossier(other)], {})[0].final


def test_whether_a_dossier_has_numbers_follows_from_its_samples() -> None:
    assert not a_dossier(Day(TODAY, NOTHING, Lost(), final=False)).is_numbered
    assert a_dossier(Day(TODAY, Numbers(samples=1), Lost(), final=False)).is_numbered


def test_a_dossier_is_of_a_component_or_of_a_group() -> None:
    assert a_dossier().kind == "component"
    assert a_dossier()._replace(about=a_group()).kind == "group"


# --- what dossiers are made of ----------------------------------------------------------------------------

SAMPLES = Numbers(10, 1000, 1, 2, ("api",))


def a_known(**changes: object) -> Known:
    days = Days({TODAY - 3 * DAY: {}, TODAY: {"api": SAMPLES}}, frozenset({TODAY}), seq=30)
    incidents = {
        "api": (an_incident("slow", seq=20), an_incident("none", seq=40, status=IncidentStatus.RETRACTED))
    }
    return Known(NOW, days, {"api": (Outage(C.MAJOR_OUTAGE, NOW - DAY),)}, incidents)._replace(**changes)  # type: ignore[arg-type]


def test_a_dossier_has_every_day_from_the_first_one_until_today() -> None:
    component = a_component(start_date=TODAY - 3 * DAY)

    dossier = of_component(component, C.OPERATIONAL, a_known(), group=None, touch=None)

    assert [day.date for day in dossier.days] == [TODAY - n * DAY for n in (3, 2, 1, 0)]
    assert dossier.days[-1].numbers == SAMPLES
    assert [day.final for day in dossier.days] == [True, False, False, False]


def test_a_dossier_goes_back_for_a_year_at_most() -> None:
    component = a_component(start_date=TODAY - 1000 * DAY)

    dossier = of_component(component, C.OPERATIONAL, a_known(), group=None, touch=None)

    assert (dossier.days[0].date, len(dossier.days)) == (earliest(NOW), 366)
    assert dossier.began == TODAY - 1000 * DAY


def test_one_that_is_yet_to_begin_has_no_day() -> None:
    component = a_component(start_date=TODAY + DAY)

    assert of_component(component, C.OPERATIONAL, a_known(), group=None, touch=None).days == ()


def test_a_dossier_stands_on_the_newest_entry_that_bears_on_it() -> None:
    component, known = a_component(seq=2), a_known()
    group, touch = a_group(seq=50), Touch(60, NOW)

    seqs = [
        of_component(component, C.OPERATIONAL, known._replace(incidents={}), group=None, touch=None).seq,
        of_component(component, C.OPERATIONAL, known, group=None, touch=None).seq,
        of_component(component, C.OPERATIONAL, known, group=group, touch=None).seq,
        of_component(component, C.OPERATIONAL, known, group=group, touch=touch).seq,
    ]

    assert seqs == [30, 40, 50, 60]


def test_an_incident_that_was_none_is_not_shown() -> None:
    dossier = of_component(a_component(), C.OPERATIONAL, a_known(), group=None, touch=None)

    assert [incident.id for incident in dossier.incidents] == ["slow"]


def test_a_group_has_what_its_components_have_and_tells_of_each_incident_once() -> None:
    known = a_known()
    known = known._replace(incidents={**known.incidents, "web": known.incidents["api"]})
    members = tuple(
        of_component(a_component(id), C.OPERATIONAL, known, group=None, touch=None) for id in ("api", "web")
    )

    dossier = of_group(a_group(seq=70), C.MAJOR_OUTAGE, members, known)

    assert [incident.id for incident in dossier.incidents] == ["slow"]
    assert dossier.days[-1].numbers == SAMPLES
    assert dossier.days[-1].lost == Lost(0, 9 * 3600)
    assert (dossier.began, dossier.seq) == (members[0].began, 70)


def test_what_was_out_before_a_component_began_costs_its_group_nothing() -> None:
    outage = Outage(C.MAJOR_OUTAGE, NOW - 5 * DAY, NOW - 2 * DAY)
    known = a_known(outages={"late": (outage, Outage(C.PARTIAL_OUTAGE, NOW - 9 * DAY, NOW - 8 * DAY))})
    members = tuple(
        of_component(
            a_component(id, start_date=TODAY - ago * DAY), C.OPERATIONAL, known, group=None, touch=None
        )
        for id, ago in (("early", 9), ("late", 3))
    )

    days = of_group(a_group(), C.OPERATIONAL, members, known).days

    assert [day.lost.major_s for day in days] == [0] * 6 + [24 * 3600, 9 * 3600 + 300, 0, 0]
    assert [day.lost for day in days[-4:]] == [day.lost for day in members[1].days]
    assert not any(day.lost.partial_s for day in days)


def test_a_group_without_components_has_no_day() -> None:
    dossier = of_group(a_group(), C.OPERATIONAL, (), a_known())

    assert (dossier.days, dossier.began) == ((), TODAY)


def test_an_outage_that_has_ended_costs_all_that_it_took_at_once() -> None:
    ended = Outage(C.MAJOR_OUTAGE, NOW - timedelta(minutes=4), NOW - timedelta(minutes=1))
    open = Outage(C.MAJOR_OUTAGE, NOW - timedelta(minutes=4))

    assert lost_of([ended], TODAY, TODAY, as_of=NOW) == {TODAY: Lost(0, 180)}
    assert lost_of([open], TODAY, TODAY, as_of=NOW) == {}
    assert (goes_on([ended]), goes_on([ended, open])) == (False, True)


def test_bars_are_those_of_ninety_days() -> None:
    assert (TODAY - bars_since(NOW)).days == 89


def test_only_components_on_the_page_are_counted_again_while_they_are_out() -> None:
    on = (Outage(C.MAJOR_OUTAGE, NOW),)
    out = a_snapshot(components=(a_component(),), outages={"api": on, "gone": on})
    calm = a_snapshot(components=(a_component(),), outages={"gone": on})

    assert (out.out, next_quarter(out)) == (("api",), NOW.replace(minute=15))
    assert (calm.out, next_quarter(calm)) == ((), None)
