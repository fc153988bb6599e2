"""RSS, Atom and JSON Feed: order, ids, dates, and what must never change."""

import json
import locale
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest

from chalicelib.domain.record import Head
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import ComponentStatus as C
from chalicelib.domain.statuses import IncidentStatus as S
from chalicelib.domain.updates import Corrected, ImportedUpdate
from chalicelib.publishing import statuspage_feeds, updates
from tests.builders import NOW, STEP, a_page, a_snapshot, a_story, an_update
from tests.publishing.reading import ATOM, tags, xml

SITE = "https://status.example.com"
HOSTILE = "<script>x</script> ]]> &amp; \x00\x1b\ud800 \u202e 'quoted'"


def files(snapshot: Snapshot) -> dict[str, bytes]:
    made = statuspage_feeds.files(snapshot, SITE) | updates.files(snapshot, SITE)
    return {name: file.body for name, file in made.items()}


def text(element: Any, path: str) -> str:
    return str(element.findtext(path.replace("/", f"/{ATOM}") if path.startswith(ATOM) else path))


def a_told(body: str) -> Snapshot:
    story = a_story(title=body)
    return a_snapshot(replace(story, updates=(an_update(body=body, seq=2),)), page=a_page(name=body))


# --- history: one entry per incident ----------------------------------------------------------------------


def test_history_atom_has_statuspages_children_in_their_order() -> None:
    feed = xml(files(a_snapshot(a_story()))["history.atom"])

    assert tags(feed) == ["id", "link", "link", "title", "updated", "author", "entry"]
    assert tags(feed.find(f"{ATOM}entry")) == ["id", "published", "updated", "link", "title", "content"]
    assert [dict(link.attrib) for link in feed.iter(f"{ATOM}link")] == [
        {"rel": "alternate", "type": "text/html", "href": SITE},
        {"rel": "self", "type": "application/atom+xml", "href": f"{SITE}/history.atom"},
        {"rel": "alternate", "type": "text/html", "href": f"{SITE}/incidents/slow/"},
    ]
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "en-US"


def test_history_rss_has_statuspages_children_in_their_order() -> None:
    feed = xml(files(a_snapshot(a_story()))["history.rss"])

    assert tags(feed.find("channel")) == ["title", "link", "description", "pubDate", "item"]
    assert tags(feed.find("channel/item")) == ["title", "description", "pubDate", "link", "guid"]
    assert feed.findtext("channel/title") == "Acme Status - Incident History"
    assert feed.findtext("channel/description") == "Statuspage"
    assert not feed.find("channel/item/guid").attrib


def test_history_ids_stand_on_what_a_change_of_domain_leaves_alone() -> None:
    made = files(
        a_snapshot(a_story(), page=a_page(tag_authority="old.example,2020", guid_base="https://old.example"))
    )

    atom, rss = xml(made["history.atom"]), xml(made["history.rss"])

    assert atom.findtext(f"{ATOM}id") == "tag:old.example,2020:/history"
    assert atom.findtext(f"{ATOM}entry/{ATOM}id") == "tag:old.example,2020:Incident/2"
    assert rss.findtext("channel/item/guid") == "https://old.example/incidents/slow/"
    assert rss.findtext("channel/item/link") == f"{SITE}/incidents/slow/"


def test_history_tells_the_whole_story_in_statuspages_html() -> None:
    at = datetime(2026, 11, 2, 8, 55, tzinfo=UTC)
    story = a_story(S.INVESTIGATING, S.INVESTIGATING, S.RESOLVED, at=at)

    made = files(a_snapshot(story, page=a_page(time_zone="America/New_York")))

    html = (
        "<p><small>Nov <var data-var='date'> 2</var>, <var data-var='time'>04:15</var> EST</small><br>"
        "<strong>Resolved</strong> - Word 2 about slow.</p>"
        "<p><small>Nov <var data-var='date'> 2</var>, <var data-var='time'>04:05</var> EST</small><br>"
        "<strong>Update</strong> - Word 1 about slow.</p>"
        "<p><small>Nov <var data-var='date'> 2</var>, <var data-var='time'>03:55</var> EST</small><br>"
        "<strong>Investigating</strong> - Word 0 about slow.</p>"
    )
    assert xml(made["history.atom"]).findtext(f"{ATOM}entry/{ATOM}content") == html
    assert xml(made["history.rss"]).findtext("channel/item/description") == f"\n{html}      "


def test_history_dates_are_utc_in_atom_and_of_the_page_in_rss() -> None:
    made = files(a_snapshot(a_story(S.INVESTIGATING, S.RESOLVED), page=a_page(time_zone="Europe/Berlin")))

    atom, rss = xml(made["history.atom"]), xml(made["history.rss"])

    assert [m.text for m in atom.iter(f"{ATOM}published", f"{ATOM}updated")] == ["2026-11-22T09:15:00Z"] * 3
    assert [m.text for m in rss.iter("pubDate")] == ["Sun, 22 Nov 2026 10:15:00 +0100"] * 2


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        ([S.SUSPECTED, S.INVESTIGATING], ["Update", "Investigating"]),
        ([S.SUSPECTED, S.RETRACTED], ["Resolved", "Investigating"]),
        (
            [S.IDENTIFIED, S.MONITORING, S.RESOLVED, S.POSTMORTEM],
            ["Postmortem", "Resolved", "Monitoring", "Identified"],
        ),
    ],
)
def test_history_headings_are_statuspages_words(statuses: list[S], words: list[str]) -> None:
    content = xml(files(a_snapshot(a_story(*statuses)))["history.atom"]).findtext(
        f"{ATOM}entry/{ATOM}content"
    )

    assert [part.split("<")[0] for part in content.split("<strong>")[1:]] == words


def test_history_has_the_25_incidents_with_the_newest_words() -> None:
    stories = [a_story(id=f"i{n}", at=NOW - n * STEP, seq=100 - n) for n in range(30)]

    feed = xml(files(a_snapshot(*stories))["history.atom"])

    ids = [e.findtext(f"{ATOM}id").rsplit("/")[-1] for e in feed.iter(f"{ATOM}entry")]
    assert ids == [str(100 - n) for n in range(25)]


@pytest.mark.parametrize("name", ["history.atom", "history.rss"])
def test_a_corrected_time_neither_dates_nor_moves_an_entry_of_history(name: str) -> None:
    first, last = a_story(id="i1", seq=2), a_story(id="i2", at=NOW + STEP, seq=9)
    claimed = NOW + 9 * STEP
    update = replace(
        first.updates[0], happened_at=claimed, corrected=Corrected(claimed, first.updates[0].happened_at)
    )
    put_right = replace(first, incident=replace(first.incident, latest_at=claimed), updates=(update,))

    before = files(a_snapshot(first, last))[name]
    after = files(a_snapshot(put_right, last))[name]

    dates = ("published", "pubDate", "id", "guid")
    assert [it.text for it in xml(after).iter() if it.tag.rpartition("}")[2] in dates] == [
        it.text for it in xml(before).iter() if it.tag.rpartition("}")[2] in dates
    ]


def test_history_says_nothing_of_the_record() -> None:
    snapshot = a_snapshot(a_story())

    before, after = files(snapshot), files(replace(snapshot, head=Head(99, "cd" * 32, NOW)))

    assert all(before[name] == after[name] for name in ("history.atom", "history.rss"))


# --- updates: one entry per update ------------------------------------------------------------------------


def test_every_update_is_an_entry_with_both_clocks() -> None:
    story = a_story(affects={"api": C.MAJOR_OUTAGE})
    update = replace(story.updates[0], recorded_at=NOW + timedelta(hours=2))

    made = files(a_snapshot(replace(story, updates=(update,))))

    entry = xml(made["updates.atom"]).find(f"{ATOM}entry")
    assert [(child.tag.removeprefix(ATOM), child.text) for child in entry] == [
        ("id", "tag:status.acme.example,2026:Update/2"),
        ("published", "2026-11-22T09:05:00Z"),
        ("updated", "2026-11-22T11:05:00Z"),
        ("link", None),
        ("title", "Slow answers: Investigating"),
        (
            "content",
            "<p>Word 0 about slow.</p>\n<ul>\n<li>Api: Major outage (was: Operational)</li>\n</ul>",
        ),
    ]
    assert entry.find(f"{ATOM}link").get("href") == f"{SITE}/incidents/slow/#update-slow-0"


def test_the_three_feeds_say_the_same() -> None:
    made = files(a_snapshot(a_story(S.INVESTIGATING, S.RESOLVED)))

    atom, rss = feedparser.parse(made["updates.atom"]), feedparser.parse(made["updates.rss"])
    items = json.loads(made["feed.json"])["items"]

    assert not atom.bozo and not rss.bozo
    ids = [f"tag:status.acme.example,2026:Update/{seq}" for seq in (3, 2)]
    for entries in (atom.entries, rss.entries, items):
        assert [entry["id"] for entry in entries] == ids
        assert [entry["title"] for entry in entries] == [
            "Slow answers: Resolved",
            "Slow answers: Investigating",
        ]
    assert [entry.content[0].value for entry in atom.entries] == [item["content_html"] for item in items]
    assert [entry.description for entry in rss.entries] == [item["content_html"] for item in items]
    assert [entry.link for entry in rss.entries] == [item["url"] for item in items]


def test_an_entry_does_not_change_with_what_follows() -> None:
    before = a_story(S.INVESTIGATING, affects={"api": C.MAJOR_OUTAGE})
    after = a_story(S.INVESTIGATING, S.IDENTIFIED, S.RESOLVED, affects={"api": C.MAJOR_OUTAGE})

    early, late = files(a_snapshot(before)), files(a_snapshot(after, as_of=NOW + STEP))

    for name, find in (("updates.atom", f"{ATOM}entry"), ("updates.rss", "channel/item")):
        assert serialized(xml(early[name]).findall(find)[-1]) == serialized(xml(late[name]).findall(find)[-1])
    assert json.loads(early["feed.json"])["items"][-1] == json.loads(late["feed.json"])["items"][-1]


def serialized(element: Any) -> list[tuple[str, str, dict[str, str]]]:
    return [(child.tag, child.text, dict(child.attrib)) for child in element]


def test_our_feeds_carry_the_head_and_link_to_themselves() -> None:
    made = files(a_snapshot(a_story(), head=Head(7, "cd" * 32, NOW)))

    head = {"seq": "7", "hash": "cd" * 32, "recorded_at": "2026-11-22T09:05:00Z"}
    for name in ("updates.atom", "updates.rss"):
        root = xml(made[name])
        assert dict(next(root.iter("{urn:candor:record}head")).attrib) == head
        assert f"{SITE}/{name}" in [link.get("href") for link in root.iter(f"{ATOM}link")]
    document = json.loads(made["feed.json"])
    assert document["_candor"] == {"head": head | {"seq": 7}}
    assert document["feed_url"] == f"{SITE}/feed.json"


def test_a_page_that_has_said_nothing_has_feeds_without_entries() -> None:
    made = files(a_snapshot(head=Head()))

    assert json.loads(made["feed.json"])["items"] == []
    assert json.loads(made["feed.json"])["_candor"]["head"]["recorded_at"] is None
    for name in ("updates.atom", "updates.rss", "history.atom", "history.rss"):
        assert not feedparser.parse(made[name]).entries
    assert dict(next(xml(made["updates.atom"]).iter("{urn:candor:record}head")).attrib) == {
        "seq": "0", "hash": "0" * 64
    }  # fmt: skip


def test_an_imported_update_has_its_light_html() -> None:
    story = a_story()
    update = an_update(body="a<br />b <script>", imported=ImportedUpdate(NOW, NOW))

    made = files(a_snapshot(replace(story, updates=(update,))))

    assert json.loads(made["feed.json"])["items"][0]["content_html"] == "<p>a<br />b &lt;script&gt;</p>"


# --- all of them ------------------------------------------------------------------------------------------


def test_hostile_text_is_words_in_every_feed() -> None:
    made = files(a_told(HOSTILE))

    for name in ("history.atom", "history.rss", "updates.atom", "updates.rss"):
        parsed = feedparser.parse(made[name], sanitize_html=False)
        assert not parsed.bozo
        assert parsed.entries[0].title.startswith("<script>x</script> ]]> &amp;")
        content = parsed.entries[0].get("content", [{"value": parsed.entries[0].description}])[0]["value"]
        assert "&lt;script&gt;x&lt;/script&gt; ]]&gt;" in content
    item = json.loads(made["feed.json"])["items"][0]
    assert "<script" not in item["content_html"]
    assert item["title"] == "<script>x</script> ]]> &amp;   'quoted': Investigating"


def test_the_locale_of_the_process_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the locale was touched")

    monkeypatch.setattr(locale, "setlocale", refuse)

    assert files(a_snapshot(a_story()))


def test_apostrophes_are_written_as_statuspage_writes_them() -> None:
    made = files(a_snapshot(a_story(title="Can't sign in")))

    assert b"<title>Can&apos;t sign in</title>" in made["history.rss"]
    assert b"<title>Can't sign in</title>" in made["history.atom"]
