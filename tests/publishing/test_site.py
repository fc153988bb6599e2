"""The site as a whole: a function of its snapshot, whose parts do not depend on each other."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.incidents import Story
from chalicelib.domain.maintenances import Course
from chalicelib.domain.record import Head
from chalicelib.domain.snapshot import next_boundary
from chalicelib.domain.statuses import ComponentStatus as C
from chalicelib.domain.statuses import IncidentStatus as S
from chalicelib.domain.statuses import MaintenanceStatus as M
from chalicelib.publishing import files, paths, site
from tests.builders import NOW, STEP, a_component, a_course, a_snapshot, a_story
from tests.publishing.worlds import everything, statements

SITE = "https://status.example.com"


def test_an_empty_page_has_every_file_that_readers_may_ask_for() -> None:
    assert set(site.build(a_snapshot(), site_url=SITE)) == paths.FRONT


THINGS = {
    "component": ("web", "eu-api", "eu-jobs", "as-api", "docs", "na1-api", "eu1-api"),
    "group": ("europe", "asia", "na1", "eu1"),
}


def test_each_story_and_each_month_is_a_page() -> None:
    built = site.build(everything(), site_url=SITE)

    ids = ("open", "maybe", "over", "nothing", "afterwards", "followed", "elsewhere")
    planned = ("planned", "running", "checked", "done", "off", "told-late", "elsewhere")
    details = {f"incidents/{id}/index.html" for id in ids} | {
        f"history/2026-{month}/index.html" for month in (10, 11)
    }
    details |= {f"maintenances/{id}/index.html" for id in planned}
    details |= {key for story in statements() for key in paths.advisory(story.advisory)}
    details |= {key for kind, ids in THINGS.items() for id in ids for key in paths.dossier(f"{kind}/{id}")}
    details |= {paths.INSTANCES}
    security = paths.SECURITY_LISTS - {paths.SECURITY_TXT}
    assert set(built) == paths.FRONT | details | security | paths.ABOUT_US | paths.HEADS


def test_the_index_comes_last() -> None:
    assert list(site.build(everything(), site_url=SITE))[-1] == "index.html"


def test_every_file_has_its_type_and_is_kept_for_seconds() -> None:
    types = {"html": files.HTML, "json": files.JSON, "rss": files.RSS, "atom": files.ATOM}
    types |= {
        "ics": files.CALENDAR,
        "csv": files.CSV,
        **dict.fromkeys(("txt", "sha256", "sha512"), files.TEXT),
    }

    for key, file in site.build(everything(), site_url=SITE).items():
        expected = files.JSON_FEED if key == "feed.json" else types[key.rsplit(".")[-1]]
        assert (file.content_type, file.cache_control) == (expected, files.LIVE), key


def test_the_same_snapshot_gives_the_same_bytes_in_any_process() -> None:
    program = (
        "import hashlib; from chalicelib.publishing import site;"
        "from tests.publishing.worlds import everything;"
        f"files = site.build(everything(), site_url='{SITE}');"
        "print(hashlib.sha256(b''.join(k.encode() + f.body for k, f in files.items())).hexdigest())"
    )

    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(digests) == 1


@st.composite
def told(draw: st.DrawFn) -> list[Story | Course]:
    count = draw(st.integers(1, 6))
    statuses = st.lists(st.sampled_from(list(S)), min_size=1, max_size=3)
    words = st.lists(st.sampled_from(list(M)), min_size=1, max_size=3)
    courses = [
        a_course(
            *draw(words), id=f"m{n}", seq=10 * n + 7, at=NOW - draw(st.integers(-9, 90)) * timedelta(days=1),
            affects=draw(st.dictionaries(st.sampled_from(["api", "web"]), st.just(C.UNDER_MAINTENANCE))),
        )
        for n in range(draw(st.integers(0, 3)))
    ]  # fmt: skip
    return courses + [
        a_story(
            *draw(statuses),
            id=f"i{n}",
            seq=10 * n + 2,
            at=NOW - draw(st.integers(0, 90)) * timedelta(days=1),
            affects=draw(st.dictionaries(st.sampled_from(["api", "web"]), st.sampled_from(list(C)))),
        )
        for n in range(count)
    ]


@given(told(), st.data())
def test_an_incremental_build_is_byte_for_byte_a_part_of_the_full_one(
    tales: list[Story | Course], data: st.DataObject
) -> None:
    whole = a_snapshot(*tales, components=(a_component("api"), a_component("web")))
    touched = data.draw(st.lists(st.sampled_from(whole.stories), unique_by=lambda s: s.incident.id))
    moved = data.draw(st.sets(st.sampled_from(range(len(whole.courses))))) if whole.courses else set()
    courses = tuple(whole.courses[n] for n in sorted(moved))
    months = data.draw(st.lists(st.sampled_from(sorted(whole.months)), unique=True))
    begun = {month: whole.months[month] for month in months}
    part = replace(whole, stories=tuple(touched), courses=courses, months=begun)

    full, incremental = site.build(whole, site_url=SITE), site.build(part, site_url=SITE)

    assert {key: full[key] for key in incremental} == incremental
    assert len(incremental) == len(paths.FRONT) + len(touched) + len(courses) + len(months)


def test_only_a_promise_that_passes_changes_an_incident_within_a_day() -> None:
    story = a_story(next_update_by=NOW + timedelta(minutes=30))
    at = [
        a_snapshot(story, as_of=NOW + timedelta(minutes=m), head=Head(), updated_at=NOW)
        for m in (1, 29, 30, 31)
    ]

    pages = [site.build(snapshot, site_url=SITE) for snapshot in at]

    for key in paths.FRONT | {"incidents/slow/index.html", "history/2026-11/index.html"}:
        changes = key in {"index.html", "incidents/slow/index.html"}
        assert pages[0][key] == pages[1][key], key
        assert (pages[1][key] != pages[2][key]) is changes, key
        assert pages[2][key] == pages[3][key], key


def test_only_a_planned_end_that_passes_changes_a_maintenance_within_a_day() -> None:
    course = a_course(M.SCHEDULED, M.IN_PROGRESS, M.VERIFYING, at=NOW - 15 * STEP, ends_by_clock=False)
    planned = course.maintenance.ends_at
    at = [
        a_snapshot(course, as_of=planned + timedelta(minutes=m), head=Head(), updated_at=NOW)
        for m in (-29, -1, 0, 1)
    ]

    pages = [site.build(snapshot, site_url=SITE) for snapshot in at]

    for key in paths.FRONT | {"maintenances/disks/index.html", "history/2026-11/index.html"}:
        changes = key in {"index.html", "maintenances/disks/index.html"}
        assert pages[0][key] == pages[1][key], key
        assert (pages[1][key] != pages[2][key]) is changes, key
        assert pages[2][key] == pages[3][key], key
    assert next_boundary(at[1]) == planned
    assert next_boundary(at[2]) > planned + timedelta(hours=1)


def test_a_heartbeat_holds_for_three_minutes() -> None:
    file = site.heartbeat(Head(7, "cd" * 32, NOW), NOW.replace(second=42, microsecond=5))

    assert json.loads(file.body) == {
        "as_of": "2026-11-22T09:05:00Z",
        "valid_until": "2026-11-22T09:08:00Z",
        "head": {"seq": 7, "hash": "cd" * 32, "recorded_at": "2026-11-22T09:05:00Z"},
        "version": site.version(),
    }
    assert (file.content_type, file.cache_control) == (files.JSON, "no-cache")


def test_the_version_is_a_digest_of_templates_and_code() -> None:
    assert len(site.version()) == 64
    names = {name for name, _ in site._sources()}
    assert {
        "templates/index.html",
        "templates/assets/style.css",
        "publishing/site.py",
        "domain/snapshot.py",
    } <= names
    assert not [name for name in names if name.endswith(".pyc")]
