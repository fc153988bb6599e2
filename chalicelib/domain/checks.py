"""What every value of ours asks of its texts and ids."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from unicodedata import category

from chalicelib.domain.errors import Conflict, Invalid

S = TypeVar("S", bound=StrEnum)

LONGEST_LINE = 300
CLOCK_SKEW = timedelta(minutes=5)
UNSEEN = "CZ"  # the general categories of control, format and unassigned characters, and of spaces
_ID = re.compile(r"[a-z0-9-]{1,64}")


def check_id(field: str, id: str) -> None:
    """Ids stand in addresses: 1 to 64 of a-z, 0-9 and the hyphen."""
    if not _ID.fullmatch(id):
        raise Invalid(field, "must be 1 to 64 characters of a-z, 0-9 and -")


def check_text(field: str, text: str) -> None:
    """A text says something: at least one character can be seen."""
    if all(category(character)[0] in UNSEEN for character in text):
        raise Invalid(field, "must not be blank")


def check_line(field: str, text: str) -> None:
    """A title or name: not blank, at most 300 characters."""
    check_text(field, text)
    if len(text) > LONGEST_LINE:
        raise Invalid(field, f"must have at most {LONGEST_LINE} characters")


def check_past(field: str, claimed: datetime | None, now: datetime) -> None:
    """What is claimed to have happened lies in the past; clocks may differ a little."""
    if claimed is not None and claimed > now + CLOCK_SKEW:
        raise Invalid(field, "must not be in the future")


def check_since(field: str, claimed: datetime | None, since: datetime, words: str) -> None:
    """What follows something is not claimed to have been before it; `words`: what that is."""
    if claimed is not None and claimed < since:
        raise Invalid(field, f"must not be before {words}")


def check_once(field: str, named: Iterable[str]) -> None:
    """Nothing is named twice; the place of what is has a number in the field's name."""
    seen = set()
    for n, one in enumerate(named):
        if one in seen:
            raise Invalid(f"{field}.{n}", "is named twice")
        seen.add(one)


def check_among(field: str, named: Iterable[str], known: Iterable[str]) -> None:
    """Parts of a whole name each other, and nothing else."""
    for n, one in enumerate(named):
        if one not in known:
            raise Invalid(f"{field}.{n}", "is not one of this advisory's")


def check_next(status: S, then: S, following: Mapping[S, Collection[S]]) -> None:
    """What is said next follows what stands, by the table of the life cycle."""
    if then not in following[status]:
        follows = ", ".join(sorted(following[status]))
        raise Conflict(
            "status", f"cannot follow {status}; " + (f"what can: {follows}" if follows else "nothing can")
        )
