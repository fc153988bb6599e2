"""Debian's real prometheus-alertmanager on loopback: had by apt-get, or not, and then said so."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine import free_port

PACKAGE = "prometheus-alertmanager"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "candor-tests"
PATIENCE_SECONDS = 30.0
SENT = re.compile(r'^alertmanager_notifications_total\{integration="webhook"\} (\d+)$', re.MULTILINE)
FAILED = re.compile(
    r'^alertmanager_notifications_failed_total\{integration="webhook"[^}]*\} ([1-9]\d*)$', re.MULTILINE
)


def program() -> list[str]:
    """What starts it; skips the test where it is not and cannot be had.

    Debian's build reads its templates from under /usr/share. Where the package is not installed, it is shown
    them there, in a namespace of its own: nothing of this machine changes.
    """
    if found := shutil.which(PACKAGE):
        return [found]
    kept = CACHE / "usr/bin" / PACKAGE
    if not kept.exists():
        _download()
    mount = "mount -t overlay overlay -o lowerdir=$0:/usr/share /usr/share"
    apart = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    if not shutil.which("unshare") or _fails([*apart, mount, str(CACHE / "usr/share")]):
        pytest.skip(f"{PACKAGE} is not installed, and there are no namespaces here to run it from elsewhere")
    return [*apart, f'{mount} && exec "$@"', str(CACHE / "usr/share"), str(kept)]


def _fails(told: list[str]) -> bool:
    return subprocess.run(told, capture_output=True, timeout=20, check=False).returncode != 0


def _download() -> None:
    """Into the cache, without installing it: neither rights nor services are needed."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        pytest.skip(f"{PACKAGE} is not installed, and there is no apt-get to have it by")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        told = ["apt-get", "download", PACKAGE]
        ran = subprocess.run(told, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        if ran.returncode:
            pytest.skip(f"{PACKAGE} is not installed, and apt-get cannot download it")
        (package,) = Path(folder).glob("*.deb")
        subprocess.run(["dpkg", "-x", str(package), str(CACHE)], check=True, capture_output=True)


@dataclass
class Alertmanager:
    """A running one: give it alerts, and it tells its receiver."""

    port: int

    def give(self, *alerts: dict[str, Any]) -> None:
        """Alerts as Prometheus gives them: `endsAt` is there where one is over."""
        body = json.dumps(alerts).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v2/alerts", body, {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=5).close()

    def sent(self) -> int:
        """How many messages it has sent; none of them in vain."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            told = answer.read().decode()
        assert not FAILED.search(told), "its messages were refused"
        found = SENT.search(told)
        return int(found[1]) if found else 0

    def await_more(self, messages: int) -> None:
        """Wait until it has sent so many more messages."""
        until, wanted = time.monotonic() + PATIENCE_SECONDS, self.sent() + messages
        while self.sent() < wanted:
            assert time.monotonic() < until, "it is silent"
            time.sleep(0.05)


@contextmanager
def alertmanager(url: str, key: str) -> Iterator[Alertmanager]:
    """One that sends to an address with a key, groups by service and repeats itself every two seconds."""
    with tempfile.TemporaryDirectory() as folder:
        config, port = Path(folder, "config.json"), free_port()
        config.write_text(json.dumps(_config(url, key)))  # JSON is YAML
        told = [
            *program(), f"--config.file={config}", f"--storage.path={folder}/kept",
            f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", "--log.level=warn",
        ]  # fmt: skip
        with Path(folder, "log").open("wb") as log:
            process = subprocess.Popen(told, stdout=log, stderr=log)
        try:
            _await(process, port, Path(folder, "log"))
            yield Alertmanager(port)
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _config(url: str, key: str) -> dict[str, Any]:
    known = {"authorization": {"type": "Bearer", "credentials": key}}
    receiver = {"url": url, "send_resolved": True, "http_config": known}
    return {
        "route": {
            "receiver": "page", "group_by": ["service"], "group_wait": "0s", "group_interval": "1s",
            "repeat_interval": "2s",
        },
        "receivers": [{"name": "page", "webhook_configs": [receiver]}],
    }  # fmt: skip


def _await(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the alertmanager did not start: {log.read_text()}")
