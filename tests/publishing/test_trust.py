"""The page about ourselves: figures with their cases, promises with their incidents, the same as JSON."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.figures import Figures, Spread, Tally
from chalicelib.domain.promises import Kept, KeptPromise, Promise, Promises, Punctuality
from chalicelib.domain.snapshot import Snapshot, next_boundary
from chalicelib.domain.statuses import IncidentStatus as S
from chalicelib.publishing import localtimes, paths, site
from tests.builders import NOW, STEP, a_page, a_snapshot, a_story
from tests.publishing.aftermaths import about_us, followed
from tests.publishing.reading import page
from tests.publishing.worlds import everything

SITE = "https://status.example.com"
DAY = timedelta(days=1)
QUICK = Tally(
    incidents=4, afterwards=1, suspected=2, retracted=1, first_word=Spread({3: 1, 22: 1}),
    publication=Spread({8: 2, 300: 1}), kept=5, missed=1,
)  # fmt: skip


def trust(**tallies: Tally) -> Snapshot:
    """A page with these tallies (`_2026_09=...`), of which nothing is promised."""
    by_month = {name[1:].replace("_", "-"): tally for name, tally in tallies.items()}
    return a_snapshot(figures=Figures(by_month, seq=44))


def text(snapshot: Snapshot) -> str:
    """What the page says."""
    return page(site.build(snapshot, site_url=SITE)[paths.TRUST].body).text


def document(snapshot: Snapshot) -> Any:
    """What its JSON says."""
    return json.loads(site.build(snapshot, site_url=SITE)[paths.TRUST_FIGURES].body)


def test_nothing_is_built_where_nothing_bears_on_it() -> None:
    assert not paths.ABOUT_US & set(site.build(a_snapshot(), site_url=SITE))


def test_each_figure_comes_with_its_cases() -> None:
    said = text(trust(_2026_11=QUICK, _2026_09=QUICK))

    assert (
        "From detection to first word 3 min Half of 4 cases took at most this long; 2 of 4 at most 15" in said
    )
    assert "From start to publication 8 min Half of 6 cases took at most this long; 4 of 6 at most" in said
    assert "Next updates by the promised time 10 of 12 2 came later." in said
    assert "Incidents 8 2 more were retracted. Of all these 4 began as a suspicion." in said
    assert "Sep 2026 3 min of 2 8 min of 3 5 of 6" in said
    assert "Sep 2026 4 2 1" in said
    assert "(2 here)" in said


def test_one_case_is_said_in_the_singular() -> None:
    said = text(trust(_2026_11=Tally(1, retracted=1, first_word=Spread({90: 1}))))

    assert "1 h 30 min Half of 1 case took" in said
    assert "1 more was retracted" in said


def test_where_there_is_no_case_there_is_no_figure() -> None:
    said = text(trust())

    assert said.count("No case yet") == 5
    assert "Incidents None yet" in said
    assert "Nov 2026 – – –" in said
    assert "Oct 2026" not in said
    assert "Nothing has been promised yet." in said
    assert "0 min" not in said


def test_a_month_without_cases_between_others_shows_none() -> None:
    assert "Oct 2026 – – – Sep 2026 3 min" in text(trust(_2026_09=QUICK))


def test_every_promise_is_listed_with_its_incident_those_overdue_first() -> None:
    snapshot = a_snapshot(followed(), **about_us(followed()))

    reader = page(site.build(snapshot, site_url=SITE)[paths.TRUST].body)

    lines = reader.text[reader.text.index("What we promised") :]
    order = ["Overdue Write it down", "Promised Move it", "Done late Rehearse it", "Done Add an alarm"]
    places = [lines.index(it) for it in [*order, "Done Postmortem"]]
    assert places == sorted(places)
    links = [str(link["href"]) for link in reader.named("a")]
    assert "/incidents/followed/#follow-up-broken" in links
    assert "/incidents/followed/" in links
    assert "Promised postmortems 1 of 1 kept in time, 0 late; 0 open, none overdue." in reader.text
    assert "Promised follow-ups 1 of 2 kept in time, 1 late; 1 open, 1 overdue." in reader.text


def test_what_is_only_promised_is_no_case_of_a_kept_promise() -> None:
    story = a_story(S.RESOLVED, postmortem_due=NOW + DAY)

    assert "Promised postmortems None kept yet 1 open, none overdue." in text(
        a_snapshot(story, **about_us(story))
    )


@pytest.mark.parametrize(
    ("tally", "words"),
    [
        pytest.param(Tally(), "None yet 1 overdue now.", id="none has come"),
        pytest.param(QUICK, "5 of 6 1 came later. 1 overdue now.", id="some have"),
    ],
)
def test_a_next_update_is_overdue_from_its_instant_on(tally: Tally, words: str) -> None:
    story = a_story(next_update_by=NOW)
    figures = Figures({"2026-11": tally})

    assert words in text(a_snapshot(story, figures=figures))
    assert "overdue now" not in text(a_snapshot(story, figures=figures, as_of=NOW - STEP))


def test_the_json_says_what_the_page_says() -> None:
    said = document(a_snapshot(followed(), **about_us(followed())))

    assert said["record_seq"] == 60
    assert (said["first_month"], said["last_month"], len(said["months"])) == ("2025-12", "2026-11", 12)
    assert said["start_to_publication"] == {"cases": 1, "median_minutes": 0, "within_15_minutes": 1}
    assert said["detection_to_first_word"] == {"cases": 0, "median_minutes": None, "within_15_minutes": 0}
    assert said["next_updates"] == {"cases": 0, "in_time": 0, "late": 0}
    assert said["promises"]["follow_ups"] == {"in_time": 1, "late": 1, "open": 1, "overdue": 1}
    assert said["months"][0] == {
        "month": "2026-11",
        **{name: said[name] for name in list(said["months"][0]) if name != "month"},
    }
    assert said["promised"][0] == {
        "state": "overdue", "sort": "follow_up", "incident": "followed", "title": "Slow answers",
        "follow_up": "broken", "text": "Write it down", "due": "2026-11-22T08:55:00Z", "done_at": None,
        "first_due": None, "retracted": False,
        "url": f"{SITE}/incidents/followed/",
    }  # fmt: skip
    assert [it["sort"] for it in said["promised"]][-1] == "postmortem"


def test_every_field_of_the_json_is_documented() -> None:
    documented = (site._TEMPLATES.parent / "docs/figures.md").read_text()

    def names(value: Any) -> set[str]:
        if isinstance(value, dict):
            return {*value, *(name for inner in value.values() for name in names(inner))}
        return {name for inner in value for name in names(inner)} if isinstance(value, list) else set()

    assert {name for name in names(document(everything())) if f"`{name}`" not in documented} == set()


def test_the_page_carries_the_newest_entry_that_bears_on_it() -> None:
    assert b'<meta name="record-seq" content="44">' in site.build(trust(), site_url=SITE)[paths.TRUST].body
    renamed = replace(trust(), page=a_page(seq=99))
    assert b'content="99"' in site.build(renamed, site_url=SITE)[paths.TRUST].body


def test_a_boundary_is_crossed_when_a_month_begins_by_utc() -> None:
    tokyo = a_page(time_zone="Asia/Tokyo")
    evening = NOW.replace(month=12, day=31, hour=23)

    assert next_boundary(a_snapshot(page=tokyo, as_of=evening)) == evening.replace(minute=0) + timedelta(
        hours=1
    )


def test_a_hostile_title_is_inert() -> None:
    story = replace(followed(), incident=replace(followed().incident, title="<script>alert(1)</script>"))

    body = site.build(a_snapshot(story, **about_us(story)), site_url=SITE)[paths.TRUST].body

    assert b"<script" not in body
    assert "<script>alert(1)</script>" in page(body).text


def test_kept_promises_that_are_not_listed_any_more_are_counted() -> None:
    kept = Kept(postmortems=Punctuality(70, 5))
    open = (Promise("slow", NOW + DAY),)

    said = text(a_snapshot(promises=Promises(open, kept), figures=Figures(titles={"slow": "Slow"})))

    assert "70 of 75 kept in time, 5 late; 1 open, none overdue." in said


def test_what_was_moved_or_taken_back_or_retracted_says_so() -> None:
    kept = Kept().after(KeptPromise("none", NOW, NOW, first_due=NOW - DAY), seq=3)
    open = (
        Promise("moved", NOW + DAY, first_due=NOW),
        Promise("dropped", NOW - DAY, is_taken_back=True),
    )
    titles = {id: id.title() for id in ("none", "moved", "dropped")}
    figures = Figures(titles=titles, retracted=frozenset({"none"}))
    snapshot = a_snapshot(promises=Promises(open, kept), figures=figures)

    said = text(snapshot)

    assert "Moved Promised by 23 Nov 2026, 09:05 UTC, first promised by 22 Nov 2026, 09:05 UTC" in said
    assert "Promise taken back Postmortem Dropped First promised by 21 Nov 2026, 09:05 UTC" in said
    assert "None Retracted since Promised by 22 Nov 2026, 09:05 UTC, first promised by 21 Nov 2026" in said
    assert "1 open, none overdue" in said
    assert [it["state"] for it in document(snapshot)["promised"]] == ["promised", "taken_back", "done"]
    assert [it["retracted"] for it in document(snapshot)["promised"]] == [False, False, True]


@pytest.mark.parametrize(("minutes", "words"), [(0, "0 min"), (8, "8 min"), (300, "5 h"), (5760, "4 d")])
def test_minutes_are_said_in_the_largest_units(minutes: int, words: str) -> None:
    assert localtimes.took(minutes) == words
