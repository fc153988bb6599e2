"""Putting one update right, whatever it belongs to: its words, its claimed time, and how it read before."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

from chalicelib.domain.checks import CLOCK_SKEW, check_text
from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.record import Moment
from chalicelib.domain.updates import Corrected, Correction, S, Update

MOST_CORRECTIONS = 100

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


def correct_update(
    update: Update[S], right: Right, *, moment: Moment, skew: timedelta = CLOCK_SKEW
) -> tuple[Update[S], Correction | None]:
    """The update with the right words and time, and how it read before; its place in feeds stays.

    A claim lies in the past, and not after the update was written but by so much as clocks may differ.
    """
    body = other(None if right.body is None else right.body.strip(), update.body)
    happened_at = other(right.happened_at, update.happened_at)
    if body is None and happened_at is None:
        return update, None
    if happened_at is not None and happened_at > update.created_at + skew:
        raise Invalid("happened_at", "must not be after the update was written")
    if happened_at is not None and happened_at > moment.at:
        raise Invalid("happened_at", "must not be in the future")
    after = replace(
        update,
        body=update.body if body is None else body,
        happened_at=happened_at or update.happened_at,
        corrected=corrected(update, moment.at),
    )
    before = Correction(
        update.id, right.reason.strip(), moment.at,
        body=None if body is None else update.body,
        happened_at=None if happened_at is None else update.happened_at,
        seq=moment.seq,
    )  # fmt: skip
    return after, before


def corrected(update: Update[S], at: datetime) -> Corrected:
    """That it is put right once more."""
    times = update.corrected.times + 1 if update.corrected else 1
    if times > MOST_CORRECTIONS:
        raise Conflict(
            "reason", f"would be one more than {MOST_CORRECTIONS} corrections: say it in an update"
        )
    return Corrected(at, update.first_claimed_at, times)


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


def beyond(told: Iterable[Update[S]], end: datetime | None) -> set[Disorder]:
    """Those of the updates that were told before an end (None: there is none), and claim to come after it."""
    words = "must not let an update come after the end that it precedes"
    return {Disorder(one.id, one.happened_at, words) for one in told if end and one.happened_at > end}


def check_end(told: Iterable[Update[S]], claimed: datetime | None) -> None:
    """An end that claims its time does not come before what was told till then."""
    if beyond(told, claimed):
        raise Invalid("happened_at", "must not be before an update that it ends")


def check_order(before: set[Disorder], after: set[Disorder], *, id: str) -> None:
    """The correction of an update leaves no claimed time that cannot be; those of other clocks may stay."""
    if wrong := after - before:
        raise Invalid("happened_at", min(wrong, key=lambda one: (one.update != id, one.words)).words)


def other(wanted: T | None, standing: T) -> T | None:
    """What is wanted, if it is another than what stands."""
    return None if wanted == standing else wanted
