"""A site is checked against its record by strangers: what holds is said to hold, what does not is named."""

import json
import os
import random
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from chalicelib.domain.record import Head, head_of
from chalicelib.intake import record as published
from chalicelib.intake.errors import Unreadable
from chalicelib.local import chains, claims, commands, shelves, verifying
from chalicelib.local.chains import Chain
from chalicelib.local.copies import Copy
from chalicelib.local.differences import Difference
from chalicelib.local.shelves import Shelf
from chalicelib.local.verifying import Examined, verify
from chalicelib.publishing import paths
from chalicelib.publishing.bucket import Bucket
from tests.local.forgeries import Forger, a_site, of_another_version, put_record, rewrite
from tests.local.test_recovering import Quiet
from tests.recoveries import synced, written
from tests.triggers.test_publication import a_world


def silent(line: str) -> None:
    """Show nothing."""


class Wrong(NamedTuple):
    """How a copy was found to be wrong: the file that was named, and the number of the entry."""

    file: str
    seq: int
    told: str


def found_wrong(folder: Path, since: Head | None = None) -> Wrong | None:
    """What verify names, or None if it finds nothing."""
    return caught(lambda: verify(str(folder), since=since, show=silent), folder)


def caught(check: Callable[[], object], folder: Path) -> Wrong | None:
    """What a check names as wrong."""
    try:
        check()
    except Difference as difference:
        return Wrong(difference.file, difference.seq, str(difference))
    except Unreadable as wrong:
        return Wrong(wrong.document.removeprefix(f"{folder}/"), 0, str(wrong))
    return None


@pytest.fixture(scope="module")
def site(ministack: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that shows everything that can be said, as a folder."""
    return a_site(tmp_path_factory.mktemp("site"))


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

    heads = [chains.kept_head(f"17:{entries[16].hash}"), chains.kept_head(str(kept))]

    assert heads[0] == Head(17, entries[16].hash)
    assert heads[1] == Head(entries[-1].seq, entries[-1].hash)
    assert [found_wrong(site, since=head) for head in heads] == [None, None]


def test_a_site_that_another_version_built_holds_by_what_readers_see(copy: Path) -> None:
    of_another_version(copy)
    page = copy / paths.INDEX
    page.write_bytes(page.read_bytes().replace(b"<main ", b'<main  class="y" '))

    verdict = verify(str(copy), since=None, show=silent)

    assert not verdict.is_same_code
    first = verifying.summary(verdict, None).partition("\n")[0]
    assert first.startswith("The site claims to be built by version 'another', this is")


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


@dataclass
class Examiner:
    """Checks a copy many times: the record each time; what it says is told once, for the chain guards it."""

    folder: Path
    shelf: Shelf
    head: Head

    def check(self) -> None:
        """All that verify does, but for the telling."""
        for _ in self._chain().entries():
            pass
        copy = Copy(str(self.folder))
        verifying.check_site(Examined(copy, self.shelf, claims.read(copy), self.head))

    def tell(self) -> None:
        """What the record says, once."""
        chain = self._chain()
        verifying.keep(chain)
        verifying.retell(chain)

    def _chain(self) -> Chain:
        return Chain(published.read(str(self.folder)), None, silent)


@pytest.fixture
def examiner(copy: Path) -> Iterator[Examiner]:
    """Of the copy as it stands."""
    with shelves.opened() as shelf:
        yield Examiner(copy, shelf, published.read(str(copy)).head)


CASES = 250
"""For each of four: twice a site that this code built, and twice one that other code did."""


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(4), ids=lambda seed: "another version" if seed % 2 else "same code")
def test_whatever_is_changed_in_a_copy_is_named(seed: int, copy: Path, examiner: Examiner) -> None:
    other = seed % 2 == 1
    if other:
        of_another_version(copy)
    forger = Forger(copy, seed)
    ways = [
        *[forger.visible_character] * 4, forger.byte_of_an_entry, forger.byte_of_an_entry, forger.lines,
        forger.byte_of_a_list, forger.files_moved,
        forger.words_brought_in if other else forger.byte_of_anything,
    ]  # fmt: skip
    examiner.tell()
    examiner.check()

    for n in range(CASES):
        edit = ways[n % len(ways)]()
        put(copy, edit.files)
        wrong = caught(examiner.check, copy)
        again = found_wrong(copy) if n % 50 == 0 else wrong
        put(copy, {key: forger.files.get(key) for key in edit.files})

        case = (n, edit.named, _around(forger.files.get(edit.named), edit.files[edit.named]), wrong)
        assert wrong is not None, case
        assert wrong.file == edit.named or edit.named in wrong.told, case
        assert wrong.seq in edit.entries, case
        assert again == wrong, case


def put(folder: Path, files: dict[str, bytes | None]) -> None:
    """Have these files in the folder."""
    for key, body in files.items():
        if body is None:
            (folder / key).unlink(missing_ok=True)
        else:
            written(folder, {key: body})


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
    "key", ["index.html", "feed.json", "incidents/slow/index.html", "record/entries/1.jsonl"]
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
        pytest.param(b"</body>", b"<script>1</script></body>", "index.html: shows 'script'", id="a script"),
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
            "heartbeat.json",
            b'"valid_until":"2',
            b'"valid_until":"3',
            "valid_until",
            id="it would hold longer",
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


def _around(one: bytes | None, other: bytes | None) -> bytes:
    """Where they differ."""
    pairs = enumerate(zip(one or b"", other or b"", strict=False))
    at = next((n for n, (a, b) in pairs if a != b), 0)
    return (other or b"")[max(0, at - 60) : at + 60]


# --- days that take samples -------------------------------------------------------------------------------


@pytest.fixture
def counting(table: str, bucket: Bucket, tmp_path: Path) -> Path:
    """A copy of a site of which an outage goes on and a day takes samples, published in mid-quarter."""
    world = a_world()
    world.group("g", "Group")
    world.component("jobs", "Jobs", group="g")
    world.component("mail", "Mail", group="g")
    for n, id in enumerate(("jobs", "mail", "jobs")):
        world.sample(id, 7 + n, mean_us=333 + n, ago=timedelta(hours=n))
    publisher = world.publisher(bucket)
    publisher.publish(seconds=60)
    world.pass_time(minutes=20)
    publisher.publish(seconds=60)
    return synced(tmp_path / "counting", bucket)


def test_a_comparison_of_instances_that_there_are_not_is_named(counting: Path) -> None:
    written(counting, {paths.INSTANCES: b"<p>All is well"})

    wrong = found_wrong(counting)

    assert wrong is not None
    assert wrong.file == paths.INSTANCES


def test_numbers_of_a_day_that_takes_samples_are_believed_and_said_to_be(counting: Path) -> None:
    verdict = verify(str(counting), since=None, show=silent)

    assert verdict.preliminary == 2
    assert "2 numbers of components on such days are the site's own" in verifying.summary(verdict, None)


@pytest.mark.parametrize(
    ("key", "before", "after", "named"),
    [
        pytest.param(
            "components/jobs/days.json", b'"transactions":16', b'"transactions":17',
            "components/jobs/days.csv", id="one file alone",
        ),
        pytest.param(
            "groups/g/days.json", b'"transactions":24', b'"transactions":25', "groups/g/days.json",
            id="a group follows from its components",
        ),
        pytest.param(
            "components/jobs/days.json", b'"final":false', b'"final":true', "components/jobs/days.json",
            id="what is not in the record is not final",
        ),
        pytest.param(
            "components/api/days.json", b'"major_s":', b'"major_s":1', "components/api/days.json",
            id="outages follow from the record",
        ),
    ],
)  # fmt: skip
def test_what_does_not_follow_from_these_numbers_is_named(
    key: str, before: bytes, after: bytes, named: str, counting: Path
) -> None:
    page = counting / key
    body = page.read_bytes()
    assert before in body
    page.write_bytes(body.replace(before, after))

    wrong = found_wrong(counting)

    assert wrong is not None
    assert wrong.file.rpartition("/")[0] == named.rpartition("/")[0]
