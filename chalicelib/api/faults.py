"""Where a request is wrong, and how, in our words: from the decoder's messages to `Invalid`."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, get_type_hints

import msgspec

from chalicelib.api import cursors, types, words
from chalicelib.domain.alarms import TOPIC
from chalicelib.domain.errors import Invalid

LONGEST_NAME = 100
WHOLE = "the request's body"
"""How all of a body is named: `body` is one of its fields."""
FOREIGN = "is none of ours: take it from `next` as it is"

_MESSAGE = re.compile(r"(?P<what>.*?)(?: - at (?P<key>`key` in )?`\$\.?(?P<path>[^`]*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (?:missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
_REASONS = {
    repr(cursors.ORDER): FOREIGN,
    repr(cursors.NUMBER): FOREIGN,
    repr(cursors.TIME): FOREIGN,
    repr(types.ID): "must be 1 to 64 characters of a-z, 0-9 and -",
    repr(types.ADVISORY_ID): "must be 1 to 64 letters of a-z, digits and hyphens",
    repr(types.CVE): "must be an id like CVE-2026-12345",
    repr(types.URL): "must be an absolute http or https address in ASCII, like https://example.com/a",
    repr(types.PROBED): "must be an http or https address in ASCII without user name and password",
    repr(types.PRINTABLE): "must be printable ASCII characters without spaces",
    repr(TOPIC): "must be the ARN of an SNS topic",
    repr(types.ASCII): "must be ASCII without a space before or behind",
    repr(types.DURATION): "must be a duration like PT30M, P1DT2H or P1W",
    repr(types.LINE): "must be one line that is not blank",
    repr(types.TEXT): "must not be blank",
    "with a timezone component": "must have an offset, like 2026-11-22T10:05:00+01:00",
    "Invalid RFC3339 encoded datetime": "must be a time like 2026-11-22T10:05:00+01:00",
    "missing required field": "is missing",
    "contains unknown field": "is not known here",
}


def located(wrong: msgspec.ValidationError, given: Any, type: type) -> Invalid:
    """What the decoder says of a value of this type, with the path of the field in dots (`affects.api`)."""
    message = _MESSAGE.fullmatch(str(wrong))
    if message is None:
        return Invalid(WHOLE, "is wrong")
    path = re.sub(r"\[([0-9]+)\]", r".\1", message["path"] or "")
    if "[...]" in path:
        path, _, rest = path.partition("[...]")
        path = _inside(path, given, type) + rest.replace("[...]", "")
    elif message["key"]:
        path = _inside(path, given, type)
    if named := _NAMED.fullmatch(message["what"]):
        path = ".".join(filter(None, [path, named["name"]]))
    return Invalid(path[:LONGEST_NAME] or WHOLE, _reason(message["what"], words.allowed(type, path)))


def check_once(raw: bytes) -> None:
    """`Invalid` if an object names a field twice: readers differ in which of the two they believe."""
    json.loads(raw, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> None:
    seen = set()
    for name, _ in pairs:
        if name in seen:
            raise Invalid(name[:LONGEST_NAME], "is given twice")
        seen.add(name)


def _reason(what: str, allowed: Sequence[str]) -> str:
    if "Invalid enum value" in what and allowed:
        return f"must be {' or '.join(filter(None, [', '.join(allowed[:-1]), allowed[-1]]))}"
    for sign, reason in _REASONS.items():
        if sign in what:
            return reason
    return f"is wrong: {what[:1].lower()}{what[1:]}".replace("`", "")


def _inside(name: str, given: Any, type: type) -> str:
    """The path of the first item that cannot be what it should: the decoder names only the whole object."""
    hint = get_type_hints(type, include_extras=True).get(name, Any)
    items = given.get(name) if isinstance(given, dict) else None
    for key, alone in _each_alone(items):
        try:
            msgspec.convert(alone, hint)
        except msgspec.ValidationError:
            return f"{name}.{key}"
    return name


def _each_alone(items: Any) -> Iterator[tuple[Any, Any]]:
    """Key or place of each item, with a collection of the same kind that holds it alone."""
    if isinstance(items, dict):
        yield from ((key, {key: item}) for key, item in items.items())
    if isinstance(items, list):
        yield from ((n, [item]) for n, item in enumerate(items))
