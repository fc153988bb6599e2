"""The WSGI application: the site's files and, under /api/v1, the API, at one address."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from chalicelib.local.answers import Answer, problem
from chalicelib.local.files import Files
from chalicelib.local.gateway import Gateway, Request
from chalicelib.local.logs import fault

API = "/api/v1"

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Server:
    """What a reader's browser and an operator's program talk to."""

    def __init__(self, files: Files, gateway: Gateway) -> None:
        self._files = files
        self._gateway = gateway

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        try:
            answer = self._answer(environ)
        except Exception as error:  # noqa: BLE001 - the last line: a reader never sees a stack trace
            fault("web", "failed", error, path=environ["PATH_INFO"])
            answer = problem(HTTPStatus.BAD_GATEWAY, "The bucket does not answer.")
        start(answer.line(), answer.full_headers())
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        path = environ["PATH_INFO"]
        if path == API or path.startswith(f"{API}/"):
            return self._gateway.answer(_request(environ))
        try:
            readable = path.encode("latin-1").decode()
        except UnicodeDecodeError:
            readable = "/."
        return self._files.answer(environ["REQUEST_METHOD"], readable, _headers(environ))


def _request(environ: dict[str, Any]) -> Request:
    """The request with its path as it was sent: WSGI's own has lost the percent signs."""
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ["REQUEST_URI"].partition("?")[0],
        query=environ.get("QUERY_STRING", ""),
        headers=_headers(environ),
        body=environ["wsgi.input"].read(),
        address=environ.get("REMOTE_ADDR", ""),
    )


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    """Header names in lower case; WSGI has joined repeated ones with commas."""
    headers = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    headers |= {name: environ[name] for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(name)}
    return {name.replace("_", "-").lower(): value for name, value in headers.items()}
