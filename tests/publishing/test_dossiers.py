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
from chalicelib.publishing import dossiers
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
    assert "Thu 19 Nov Slow answers 120 min – 97.5 % 97,000 120 ms 97" in reader.text
    assert "November 2026 99.88 %" in reader.text
    assert "Uptime is 100 · (1 − (0.3 · partial outage + major outage) / period)" in reader.text


def test_every_day_of_ninety_is_a_link_that_says_date_state_and_minutes() -> None:
    reader = read(a_dossier())

    links = [str(link["href"]) for link in reader.named("a") if str(link["href"]).startswith("#d")]
    rows = {str(row["id"]) for row in reader.named("tr") if "id" in row}
    assert len(links) == 90
    assert {link.removeprefix("#") for link in links} <= rows
    assert "19 Nov 2026: partial outage, 120 min" in reader.text
    assert "20 Nov 2026: no outage" in reader.text


def test_what_is_not_final_is_marked() -> None:
    text = read(a_dossier()).text

    assert "Sun 22 Nov – – 100.0 % 100,000 120 ms 100 *" in text
    assert "Sat 21 Nov – – 100.0 % 99,000 120 ms 99 Fri" in text


def test_without_samples_there_are_neither_charts_nor_columns_of_numbers() -> None:
    reader = read(a_dossier(numbered=False))

    assert "Transactions" not in reader.text
    assert not [svg for svg in reader.named("figure")]


def test_a_component_that_began_today_has_no_uptime_of_a_year() -> None:
    reader = read(a_dossier(days=1, outages=()))

    assert "Uptime, a year" not in reader.text
    assert "Uptime, 90 days 100.0 %" in reader.text


def test_an_outage_that_goes_on_is_seen_before_it_has_cost_a_second() -> None:
    reader = read(a_dossier(outages=(Outage(C.MAJOR_OUTAGE, NOW),)))

    assert "22 Nov 2026: major outage, 0 min" in reader.text


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
    assert "Thu 19 Nov 120 min – 97.5 % 194,000 120 ms 194" in reader.text
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
