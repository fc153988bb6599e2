"""What the wrapped emulator tells the pump, and who may have its folder."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.local import instances
from chalicelib.local.emulator import CHANGES, Watched
from chalicelib.local.errors import Refused
from chalicelib.local.folders import Folder, Instance


async def nothing(*_: Any) -> Any:
    """Stands in for the emulator."""


async def call(watched: Watched, method: str, target: str = "", path: str = "/") -> None:
    headers = [(b"x-amz-target", target.encode())]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    await watched(scope, nothing, nothing)


async def mark(watched: Watched, known: bytes = b"", seconds: float = 0.0) -> bytes:
    said: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        said.append(message)

    query = known + b"&%.1f" % seconds
    await watched({"type": "http", "path": CHANGES, "query_string": query}, nothing, send)
    return bytes(said[-1]["body"])


def run(test: Callable[[Watched], Awaitable[Any]]) -> Any:
    async def within_a_loop() -> Any:
        return await test(Watched(nothing))

    return asyncio.run(within_a_loop())


@pytest.mark.parametrize(
    ("method", "target", "is_news", "is_dirty"),
    [
        pytest.param("POST", "DynamoDB_20120810.TransactWriteItems", True, True, id="a write to a table"),
        pytest.param("POST", "DynamoDB_20120810.Query", False, False, id="a read of a table"),
        pytest.param("POST", "DynamoDBStreams_20120810.GetRecords", False, False, id="a look at the stream"),
        pytest.param("PUT", "", False, True, id="a file for the bucket"),
        pytest.param("GET", "", False, False, id="a file from the bucket"),
    ],
)
def test_only_writes_to_tables_are_news(method: str, target: str, is_news: bool, is_dirty: bool) -> None:
    async def test(watched: Watched) -> tuple[bool, bool]:
        before = await mark(watched)
        await call(watched, method, target)
        return await mark(watched) != before, watched.is_dirty

    assert run(test) == (is_news, is_dirty)


def test_who_waits_is_told_at_once() -> None:
    async def test(watched: Watched) -> bool:
        before = await mark(watched)
        waiting = asyncio.create_task(mark(watched, before, 60))
        await asyncio.sleep(0)
        await call(watched, "POST", "DynamoDB_20120810.PutItem")
        return await asyncio.wait_for(waiting, 5) != before

    assert run(test)


def test_who_waits_for_nothing_is_told_in_time() -> None:
    async def test(watched: Watched) -> bool:
        before = await mark(watched)
        return await mark(watched, before, 0.01) == before

    assert run(test)


def test_another_emulator_has_other_marks() -> None:
    first, second = run(mark), run(mark)

    assert first.partition(b"-")[0] != second.partition(b"-")[0]


def test_an_instance_that_is_gone_is_not_found(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with folder.held("a test"):
        folder.remember(Instance(2**22 + 1, 8000, "http://127.0.0.1:9", "t", "b", "http://x"))

    assert instances.running_on(folder) is None
    assert folder.last() is not None


def test_a_torn_file_is_no_instance(tmp_path: Path) -> None:
    (tmp_path / "instance.json").write_text('{"pid": 1')

    assert Folder(tmp_path).last() is None


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    folder = Folder(tmp_path)

    refused = pytest.raises(Refused, match=r"in use by the first \(process \d+\)")
    with folder.held("the first"), refused, folder.held("the second"):
        raise AssertionError("both hold it")
    with folder.held("the third"):
        pass


def test_an_emulator_that_does_not_come_is_refused() -> None:
    with pytest.raises(Refused, match="does not start"):
        instances.wait_for("http://127.0.0.1:9", seconds=0.05)
