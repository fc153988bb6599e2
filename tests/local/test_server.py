"""Site and API at one address, over real connections."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from chalice.app import Chalice, Response
from waitress.server import create_server

from chalicelib import wiring
from chalicelib.local.children import listening
from chalicelib.local.files import Files
from chalicelib.local.gateway import Gateway
from chalicelib.local.server import Server
from chalicelib.publishing.bucket import Bucket

WRITERS = 200


def an_app() -> Any:
    """An application that says back what it was told."""
    app: Any = Chalice("says", configure_logs=False, env={})

    def said() -> Any:
        return Response({"said": app.current_request.json_body}, status_code=201)

    app.route("/api/v1/said", methods=["POST"])(said)
    return app


@pytest.fixture
def site(bucket: Bucket) -> Iterator[int]:
    """The port of a server with one page."""
    wiring.s3().put_object(Bucket=bucket.name, Key="ü/index.html", Body=b"<p>hello", ContentType="text/html")
    with listening() as listener:
        port = listener.getsockname()[1]
        app = Server(Files(wiring.s3(), bucket.name), Gateway(an_app()))
        server: Any = create_server(app, sockets=[listener], threads=16, connection_limit=1000)
        thread = threading.Thread(target=server.run)
        thread.start()
        yield port
        server.trigger.pull_trigger(lambda: [each.close() for each in list(server._map.values())])
        thread.join(20)
        server.task_dispatcher.shutdown()


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers, encode_chunked=not isinstance(body, bytes | None))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_percent_signs_in_the_address_of_a_file_are_decoded(site: int) -> None:
    assert ask(site, "GET", "/%C3%BC/")[::2] == (200, b"<p>hello")
    assert ask(site, "GET", "/%C3%BC")[1]["Location"] == "/%C3%BC/"


def test_an_address_that_is_no_utf8_is_not_found(site: int) -> None:
    assert ask(site, "GET", "/%FF/")[0] == 404


def test_head_has_all_but_the_body_and_the_connection_goes_on(site: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site, timeout=20)
    for method, length in (("HEAD", 0), ("GET", 8), ("HEAD", 0)):
        connection.request(method, "/%C3%BC/")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Content-Length"], len(answer.read())) == (200, "8", length)
    connection.close()


def test_a_body_may_come_in_chunks(site: int) -> None:
    pieces = iter([b'{"a":', b" 1}"])

    status, _, body = ask(
        site,
        "POST",
        "/api/v1/said",
        pieces,
        **{"Content-Type": "application/json", "Transfer-Encoding": "chunked"},
    )

    assert (status, json.loads(body)) == (201, {"said": {"a": 1}})


def test_who_asks_first_may_send(site: int) -> None:
    with socket.create_connection(("127.0.0.1", site), timeout=20) as connection:
        connection.sendall(
            b"POST /api/v1/said HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(b"{}")
        assert connection.recv(1000).startswith(b"HTTP/1.1 201")


def test_two_hundred_at_once_are_all_answered(site: int) -> None:
    def write(number: int) -> bool:
        status, _, body = ask(
            site, "POST", "/api/v1/said", json.dumps(number).encode(), **{"Content-Type": "application/json"}
        )
        return (status, json.loads(body)) == (201, {"said": number})

    with ThreadPoolExecutor(WRITERS) as pool:
        assert all(pool.map(write, range(WRITERS)))


def test_a_bucket_that_does_not_answer_is_a_problem_document() -> None:
    class Broken:
        def get_object(self, **_: Any) -> None:
            raise OSError("no bucket")

    answers: list[str] = []
    app = Server(Files(Broken(), "x"), Gateway(an_app()))  # type: ignore[arg-type]

    body = app({"PATH_INFO": "/", "REQUEST_METHOD": "GET"}, lambda line, _: answers.append(line))

    assert answers == ["502 Bad Gateway"]
    assert b"no bucket" not in b"".join(body)
