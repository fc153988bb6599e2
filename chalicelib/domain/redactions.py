"""Taking words back that should never have been published: a name, a number, a secret (design.md §5).

What an entry said is removed with its salt; what stays is the digest, and an entry that says what was
removed, when and why. In place of the words stands a mark, so that all else that was said still holds.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from chalicelib.domain.checks import check_text
from chalicelib.domain.errors import Invalid
from chalicelib.domain.record import Json

REDACTED = "entry.redacted"
LONGEST_REASON = 200
SECRET_LENGTH = 6
"""Of so many characters is a number, an address or a token that a reason must not hold."""
WORDS = frozenset(
    {
        "body", "custom_tweet", "description", "fixed", "name", "names", "note", "organization", "product",
        "products", "reason", "region", "release", "reminder_intervals", "root_cause", "summary", "text",
        "title", "vendor", "versions",
    }
)  # fmt: skip
"""The fields that hold what people wrote, wherever they stand."""

LINKS = frozenset({"shortlink", "url"})
NO_LINK = "https://removed.invalid/"
"""What stands in place of an address: one that leads nowhere (RFC 2606)."""

JOINT = " - "
"""What stands between the names of a group and a component."""


T = TypeVar("T")
Exchanged = tuple[str, str]
"""The name of a field and a text that stood in it."""


_BETWEEN = re.compile(r"[\s=:,;|()\[\]{}<>\"]+")
_SECRET = re.compile(r"[^\w'’-]|[\d_]")
"""What no plain word has in it: a digit or a sign, but an apostrophe or a hyphen."""
_MARK = re.compile(r"\[removed \d{4}-\d\d-\d\d: [^\n]{1,200}\]")


class Removal(NamedTuple):
    """Words to take back, and the mark that stands for them from then on.

    `are_names`: they are of what others speak of by its name.
    """

    words: frozenset[str]
    mark: str
    are_names: bool = False

    def of(self, value: Json, names_alone: bool = False) -> Json:
        """The value without them; elsewhere than in what is about the same thing, in names alone."""
        return _without(value, None, self, names_alone)

    def stands_in(self, said: Json) -> bool:
        """Whether what is said holds one of them, but for the names of what it affects."""
        return not self.words.isdisjoint(words_in(_unnamed(said)))


def check_reason(reason: str, words: Iterable[str] = ()) -> None:
    """Why words are taken back; readers see it, so it cannot hold them."""
    check_text("reason", reason)
    if len(reason) > LONGEST_REASON or len(reason.splitlines()) > 1:
        raise Invalid("reason", f"must be one line of at most {LONGEST_REASON} characters")
    if any(_tells(reason, word) for word in words):
        raise Invalid("reason", "must not hold the words that it removes: it is published")


def mark(reason: str, at: datetime) -> str:
    """What readers see instead: `[removed 2026-11-22: a customer's name]`."""
    return f"[removed {at:%Y-%m-%d}: {reason}]"


def words_in(value: Json, field: str | None = None) -> Iterator[str]:
    """All that people wrote in what an entry says."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from words_in(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from words_in(inner, field)
    elif isinstance(value, str) and field in WORDS | LINKS:
        yield value


def exchanges(before: Json, after: Json, field: str | None = None) -> Iterator[tuple[Exchanged, str]]:
    """The texts that do not stand in a value as they stood, and what stands in their place."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, inner in before.items():
            yield from exchanges(inner, after.get(name), name)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from exchanges(one, other, field)
    elif isinstance(before, str) and isinstance(after, str) and field and before != after:
        yield (field, before), after


def exchanged(value: Json, exchanges: Mapping[Exchanged, str], field: str | None = None) -> Json:
    """A value with the same texts exchanged."""
    if isinstance(value, dict):
        return {name: exchanged(inner, exchanges, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [exchanged(inner, exchanges, field) for inner in value]
    return exchanges.get((field or "", value), value) if isinstance(value, str) else value


def is_removed(text: str, field: str | None = None) -> bool:
    """Whether all that stands here is that something was removed; of a name that joins two, one is enough."""
    parts = (text, *_halves(text)) if field == "name" else (text,)
    return text == NO_LINK or any(_MARK.fullmatch(part) for part in parts)


def kept_back(standing: object, told: T, field: str | None = None) -> T:
    """What another system tells anew, still without what was removed from how it stands here."""
    after: Any = told
    if isinstance(standing, str) and isinstance(told, str):
        return type(told)(standing) if is_removed(standing, field) else told
    if isinstance(standing, tuple) and isinstance(told, tuple) and len(standing) == len(told):
        after = tuple(kept_back(one, other, field) for one, other in zip(standing, told, strict=True))
    elif is_dataclass(standing) and is_dataclass(told) and type(standing) is type(told):
        both = {
            field.name: (getattr(standing, field.name), getattr(told, field.name)) for field in fields(told)
        }
        after = replace(after, **{name: kept_back(*pair, name) for name, pair in both.items()})
    return after  # type: ignore[no-any-return]


def own_words(said: Json, earlier: Collection[str], marks: Collection[str] = ()) -> frozenset[str]:
    """The words that an entry brought into the record.

    These are those of its update, correction or promise, except for wording that it repeats in order to say
    that it no longer holds; and what nothing earlier says of the same thing. `marks` are those that stand
    for words that were removed: a text that only looks like one is words as any other.
    """
    if not isinstance(said, dict):
        return frozenset()
    told = [_told(part, said.get(part)) for part in ("update", "correction", "follow_up")]
    anew = {word for part in told for word in words_in(part)}
    found = anew | (set(words_in(_unnamed(said))) - set(earlier))
    return frozenset(word for word in found if word and word != NO_LINK and word not in marks)


def _tells(reason: str, text: str) -> bool:
    """Whether a reason says a text, is taken from it, or holds a number, an address or a token of it."""
    said, removed = _even(reason), _even(text)
    if _stands_in(removed, said) or _stands_in(said, removed):
        return True
    tokens = (token.strip(".!?'`") for token in _BETWEEN.split(removed))
    return any(token in said for token in tokens if len(token) >= SECRET_LENGTH and _SECRET.search(token))


def _even(text: str) -> str:
    """A text whatever its case, its blanks and the forms of its characters."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _stands_in(part: str, whole: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(part)}(?!\w)", whole) is not None


def _halves(name: str) -> Iterator[str]:
    """Each beginning and each end of a name that may be the group's or the component's."""
    for joint in re.finditer(JOINT, name):
        yield from (name[: joint.start()], name[joint.end() :])


def _told(part: str, said: Json) -> Json:
    if part == "correction" and isinstance(said, dict):
        return {"reason": said.get("reason")}
    return _unnamed(said)


def _unnamed(said: Json) -> Json:
    """Without the names of components that an update affects, and how an advisory read before it."""
    if not isinstance(said, dict):
        return said
    return {name: _unnamed(inner) for name, inner in said.items() if name not in ("affects", "earlier")}


def _without(value: Json, field: str | None, removal: Removal, names_alone: bool) -> Json:
    if isinstance(value, dict):
        return {
            name: inner
            if name == "affects" and not removal.are_names
            else _without(inner, name, removal, names_alone)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_without(inner, field, removal, names_alone) for inner in value]
    if not isinstance(value, str):
        return value
    if field == "name":
        return _unjoined(value, removal)
    if names_alone or value not in removal.words:
        return value
    return NO_LINK if field in LINKS else removal.mark if field in WORDS else value


def _unjoined(name: str, removal: Removal) -> str:
    """A name, or either half of one that joins a group's and a component's."""
    if name in removal.words:
        return removal.mark
    for word in removal.words:
        if name.startswith(word + JOINT):
            return removal.mark + name[len(word) :]
        if name.endswith(JOINT + word):
            return name[: -len(word)] + removal.mark
    return name
