"""One request as the API sees it: what was sent, by whom, and what the function works with."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple, Protocol

from chalice.app import Request

from chalicelib.api.access import Caller
from chalicelib.api.problems import Refused
from chalicelib.config import Settings
from chalicelib.domain.errors import Invalid, Outdated
from chalicelib.domain.pages import Page
from chalicelib.stores.idempotency import Repeat

PREFIX = "/api/v1"
LARGEST_BODY = 64 * 1024
LARGEST_BATCH = 1024 * 1024
_TAG = r'(?:W/)?"[\x21\x23-\x7e]*"'
JSON_TYPE = r'application/json *(;.*charset="?utf-8"?.*|;(?!.*charset).*)?'
LINES_TYPE = JSON_TYPE.replace("json", r"(?:x-)?ndjson", 1)
IF_MATCH = rf"^(?:\*|{_TAG}(?: *, *{_TAG})*)$"
IDEMPOTENCY_KEY = r"^[\x20-\x7e]{1,255}$"


class Wiring(Protocol):
    """What a request needs from outside: settings, the clock, new ids, chance, the page, what AWS serves.

    `chalicelib.wiring` is one; a test gives another one to `routes.register`.
    """

    def settings(self) -> Settings: ...
    def now(self) -> datetime: ...
    def new_id(self) -> str: ...
    def new_secret(self) -> str: ...
    def page(self) -> Page: ...
    def fetch(self, address: str) -> bytes: ...


_current: ContextVar[tuple[Request, Wiring]] = ContextVar("request")


@contextmanager
def at_hand(request: Request, wiring: Wiring) -> Iterator[None]:
    """Keep the request at hand for whoever answers it; Chalice's own place is shared between threads."""
    token = _current.set((request, wiring))
    try:
        yield
    finally:
        _current.reset(token)


def current() -> tuple[Request, Wiring]:
    """The request that is being answered here, and the wiring to answer it with."""
    return _current.get()


class Asked(NamedTuple):
    """A request that was admitted; `caller` is None where anybody may ask."""

    request: Request
    wiring: Wiring
    caller: Caller | None = None
    dry_run: bool = False

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock."""
        return self.wiring.now

    @property
    def known(self) -> Caller:
        """The caller, where the operation admits only known ones."""
        if self.caller is None:
            raise RuntimeError("anybody may ask this, so nobody is known")
        return self.caller

    @property
    def repeat(self) -> Repeat | None:
        """By what a repetition of this request would be known, if its sender cares."""
        key = header(self.request, "idempotency-key")
        if key is None or self.request.method != "POST":
            return None
        if not re.fullmatch(IDEMPOTENCY_KEY, key):
            raise Invalid("Idempotency-Key", "must be 1 to 255 printable ASCII characters")
        return Repeat(self.known.key.id, key, self.digest)

    @property
    def repeat_of_body(self) -> Repeat:
        """By what a repetition of a batch is known, whether its sender gives it a key or not."""
        return self.repeat or Repeat(self.known.key.id, f"body {self.digest}", self.digest)

    def check_match(self, tag: str, *, needed: bool = True) -> None:
        """`Outdated` unless the caller decided on this version of the resource (RFC 9110 §13.1.1)."""
        said = header(self.request, "if-match")
        if said is None:
            if needed:
                raise Refused(
                    HTTPStatus.PRECONDITION_REQUIRED, "must carry the ETag that you saw", field="If-Match"
                )
            return
        if not re.fullmatch(IF_MATCH, said):
            raise Invalid("If-Match", 'must be an ETag in quotes, like "3", or *')
        if said != "*" and tag not in re.split(r" *, *", said):
            raise Outdated

    def address(self, path: str) -> str:
        """The address of a path of the API, on the host that was asked (RFC 9110 §10.2.2)."""
        return f"{self.root}{PREFIX}{path}"

    @property
    def root(self) -> str:
        """What stands before the API's paths on this host: a stage of API Gateway, or nothing."""
        return str(self.request.context["path"]).partition(PREFIX)[0]

    @property
    def digest(self) -> str:
        """A hash of what is asked, whatever the query."""
        what = [self.request.method, self.request.path, *(self.request.uri_params or {}).values()]
        return hashlib.sha256(" ".join(what).encode() + b"\n" + _raw(self.request)).hexdigest()


def header(request: Request, name: str) -> str | None:
    """A header as text, if it was sent."""
    value = request.headers.get(name)
    return None if value is None else str(value)


def sent(request: Request, largest: int = LARGEST_BODY) -> bytes:
    """The body's bytes, so many at most."""
    body = _raw(request)
    if len(body) > largest:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body may have at most {largest} bytes.")
    return body


def _raw(request: Request) -> bytes:
    try:
        body = request.raw_body
    except UnicodeEncodeError as broken:
        raise Refused(HTTPStatus.BAD_REQUEST, "The body is not UTF-8.") from broken
    return body if isinstance(body, bytes) else body.encode()


def check_type(request: Request) -> None:
    """Bodies are JSON, and so is one that does not say what it is."""
    said = header(request, "content-type")
    if said is not None and not re.fullmatch(JSON_TYPE, said.strip(), re.IGNORECASE):
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.")


def is_lines(request: Request) -> bool:
    """Whether a batch comes as JSON lines (application/x-ndjson) and not as one array."""
    said = header(request, "content-type")
    if said is not None and re.fullmatch(LINES_TYPE, said.strip(), re.IGNORECASE):
        return True
    check_type(request)
    return False
