"""A published record is read back entry by entry; where its chain breaks, file and entry are named."""

import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.record import Entry, Fact, Head, follow, head_of
from chalicelib.intake import record
from chalicelib.intake.errors import Unreadable
from chalicelib.intake.record import LARGEST_ENTRY
from chalicelib.publishing import record as record_files
from tests.builders import NOW
from tests.recoveries import written

Files = dict[str, bytes]
HEAD = "record/head.json"
FIRST = "record/entries/1.jsonl"
SECOND = "record/entries/101.jsonl"


def a_chain(count: int, *, size: int = 10) -> list[Entry]:
    """So many entries, each tenth one private."""
    made = [
        Fact("incident.updated", "incident/i", {"n": "x" * size}, private=n % 10 == 9) for n in range(count)
    ]
    return follow(Head(), made, at=NOW, salts=[bytes([n % 256]) * 32 for n in range(count)])


def a_site(folder: Path, entries: list[Entry], spoil: Callable[[Files], None] = lambda files: None) -> str:
    """These entries as published files in a folder, after somebody changed them."""
    built = record_files.files(entries, head_of(entries[-1]))
    files = {key: file.body for key, file in built.items()}
    spoil(files)
    return str(written(folder, files))


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address at which the folder's files are."""
    server = HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("first", [1, 2, 100, 101, 137, 249, 250])
def test_the_entries_are_read_from_any_on(first: int, tmp_path: Path) -> None:
    entries = a_chain(250)

    found = record.read(a_site(tmp_path, entries))

    assert found.head == head_of(entries[-1])
    assert list(found.entries(first)) == entries[first - 1 :]
    assert list(found.entries(251)) == []


def test_files_that_were_cut_by_size_are_followed(tmp_path: Path) -> None:
    entries = a_chain(30, size=60_000)

    assert list(record.read(a_site(tmp_path, entries)).entries(17)) == entries[16:]


def test_an_address_is_read_like_a_folder(tmp_path: Path, address: str) -> None:
    entries = a_chain(120)
    a_site(tmp_path, entries)

    assert list(record.read(address).entries(1)) == entries


def test_entries_behind_the_head_are_left_out(tmp_path: Path) -> None:
    entries = a_chain(20)

    def behind(files: Files) -> None:
        files[HEAD] = record_files.files(entries[:15], head_of(entries[14]))[HEAD].body

    assert list(record.read(a_site(tmp_path, entries, behind)).entries(1)) == entries[:15]


def test_what_does_not_bear_on_the_wanted_entries_is_not_read(tmp_path: Path) -> None:
    entries = a_chain(150)

    def lose(files: Files) -> None:
        del files[FIRST]

    assert list(record.read(a_site(tmp_path, entries, lose)).entries(101)) == entries[100:]


def changed(key: str, line: int, **values: Any) -> Callable[[Files], None]:
    """A spoiler: fields of one line have other values; None takes a field away."""

    def spoil(files: Files) -> None:
        lines = files[key].splitlines()
        said = {**json.loads(lines[line]), **values}
        lines[line] = json.dumps({name: value for name, value in said.items() if value is not None}).encode()
        files[key] = b"\n".join(lines) + b"\n"

    return spoil


def replaced(key: str, text: bytes) -> Callable[[Files], None]:
    """A spoiler: another text in place of a file."""
    return lambda files: files.__setitem__(key, text)


def moved(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Files], None]:
    """A spoiler: the first file's lines in another order or number."""
    return lambda files: files.__setitem__(FIRST, b"".join(change(files[FIRST].splitlines(keepends=True))))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(lambda f: f.pop(HEAD), "head.json: cannot be read: No such file", id="no head"),
        pytest.param(
            lambda f: f.pop(SECOND), "101.jsonl: cannot be read: No such file", id="a file is missing"
        ),
        pytest.param(replaced(HEAD, b"{"), "head.json: is not JSON that can be read", id="half a head"),
        pytest.param(replaced(HEAD, b"[]"), "head.json: is wrong: Expected `object`", id="a head of a list"),
        pytest.param(replaced(HEAD, b"[" * 100_000), "is not JSON|is wrong", id="a deep head"),
        pytest.param(changed(HEAD, 0, seq=0), "is wrong: Expected `int` >= 1", id="a head before the first"),
        pytest.param(changed(HEAD, 0, seq=2**70), "is wrong", id="a head beyond numbers"),
        pytest.param(
            changed(HEAD, 0, seq=119), "entry 119 is not the one that record/head.json names", id="other head"
        ),
        pytest.param(changed(HEAD, 0, hash="0" * 64), "entry 120 is not the one that", id="another hash"),
        pytest.param(changed(HEAD, 0, hash="x"), "is wrong: Expected `str` matching", id="no hash"),
        pytest.param(changed(HEAD, 0, seq=121), "121.jsonl: cannot be read", id="a head ahead of its files"),
        pytest.param(
            changed(HEAD, 0, first="x"), "head.json: first is not 'entries/1.jsonl'", id="other files"
        ),
        pytest.param(
            changed(HEAD, 0, recorded_at="0001-01-01T00:00:00+23:59"),
            "recorded_at is out of range",
            id="no time",
        ),
        pytest.param(replaced(SECOND, b""), "101.jsonl: line 1 is not JSON", id="an empty file"),
        pytest.param(replaced(SECOND, b"\n"), "101.jsonl: line 1 is not JSON", id="an empty line"),
        pytest.param(replaced(SECOND, b"null\n"), "line 1 is wrong: Expected `object`", id="null"),
        pytest.param(replaced(SECOND, b"\xff\xfe"), "101.jsonl: line 1 is not JSON", id="no UTF-8"),
        pytest.param(replaced(SECOND, b'{"seq":' + b"[" * 100_000), "line 1 is", id="a deep line"),
        pytest.param(changed(FIRST, 4, seq="5"), "line 5 is wrong", id="a number that is a text"),
        pytest.param(changed(FIRST, 4, kind=None), "line 5 is wrong", id="a field is missing"),
        pytest.param(
            changed(FIRST, 4, kind="a.b"), "1.jsonl: entry 6 does not name the hash", id="another kind"
        ),
        pytest.param(changed(FIRST, 4, subject="a"), "entry 6 does not name the hash", id="another subject"),
        pytest.param(changed(FIRST, 4, body="{}"), "entry 5 has a body that is not", id="another body"),
        pytest.param(changed(FIRST, 4, salt="0" * 64), "entry 5 has a body that is not", id="another salt"),
        pytest.param(changed(FIRST, 4, salt=None), "entry 5 has a body that is not", id="no salt"),
        pytest.param(
            changed(FIRST, 4, digest="0" * 64), "entry 5 has a body that is not", id="another digest"
        ),
        pytest.param(changed(FIRST, 4, prev="0" * 64), "entry 5 does not name the hash", id="another prev"),
        pytest.param(changed(FIRST, 0, prev="1" * 64), "entry 1 does not name the hash", id="not the first"),
        pytest.param(
            changed(FIRST, 4, recorded_at="2027-01-01T00:00:00Z"), "entry 6 does not name", id="another time"
        ),
        pytest.param(changed(FIRST, 4, recorded_at="2027-01-01"), "line 5 is wrong", id="a day"),
        pytest.param(
            changed(FIRST, 4, recorded_at="9999-12-31T23:59:59-23:59"),
            "recorded_at is out of",
            id="beyond time",
        ),
        pytest.param(moved(lambda lines: lines[:5] + lines[6:]), "entry 7 does not follow 5", id="dropped"),
        pytest.param(
            moved(lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]]),
            "entry 7 does not",
            id="swapped",
        ),
        pytest.param(
            moved(lambda lines: [*lines[:5], lines[4], *lines[5:]]), "entry 5 does not", id="repeated"
        ),
        pytest.param(moved(lambda lines: lines[1:]), "entry 2 does not follow 0", id="begins with another"),
        pytest.param(moved(lambda lines: lines[:50]), "51.jsonl: cannot be read", id="ends early"),
        pytest.param(
            changed(FIRST, 4, kind="x" * (LARGEST_ENTRY + 1)), "line 5 is larger than 380 KiB", id="too large"
        ),
    ],
)
def test_a_record_that_does_not_hold_is_refused_by_name(
    spoil: Callable[[Files], None], said: str, tmp_path: Path
) -> None:
    site = a_site(tmp_path, a_chain(120), spoil)

    with pytest.raises(Unreadable, match=said) as refused:
        list(record.read(site).entries(1))

    assert str(refused.value).startswith(str(tmp_path))
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500


def test_a_page_that_is_not_there_says_so() -> None:
    with pytest.raises(Unreadable, match=r"^http://127\.0\.0\.1:1/record/head\.json: cannot be read: Conn"):
        record.read("http://127.0.0.1:1/")


def test_times_are_read_to_the_millisecond_that_hashes_know(tmp_path: Path) -> None:
    entries = a_chain(3)
    finer = entries[1].recorded_at.isoformat().replace("+00:00", ".000999+00:00")

    found = record.read(a_site(tmp_path, entries, changed(FIRST, 1, recorded_at=finer)))

    assert list(found.entries(1)) == entries
