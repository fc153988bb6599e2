"""A site is checked against its record by strangers: what holds is said to hold, what does not is named."""

import json
import os
import random
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from chalicelib.domain.record import Entry, Head, digest, head_of
from chalicelib.intake import record as published
from chalicelib.intake.errors import Unreadable
from chalicelib.local import commands, verifying
from chalicelib.local.differences import Difference
from chalicelib.local.verifying import verify
from chalicelib.publishing import paths, states
from chalicelib.publishing import record as record_files
from chalicelib.publishing.bucket import Bucket
from tests.engine import a_bucket, settled
from tests.local.test_recovering import Quiet
from tests.recoveries import a_long_history, synced, written
from tests.triggers.test_publication import a_world
from tests.worlds import World

CASES = 1000
LATER = datetime(2026, 11, 23, 18, 0, 30, tzinfo=UTC)
NO_PAGES = frozenset({paths.HEARTBEAT, paths.RECORD_HEAD, states.KEY})
READ = re.compile(r"\.(html|rss|atom|json)$")
WORDS = {
    "html": re.compile(r'(?:>|href="/|datetime="|href="http|aria-label=")([^<>"]*)'),
    "rss": re.compile(r'(?:>|href=")([^<>"]*)'),
    "atom": re.compile(r'(?:>|href=")([^<>"]*)'),
    "json": re.compile(r'(?<=[:\[,])("(?:[^"\\]|\\.)*"(?!:)|[\w.]+)'),
}
HIDDEN = re.compile(r"<(style|script)[^>]*>.*?</\1>|data:[^\"]*", re.DOTALL)


def silent(line: str) -> None:
    """Show nothing."""


class Wrong(NamedTuple):
    """How a copy was found to be wrong: the file that was named, and the number of the entry."""

    file: str
    seq: int
    told: str


def found_wrong(folder: Path, since: Head | None = None) -> Wrong | None:
    """What verify names, or None if it finds nothing."""
    try:
        verify(str(folder), since=since, show=silent)
    except Difference as difference:
        return Wrong(difference.file, difference.seq, str(difference))
    except Unreadable as wrong:
        told = str(wrong)
        number = re.search(r"entry (\d+)|line (\d+)", told)
        file = wrong.document.removeprefix(f"{folder}/")
        if number is None:
            return Wrong(file, 0, told)
        first = paths.first_entry_of(file) or 1
        return Wrong(file, int(number[1]) if number[1] else first + int(number[2]) - 1, told)
    return None


@pytest.fixture(scope="module")
def site(ministack: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that shows everything that can be said, as a folder."""
    with settled():
        bucket = a_bucket()
        for _ in a_long_history():
            pass
        World(at=LATER).publisher(bucket).publish(seconds=60)
        return synced(tmp_path_factory.mktemp("site"), bucket)


@pytest.fixture
def copy(site: Path, tmp_path: Path) -> Path:
    """A copy of it to change."""
    return Path(shutil.copytree(site, tmp_path / "copy"))


# --- what holds -------------------------------------------------------------------------------------------


def test_a_site_that_shows_everything_holds(site: Path) -> None:
    verdict = verify(str(site), since=None, show=silent)

    files = sum(path.is_file() for path in site.rglob("*"))
    assert verdict.files == files - 1, "all but the publisher's own state"
    assert verdict.is_same_code
    assert verdict.unseen > 0
    assert verdict.head.seq > 100


def test_a_head_that_was_kept_is_found_again(site: Path, tmp_path: Path) -> None:
    entries = list(published.read(str(site)).entries(1))
    kept = tmp_path / "kept.json"
    shutil.copy(site / paths.RECORD_HEAD, kept)

    heads = [verifying.kept_head(f"17:{entries[16].hash}"), verifying.kept_head(str(kept))]

    assert heads[0] == Head(17, entries[16].hash)
    assert heads[1] == head_of(entries[-1])
    assert [found_wrong(site, since=head) for head in heads] == [None, None]


def test_a_site_that_another_version_built_holds_by_what_readers_see(copy: Path) -> None:
    of_another_version(copy)
    page = copy / paths.INDEX
    page.write_bytes(page.read_bytes().replace(b"<main ", b'<main  data-x="y" '))

    verdict = verify(str(copy), since=None, show=silent)

    assert not verdict.is_same_code
    assert "built by version another, this is" in verifying.summary(verdict, None)


@pytest.mark.parametrize("seconds", range(0, 240, 20))
def test_a_promise_that_ends_within_a_minute_is_no_difference(
    seconds: int, table: str, bucket: Bucket, tmp_path: Path
) -> None:
    world = a_world()
    world.tell("i1", "identified", next_update_by=world.at + timedelta(seconds=100))
    publisher = world.publisher(bucket)
    publisher.publish()
    world.pass_time(seconds=seconds)
    publisher.publish()

    assert found_wrong(synced(tmp_path, bucket)) is None


# --- what does not ----------------------------------------------------------------------------------------


def of_another_version(folder: Path) -> None:
    """Have the site say that other code built it."""
    beat = json.loads((folder / paths.HEARTBEAT).read_bytes())
    (folder / paths.HEARTBEAT).write_text(json.dumps({**beat, "version": "another"}))


class Edit(NamedTuple):
    """A change of one file, the entries that may be named for it, and a head that somebody kept."""

    file: str
    body: bytes
    entries: range
    since: Head | None = None


class Forger:
    """Makes one random change after the other to what a site's files hold."""

    def __init__(self, site: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        keys = [path.relative_to(site).as_posix() for path in sorted(site.rglob("*")) if path.is_file()]
        self.files = {key: (site / key).read_bytes() for key in keys}
        self.records = [key for key in keys if key.startswith("record/entries/")]
        self.read = [key for key in keys if READ.search(key) and key not in NO_PAGES]
        self.head = json.loads(self.files[paths.RECORD_HEAD])["seq"]

    def byte_of_an_entry(self) -> Edit:
        key = self.chance.choice(self.records)
        body = bytearray(self.files[key])
        at = self.chance.randrange(len(body))
        body[at] = self.chance.choice([b for b in range(256) if b != body[at]])
        line = (paths.first_entry_of(key) or 1) + self.files[key][:at].count(b"\n")
        return Edit(key, bytes(body), range(line - 1, line + 2))

    def visible_character(self) -> Edit:
        key = self.chance.choice(self.read)
        text = self.files[key].decode()
        hidden = (
            {n for it in HIDDEN.finditer(text) for n in range(*it.span())} if key.endswith("html") else set()
        )
        stretches = [it.span(1) for it in WORDS[key.rpartition(".")[2]].finditer(text)]
        places = [n for span in stretches for n in range(*span) if text[n].isalnum() and n not in hidden]
        at = self.chance.choice(places)
        other = self.chance.choice([c for c in "abcxyzABC0123456789é" if c != text[at]])
        return Edit(key, (text[:at] + other + text[at + 1 :]).encode(), range(1, self.head + 1))

    def lines(self) -> Edit:
        """Entries dropped, swapped or repeated."""
        key = self.chance.choice(self.records)
        lines = self.files[key].splitlines(keepends=True)
        first, at = paths.first_entry_of(key) or 1, self.chance.randrange(len(lines) - 1)
        match self.chance.choice(["drop", "swap", "repeat"]):
            case "drop":
                del lines[at]
            case "swap":
                lines[at], lines[at + 1] = lines[at + 1], lines[at]
            case _:
                lines.insert(at, lines[at])
        return Edit(key, b"".join(lines), range(first + at, first + at + 2))


@pytest.mark.slow
@pytest.mark.parametrize("version", [pytest.param(0, id="same code"), pytest.param(1, id="another version")])
def test_whatever_is_changed_in_a_copy_is_named(version: int, site: Path, copy: Path) -> None:
    forger = Forger(site, seed=version)
    ways: list[Callable[[], Edit]] = [forger.visible_character] * 4 + [forger.byte_of_an_entry, forger.lines]
    if version:
        of_another_version(copy)

    for n in range(CASES // 2):
        edit = ways[n % len(ways)]()
        (copy / edit.file).write_bytes(edit.body)
        wrong = found_wrong(copy)
        (copy / edit.file).write_bytes(forger.files[edit.file])

        assert wrong is not None, (n, edit.file, _around(forger.files[edit.file], edit.body))
        assert wrong.file == edit.file, (n, wrong)
        assert wrong.seq in edit.entries, (n, wrong)


def test_a_record_that_was_rewritten_whole_is_named_by_the_head_that_was_kept(copy: Path) -> None:
    chance = random.Random(7)
    entries = list(published.read(str(copy)).entries(1))

    for _ in range(30):
        at = chance.randrange(len(entries))
        kept = head_of(entries[chance.randrange(at, len(entries))])
        rewrite(copy, entries, at)

        wrong = found_wrong(copy, since=kept)

        assert wrong is not None
        assert (wrong.seq, "rewritten" in wrong.told) == (kept.seq, True)
        assert found_wrong(copy) is not None, "its pages still show the other head"


def rewrite(folder: Path, entries: list[Entry], at: int) -> None:
    """Have the record say something else at one place, with a chain that holds."""
    changed: list[Entry] = []
    for n, entry in enumerate(entries):
        prev = changed[-1].hash if changed else entry.prev
        after = replace(entry, prev=prev)
        if n == at:
            body = re.sub(r'"(body|title|name)":"', r'"\1":"Not ', entry.body or '{"name":""}', count=1)
            after = replace(after, body=body, salt="ab" * 32, digest=digest(b"\xab" * 32, body))
        changed.append(after)
    put_record(folder, changed)


def put_record(folder: Path, entries: list[Entry]) -> None:
    """Have the copy's record be these."""
    built = record_files.files(entries, head_of(entries[-1]))
    written(folder, {key: file.body for key, file in built.items()})


def test_a_record_that_was_cut_is_named_by_the_head_that_was_kept(copy: Path) -> None:
    entries = list(published.read(str(copy)).entries(1))
    kept, cut = head_of(entries[-1]), entries[:50]
    for path in (copy / "record/entries").iterdir():
        path.unlink()
    put_record(copy, cut)

    wrong = found_wrong(copy, since=kept)

    assert wrong is not None
    assert wrong[:2] == (paths.RECORD_HEAD, kept.seq)
    assert wrong.told.endswith("the record ends before the head that you kept, at entry 50")


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("incidents/never/index.html", id="a page too many"),
        pytest.param("secret.txt", id="a file of no kind"),
    ],
)
def test_a_file_that_the_record_does_not_call_for_is_named(key: str, copy: Path) -> None:
    written(copy, {key: b"<p>All is well"})

    wrong = found_wrong(copy)

    assert wrong is not None
    assert wrong.file == key
    assert "stands there, though the record calls for no such file" in wrong.told


@pytest.mark.parametrize(
    "key", ["index.html", "feed.json", "incidents/i1/index.html", "record/entries/1.jsonl"]
)
def test_a_file_that_is_gone_is_named(key: str, copy: Path) -> None:
    (copy / key).unlink()

    wrong = found_wrong(copy)

    assert wrong is not None
    assert wrong.file == key


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param(b"<main ", b'<main class="x" ', "markup, index.html: is written", id="markup"),
        pytest.param(b"</body>", b"<script>1</script></body>", "index.html: shows '1'", id="a script"),
        pytest.param(b"</html>", b"</html>\xff", "form, index.html: cannot be read: not UTF-8", id="form"),
    ],
)  # fmt: skip
def test_what_readers_do_not_see_is_named_too(before: bytes, after: bytes, told: str, copy: Path) -> None:
    page = copy / paths.INDEX
    page.write_bytes(page.read_bytes().replace(before, after))

    wrong = found_wrong(copy)

    assert wrong is not None
    assert told in wrong.told


@pytest.mark.parametrize(
    ("key", "before", "after", "named"),
    [
        pytest.param("feed.json", b'"title":', b'"title":"x","title":', "form", id="a name twice"),
        pytest.param("history.atom", b"</feed>", b"", "form", id="XML cut off"),
        pytest.param("api/v2/status.json", b"}", b"", "form", id="JSON cut off"),
        pytest.param("heartbeat.json", b'"hash":"', b'"hash":"0', "head", id="another head"),
        pytest.param(
            "heartbeat.json", b'"valid_until":"2', b'"valid_until":"3', "markup", id="it would hold longer"
        ),
    ],
)
def test_a_broken_file_is_named(key: str, before: bytes, after: bytes, named: str, copy: Path) -> None:
    body = (copy / key).read_bytes()
    (copy / key).write_bytes(body.replace(before, after))

    wrong = found_wrong(copy)

    assert wrong is not None
    assert (wrong.file, named in wrong.told) == (key, True)


@pytest.mark.parametrize(
    "beat",
    [
        pytest.param(None, id="none"),
        pytest.param(b"<html>", id="no JSON"),
        pytest.param(b'{"as_of":"2026-11-22T09:05:00","head":{"seq":1,"hash":""}}', id="no zone"),
        pytest.param(b'{"as_of":"0001-01-01T00:00:00+23:00","head":{"seq":1,"hash":""}}', id="no such time"),
    ],
)
def test_a_site_whose_clock_cannot_be_read_is_refused(beat: bytes | None, copy: Path) -> None:
    (copy / paths.HEARTBEAT).unlink()
    if beat is not None:
        (copy / paths.HEARTBEAT).write_bytes(beat)

    wrong = found_wrong(copy)

    assert wrong is not None
    assert wrong.file == paths.HEARTBEAT


def test_a_forged_address_is_named_where_it_stands(copy: Path) -> None:
    page = copy / paths.INDEX
    page.write_bytes(page.read_bytes().replace(b"http://status.example.com/", b"http://evil.example.com/"))

    wrong = found_wrong(copy)

    assert wrong is not None
    assert (wrong.file, "link" in wrong.told) == (paths.INDEX, True)


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_needs_nothing_and_says_what_it_found(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in list(os.environ):
        if name.startswith(("AWS_", "CANDOR_")):
            monkeypatch.delenv(name)
    kept = copy / paths.RECORD_HEAD

    done = commands.main(["verify", str(copy), "--since", str(kept)])
    (copy / "404.html").unlink()
    refused = commands.main(["verify", str(copy)])

    assert (done, refused) == (0, 1)
    said = capsys.readouterr()
    lines = said.out.splitlines()
    head = json.loads(kept.read_bytes())
    assert re.fullmatch(
        rf"The record holds: {head['seq']} entries, \d+ of them not public, up to .*", lines[0]
    )
    assert lines[0].endswith(f"{head['seq']}:{head['hash']}")
    assert lines[1] == f"The head that you kept is in it: entry {head['seq']}"
    assert "files of http://status.example.com at 2026-11-23T18:00:00.000Z" in lines[2]
    assert said.err.startswith("candor: entry ")


def test_a_head_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kept").write_text("hello")

    assert commands.main(["verify", "nowhere", "--since", str(tmp_path / "kept")]) == 1

    assert "is not JSON that can be read" in capsys.readouterr().err


def test_at_an_address_what_differs_once_alone_is_forgiven(copy: Path, address: str) -> None:
    page = copy / paths.INDEX
    stood = page.read_bytes()
    page.write_bytes(stood.replace(b"Status", b"Statux"))
    told: list[str] = []

    def mend(line: str) -> None:
        told.append(line)
        if "looking again" in line:
            page.write_bytes(stood)

    verdict = verify(address, since=None, show=mend, patience=0)

    assert verdict.files > 40
    assert any("shows 'Open" in line or "Statux" in line for line in told)


def test_at_an_address_what_differs_twice_is_named(copy: Path, address: str) -> None:
    (copy / "history.rss").unlink()

    with pytest.raises(Difference, match=r"history\.rss: is missing"):
        verify(address, since=None, show=silent, patience=0)


@pytest.fixture
def address(copy: Path) -> Iterator[str]:
    """The address at which the copy is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(copy)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _around(one: bytes, other: bytes) -> bytes:
    at = next(n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return other[max(0, at - 60) : at + 60]
