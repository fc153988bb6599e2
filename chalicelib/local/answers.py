"""What goes back to the browser, and the problem documents that only the laptop's gateway sends."""

import json
from dataclasses import dataclass
from http import HTTPStatus

Headers = tuple[tuple[str, str], ...]

_BODYLESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


@dataclass(frozen=True)
class Answer:
    """An HTTP response; a `HEAD` sends all of it but the body."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def line(self) -> str:
        """The status as WSGI wants it."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"

    def full_headers(self) -> list[tuple[str, str]]:
        """Our headers, and the length where the status has a body at all."""
        if self.status in _BODYLESS:
            return list(self.headers)
        return [*self.headers, ("Content-Length", str(len(self.body)))]


def problem(status: HTTPStatus, detail: str, headers: Headers = ()) -> Answer:
    """A problem document (RFC 9457)."""
    document = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    typed = (("Content-Type", "application/problem+json"), ("X-Content-Type-Options", "nosniff"))
    return Answer(status, typed + headers, json.dumps(document).encode())
