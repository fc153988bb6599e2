"""Putting one update right, whatever it belongs to: its words, its claimed time, and how it read before."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from chalicelib.domain.checks import CLOCK_SKEW, check_text
from chalicelib.domain.errors import Invalid, NotFound
from chalicelib.domain.record import Moment
from chalicelib.domain.updates import Corrected, Correction, S, Update

H = TypeVar("H")
T = TypeVar("T")


class Disorder(NamedTuple):
    """An update whose claimed time cannot be, and why."""

    update: str
    happened_at: datetime
    words: str


@dataclass(frozen=True)
class Right:
    """What an update should have said (None: what it said), and the reason to change it."""

    reason: str
    body: str | None = None
    happened_at: datetime | None = None
    root_cause: str | None = None

    def __post_init__(self) -> None:
        check_text("reason", self.reason)


class Mended(NamedTuple, Generic[H, S]):
    """What was told of and its update as they read from here on, and what was corrected (None: nothing)."""

    head: H
    update: Update[S]
    correction: Correction | None


def standing(updates: Iterable[Update[S]], id: str) -> Update[S]:
    """The update of this id, or `NotFound`."""
    found = next((update for update in updates if update.id == id), None)
    if found is None:
        raise NotFound("update", id)
    return found


def correct_update(update: Update[S], right: Right, *, moment: Moment) -> tuple[Update[S], Correction | None]:
    """The update with the right words and time, and how it read before; its place in feeds stays."""
    body = other(None if right.body is None else right.body.strip(), update.body)
    happened_at = other(right.happened_at, update.happened_at)
    if body is None and happened_at is None:
        return update, None
    if happened_at is not None and happened_at > update.created_at + CLOCK_SKEW:
        raise Invalid("happened_at", "must not be after the update was written")
    after = replace(
        update,
        body=update.body if body is None else body,
        happened_at=happened_at or update.happened_at,
        corrected=Corrected(moment.at, update.first_claimed_at),
    )
    before = Correction(
        update.id, right.reason.strip(), moment.at,
        body=None if body is None else update.body,
        happened_at=None if happened_at is None else update.happened_at,
        seq=moment.seq,
    )  # fmt: skip
    return after, before


def with_update(updates: Iterable[Update[S]], right: Update[S]) -> tuple[Update[S], ...]:
    """The updates, one of them as it reads now."""
    return tuple(right if update.id == right.id else update for update in updates)


def in_order(updates: Iterable[Update[S]]) -> list[Update[S]]:
    """The updates as they were written."""
    return sorted(updates, key=lambda update: (update.created_at, update.seq))


def moved(head: H, before: Any, after: Any) -> H:
    """What was told of, with what followed from its updates as it follows now.

    Both are tuples of what follows, named like the head's fields; what was stated by itself stays.
    """
    changed = {
        name: new
        for name, old, new in zip(before._fields, before, after, strict=True)
        if new != old and getattr(head, name) == old
    }
    return replace(head, **changed)  # type: ignore[type-var]


def check_order(before: set[Disorder], after: set[Disorder]) -> None:
    """A correction leaves no claimed time that cannot be; those of imports and other clocks may stay."""
    if wrong := after - before:
        raise Invalid("happened_at", min(wrong).words)


def other(wanted: T | None, standing: T) -> T | None:
    """What is wanted, if it is another than what stands."""
    return None if wanted == standing else wanted
