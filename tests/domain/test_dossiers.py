"""Dossiers: which days there are, what each saw, what several components come to together."""

from datetime import UTC, date, datetime, timedelta

from chalicelib.domain.days import Day
from chalicelib.domain.dossiers import Dossier, began, counted_until, states, today, together
from chalicelib.domain.samples import Numbers
from chalicelib.domain.statuses import ComponentStatus as C
from chalicelib.domain.uptime import Lost, Outage
from tests.builders import NOW, a_component, a_group

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
