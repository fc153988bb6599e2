"""`python -m chalicelib verify` as a stranger runs it: a process with nothing in its environment."""

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from chalicelib.domain.record import digest, head_of
from chalicelib.intake import record as published
from chalicelib.intake.errors import Unreadable
from chalicelib.local import verifying
from chalicelib.local.differences import Difference
from chalicelib.publishing import paths
from chalicelib.publishing import record as record_files
from chalicelib.publishing.bucket import Bucket
from tests.local.forgeries import a_site, put_record, rewrite
from tests.local.test_recovering import Quiet
from tests.recoveries import synced
from tests.triggers.test_publication import a_world

ROOT = Path(__file__).parents[2]
MOST_SECONDS = 60


class Told(NamedTuple):
    """What the command said, and its exit code."""

    code: int
    out: str
    err: str


def command(*words: str) -> Told:
    """Run it with no environment at all, in no folder of ours."""
    told = [sys.executable, "-I", "-c", _BEGIN, str(ROOT), "verify", *words]
    done = subprocess.run(told, cwd="/", env={}, capture_output=True, text=True, timeout=MOST_SECONDS)
    return Told(done.returncode, done.stdout, done.stderr)


_BEGIN = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
runpy.run_module("chalicelib", run_name="__main__", alter_sys=True)
"""


@pytest.fixture(scope="module")
def site(ministack: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that shows everything that can be said, as a folder."""
    return a_site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def copy(site: Path, tmp_path: Path) -> Path:
    """A copy of it to change."""
    return Path(shutil.copytree(site, tmp_path / "copy"))


@contextmanager
def served(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server that answers so."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_folder_that_holds_is_said_to_hold(site: Path) -> None:
    kept = list(published.read(str(site)).entries(1))[16]

    told = command(str(site), "--since", f"17:{kept.hash}")

    assert (told.code, told.err) == (0, "")
    lines = told.out.splitlines()
    assert re.fullmatch(
        r"The record holds: \d+ entries, \d+ of them not public, up to \d+:[0-9a-f]{64}", lines[0]
    )
    assert lines[1] == "The head that you kept is in it: entry 17"
    assert re.fullmatch(
        r"The site says what the record says: \d+ files of http://status\.example\.com at .*", lines[2]
    )
    contact = "contact security@example.com; policy https://example.com/policy; languages en, de"
    assert lines[3].endswith(f"the site says: {contact}")


def test_an_address_that_holds_is_said_to_hold(site: Path) -> None:
    with served(partial(Quiet, directory=str(site))) as address:
        told = command(f"{address}/")

    assert (told.code, told.err) == (0, "")
    assert "The site says what the record says" in told.out


def test_the_chain_alone_holds_where_the_pages_do_not(copy: Path) -> None:
    (copy / "index.html").unlink()

    chain, all = command(str(copy), "--chain"), command(str(copy))

    assert (chain.code, chain.out.count("\n")) == (0, 2), "the record, and whose words it takes"
    assert (all.code, all.out) == (1, "")
    assert all.err.endswith("file, index.html: is missing, though the record calls for it\n")


def test_what_is_wrong_is_said_in_one_line_with_entry_field_and_file(copy: Path) -> None:
    page = copy / "incidents/last/index.html"
    page.write_bytes(page.read_bytes().replace(b"Words.", b"Words!"))
    entry = next(it for it in published.read(str(copy)).entries(1) if it.subject == "incident/last")

    told = command(str(copy))

    assert (told.code, told.out) == (1, "")
    named = f"candor: entry {entry.seq}, text, incidents/last/index.html: "
    assert told.err == f"{named}shows 'Words!', the record says 'Words.'\n"


def test_a_rewritten_record_is_named_by_the_head_that_was_kept(copy: Path) -> None:
    entries = list(published.read(str(copy)).entries(1))
    kept = entries[60]
    rewrite(copy, entries, 30)

    told = command(str(copy), "--chain", "--since", f"61:{kept.hash}")

    assert told.code == 1
    assert told.err == (
        "candor: entry 61, hash, record/entries/1.jsonl: "
        "is not the head that you kept: the record was rewritten\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        pytest.param(("/no/such/folder",), 1, "No such file or directory", id="no folder"),
        pytest.param(("http://127.0.0.1:1",), 1, "Connection refused", id="nobody there"),
        pytest.param(("https://me:secret@a.example",), 1, "the address: holds an @", id="a password"),
        pytest.param(("/", "--since", "17:abc"), 1, "17:abc: is no head: that is the number", id="no head"),
        pytest.param((), 2, "the following arguments are required", id="nothing said"),
    ],
)
def test_what_cannot_be_checked_is_said_in_one_line(words: tuple[str, ...], code: int, line: str) -> None:
    told = command(*words)

    assert (told.code, told.out) == (code, "")
    assert line in told.err.splitlines()[-1]
    assert len(told.err.splitlines()) == 1 or code == 2
    assert "secret" not in told.err


# --- servers that change, and servers that lie ------------------------------------------------------------


class Moving(Quiet):
    """Serves one folder after the other: the next one as soon as its front page is asked for."""

    def __init__(self, folders: list[Path], *given: Any, **more: Any) -> None:
        self.folders = folders
        super().__init__(*given, directory=str(folders[0]), **more)

    def do_GET(self) -> None:
        """A file as it stands now."""
        if self.path == "/" and len(self.folders) > 1:
            self.directory = str(self.folders.pop(0))
            self.directory = str(self.folders[0])
        super().do_GET()


def test_a_site_that_is_being_published_meanwhile_holds(table: str, bucket: Bucket, tmp_path: Path) -> None:
    world = a_world()
    publisher, stages = world.publisher(bucket), []
    for n, word in enumerate(("identified", "monitoring", "resolved", "investigating")):
        world.tell("i1", word)
        publisher.publish()
        stages.append(synced(tmp_path / str(n), bucket))
    last = published.read(str(stages[-1])).head
    told: list[str] = []

    with served(partial(Moving, stages)) as address:
        verdict = verifying.verify(address, since=None, show=told.append, patience=0)

    assert verdict.head == last
    assert sum("looking again" in line for line in told) == 3


class Liar(BaseHTTPRequestHandler):
    """Answers what it likes."""

    def do_GET(self) -> None:
        """By the path: a head, then what the first part of the path says."""
        how, _, key = self.path.removeprefix("/").partition("/")
        self.send_response(302 if how == "around" else 500 if how == "broken" else 200)
        if how == "around":
            self.send_header("Location", self.path)
        self.end_headers()
        if key == paths.RECORD_HEAD and how in ("endless", "long"):
            seq = 2**53 - 1 if how == "long" else 7
            at = "2026-11-22T09:00:00Z"
            said = {"seq": seq, "hash": "ab" * 32, "recorded_at": at, "first": record_files.FIRST}
            self.wfile.write(json.dumps(said).encode())
        elif how == "endless":
            with suppress(OSError):
                while True:
                    self.wfile.write(b" " * 2**20)
        else:
            self.wfile.write(b"<p>Log in.</p>")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("how", "told"),
    [
        pytest.param(
            "endless", r"entry 1, chain, record/entries/1\.jsonl: is larger than 32 MiB", id="endless"
        ),
        pytest.param("long", "entry 9007199254740991, entry, record/head.json: are more than", id="too many"),
        pytest.param("around", "would lead to an infinite loop", id="in circles"),
        pytest.param("broken", "HTTP Error 500: Internal Server Error", id="broken"),
        pytest.param("login", "is not JSON that can be read", id="another page"),
    ],
)
def test_a_server_that_lies_is_named(how: str, told: str) -> None:
    with served(Liar) as address, pytest.raises((Difference, Unreadable), match=told) as refused:
        verifying.verify_chain(f"{address}/{how}", since=None, show=lambda line: None, patience=0)

    assert "\n" not in str(refused.value)


# --- records that nobody wrote ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "told"),
    [
        pytest.param({"incident": {"title": "x"}}, "cannot be understood: ", id="half an incident"),
        pytest.param({"page": None, "more": 1}, "says more than this version", id="what we do not know"),
        pytest.param({}, "is about incident/slow but speaks of None", id="nothing"),
    ],
)
def test_a_record_whose_chain_holds_but_whose_words_cannot_be_is_named(
    said: dict[str, Any], told: str, copy: Path
) -> None:
    entries = list(published.read(str(copy)).entries(1))
    at = next(n for n, entry in enumerate(entries) if entry.kind == "incident.opened")
    body = json.dumps(said, separators=(",", ":"))
    changed = [
        *entries[:at],
        replace(entries[at], body=body, salt="ab" * 32, digest=digest(b"\xab" * 32, body)),
    ]
    for entry in entries[at + 1 :]:
        changed.append(replace(entry, prev=head_of(changed[-1]).hash))
    put_record(copy, changed)

    refused = command(str(copy))

    assert refused.code == 1
    assert refused.err.startswith(f"candor: entry {at + 1}, words, record/entries/1.jsonl: {told}")
    assert refused.err.count("\n") == 1
