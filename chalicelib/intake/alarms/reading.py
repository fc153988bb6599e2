"""Payloads as types, or `Invalid` with the path of the field that is wrong; little of them is quoted."""

import re
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from chalicelib.domain.errors import Invalid
from chalicelib.domain.times import instant

T = TypeVar("T")

Moment = Annotated[datetime, Meta(tz=True)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)
LONGEST_REASON = 120
_PLACE = re.compile(r"(.*?)(?: - at `(?:key in )?\$\.?([^`]*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (missing required|contains unknown) field `(.*)`", re.DOTALL)


def decode(body: bytes, type: type[T]) -> T:
    """The payload as this type."""
    try:
        return msgspec.json.decode(body, type=type)
    except msgspec.ValidationError as wrong:
        raise _located(str(wrong)) from wrong
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise Invalid("body", "is not JSON that can be read") from broken


def moment(field: str, given: datetime) -> datetime:
    """A time of theirs as we keep times."""
    if not EARLIEST <= given < LATEST:
        raise Invalid(field, "must lie between 1970 and 2999")
    return instant(given)


def _located(message: str) -> Invalid:
    found = _PLACE.fullmatch(message)
    reason, path = (found[1], found[2] or "") if found else (message, "")
    path = re.sub(r"\[([0-9.]+)\]", r".\1", path).strip(".")
    if named := _NAMED.fullmatch(reason):
        path = ".".join(filter(None, [path, named[2]]))
        return Invalid(path[:100], "is missing" if named[1].startswith("missing") else "is not known here")
    return Invalid(path[:100] or "body", f"is wrong: {reason[:1].lower()}{reason[1:LONGEST_REASON]}")
