"""What is published about security: current after every publication, private before, whatever fails."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.advisories import Words, add_update, publish, withdraw
from chalicelib.domain.security import Team
from chalicelib.publishing import paths
from chalicelib.publishing.bucket import Bucket
from chalicelib.triggers.publication import Publisher
from tests.triggers.test_publication import Died, Interruption, rebuilt, watched, whole
from tests.worlds import World, fresh_table

PAGE = "security/h1/index.html"
DOCUMENT = ".well-known/csaf/2026/h1.json"
STEPS = 42
MORE = Words("It is wider.", {"title": "A wider hole"})


def a_world() -> World:
    """An advisory, a draft, and an incident."""
    world = World()
    world.open("i1", "Errors")
    world.advise("H1", "A hole")
    world.advise("xyzzy", "Hush", published=False)
    return world


def secured(publisher: Publisher, *team: str) -> Publisher:
    """The same publisher with other settings."""
    return replace(publisher, team=Team(*team), etags={})


def test_an_advisory_is_a_page_a_document_and_an_entry_in_every_feed(table: str, bucket: Bucket) -> None:
    world = a_world()

    world.publisher(bucket).publish()

    files = whole(bucket)
    for key in (
        PAGE,
        DOCUMENT,
        "index.html",
        "security/index.html",
        "security/advisories.atom",
        "updates.rss",
    ):
        assert b"A hole" in files[key], key
    assert b"2026/h1.json" in files[".well-known/csaf/index.txt"]
    assert files == rebuilt(world, table)


def test_a_draft_is_in_no_file_under_no_name(table: str, bucket: Bucket) -> None:
    world = a_world()
    world.publisher(bucket).publish()

    for key, body in whole(bucket).items():
        assert "xyzzy" not in key
        assert b"xyzzy" not in body.lower(), key
        assert b"hush" not in body.lower(), key


def test_an_advisory_goes_from_draft_to_withdrawn_on_the_site(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    publisher.publish()

    world.say("xyzzy", publish, Words("Now you know.", {}))
    publisher.publish()
    published = whole(bucket)
    world.say("xyzzy", add_update, Words("More.", {"title": "Louder"}))
    publisher.publish()
    updated = whole(bucket)
    world.say("xyzzy", withdraw, "It was none.")
    publisher.publish()
    withdrawn = whole(bucket)

    assert b"Hush" in published["index.html"]
    assert b"Louder" in updated["index.html"]
    assert b"Louder" not in withdrawn["index.html"]
    assert b"It was none." in withdrawn["security/xyzzy/index.html"]
    document = json.loads(withdrawn[".well-known/csaf/2026/xyzzy.json"])
    assert [it["number"] for it in document["document"]["tracking"]["revision_history"]] == ["1", "2", "3"]
    assert withdrawn == rebuilt(world, table)


def test_an_update_of_an_advisory_writes_few_files(table: str, bucket: Bucket) -> None:
    world = a_world()
    for n in range(5):
        world.advise(f"other-{n}")
    publisher = world.publisher(bucket)
    publisher.publish()
    before = whole(bucket)

    world.say("h1", add_update, MORE)
    outcome = publisher.publish()

    after = whole(bucket)
    changed = {key for key in after if after[key] != before[key]}
    assert outcome.written <= 25
    assert {PAGE, DOCUMENT, f"{DOCUMENT}.sha256", "security/index.html"} <= changed
    assert not [key for key in changed if "other" in key]


def test_what_does_not_concern_security_leaves_its_files_alone(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    publisher.publish()
    before = whole(bucket)

    world.tell("i1", "identified")
    publisher.publish()

    after = whole(bucket)
    assert {key for key in after if after[key] != before[key] and ("secur" in key or "csaf" in key)} == set()


@pytest.mark.exhaustive
@pytest.mark.parametrize("step", range(0, STEPS, 3))
def test_a_publisher_killed_anywhere_is_made_good_by_the_next(step: int, table: str, bucket: Bucket) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    world.say("h1", add_update, MORE)

    def die() -> None:
        raise Died

    with pytest.raises(Died):
        watched(world, bucket, Interruption(step, die)).publish()
    world.publisher(bucket).publish()

    assert whole(bucket) == rebuilt(world, table)


@pytest.mark.exhaustive
@pytest.mark.parametrize("step", range(1, STEPS, 3))
def test_a_publisher_paused_anywhere_never_puts_old_over_new(step: int, table: str, bucket: Bucket) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    world.say("h1", add_update, MORE)

    def overtake() -> None:
        world.say("h1", withdraw, "It was none.")
        world.advise("h2")
        world.publisher(bucket).publish()

    watched(world, bucket, Interruption(step, overtake)).publish()
    world.publisher(bucket).publish()

    assert whole(bucket) == rebuilt(world, table)


def test_readers_are_warned_for_a_month_after_the_last_word(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    publisher.publish()

    world.pass_time(days=30)
    publisher.publish()
    last_day = whole(bucket)
    world.pass_time(days=1)
    publisher.publish()

    for key in ("index.html", "security/index.html"):
        assert b"Threats to know of" in last_day[key]
        assert b"Threats to know of" not in bucket.get(key)[0]
    assert whole(bucket) == rebuilt(world, table)


def test_a_full_build_finds_what_was_published_before_anything_happened(table: str, bucket: Bucket) -> None:
    world = World()
    world.advise("H1")
    world.pass_time(days=100)
    world.advise("H2")
    world.open("i1", "Errors")
    publisher = world.publisher(bucket)
    publisher.most_months = 1

    publisher.publish(seconds=60)

    assert {PAGE, "security/h2/index.html"} <= set(whole(bucket))
    assert whole(bucket) == rebuilt(world, table)


def test_a_full_build_in_parts_ends_with_every_advisory(table: str, bucket: Bucket) -> None:
    world = World()
    world.open("i1", "Errors", started_at=world.at - timedelta(days=100))
    for n in range(3):
        world.advise(f"h{n}")
        world.pass_time(days=40)
    publisher = world.publisher(bucket)
    publisher.most_months = 2

    first = publisher.publish(seconds=0)
    world.say("h1", add_update, MORE)
    second = world.publisher(bucket).publish(seconds=60)

    assert (first.unfinished, second.unfinished) == (True, False)
    assert whole(bucket) == rebuilt(world, table)


def test_a_restored_table_takes_advisories_back(table: str, bucket: Bucket) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    with fresh_table():
        other = World(at=world.at + timedelta(hours=1))
        other.open("i9", "Another history")
        other.publisher(bucket).publish(seconds=60)

        assert not {PAGE, DOCUMENT, f"{DOCUMENT}.sha512"} & set(whole(bucket))
        assert whole(bucket) == rebuilt(other, table)


def test_a_page_of_what_is_only_a_draft_is_swept(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = world.publisher(bucket)
    publisher.publish()
    for key in (
        "security/xyzzy/index.html",
        ".well-known/csaf/2026/xyzzy.json",
        ".well-known/csaf/1999/h1.json",
    ):
        bucket.s3.put_object(Bucket=bucket.name, Key=key, Body=b"stray")

    publisher.publish(everything=True, seconds=60)

    assert whole(bucket) == rebuilt(world, table)


def test_the_settings_decide_what_security_txt_says(table: str, bucket: Bucket) -> None:
    publisher = a_world().publisher(bucket)
    publisher.publish()
    without = whole(bucket)

    secured(publisher, "a@acme.example").publish(seconds=60)
    first = bucket.get(paths.SECURITY_TXT)[0]
    secured(publisher, "b@acme.example").publish(seconds=60)
    second = bucket.get(paths.SECURITY_TXT)[0]
    secured(publisher).publish(seconds=60)

    assert (b"a@acme.example" in first, b"b@acme.example" in second) == (True, True)
    assert paths.SECURITY_TXT not in whole(bucket)
    assert set(whole(bucket)) == set(without)


def test_security_txt_is_renewed_by_the_clock_once_a_month(table: str, bucket: Bucket) -> None:
    world = a_world()
    publisher = secured(world.publisher(bucket), "a@acme.example")
    publisher.publish()
    first = bucket.get(paths.SECURITY_TXT)[0]

    world.pass_time(days=1)
    publisher.publish()
    same = bucket.get(paths.SECURITY_TXT)[0]
    world.pass_time(days=10)
    publisher.publish()

    assert same == first
    assert b"Expires: 2027-01-31T23:00:00Z" in bucket.get(paths.SECURITY_TXT)[0]
