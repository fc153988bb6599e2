"""The processes of the tree: each is started again when it dies, until told to end."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from chalicelib.local import environment
from chalicelib.local.logs import note

PATIENCE = 15.0
_LIVED = 10.0
_LONGEST_PAUSE = 30.0
_LONGEST_PAUSE_KILLED = 0.5


class Child(threading.Thread):
    """A module of `chalicelib.local` run as a process, with a listening socket that outlives it.

    Because the socket is ours, a restart refuses nobody: who knocks meanwhile waits.
    """

    def __init__(
        self, module: str, *arguments: str, settings: Mapping[str, str] = MappingProxyType({}),
        listens: socket.socket | None = None, revived: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        super().__init__(name=module, daemon=True)
        self._arguments = arguments
        self._settings = environment.with_settings(settings)
        self._socket = listens
        self._revived = revived
        self._ending = threading.Event()
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Start, wait for the death, start again: at once, and ever later if it dies young every time."""
        deaths = 0
        while process := self._start():
            born = time.monotonic()
            if deaths:
                self._revived()
            code = process.wait()
            if self._ending.is_set():
                return
            deaths = deaths + 1 if time.monotonic() - born < _LIVED else 1
            wait = pause(deaths, killed=code == -signal.SIGKILL)
            note("run", "died", part=self.name, process=process.pid, code=code, again_in=f"{wait:g}s")
            self._ending.wait(wait)

    def stop(self) -> None:
        """Ask it to end and wait until it has; after a while end it."""
        self._ending.set()
        with self._turn:
            process = self._process
        if not process:
            return
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            note("run", "killed", part=self.name, process=process.pid)
            process.kill()
        self.join()

    def _start(self) -> subprocess.Popen[bytes] | None:
        """Its own process group: Ctrl-C is for the supervisor, which ends the others in order."""
        fds = () if self._socket is None else (self._socket.fileno(),)
        with self._turn:
            if self._ending.is_set():
                return None
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"chalicelib.local.{self.name}", *map(str, fds), *self._arguments],
                stdin=subprocess.PIPE, env=self._settings, pass_fds=fds, start_new_session=True,
            )  # fmt: skip
            return self._process


def pause(deaths: int, *, killed: bool) -> float:
    """Seconds until the next start, after so many deaths in a row; less where somebody else is the cause."""
    longest = _LONGEST_PAUSE_KILLED if killed else _LONGEST_PAUSE
    return 0.0 if deaths < 2 else min(0.25 * 2.0 ** (deaths - 2), longest)


def listening(port: int = 0) -> socket.socket:
    """A loopback socket that queues who knocks, also while nobody serves it."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener
