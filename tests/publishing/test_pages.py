"""The pages for people: what they say, and what they are safe from."""

import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.domain.incidents import Source, Story
from chalicelib.domain.record import Head
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import Availability, Impact
from chalicelib.domain.statuses import ComponentStatus as C
from chalicelib.domain.statuses import IncidentStatus as S
from chalicelib.domain.statuses import MaintenanceStatus as M
from chalicelib.domain.uptime import Outage
from chalicelib.publishing import paths, site, templates
from tests.builders import NOW, STEP, a_component, a_course, a_group, a_page, a_snapshot, a_story, an_update
from tests.publishing.reading import Reader, page
from tests.publishing.test_texts import HOSTILE
from tests.publishing.worlds import everything

SITE = "https://status.example.com"
ROOT = Path(__file__).parents[2]
BUILT = """
import json, sys
from tests.publishing.test_pages import everything, html_of
json.dump({key: html.decode() for key, html in html_of(everything()).items()}, sys.stdout)
"""


def read(snapshot: Snapshot, key: str = "index.html") -> Reader:
    return page(site.build(snapshot, site_url=SITE)[key].body)


def html_of(snapshot: Snapshot) -> dict[str, bytes]:
    built = site.build(snapshot, site_url=SITE)
    return {key: file.body for key, file in built.items() if key.endswith(".html")}


# --- index ------------------------------------------------------------------------------------------------


def test_the_index_says_how_everything_is_in_title_and_headline() -> None:
    body = html_of(everything())["index.html"].decode()

    assert "<title>Partial System Outage · Acme Status</title>" in body
    assert "<h1>Partial System Outage</h1>" in body
    assert "2 open incidents" in page(body.encode()).text


def test_a_quiet_index_says_so() -> None:
    text = read(a_snapshot()).text

    assert "All Systems Operational" in text
    assert "No open incidents" in text
    assert "9 to 22 Nov No incidents" in text
    assert "Components" not in text


def test_the_gravest_open_incident_stands_first_with_its_newest_words() -> None:
    text = read(everything()).text

    assert text.index("Word 1 about open.") < text.index("Word 0 about maybe.")
    assert "An update was promised by 22 Nov, 08:55 UTC and is overdue" in text
    assert "Next update by 22 Nov, 09:15 UTC" in text
    assert "Europe - API Major outage" in text
    assert "Not confirmed yet" in text


def test_components_stand_in_their_order_and_hide_where_they_are_to() -> None:
    text = read(everything()).text

    components = text[text.index("Components") : text.index("The last 14 days")]
    assert re.sub(r" 90 days ago [0-9.]+ % uptime today", "", components) == (
        "Components API Americas Na1 Operational Europe Eu1 26.11 Operational Instances day by day "
        "Website Operational The shop Europe Major outage Two places API Major outage "
        "Europe day by day Documentation Under maintenance "
    )


def test_each_component_has_one_picture_of_its_days_that_says_what_it_shows() -> None:
    reader = read(everything())

    pictures = [str(svg["aria-label"]) for svg in reader.named("svg") if svg.get("class") == "bars"]
    links = {str(link["href"]) for link in reader.named("a")}
    assert pictures == [
        "Website: 99.99 % uptime in 90 days, an outage on 20 Nov 2026",
        "API: 100.0 % uptime in 90 days, no outage",
        "Documentation: 100.0 % uptime in 90 days, no outage",
    ]
    assert {"/components/web/", "/groups/europe/", "/groups/na1/", "/instances/"} <= links


def test_thirty_components_with_outages_fit_into_the_first_flight_of_a_connection() -> None:
    parts = tuple(a_component(f"c{n}", name=f"Component {n}", position=n) for n in range(30))
    days = [NOW - timedelta(days=n) for n in (3, 30, 71)]
    outages = {it.id: tuple(Outage(C.PARTIAL_OUTAGE, day, day + STEP) for day in days) for it in parts[::3]}

    stories = [a_story(id=f"i{n}") for n in range(5)]
    pages = html_of(a_snapshot(*stories, components=parts, outages=outages))

    assert len(gzip.compress(pages["index.html"])) <= 14 * 1024


def test_what_is_shown_only_if_degraded_shows_when_it_is() -> None:
    components = (a_component(name="Jobs", only_show_if_degraded=True),)
    degraded = a_story(affects={"api": C.DEGRADED_PERFORMANCE})

    assert "Jobs" not in read(a_snapshot(components=components)).text
    assert "Jobs Degraded performance" in read(a_snapshot(degraded, components=components)).text


def test_healthy_groups_of_a_large_page_are_folded() -> None:
    components = tuple(a_component(f"c{n}", group=f"g{n % 2}") for n in range(30))
    groups = (a_group("g0"), a_group("g1"))
    story = a_story(affects={"c1": C.PARTIAL_OUTAGE})

    folds = [dict(d) for d in read(a_snapshot(story, components=components, groups=groups)).named("details")]
    few = read(a_snapshot(components=components[:4], groups=groups)).named("details")

    assert ["open" in fold for fold in folds] == [False, True]
    assert all("open" in fold for fold in few)


def test_recent_days_tell_each_incident_on_the_day_it_began() -> None:
    text = read(everything()).text

    recent = text[text.index("The last 14 days") :]
    assert "Sat 21 Nov No incidents" in recent
    assert (
        "Fri 20 Nov Slow answers Minor impact Resolved 09:05 to 09:15 UTC, 10 min Word 1 about over."
        in recent
    )
    assert "Retracted 08:55 to 09:05 UTC, 10 min Never confirmed" in recent
    assert "9 to 16 Nov No incidents" in recent


def test_a_recent_incident_whose_words_are_not_at_hand_is_told_without_them() -> None:
    snapshot = a_snapshot(a_story(S.RESOLVED))

    text = read(replace(snapshot, latest=())).text

    assert "Slow answers" in text
    assert "Word 0" not in text


def test_days_are_those_of_the_page() -> None:
    story = a_story(S.RESOLVED, at=datetime(2026, 11, 21, 20, 0, tzinfo=UTC))

    text = read(a_snapshot(story, page=a_page(time_zone="Asia/Tokyo"))).text

    assert "Sun 22 Nov Slow answers" in text
    assert "05:00 JST" in text
    assert "Times are in Asia/Tokyo." in text


def test_a_period_over_midnight_or_a_change_of_clocks_says_so() -> None:
    began = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    story = a_story(S.INVESTIGATING, S.RESOLVED, at=began, resolved_at=began + timedelta(days=1))

    text = read(a_snapshot(story, page=a_page(time_zone="Europe/Berlin")), "history/2026-10/index.html").text

    assert "02:30 CEST to 26 Oct 2026, 01:30 CET, 1 d" in text


# --- incident ---------------------------------------------------------------------------------------------


def test_an_incident_page_tells_the_story_newest_first() -> None:
    reader = read(everything(), "incidents/open/index.html")

    assert reader.text.index("Word 1 about open.") < reader.text.index("Word 0 about open.")
    assert "Identified: Slow answers · Acme Status" in reader.text
    assert "Eu-Api: Operational → to Major outage" in reader.text
    assert [tag["id"] for tag in reader.named("li") if "id" in tag] == ["update-open-1", "update-open-0"]


@pytest.mark.parametrize(
    ("status", "source", "words"),
    [
        (S.SUSPECTED, Source.PERSON, "This incident is suspected. Nobody has confirmed it yet"),
        (S.RETRACTED, Source.ALARM, "An alarm opened this incident, and nobody confirmed it."),
    ],
)
def test_an_incident_page_says_whose_suspicion_it_was_and_no_more(
    status: S, source: Source, words: str
) -> None:
    told = a_story(*dict.fromkeys((S.SUSPECTED, status)), source=source)

    assert words in read(a_snapshot(told), "incidents/slow/index.html").text


def test_the_front_page_is_described_with_what_is_not_confirmed() -> None:
    described = [dict(tag) for tag in read(everything()).named("meta")]

    (words,) = [str(tag["content"]) for tag in described if tag.get("name") == "description"]
    assert words.count("(not confirmed yet)") == 1


def test_an_incident_page_shows_both_clocks_where_they_differ() -> None:
    story = a_story()
    late = replace(story.updates[0], recorded_at=NOW + timedelta(hours=2))

    told = read(a_snapshot(replace(story, updates=(late,))), "incidents/slow/index.html").text
    at_once = read(a_snapshot(story), "incidents/slow/index.html").text

    assert "22 Nov 2026, 09:05 UTC recorded 22 Nov 2026, 11:05 UTC" in told
    assert "recorded" not in at_once


@pytest.mark.parametrize(
    ("id", "words"),
    [
        pytest.param("open", "promised by 22 Nov 2026, 08:55 UTC, overdue", id="overdue"),
        pytest.param("maybe", "An alarm opened this incident. Nobody has confirmed it yet", id="suspected"),
        pytest.param("maybe", "by 22 Nov 2026, 09:15 UTC", id="promised"),
        pytest.param("nothing", "This incident was suspected, and nobody confirmed it.", id="retracted"),
        pytest.param("nothing", "Retracted 20 Nov 2026, 09:05 UTC", id="retracted when"),
        pytest.param("over", "Concerned Web", id="whom it concerned"),
        pytest.param("over", "Lasted 10 min", id="how long it lasted"),
        pytest.param("afterwards", "told when it was already over", id="backfilled"),
        pytest.param("afterwards", "Detected 17 Nov 2026, 09:05 UTC", id="detected"),
        pytest.param("elsewhere", "Imported from another status page", id="imported"),
        pytest.param("elsewhere", "no longer shows it as open", id="closed elsewhere"),
        pytest.param("elsewhere", "imported 21 Nov 2026 #", id="imported when"),
    ],
)
def test_an_incident_page_marks(id: str, words: str) -> None:
    assert words in read(everything(), f"incidents/{id}/index.html").text


def test_an_incident_page_without_names_falls_back_to_ids() -> None:
    story = a_story()
    held = replace(story.incident, affects={"api": C.MAJOR_OUTAGE})

    assert (
        "api Major outage" in read(a_snapshot(Story(held, story.updates)), "incidents/slow/index.html").text
    )


# --- history, not found -----------------------------------------------------------------------------------


def test_the_history_lists_every_month_by_year() -> None:
    story = a_story(S.RESOLVED, at=datetime(2025, 11, 30, 12, tzinfo=UTC))

    reader = read(a_snapshot(story, as_of=datetime(2026, 1, 1, tzinfo=UTC)), "history/index.html")

    links = [link["href"] for link in reader.named("a") if str(link["href"]).startswith("/history/2")]
    assert links == ["/history/2026-01/", "/history/2025-12/", "/history/2025-11/"]
    assert "2026 January 2026 2025 December 2025" in reader.text


def test_a_history_without_incidents_says_so() -> None:
    assert "Nothing has been published yet." in read(a_snapshot(), "history/index.html").text


def test_a_month_tells_its_incidents_day_by_day() -> None:
    text = read(everything(), "history/2026-11/index.html").text

    assert text.index("Sun 22 Nov") < text.index("Fri 20 Nov") < text.index("Tue 17 Nov")


def test_a_month_without_incidents_says_so() -> None:
    text = read(a_snapshot(months={"2026-03": ()}), "history/2026-03/index.html").text

    assert "March 2026 No incidents." in text


def test_what_is_not_there_leads_home() -> None:
    reader = read(a_snapshot(), "404.html")

    assert "There is nothing here" in reader.text
    assert not [link for link in reader.named("link") if link["rel"] == "canonical"]


# --- the record -------------------------------------------------------------------------------------------


def test_the_index_carries_the_head() -> None:
    reader = read(a_snapshot(head=Head(7, "cd" * 32, NOW)))

    metas = {tag["name"]: tag["content"] for tag in reader.named("meta") if "name" in tag}
    assert metas["record-head"] == f"7 {'cd' * 32} 2026-11-22T09:05:00Z"
    assert "Record entry 7 of 22 Nov 2026, 09:05 UTC, cdcdcdcdcdcd." in reader.text


def test_an_empty_record_has_a_head_without_a_time() -> None:
    reader = read(a_snapshot(head=Head()))

    metas = {tag["name"]: tag["content"] for tag in reader.named("meta") if "name" in tag}
    assert metas["record-head"] == f"0 {'0' * 64}"


@pytest.mark.parametrize(
    ("key", "seq"),
    [
        ("incidents/open/index.html", "51"),
        ("incidents/over/index.html", "41"),
        ("history/2026-11/index.html", "51"),
        ("history/2026-10/index.html", "10"),
        ("history/index.html", "10"),
        ("404.html", "3"),
    ],
)
def test_every_other_page_carries_the_newest_entry_that_bears_on_it(key: str, seq: str) -> None:
    reader = read(everything(page=a_page(seq=3)), key)

    assert [tag["content"] for tag in reader.named("meta") if tag.get("name") == "record-seq"] == [seq]
    assert f"As of record entry {seq}." in reader.text


def test_a_page_renamed_later_is_what_bears_on_its_pages() -> None:
    reader = read(everything(page=a_page(seq=99)), "incidents/open/index.html")

    assert "As of record entry 99." in reader.text


def test_an_unrelated_entry_changes_no_byte_of_a_detail() -> None:
    before = everything()
    after = replace(before, head=Head(999, "ef" * 32, NOW), updated_at=NOW + STEP)

    built, again = html_of(before), html_of(after)

    assert [key for key in built if built[key] != again[key]] == [paths.RECORD, "index.html"]


# --- all of them ------------------------------------------------------------------------------------------


def test_every_page_allows_its_own_style_and_script_and_nothing_else() -> None:
    for key, body in html_of(everything()).items():
        reader = page(body)
        (policy,) = (tag["content"] for tag in reader.named("meta") if "http-equiv" in tag)
        (style,) = re.findall(r"<style>(.*?)</style>", body.decode(), re.DOTALL)
        scripts = re.findall(r"<script>(.*?)</script>", body.decode(), re.DOTALL)
        allowed = f"style-src 'sha256-{_hash(style)}';"
        allowed += "".join(f" script-src 'sha256-{_hash(script)}';" for script in scripts)
        assert str(policy).startswith(f"default-src 'none'; {allowed} img-src data:"), key


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_pages_call_no_third_party_and_carry_no_style_attribute() -> None:
    for key, body in html_of(everything()).items():
        reader = page(body)
        assert not {tag.name for tag in reader.tags} & {
            "img",
            "iframe",
            "object",
            "embed",
            "form",
        }, key
        for tag in reader.tags:
            assert not {"style", "src", "srcset"} & set(tag.attributes)
            assert not [name for name in tag.attributes if name.startswith("on")]
        for link in reader.named("link"):
            assert str(link["href"]).startswith(("/", f"{SITE}/", "data:image/svg+xml,"))


def test_every_time_has_its_machine_form_in_utc() -> None:
    for body in html_of(everything(page=a_page(time_zone="Asia/Tokyo"))).values():
        for time in page(body).named("time"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(time["datetime"]))


def test_every_inner_link_leads_to_a_file() -> None:
    built = site.build(everything(months={}), site_url=SITE)
    full = site.build(everything(), site_url=SITE)

    for key, file in full.items():
        if key.endswith(".html"):
            for link in page(file.body).named("a"):
                path = str(link["href"]).split("#")[0].lstrip("/")
                elsewhere = not path or path.startswith(("http", "record/", paths.HEARTBEAT, "days."))
                assert elsewhere or _key(path) in full, (key, path)
    assert "history/2026-11/index.html" not in built


def _key(path: str) -> str:
    return f"{path}index.html" if path.endswith("/") else path


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_text_is_inert_wherever_it_stands(body: str) -> None:
    title = (body.replace("\n", " ")[:200] + ".").strip()
    update = an_update(body=body + ".")
    story = a_story(title=title, affects={"api": C.MAJOR_OUTAGE}, impact=Impact.MAJOR)
    affects = tuple(replace(affect, name=title) for affect in story.updates[0].affects)
    course = a_course(title=title, affects={"api": C.UNDER_MAINTENANCE})
    told = replace(course.updates[0], body=body + ".", affects=affects)
    snapshot = a_snapshot(
        replace(story, updates=(replace(update, affects=affects),)),
        replace(course, updates=(told,)),
        page=a_page(name=title),
        components=(a_component(name=title, description=body, group="europe"),),
        groups=(a_group(name=title, description=body),),
    )
    tame = html_of(a_snapshot(a_story(affects={"api": C.MAJOR_OUTAGE}), a_course(), components=()))
    known = {tag.name for html in tame.values() for tag in page(html).tags} | {"details", "summary", "bdi"}

    for key, html in html_of(snapshot).items():
        reader = page(html)
        text = {"p", "br", "strong", "em", "b", "i", "a", "code", "pre", "ul", "li", "blockquote", "h3", "ol"}
        assert {tag.name for tag in reader.tags} <= known | text, key
        assert not [
            t for t in reader.tags for name in t.attributes if name.startswith("on") or name == "style"
        ]
        hrefs = [str(link["href"]) for link in reader.named("a")]
        assert all(href.startswith(("/", "#", "http:", "https:", "mailto:")) for href in hrefs), key
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ufffe\uffff]", html.decode())


def test_every_template_shows_something_here() -> None:
    templates.environment.cache_clear()
    html_of(everything())
    site.build(everything(), site_url=SITE)

    cache = templates.environment().cache
    assert cache is not None
    used = {name for _, name in cache.keys()}  # noqa: SIM118 (not a dict)
    assert used == set(templates.environment().list_templates(extensions=["html"]))


def test_templates_compiled_beforehand_show_the_same_without_their_sources(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "chalicelib", tmp_path / "chalicelib")
    shutil.copytree(ROOT / "templates/assets", tmp_path / "templates/assets")
    templates.compile_into(tmp_path / templates.COMPILED.name)

    ran = subprocess.run(
        [sys.executable, "-c", BUILT], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip

    pages = html_of(everything())
    assert json.loads(ran.stdout) == {key: html.decode() for key, html in pages.items()}


def test_every_status_has_its_word_and_its_shape() -> None:
    shapes = templates.environment().get_template("parts/shapes.html").module
    symbols = set(re.findall(r'<symbol id="(\w+)"', str(shapes.all())))  # type: ignore[attr-defined]

    assert {str(status) for status in C} | {"no_impact"} == symbols
    kinds = {"component": C, "incident": S, "impact": Impact, "maintenance": M}
    kinds |= {"availability": Availability, "while_it_runs": Availability}
    for kind, words in kinds.items():
        assert all(templates.word(kind, word) for word in words)
