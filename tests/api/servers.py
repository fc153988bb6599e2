"""The API behind WSGI, for tools that speak HTTP."""

import base64
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from tests.api.callers import Api, event

Start = Callable[[str, list[tuple[str, str]]], Any]


def wsgi(api: Api) -> Callable[[dict[str, Any], Start], Iterable[bytes]]:
    """A WSGI application that calls the app as API Gateway does."""

    def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        headers = {
            name[5:].replace("_", "-"): value for name, value in environ.items() if name[:5] == "HTTP_"
        }
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        path = (environ.get("REQUEST_URI") or environ["PATH_INFO"]).partition("?")[0]
        path = f"{path}?{environ.get('QUERY_STRING', '')}"
        sent = event(api.app, environ["REQUEST_METHOD"], path, headers, base64.b64encode(body).decode())
        given = api.app({**sent, "isBase64Encoded": True}, None)
        start(
            f"{given['statusCode']} {HTTPStatus(given['statusCode']).phrase}", list(given["headers"].items())
        )
        return [given["body"].encode()]

    return application
