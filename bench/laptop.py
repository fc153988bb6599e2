"""A laptop runtime of its own for measurements: started in a folder that goes away with it."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
PARTS = "chalicelib.local."
JSON = {"Content-Type": "application/json"}


class Process(NamedTuple):
    """One process of the tree; `peak` is its highest resident memory in MiB."""

    id: int
    parent: int
    name: str
    peak: float


@dataclass
class Laptop:
    """A running instance and a kept-alive connection to it."""

    port: int
    folder: Path
    process: "subprocess.Popen[bytes]"
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def get(self, path: str) -> bytes:
        """A published file."""
        self.connection.request("GET", path)
        return self.connection.getresponse().read()

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The API's answer to a POST; anything but success stops the measurement."""
        key = (self.folder / "key").read_text().strip()
        headers = {**JSON, "Authorization": f"Bearer {key}"}
        self.connection.request("POST", f"/api/v1{path}", json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{path}: {answer.status} {text.decode()}")
        return dict(json.loads(text))

    def command(self, *words: str) -> str:
        """The output of a command line verb beside the running instance."""
        told = [sys.executable, "-m", "chalicelib", "--local", str(self.folder), *words]
        return subprocess.run(told, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    def ask(self, path: str) -> dict[str, Any]:
        """The API's answer to a GET."""
        key = (self.folder / "key").read_text().strip()
        self.connection.request("GET", f"/api/v1{path}", headers={"Authorization": f"Bearer {key}"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{path}: {answer.status} {text.decode()}")
        return dict(json.loads(text))

    def await_published(self, patience: float = 600) -> None:
        """Wait until the heartbeat stands at the head of the record."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                head = int(json.loads(self.get("/heartbeat.json"))["head"]["seq"])
                if not self.ask(f"/record?after={head}&limit=1")["items"]:
                    return
            except (OSError, http.client.HTTPException, ValueError, KeyError, RuntimeError):
                self.connection.close()
            time.sleep(0.1)
        raise RuntimeError("the site did not come to the head of the record")

    def processes(self) -> list[Process]:
        """The processes of the tree under the supervisor (Linux)."""
        found = (_process(folder) for folder in Path("/proc").glob("[0-9]*"))
        return [process for process in found if process and process.parent == self.process.pid]


def _process(folder: Path) -> Process | None:
    """What /proc says of a process of ours."""
    try:
        lines = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        words = (folder / "cmdline").read_bytes().decode().split("\0")
    except OSError:
        return None
    name = next((word for word in words if word.startswith(PARTS)), "")
    if not name or "VmHWM" not in lines:
        return None
    peak = int(lines["VmHWM"].split()[0]) / 1024
    return Process(int(folder.name), int(lines["PPid"]), name.removeprefix(PARTS), peak)


@contextmanager
def laptop() -> Iterator[Laptop]:
    """A fresh instance that is up; ended gracefully and forgotten afterwards."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()
        told = [sys.executable, "-m", "chalicelib", "--local", folder, "run", "--port", str(port)]
        process = subprocess.Popen(told, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = Laptop(port, Path(folder), process)
        try:
            _await(found)
            yield found
        finally:
            found.connection.close()
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _await(found: Laptop) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if (found.folder / "key").exists() and found.get("/heartbeat.json").startswith(b"{"):
                return
        except OSError:
            found.connection.close()
        time.sleep(0.05)
    raise RuntimeError("the instance did not come up")


def environment() -> dict[str, str]:
    """The environment for a fresh Python that measures an import."""
    return {**os.environ, "AWS_DEFAULT_REGION": "us-east-1"}
