"""Everything that a caller can be told instead of an answer, as problem documents (RFC 9457)."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from chalicelib.domain.errors import Busy, Conflict, Invalid, NotFound, Outdated
from chalicelib.stores.idempotency import Answer, Reused

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 1


class Fault(Struct, frozen=True):
    """One thing that is wrong: the path of a field, the name of a header or query parameter, or the body."""

    field: Annotated[str, Meta(examples=["affects.api"])]
    reason: Annotated[str, Meta(examples=["is not a component"])]


class Problem(Struct, frozen=True, omit_defaults=True):
    """A problem document (RFC 9457). The status says what kind it is: each means one thing here."""

    type: Annotated[str, Meta(description="Always about:blank: the status is the kind.")]
    title: str
    status: int
    detail: str
    errors: list[Fault] = []


class Refused(Exception):
    """The request is refused for how it is made: with a status, a reason, and headers that belong to it."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        field: str | None = None,
        headers: dict[str, str] | None = None,
        faults: list[Fault] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = f"{field} {detail}" if field else detail
        self.faults = faults or ([Fault(field, detail)] if field else [])
        self.headers = headers or {}


def problem(
    status: HTTPStatus, detail: str, faults: list[Fault] | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """The answer that carries a problem document."""
    document = Problem("about:blank", status.phrase, status.value, detail, faults or [])
    body = msgspec.json.encode(document).decode()
    return Answer(status.value, body, {"Content-Type": CONTENT_TYPE, **(headers or {})})


def answer_to(error: Exception) -> Answer | None:
    """What to tell the caller about an error of theirs; None where the error is ours."""
    match error:
        case Refused(status=status, detail=detail, faults=faults, headers=headers):
            return problem(status, detail, faults, headers)
        case Invalid(field=field, reason=reason):
            return _faulty(HTTPStatus.BAD_REQUEST, field, reason)
        case Conflict(field=field, reason=reason):
            return _faulty(HTTPStatus.CONFLICT, field, reason)
        case NotFound(kind=kind):
            return problem(HTTPStatus.NOT_FOUND, f"There is no {kind} of this id.")
        case Outdated():
            return _faulty(HTTPStatus.PRECONDITION_FAILED, "If-Match", "names a version that has passed")
        case Reused():
            reason = "was used for another request lately"
            return _faulty(HTTPStatus.UNPROCESSABLE_ENTITY, "Idempotency-Key", reason)
        case Busy():
            wait = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            detail = "Too many changes at once: nothing was stored, send the same request again."
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=wait)
    return None


FAILURE = HTTPStatus.INTERNAL_SERVER_ERROR


def failure() -> Answer:
    """What a caller may know of an error of ours: that it was one."""
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "This is our fault, and we have been told.")


def _faulty(status: HTTPStatus, field: str, reason: str) -> Answer:
    return problem(status, f"{field} {reason}", [Fault(field, reason)])
