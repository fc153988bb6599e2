"""API Gateway on a laptop: an HTTP request becomes a REST event (payload v1), the result a response."""

import base64
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from chalicelib import wiring
from chalicelib.local.answers import Answer, problem
from chalicelib.local.invocations import Context
from chalicelib.local.logs import fault, note

LARGEST_BODY = 10 * 1024 * 1024

Event = dict[str, Any]
Names = dict[str, str]


@dataclass(frozen=True)
class Request:
    """One HTTP request; `path` is as it was sent, percent signs and all; header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    address: str = "127.0.0.1"


class Called(NamedTuple):
    """What a request calls: a method of a route, with the values of the route's variables."""

    method: str
    route: str
    names: Names


class Gateway:
    """The one Lambda function behind the API, called as API Gateway calls it."""

    def __init__(self, app: Any) -> None:
        self._app = each_thread_its_own(app)
        self._routes = {route: tuple(methods) for route, methods in app.routes.items()}

    def answer(self, request: Request) -> Answer:
        """The function's answer, or the gateway's own where no function is called (which notes it, too)."""
        called = self._called(request)
        if isinstance(called, Called):
            return self._invoke(event_of(request, called, binary=self._app.api.binary_types))
        note("gateway", "refused", status=int(called.status), method=request.method)
        return called

    def _called(self, request: Request) -> Called | Answer:
        if len(request.body) > LARGEST_BODY:
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A body may have at most 10 MB.")
        found = match(request.path, self._routes)
        if found is None:
            return problem(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
        route, names = found
        method = self._method(route, request.method)
        if method is None:
            allowed = (("Allow", ", ".join(self._allowed(route))),)
            return problem(HTTPStatus.METHOD_NOT_ALLOWED, "This address knows other methods.", allowed)
        return Called(method, route, names)

    def _allowed(self, route: str) -> list[str]:
        methods = self._routes[route]
        return sorted({*methods, *(("HEAD",) if "GET" in methods else ())})

    def _method(self, route: str, method: str) -> str | None:
        """The method to call: HEAD is GET without the body, which the server withholds."""
        if method == "HEAD" and "HEAD" not in self._routes[route]:
            method = "GET"
        return method if method in self._routes[route] else None

    def _invoke(self, event: Event) -> Answer:
        try:
            return answer_of(self._app(event, Context("api")))
        except Exception as error:  # noqa: BLE001 - API Gateway answers 502 whatever the function raised
            fault("gateway", "function failed", error, route=event["resource"])
            return problem(HTTPStatus.BAD_GATEWAY, "The function behind this address failed.")


def match(path: str, routes: Mapping[str, Any]) -> tuple[str, Names] | None:
    """The route of a path and the values of its variables, still percent-encoded as API Gateway leaves them.

    Where several fit, the one with fixed text further left wins.
    """
    parts = path.removesuffix("/").split("/")
    fitting = [(route, names) for route in routes if (names := _fit(parts, route.split("/"))) is not None]
    return min(
        fitting, key=lambda found: [part.startswith("{") for part in found[0].split("/")], default=None
    )


def event_of(request: Request, called: Called, *, binary: list[str]) -> Event:
    """The event of API Gateway's REST APIs (payload version 1.0)."""
    query = parse_qsl(request.query, keep_blank_values=True)
    is_text, body = _body(request, binary)
    headers = {
        "-".join(word.capitalize() for word in name.split("-")): value
        for name, value in request.headers.items()
    }
    return {
        "resource": called.route,
        "path": request.path,
        "httpMethod": called.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _lists(query) or None,
        "pathParameters": called.names or None,
        "stageVariables": None,
        "requestContext": _context(request, called),
        "body": body,
        "isBase64Encoded": not is_text,
    }


def _context(request: Request, called: Called) -> Event:
    return {
        "accountId": "000000000000",
        "apiId": "local",
        "httpMethod": called.method,
        "identity": {"sourceIp": request.address, "userAgent": request.headers.get("user-agent")},
        "path": request.path,
        "protocol": "HTTP/1.1",
        "requestId": wiring.new_id(),
        "requestTimeEpoch": int(wiring.now().timestamp() * 1000),
        "resourcePath": called.route,
        "stage": "api",
    }


def answer_of(result: Mapping[str, Any]) -> Answer:
    """What a Lambda proxy integration's result is over HTTP."""
    headers = list((result.get("headers") or {}).items())
    headers += [(name, v) for name, values in (result.get("multiValueHeaders") or {}).items() for v in values]
    if result.get("body") and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    body = (result.get("body") or "").encode()
    if result.get("isBase64Encoded"):
        body = base64.b64decode(body)
    return Answer(int(result["statusCode"]), tuple((name, str(value)) for name, value in headers), body)


def each_thread_its_own(app: Any) -> Any:
    """Keep the current request per thread: Chalice keeps it on the app, since Lambda runs one at a time."""
    mine = threading.local()

    class Threaded(type(app)):  # type: ignore[misc]
        current_request = property(
            lambda _: getattr(mine, "request", None), lambda _, request: setattr(mine, "request", request)
        )
        lambda_context = property(
            lambda _: getattr(mine, "context", None), lambda _, context: setattr(mine, "context", context)
        )

    app.__class__ = Threaded
    return app


def _fit(parts: list[str], pattern: list[str]) -> Names | None:
    if len(parts) != len(pattern):
        return None
    names = {}
    for part, expected in zip(parts, pattern, strict=True):
        if expected.startswith("{"):
            if not part:
                return None
            names[expected[1:-1]] = part
        elif part != expected:
            return None
    return names


def _body(request: Request, binary: list[str]) -> tuple[bool, str | None]:
    """Whether the body travels as text, and the body; what is no UTF-8 travels as it is, in base64."""
    if not request.body:
        return True, None
    type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if type not in binary:
        try:
            return True, request.body.decode()
        except UnicodeDecodeError:
            pass
    return False, base64.b64encode(request.body).decode()


def _lists(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    return lists
