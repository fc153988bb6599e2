"""What stands at an address of AWS is fetched, and nothing else."""

import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from chalicelib.intake.alarms.fetching import LARGEST_BYTES, Nothing, fetch
from tests.probing.servers import dripping, host

STATUSES = {"/none": 404, "/later": 429, "/failed": 503}


class Served(BaseHTTPRequestHandler):
    """Serves its own path, a redirect, or too much."""

    def do_GET(self) -> None:
        moved = self.path == "/moved"
        self.send_response(302 if moved else STATUSES.get(self.path, 200))
        if moved:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(b"x" * (LARGEST_BYTES + 1) if self.path == "/much" else self.path.encode())

    def log_message(self, *told: Any) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    """Host and port of a server that speaks HTTP."""
    with HTTPServer(("127.0.0.1", 0), Served) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)


plainly = partial(fetch, connect=HTTPConnection)


@pytest.mark.parametrize("path", ["/x.pem", "/?Action=ConfirmSubscription&Token=1", "/"])
def test_what_is_served_is_fetched(place: str, path: str) -> None:
    assert plainly(f"https://{place}{path}") == path.encode()


@pytest.mark.parametrize(
    ("path", "never"),
    [("/moved", False), ("/none", True), ("/much", False), ("/later", False), ("/failed", False)],
)
def test_what_is_elsewhere_nowhere_or_too_much_is_not(place: str, path: str, never: bool) -> None:
    with pytest.raises(OSError, match="answers") as refused:
        plainly(f"https://{place}{path}")

    assert isinstance(refused.value, Nothing) is never


@pytest.mark.parametrize(("code", "never"), [(socket.EAI_NONAME, True), (socket.EAI_AGAIN, False)])
def test_a_host_that_is_not_there_is_told_from_one_that_nobody_can_look_up_now(
    code: int, never: bool
) -> None:
    class Unknown(HTTPConnection):
        def connect(self) -> None:
            raise socket.gaierror(code, "no name")

    with pytest.raises(OSError, match="no sns") as refused:
        fetch("https://sns.test/x.pem", Unknown)

    assert isinstance(refused.value, Nothing) is never


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_who_drips_is_not_waited_for(begin: bytes) -> None:
    with host(slow=dripping(b"X: y\r\n", begin)) as web:
        began = time.monotonic()

        with pytest.raises(TimeoutError):
            plainly(f"https://127.0.0.1:{web.port}/slow", seconds=0.3)

    assert time.monotonic() - began < 2


def test_who_cannot_prove_who_they_are_is_not_listened_to(place: str) -> None:
    with pytest.raises(OSError, match=r"(?i)ssl"):
        fetch(f"https://{place}/x.pem")


@pytest.mark.parametrize(
    "address", ["http://sns.eu-central-1.amazonaws.com/x", "file:///etc/passwd", "https:///x", ""]
)
def test_only_https_is_spoken(address: str) -> None:
    with pytest.raises(ValueError, match="https"):
        fetch(address)
