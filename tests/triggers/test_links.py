"""What readers follow: no file leads to one that is not there yet, whatever is written meanwhile."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.advisories import Words, publish
from chalicelib.publishing import paths
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import record
from chalicelib.triggers.publication import Publisher
from tests.worlds import SITE, World

LINK = re.compile(rf'(?:href="|{re.escape(SITE)})/([^"#<\s]*)')
LONG_AGO = timedelta(days=400)
SLOWLY = 0.02


@dataclass(frozen=True)
class Followed(Bucket):
    """A bucket in which every link is followed after each file put; `dead` are those that led nowhere.

    Readers come in by files that stood before, `entrances`.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    entrances: set[str] = field(default_factory=set)
    dead: list[str] = field(default_factory=list)

    def put_one(self, key: str, file: Any, etag: Any) -> Any:
        put = super().put_one(key, file, etag)
        self.files[key] = file.body
        self.dead.extend(f"{it} after {key}" for it in dead_links(dict(self.files), self.entrances))
        return put


def followed(bucket: Bucket) -> Followed:
    """This bucket, followed from what stands in it."""
    files = {key: bucket.get(key)[0] for page in bucket.listed("") for key in page}
    return Followed(bucket.s3, bucket.name, files, set(files))


@dataclass(frozen=True)
class Read(Bucket):
    """A bucket that remembers in which order files were put for good: `order`."""

    order: list[str] = field(default_factory=list)

    def put_one(self, key: str, file: Any, etag: Any) -> Any:
        if not key.endswith(".html"):
            time.sleep(SLOWLY)
        put = super().put_one(key, file, etag)
        self.order.append(key)
        return put


def dead_links(files: Mapping[str, bytes], entrances: set[str]) -> set[str]:
    """The links that lead nowhere, of all that readers can reach."""
    reached, ahead, dead = set[str](), set(entrances), set[str]()
    while ahead:
        key = ahead.pop()
        reached.add(key)
        found = {_key(link) for link in LINK.findall(files[key].decode().replace("\r\n ", ""))}
        dead |= {f"{key} to {it}" for it in found - files.keys()}
        ahead |= (found & files.keys()) - reached
    return dead


def _key(link: str) -> str:
    return f"{link}index.html" if link.endswith("/") or not link else link


def a_world() -> World:
    """An incident, a maintenance, an advisory and a draft of one."""
    world = World()
    world.component("api", "API")
    world.open("i1", "Errors", affects={"api": "major_outage"})
    world.announce("m1", "Work")
    world.advise("a1")
    world.advise("draft", published=False)
    return world


def overtaken(world: World, bucket: Bucket, write: Callable[[World], Any]) -> Publisher:
    """A publisher behind whose back something is written once its round is planned, before it reads."""
    asked = 0

    def page() -> Any:
        nonlocal asked
        asked += 1
        if asked == 2:
            write(world)
        return world.page()

    return Publisher(bucket, SITE, page=page, now=world.now)


WRITES = [
    pytest.param(lambda world: world.open("new", "More errors"), "incidents/new/", id="an incident"),
    pytest.param(
        lambda world: world.open("new", "Long ago", started_at=world.at - LONG_AGO),
        "incidents/new/",
        id="an incident before all of history",
    ),
    pytest.param(lambda world: world.announce("new", "More work"), "maintenances/new/", id="a maintenance"),
    pytest.param(lambda world: world.advise("new"), "security/new/", id="an advisory"),
    pytest.param(
        lambda world: world.say("draft", publish, Words("Out.", {})),
        "security/draft/",
        id="a draft comes out",
    ),
]


@pytest.mark.parametrize(("write", "page"), WRITES)
@pytest.mark.parametrize("told", ["incident", "advisory"])
def test_no_link_is_ahead_of_its_page_when_something_is_told_in_mid_publication(
    write: Callable[[World], Any], page: str, told: str, table: str, bucket: Bucket
) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    site = followed(bucket)
    if told == "incident":
        world.tell("i1", "identified")
    else:
        world.advise("a2")

    overtaken(world, site, write).publish()

    assert site.dead == []
    assert f"{page}index.html" not in site.entrances
    assert f"{page}index.html" in site.files


@pytest.mark.parametrize(("write", "page"), WRITES)
def test_no_link_is_ahead_of_its_page_where_new_ones_are_put(
    write: Callable[[World], Any], page: str, table: str, bucket: Bucket
) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    site = followed(bucket)
    write(world)

    world.publisher(site).publish()

    assert site.dead == []
    assert f"{page}index.html" in site.files


@pytest.mark.parametrize("told", ["in this round", "in mid publication"])
def test_the_page_of_an_advisory_comes_after_its_document_and_the_hashes_of_it(
    told: str, table: str, bucket: Bucket
) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    site = Read(bucket.s3, bucket.name)
    if told == "in this round":
        world.advise("new")
        world.publisher(site).publish()
    else:
        world.tell("i1", "identified")
        overtaken(world, site, lambda it: it.advise("new")).publish()

    ours = [key for key in site.order if "new" in key]

    assert len(ours) == 4
    assert ours[-1] == paths.page("advisory/new")


def test_what_was_put_ahead_is_put_right_by_the_round_that_comes_for_it(table: str, bucket: Bucket) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    world.tell("i1", "identified")

    overtaken(world, bucket, lambda it: it.open("new", "More errors")).publish()
    world.tell("new", "resolved")
    world.publisher(bucket).publish()

    assert b"It is resolved." in bucket.get(paths.incident("new"))[0]


def test_a_page_that_somebody_else_has_put_meanwhile_is_left_alone(table: str, bucket: Bucket) -> None:
    world = a_world()
    world.publisher(bucket).publish()
    world.tell("i1", "identified")
    before = bucket.get(paths.page("maintenance/m1"))[0]

    outcome = overtaken(world, bucket, lambda it: it.go_on("m1", "cancelled")).publish()

    assert bucket.get(paths.page("maintenance/m1"))[0] == before
    assert outcome.head.seq == record.head().seq - 1
