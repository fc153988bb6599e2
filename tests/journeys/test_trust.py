"""Figures about ourselves follow from what was said and when, and from the clock where nothing was said."""

import json
from datetime import timedelta
from typing import Any

from chalicelib.domain.times import iso
from tests.journeys.runtime import Runtime


def figures(laptop: Runtime) -> Any:
    """The same as on the page, for programs."""
    return json.loads(laptop.get("/trust/figures.json"))


def in_minutes(laptop: Runtime, minutes: int) -> str:
    """That time from now."""
    return iso(laptop.told.at + timedelta(minutes=minutes))


def test_a_promised_update_is_overdue_by_the_clock_and_late_when_it_comes(laptop: Runtime) -> None:
    laptop.say("/incidents", id="slow", title="Slow", body="We look.", next_update_by=in_minutes(laptop, 30))
    assert figures(laptop)["next_updates_overdue"] == 0

    laptop.pass_minutes(31)
    assert figures(laptop)["next_updates_overdue"] == 1
    assert "1 overdue now" in laptop.get("/trust/")
    assert "is overdue" in laptop.get("/")

    laptop.say(
        "/incidents/slow/updates", status="identified", body="Found.", next_update_by=in_minutes(laptop, 30)
    )
    laptop.pass_minutes(10)
    laptop.say("/incidents/slow/updates", status="resolved", body="Over.")
    found = figures(laptop)
    assert found["next_updates"] == {"cases": 2, "in_time": 1, "late": 1}
    assert found["next_updates_overdue"] == 0


def test_promises_stand_in_one_list_kept_open_and_overdue(laptop: Runtime) -> None:
    laptop.say("/incidents", id="slow", title="Slow", body="We look.")
    laptop.say("/incidents/slow/updates", status="resolved", body="Over.")
    for id, minutes in (("soon", 60), ("later", 600), ("done", 90)):
        due = in_minutes(laptop, minutes)
        laptop.say("/incidents/slow/follow-ups", id=id, text=f"To be done {id}", due=due)
    laptop.change("/incidents/slow", postmortem_due=in_minutes(laptop, 700))
    laptop.pass_minutes(30)
    laptop.change("/incidents/slow/follow-ups/done", done_at=in_minutes(laptop, 0))

    laptop.pass_minutes(40)

    page = laptop.get("/trust/")
    listed = page.partition('id="promises"')[2].partition("</section>")[0]
    order = [listed.index(word) for word in ("Overdue<", "To be done soon", "To be done later", "Done<")]
    assert order == sorted(order)
    assert "Postmortem</p>" in listed
    assert "1 of 1" in page


def test_each_figure_has_its_formula_and_the_number_of_its_cases(laptop: Runtime) -> None:
    began = in_minutes(laptop, -20)
    laptop.say("/incidents", id="slow", title="Slow", body="We look.", started_at=began)
    laptop.say("/incidents/slow/retract", reason="It was none.")
    laptop.say("/incidents", id="down", title="Down", body="We look.", started_at=began)

    page = laptop.get("/trust/")

    assert "How these figures are made" in page
    assert "20 min" in page
    assert "1 case" in page
    assert "1 more was retracted" in page
