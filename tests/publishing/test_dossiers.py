"""The pages of components and groups, and their days for programs."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.days import Day
from chalicelib.domain.dossiers import Dossier, today, together
from chalicelib.domain.samples import Numbers
from chalicelib.domain.statuses import ComponentStatus as C
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.domain.uptime import Lost, Outage, lost_by_day
from chalicelib.publishing import dossiers, numbers
from chalicelib.publishing.pages import Frame
from tests.builders import NOW, a_component, a_group, a_page, an_incident
from tests.publishing.reading import Reader, page
from tests.publishing.test_texts import HOSTILE

FRAME = Frame(a_page(), "https://status.acme.example")
TODAY = today(NOW)
BEGIN = datetime(2026, 11, 19, 6, 0, tzinfo=UTC)
OUT = (Outage(C.PARTIAL_OUTAGE, BEGIN, BEGIN + timedelta(hours=2)),)
CAUSE = an_incident(started_at=BEGIN, resolved_at=BEGIN + timedelta(hours=2), status=IncidentStatus.RESOLVED)


def a_dossier(
    *, days: int = 100, outages: tuple[Outage, ...] = OUT, numbered: bool = True, **changes: Any
) -> Dossier:
    """A component that had one outage, and 1,000 transactions more each day."""
    dates = [TODAY - timedelta(days=ago) for ago in range(days - 1, -1, -1)]
    lost = lost_by_day(outages, dates[0], TODAY, now=NOW)
    told = tuple(
        Day(day, _numbers(n + 1) if numbered else Numbers(), lost.get(day, Lost()), final=day < TODAY)
        for n, day in enumerate(dates)
    )
    dossier = Dossier(a_component(), C.OPERATIONAL, dates[0], told, outages, (CAUSE,), seq=7)
    return dossier._replace(**changes)


def _numbers(n: int) -> Numbers:
    return Numbers(1000 * n, 1000 * n * 120_500, n, 60, ("api",))


def read(dossier: Dossier) -> Reader:
    return page(files(dossier)["index.html"])


def files(dossier: Dossier) -> dict[str, bytes]:
    found = dossiers.files(FRAME, dossier, NOW)
    return {key.rpartition("/")[2]: file.body for key, file in found.items()}


def test_the_page_says_uptime_state_and_numbers_of_each_day() -> None:
    reader = read(a_dossier())

    assert "Uptime, 90 days 99.97 %" in reader.text
    assert "Day (UTC) Uptime Transactions Response time Errors Outages" in reader.text
    assert "Thu 19 Nov 97.5 % 97,000 120 ms 0.10 % partial 2 h Slow answers" in reader.text
    assert "Uptime is 100 · (1 − (0.3 · partial outage + major outage) / period)" in reader.text


def test_a_month_says_of_how_many_days_its_uptime_is_unless_of_all() -> None:
    text = read(a_dossier()).text

    assert "November 2026 99.88 % uptime in 22 days Day" in text
    assert "October 2026 100.0 % uptime Day" in text
    assert "August 2026 100.0 % uptime in 17 days Day" in text


def test_every_day_of_ninety_is_a_link_that_says_date_state_and_how_long() -> None:
    reader = read(a_dossier())

    links = {str(link["href"]): str(link["aria-label"]) for link in days_of(reader)}
    rows = {str(row["id"]) for row in reader.named("tr") if "id" in row}
    assert len(links) == 90
    assert {link.removeprefix("#") for link in links} <= rows
    assert links["#d2026-11-19"] == "19 Nov 2026: outage, partial 2 h"
    assert links["#d2026-11-20"] == "20 Nov 2026: no outage"


def test_a_day_of_both_outages_says_how_long_each_was() -> None:
    worse = Outage(C.MAJOR_OUTAGE, BEGIN, BEGIN + timedelta(minutes=90))

    reader = read(a_dossier(outages=(*OUT, worse)))

    labels = [str(link["aria-label"]) for link in days_of(reader)]
    assert "19 Nov 2026: outage, major 1 h 30 min, partial 30 min" in labels
    assert "0.10 % major 1 h 30 min, partial 30 min" in reader.text


def test_a_whole_day_of_outage_is_said_in_hours() -> None:
    whole = Outage(C.MAJOR_OUTAGE, BEGIN - timedelta(days=2), BEGIN)

    assert "Wed 18 Nov 0.0 % 96,000 120 ms 0.10 % major 24 h" in read(a_dossier(outages=(whole,))).text


def test_the_calendar_has_a_sheet_for_each_month_that_begins_on_its_weekday() -> None:
    reader = read(a_dossier())

    sheets = [str(ol["class"]) for ol in reader.named("ol")]
    assert sheets == ["calendar from2", "calendar from2", "calendar from4", "calendar from7"]
    assert "August 2026 MTWTFSS 25 26 27 28 29 30 31 September 2026 MTWTFSS 1 2 3" in reader.text


def test_days_whose_numbers_still_grow_are_marked() -> None:
    text = read(a_dossier()).text

    assert "Sun 22 Nov * 100.0 % 100,000 120 ms 0.10 % –" in text
    assert "Sat 21 Nov 100.0 % 99,000 120 ms 0.10 % – Fri" in text


def test_what_lies_longer_ago_than_the_bars_is_found_by_month() -> None:
    assert "All incidents by month These days as JSON" in read(a_dossier()).text


def test_without_samples_there_are_neither_charts_nor_columns_of_numbers() -> None:
    reader = read(a_dossier(numbered=False))

    assert "Transactions" not in reader.text
    assert "Sun 22 Nov 100.0 % –" in reader.text
    assert not [svg for svg in reader.named("figure")]


def test_a_component_that_began_today_says_so() -> None:
    reader = read(a_dossier(days=1, outages=()))

    assert "Uptime, 1 day 100.0 %" in reader.text
    assert "Uptime, a year" not in reader.text
    assert "Counts from 22 Nov 2026 Today November 2026" in reader.text


def test_uptime_says_of_how_many_days_it_is() -> None:
    young, old = read(a_dossier(days=19)).text, read(a_dossier(days=100)).text
    oldest = read(a_dossier(days=366)).text

    assert "Uptime, 19 days 99.86 % Counts" in young
    assert "99.86 % uptime in 19 days, an outage on 19 Nov 2026" in described(a_dossier(days=19))
    assert "Uptime, 90 days 99.97 % Uptime, 100 days 99.97 %" in old
    assert "Uptime, a year 99.99 %" in oldest


def test_an_outage_that_goes_on_is_seen_before_it_has_cost_a_second() -> None:
    labels = [
        str(link["aria-label"]) for link in days_of(read(a_dossier(outages=(Outage(C.MAJOR_OUTAGE, NOW),))))
    ]

    assert labels[-1] == "22 Nov 2026: outage, major under 1 min"


@pytest.mark.parametrize(
    ("errors", "transactions", "said"),
    [
        pytest.param(195, 117_611, "0.17 %", id="rounded"),
        pytest.param(0, 10, "0 %", id="none"),
        pytest.param(1, 10**6, "0.01 %", id="few are not none"),
        pytest.param(10, 10, "100.00 %", id="all"),
        pytest.param(0, 0, "–", id="nothing to fail"),
    ],
)
def test_errors_are_shown_as_a_share(errors: int, transactions: int, said: str) -> None:
    assert numbers.share(errors, transactions) == said


def days_of(reader: Reader) -> list[dict[str, str | None]]:
    return [link for link in reader.named("a") if str(link["href"]).startswith("#d")]


def described(dossier: Dossier) -> str:
    return next(str(it["content"]) for it in read(dossier).named("meta") if it.get("name") == "description")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_inert(text: str) -> None:
    name = text.replace("\n", " ")[:300]
    about = a_component(name=name, description=text)

    reader = read(a_dossier(days=2, about=about, group=a_group(name=name)))

    assert not [tag for tag in reader.tags if tag.name in ("script", "img", "iframe")]


def test_days_for_programs_say_the_same_as_json_and_csv() -> None:
    found = files(a_dossier())
    said = json.loads(found["days.json"])
    rows = list(csv.DictReader(io.StringIO(found["days.csv"].decode())))

    assert said["component"] == "api"
    assert said["days"][96] == {
        "date": "2026-11-19", "transactions": 97000, "mean_ms": 120.5, "errors": 97, "partial_s": 7200,
        "major_s": 0, "samples": 60, "source": "api", "final": True,
    }  # fmt: skip
    assert rows[96]["mean_ms"] == "120.5"
    assert [row["date"] for row in rows] == [day["date"] for day in said["days"]]
    assert (rows[-1]["final"], rows[0]["final"]) == ("false", "true")


def test_a_group_adds_up_its_members_and_shows_the_bars_of_each() -> None:
    members = (a_dossier(), a_dossier(about=a_component("web"), outages=()))
    days = together(members, lost_by_day(OUT, members[0].days[0].date, TODAY, now=NOW))
    group = a_group("eu1", region="EMEA", environment="production", release="26.11")
    dossier = Dossier(group, C.OPERATIONAL, members[0].began, days, OUT, (), members=members, seq=9)

    reader = read(dossier)

    labels = [str(svg["aria-label"]) for svg in reader.named("svg") if svg.get("class") == "bars"]
    assert labels == [
        "Api: 99.97 % uptime in 90 days, an outage on 19 Nov 2026",
        "Web: 100.0 % uptime in 90 days, no outage",
    ]
    assert "EMEA production Release 26.11" in reader.text
    assert "Thu 19 Nov 97.5 % 194,000 120 ms 0.10 % partial 2 h" in reader.text
    assert json.loads(files(dossier)["days.json"])["group"] == "eu1"


def test_the_page_stands_on_the_newest_entry_about_it() -> None:
    found = files(a_dossier(seq=41))["index.html"].decode()

    assert re.findall(r'name="record-seq" content="(\d+)"', found) == ["41"]


def test_the_same_dossier_gives_the_same_bytes() -> None:
    assert files(a_dossier()) == files(a_dossier())


def test_a_day_before_it_began_is_not_known() -> None:
    track = dossiers.track(a_dossier(days=3, outages=()), NOW)

    assert track.bars.paths == {"unknown": "M0 9h87", "operational": "M87 7h3"}
    assert track.last is None


def test_dates_are_those_of_utc() -> None:
    assert today(datetime.fromisoformat("2026-11-23T00:30:00+01:00")) == date(2026, 11, 22)
