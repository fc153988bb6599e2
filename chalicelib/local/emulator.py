"""The child that is the local AWS: ministack on loopback, saved every two seconds and at the end.

Run by the supervisor as `python -m chalicelib.local.emulator FD`, FD being its listening socket.
"""

import asyncio
import contextlib
import copy
import fcntl
import json
import logging
import os
import signal
import sys
import time
import warnings
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.local import lifelines, logs

if TYPE_CHECKING:
    from hypercorn.config import Config

CHANGES = "/_candor/changes"
PATIENCE = 20.0
EVERY = 2.0
_READS = ("BatchGet", "Describe", "Get", "List", "Query", "Scan", "TransactGet")
_TABLE = b"DynamoDB_"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def settings(folder: Path, port: int) -> dict[str, str]:
    """The environment in which ministack keeps to loopback, to its folder and to what we use."""
    return {
        "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "LOG_LEVEL": "WARNING",
        "PERSIST_STATE": "1", "STATE_DIR": str(folder / "state"),
        "S3_PERSIST": "1", "S3_DATA_DIR": str(folder / "s3"), "TMPDIR": str(folder / "tmp"),
        "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0", "DOCKER_HOST": "unix:///nowhere",
    }  # fmt: skip


class Watched:
    """The emulator, and beside it one address that answers when the tables have been written to.

    `GET /_candor/changes?MARK&SECONDS` answers with a mark other than MARK as soon as there is one, and with
    MARK itself after so many seconds. A mark is `process-number`.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app
        self._process = time.time_ns()
        self._number = 0
        self._changed = asyncio.Event()
        self.is_dirty = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == CHANGES:
            await self._tell(scope["query_string"], send)
            return
        await self._app(scope, receive, send)
        if scope["type"] == "http":
            self._note(scope["method"], dict(scope["headers"]).get(b"x-amz-target", b""))

    def release(self) -> None:
        """Answer everyone who waits."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _note(self, method: str, target: bytes) -> None:
        if method in ("GET", "HEAD") or target.rpartition(b".")[2].decode("latin-1").startswith(_READS):
            return
        self.is_dirty = True
        if target.startswith(_TABLE):
            self._number += 1
            self.release()

    async def _tell(self, query: bytes, send: Send) -> None:
        known, _, seconds = query.partition(b"&")
        if known == self._mark():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(float(seconds or 0), PATIENCE))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self._mark()})

    def _mark(self) -> bytes:
        return b"%d-%d" % (self._process, self._number)


LAST = 19  # of all that wants the processor


class Saving:
    """Saves by a forked copy, which holds still while the emulator goes on answering.

    (ministack's own saving takes two seconds of everybody's time with ten thousand incidents.)
    """

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._copy: int | None = None

    async def go_on(self) -> None:
        """Save what changed, every two seconds."""
        while True:
            await asyncio.sleep(EVERY)
            if self._is_idle() and self._watched.is_dirty:
                self._watched.is_dirty = False
                self._copy = _saved_by_a_copy()

    def end(self) -> None:
        """Let go of a save under way: the last one, of everything, follows."""
        if self._copy is not None:
            os.kill(self._copy, signal.SIGKILL)
            os.waitpid(self._copy, 0)

    def _is_idle(self) -> bool:
        if self._copy is None:
            return True
        done, status = os.waitpid(self._copy, os.WNOHANG)
        if not done:
            return False
        self._copy = None
        self._watched.is_dirty |= status != 0
        return True


def _saved_by_a_copy() -> int:
    """The process id of a copy of ourselves that writes everything down and ends."""
    if pid := os.fork():
        return pid
    try:  # pragma: no cover (the copy ends without reporting)
        os.nice(LAST)
        _save()
        os._exit(0)
    finally:  # pragma: no cover
        os._exit(1)


def _save() -> None:  # pragma: no cover (runs in the copy alone)
    """ministack's save, without the detours that matter only while something moves."""
    from ministack.app import _build_persistence_save_dict  # type: ignore[import-untyped]
    from ministack.core.persistence import save_all  # type: ignore[import-untyped]

    def dump(value: Any, file: Any, **how: Any) -> None:
        file.write(json.dumps(value, **how))

    vars(json).update(dump=dump)
    vars(copy).update(deepcopy=lambda value, _memo=None: value)
    save_all(_build_persistence_save_dict())


async def run(fd: int) -> None:
    """Serve until told to end; ministack then saves once more by itself."""
    from hypercorn.asyncio import serve
    from ministack.app import app

    watched = Watched(app)
    saving = Saving(watched)
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    saver = asyncio.create_task(saving.go_on())
    lifelines.hold_on()

    async def told_to_end() -> None:
        await ending.wait()
        saver.cancel()
        saving.end()
        watched.release()

    await serve(watched, _config(fd), shutdown_trigger=told_to_end)  # type: ignore[arg-type]


def _config(fd: int) -> "Config":
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{fd}"]
    config.backlog = 1024
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    return config


def main(fd: int, folder: Path) -> None:
    """Wait until a predecessor has saved its last, then take over."""
    for name in ("state", "s3", "tmp"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / "state" / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    asyncio.run(run(fd))


if __name__ == "__main__":
    logs.set_up()
    # Python 3.12 warns of forking beside threads; the copy only reads, writes down and ends.
    warnings.filterwarnings("ignore", r".*fork\(\)", DeprecationWarning)
    logging.getLogger("persistence").setLevel(logging.ERROR)
    main(int(sys.argv[1]), Path(sys.argv[2]))
