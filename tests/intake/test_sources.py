"""Documents come from files and addresses, up to a size; what fails is said in a line."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from chalicelib.intake import sources
from chalicelib.intake.errors import Unreadable


class Site(BaseHTTPRequestHandler):
    """Answers what the path asks for."""

    def do_GET(self) -> None:
        """One answer."""
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/summary.json")
        elif self.path == "/strange":
            self.wfile.write(b"hello\r\n\r\n")
            return
        elif self.path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "10")
        elif self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
        else:
            self.send_response(200 if self.path == "/summary.json" else 404)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a small site."""
    server = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_bytes(b"{}")

    assert sources.read(str(tmp_path / "summary.json")) == b"{}"


@pytest.mark.parametrize("path", ["/summary.json", "/moved"])
def test_an_address_is_read(path: str, site: str) -> None:
    assert sources.read(site + path) == b"{}"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param("/nothing", "HTTP Error 404: Not Found", id="not found"),
        pytest.param("/away", "not allowed", id="led to a file"),
        pytest.param("/short", "it ends 8 bytes early", id="cut off"),
        pytest.param("/strange", "cannot be read: hello", id="no HTTP"),
    ],
)
def test_an_address_that_fails_says_why(path: str, reason: str, site: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        sources.read(site + path)


def test_nobody_there_says_so() -> None:
    with pytest.raises(Unreadable, match=r"^http://127\.0\.0\.1:1/: cannot be read: Connection refused"):
        sources.read("http://127.0.0.1:1/")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("/no/such/file", "No such file or directory", id="no file"),
        pytest.param("/", "Is a directory", id="a folder"),
        pytest.param("a\0b", "null byte", id="no name"),
        pytest.param("http://[", "Invalid IPv6", id="no address"),
        pytest.param("http://", "no host", id="no host"),
    ],
)
def test_a_source_that_cannot_be_read_says_why(name: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        sources.read(name)


def test_a_document_has_a_largest_size(tmp_path: Path) -> None:
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(sources.LARGEST_BYTES + 1)

    with pytest.raises(Unreadable, match="larger than 32 MiB"):
        sources.read(str(tmp_path / "large.json"))
