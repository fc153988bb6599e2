"""What was promised after an incident: kept, overdue by itself, and told of, for all to see."""

from datetime import timedelta

import feedparser
import pytest

from chalicelib.domain.times import iso
from tests.journeys.runtime import Runtime

PAGE = "/incidents/slow/"
CAUSE = "A deployment removed an index."


@pytest.fixture
def over(laptop: Runtime) -> Runtime:
    """An incident that is over."""
    laptop.say("/incidents", id="slow", title="Slow", body="We look.", affects={"checkout": "major_outage"})
    laptop.pass_minutes(30)
    laptop.say("/incidents/slow/updates", status="resolved", body="It works.")
    return laptop


def in_minutes(laptop: Runtime, minutes: int) -> str:
    """That time from now."""
    return iso(laptop.told.at + timedelta(minutes=minutes))


def titles(laptop: Runtime) -> list[str]:
    """The entries of the feed of updates, newest first."""
    return [entry.id for entry in feedparser.parse(laptop.get("/updates.atom")).entries]


def test_a_postmortem_is_promised_overdue_by_the_clock_and_published_late(over: Runtime) -> None:
    over.change("/incidents/slow", postmortem_due=in_minutes(over, 60))
    assert ", overdue<" not in over.get(PAGE)
    said = titles(over)

    over.pass_minutes(61)
    assert ", overdue<" in over.get(PAGE)

    over.say("/incidents/slow/postmortem", root_cause=CAUSE, body="**What happened.** At ten ...")
    assert ", overdue<" not in over.get(PAGE)
    assert CAUSE in over.get(PAGE)
    assert len(titles(over)) == len(said) + 1
    assert "What happened." in over.get("/history.atom")
    told = over.ask("GET", "/api/v1/incidents/slow").json
    assert (told["status"], told["postmortem"]["root_cause"]) == ("postmortem", CAUSE)


def test_a_follow_up_is_promised_overdue_by_the_clock_and_done(over: Runtime) -> None:
    over.say("/incidents/slow/follow-ups", id="alarm", text="Add an alarm", due=in_minutes(over, 60))
    over.say("/incidents/slow/follow-ups", id="test", text="Test the index", due=in_minutes(over, 600))
    page = over.get(PAGE)
    assert ("Add an alarm" in page, "Overdue" in page) == (True, False)
    said = titles(over)

    over.pass_minutes(61)
    page = over.get(PAGE)
    assert (page.count("Overdue"), page.count("Promised</span>")) == (1, 1)

    done_at = in_minutes(over, 0)
    over.change("/incidents/slow/follow-ups/alarm", done_at=done_at, body="It rings since today.")
    page = over.get(PAGE)
    assert ("Overdue" in page, ", late<" in page) == (False, True)
    assert len(titles(over)) == len(said) + 1
    assert "It rings since today." in over.get("/feed.json")
    over.change("/incidents/slow/follow-ups/test", done_at=in_minutes(over, 0))
    assert "Done<" in over.get(PAGE)


def test_who_asks_for_what_is_not_there_is_told_which(over: Runtime) -> None:
    due = {"text": "x", "due": in_minutes(over, -1)}

    past = over.ask("POST", "/api/v1/incidents/slow/follow-ups", due)
    nowhere = over.ask("PATCH", "/api/v1/incidents/slow/follow-ups/none", {"due": due["due"]}, If_Match="*")

    assert (past.status, past.json["errors"][0]["field"]) == (400, "due")
    assert nowhere.status == 404
