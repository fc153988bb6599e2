"""A laptop as its owner has it: `python -m chalicelib run` as a real process, spoken to over HTTP."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chalicelib.local.children import listening

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
_LEFT_OUT = re.compile(r"AWS_|CANDOR_|DEMO$|PORT$")


def environment(**more: str) -> dict[str, str]:
    """Our environment without what points at a place of its own."""
    return {name: value for name, value in os.environ.items() if not _LEFT_OUT.match(name)} | more


def command(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command line with the data in a folder, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "chalicelib", "--local", str(folder), *arguments],
        cwd=ROOT, env=environment(**more), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def until(found: Callable[[], Any], what: str) -> Any:
    """What is found as soon as it is; a failure that says what did not come."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {PATIENCE:g} s")


def free_port() -> int:
    """A port that nobody uses."""
    with listening() as listener:
        return int(listener.getsockname()[1])


class Laptop:
    """One run. What it says is in `said`; its children are found by name."""

    def __init__(self, folder: Path, port: int, **more: str) -> None:
        self.folder, self.port = folder, port
        self.log = folder.with_name(f"{folder.name}.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "chalicelib", "--local", str(folder), "run"],
                cwd=ROOT, env=environment(PORT=str(port), **more), stdout=log, stderr=log,
            )  # fmt: skip
        until(lambda: "Ctrl-C" in self.said() or self.process.poll() is not None, "the announcement")
        assert self.process.poll() is None, self.said()

    @property
    def key(self) -> str:
        return (self.folder / "key").read_text().strip()

    def said(self) -> str:
        return self.log.read_text()

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and text; 0 where the connection broke."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def tell(self, id: str) -> None:
        """Open an incident, however often it takes."""
        body = {"id": id, "title": f"Trouble with {id}", "body": "We are looking into it."}
        until(lambda: self.ask("POST", "/api/v1/incidents", body)[0] in (201, 409), f"incident {id}")

    def shows(self, path: str, text: str) -> bool:
        status, shown = self.ask("GET", path)
        return status == 200 and text in shown

    def child(self, name: str) -> int:
        """The process id of a child, as soon as there is one."""

        def find() -> int:
            command = ["pgrep", "-P", str(self.process.pid), "-f", f"chalicelib.local.{name}"]
            found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
            return int(found[0]) if found else 0

        return int(until(find, f"the {name}"))

    def kill(self, name: str) -> None:
        """kill -9 a child; returns when another one is there."""
        pid = self.child(name)
        os.kill(pid, signal.SIGKILL)
        until(lambda: self.child(name) != pid, f"another {name}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has buried yet does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False).stdout
    return bool(state.strip()) and not state.startswith(b"Z")
