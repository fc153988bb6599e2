"""How tests call the API: REST events for the app, with a clock that is told and a key that may do all."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalice.app import Chalice

from chalicelib import wiring
from chalicelib.api import routes
from chalicelib.config import Settings
from chalicelib.domain.keys import Scope, written
from chalicelib.domain.pages import Page
from chalicelib.stores import keys, pages, record

NOW = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
SECRET = "5ec2e7"
PREFIX = "/api/v1"
SITE = "http://status.example.com"
JSON = "application/json"
PROBLEM = "application/problem+json"


class Told:
    """A wiring whose clock, ids and chance are told; settings and page are the real ones."""

    def __init__(self) -> None:
        self.at = NOW
        self._ids = count(1)

    def settings(self) -> Settings:
        return wiring.settings()

    def now(self) -> datetime:
        return self.at

    def new_id(self) -> str:
        return f"id-{next(self._ids)}"

    def new_secret(self) -> str:
        return f"{next(self._ids):064x}"

    def page(self) -> Page:
        """The page, made by the told clock."""

        def first(at: datetime) -> Page:
            return pages.first_page(id="page", name="Example", time_zone="Etc/UTC", site_url=SITE, at=at)

        return pages.get(first, now=self.now)

    def pass_time(self, **much: float) -> None:
        """Let time pass."""
        self.at += timedelta(**much)


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.text)

    @property
    def etag(self) -> str:
        """The version."""
        return self.headers["ETag"]

    @property
    def fields(self) -> list[str]:
        """The fields that a problem names."""
        return [fault["field"] for fault in self.json["errors"]]


@dataclass
class Api:
    """The API with a told wiring, and a key."""

    credential: str | None
    told: Told = field(default_factory=Told)
    app: Chalice = field(default_factory=lambda: Chalice("candor-test", configure_logs=False, env={}))

    def __post_init__(self) -> None:
        routes.register(self.app, self.told)

    def get(self, path: str, **headers: str) -> Reply:
        """Send a GET."""
        return self.send("GET", path, None, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Reply:
        """Send a POST; a body that is no text is sent as JSON. `If_Match` is the header If-Match."""
        return self.send("POST", path, body, headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Reply:
        """Send a PATCH."""
        return self.send("PATCH", path, body, headers)

    def delete(self, path: str, **headers: str) -> Reply:
        """Send a DELETE."""
        return self.send("DELETE", path, None, headers)

    def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        """Call the app as API Gateway does."""
        sent = {"Content-Type": JSON} if body is not None else {}
        sent |= {"Authorization": f"Bearer {self.credential}"} if self.credential else {}
        sent |= {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        text = body if body is None or isinstance(body, str | bytes) else json.dumps(body)
        given = self.app(event(self.app, method, PREFIX + path, sent, text), None)
        return Reply(given["statusCode"], given["headers"], given["body"])


def event(
    app: Chalice, method: str, url: str, headers: dict[str, str], body: str | bytes | None
) -> dict[str, Any]:
    """The REST event of a request; an unknown path is its own resource."""
    parts = urlsplit(url)
    route, names = _match(app, parts.path)
    lists: dict[str, list[str]] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        lists.setdefault(name, []).append(value)
    return {
        "headers": headers, "multiValueQueryStringParameters": lists or None, "pathParameters": names or None,
        "body": body, "isBase64Encoded": False, "stageVariables": None,
        "requestContext": {
            "resourcePath": route, "httpMethod": method, "requestId": "r1", "path": parts.path,
        },
    }  # fmt: skip


def _match(app: Chalice, path: str) -> tuple[str, dict[str, str]]:
    parts = path.split("/")
    for route in sorted(app.routes, key=lambda route: route.count("{")):
        pattern = route.split("/")
        pairs = list(zip(pattern, parts, strict=False))
        if len(pattern) == len(parts) and all(p == part or (p[:1] == "{" and part) for p, part in pairs):
            return route, {p[1:-1]: part for p, part in pairs if p[:1] == "{"}
    return path, {}


def a_key(*scopes: Scope, id: str = "tester", secret: str = SECRET) -> str:
    """A key that stands in the table; its credential."""
    granted = scopes or tuple(Scope)
    record.append(
        lambda moment: keys.create(id, "Tests", scopes=granted, secret=secret, moment=moment), now=lambda: NOW
    )
    return written(id, secret)
