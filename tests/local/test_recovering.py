"""Recovery from the command line: from a page's files to a table that stands where the page does."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.local import commands, recovering
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import keys, record
from chalicelib.stores.table import Item
from tests.recoveries import another_table, dump, items, synced, written
from tests.stores.test_recovery import differences
from tests.triggers.test_publication import a_world
from tests.worlds import World


def silent(line: str) -> None:
    """Show nothing."""


def published(world: World, bucket: Bucket, folder: Path) -> Path:
    """The site of the table, as a folder."""
    world.publisher(bucket).publish(seconds=60)
    return synced(folder, bucket)


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
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_restored_table_gets_back_what_the_page_shows(
    table: str, bucket: Bucket, tmp_path: Path, address: str
) -> None:
    world = a_world()
    cut = dump()
    world.tell("i1", "identified", affects={"web": "partial_outage"})
    _make_key(world, "since")
    world.tell("i1", "resolved")
    end = items()
    shown: list[str] = []
    published(world, bucket, tmp_path)
    with another_table(cut):
        restored = recovering.restore(recovering.read(address, shown.append), shown.append)

        assert recovering.summary(restored).split("; ") == [
            "Appended 3 entries (1 private), the record stands at 9",
            "keys made since have to be made anew: since",
        ]
        assert differences(items(), end) == {}
        assert shown[0] == f"reading {address}"
        assert shown[-2:] == ["appending entry 9 of 9", ""]


def _make_key(world: World, id: str) -> None:
    from chalicelib.domain.keys import Scope

    record.append(
        lambda moment: keys.create(id, "Since", scopes=(Scope.READ,), secret="s", moment=moment),
        now=world.now,
    )


def test_nothing_is_written_where_a_late_file_is_spoiled(table: str, bucket: Bucket, tmp_path: Path) -> None:
    world = World()
    world.page()
    cut = dump()
    for n in range(130):
        world.component(f"c{n}", f"Component {n}")
    site = published(world, bucket, tmp_path)
    last = site / "record" / "entries" / "101.jsonl"
    last.write_bytes(last.read_bytes().replace(b"Component 128", b"Component 129"))
    with another_table(cut):
        before = items()

        with pytest.raises(Invalid, match=r"101\.jsonl: entry 130 has a body that is not"):
            recovering.restore(recovering.read(str(site), silent), silent)

        assert items() == before


def test_the_page_of_somebody_else_is_refused(table: str, bucket: Bucket, tmp_path: Path) -> None:
    site = published(a_world(), bucket, tmp_path)
    with another_table([]):
        World().component("mine", "Mine")
        before = items()

        with pytest.raises(Conflict, match="it is of another page"):
            recovering.restore(recovering.read(str(site), silent), silent)

        assert items() == before


def test_the_command_works_on_the_table_that_it_is_told(
    table: str, bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = published(a_world(), bucket, tmp_path / "site")
    words = ["--local", str(tmp_path / "local"), "import", "record", str(site), "--table"]
    with another_table([]):
        restored = Item.Meta.table_name

        done = [commands.main([*words, name]) for name in (restored, restored, "no-such-table")]

        recovering.use(restored)
    recovering.use(table)
    assert done == [0, 0, 1]
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "Appended 6 entries (0 private), the record stands at 6",
        "Appended 0 entries (0 private), the record stands at 6",
    ]
    assert said.err == "candor: there is no table 'no-such-table' in us-east-1\n"


def test_the_command_says_in_one_line_what_is_wrong(
    table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, {"record/head.json": b"<html>"})

    assert commands.main(["import", "record", str(tmp_path)]) == 1
    assert commands.main(["import", "record", str(tmp_path / "nowhere")]) == 1

    errors = capsys.readouterr().err.splitlines()
    assert [line.partition("record/head.json: ")[2][:22] for line in errors] == [
        "is not JSON that can b",
        "cannot be read: No suc",
    ]
