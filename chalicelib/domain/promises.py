"""What is promised after an incident, a postmortem and follow-ups: by when, and whether the word was kept."""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.checks import check_id, check_line, check_text
from chalicelib.domain.errors import Conflict, Invalid

LONGEST_CAUSE = 1000
NEWEST_KEPT = 50
"""As many promises as are listed after they were kept; all of them are counted."""


@dataclass(frozen=True)
class Postmortem:
    """The story afterwards: the update that tells it, the root cause, by when it was promised, and at first.

    `due` is None and `first_due` is not where the promise was taken back.
    """

    update: str
    root_cause: str
    published_at: datetime
    due: datetime | None = None
    first_due: datetime | None = None

    def __post_init__(self) -> None:
        check_cause(self.root_cause)


@dataclass(frozen=True)
class FollowUp:
    """Something that was promised. `done_at` is claimed; our clock stands in the `update` that tells it.

    `first_due`: by when it was promised at first, where that was moved.
    """

    id: str
    text: str
    due: datetime
    promised_at: datetime
    done_at: datetime | None = None
    update: str | None = None
    first_due: datetime | None = None

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_line("text", self.text)


@dataclass(frozen=True)
class Promise:
    """A promise that is not kept yet: a follow-up of an incident (its id and text), or its postmortem.

    `first_due`: where it was moved. `is_taken_back`: nothing is due any more, but it stays said.
    """

    incident: str
    due: datetime
    follow_up: str | None = None
    text: str | None = None
    first_due: datetime | None = None
    is_taken_back: bool = False


@dataclass(frozen=True)
class Punctuality:
    """How many promises of one sort were kept, in time and late."""

    in_time: int = 0
    late: int = 0

    @property
    def cases(self) -> int:
        """All of them."""
        return self.in_time + self.late

    def after(self, due: datetime | None, at: datetime) -> "Punctuality":
        """When what was promised by then (None: nothing was) came at this time."""
        if due is None:
            return self
        return self.plus(1, is_late=at > due)

    def plus(self, many: int, *, is_late: bool) -> "Punctuality":
        """With so many more (or less) that were late, or in time."""
        if is_late:
            return replace(self, late=self.late + many)
        return replace(self, in_time=self.in_time + many)


@dataclass(frozen=True)
class KeptPromise:
    """A promise that was kept: a follow-up of an incident (its id), or its postmortem."""

    incident: str
    due: datetime
    done_at: datetime
    follow_up: str | None = None
    first_due: datetime | None = None

    @property
    def is_late(self) -> bool:
        """Whether it was kept later than promised."""
        return self.done_at > self.due


@dataclass(frozen=True)
class Kept:
    """The promises that were kept: how many of each sort, and the newest of them, newest first.

    `seq` is the newest entry that counts.
    """

    postmortems: Punctuality = Punctuality()
    follow_ups: Punctuality = Punctuality()
    newest: tuple[KeptPromise, ...] = ()
    seq: int = 0

    def after(self, kept: KeptPromise, *, seq: int) -> "Kept":
        """When one more was kept; an entry counts once, however often it is told."""
        if seq <= self.seq:
            return self
        newest = (kept, *self.newest)[:NEWEST_KEPT]
        if kept.follow_up is None:
            counted = self.postmortems.after(kept.due, kept.done_at)
            return replace(self, postmortems=counted, newest=newest, seq=seq)
        counted = self.follow_ups.after(kept.due, kept.done_at)
        return replace(self, follow_ups=counted, newest=newest, seq=seq)

    def corrected(self, before: KeptPromise, after: KeptPromise, *, seq: int) -> "Kept":
        """When a follow-up turned out to be done at another time than was said."""
        if seq <= self.seq:
            return self
        counted = self.follow_ups.plus(-1, is_late=before.is_late).plus(1, is_late=after.is_late)
        same = (after.incident, after.follow_up)
        newest = tuple(
            replace(one, done_at=after.done_at) if (one.incident, one.follow_up) == same else one
            for one in self.newest
        )
        return replace(self, follow_ups=counted, newest=newest, seq=seq)


@dataclass(frozen=True)
class Promises:
    """All promises that stand or were taken back, those due first, and how many were kept."""

    open: tuple[Promise, ...] = ()
    kept: Kept = Kept()

    def overdue(self, as_of: datetime) -> tuple[Promise, ...]:
        """Those whose time has come and gone."""
        return tuple(promise for promise in self.due if has_passed(promise.due, as_of))

    @property
    def due(self) -> tuple[Promise, ...]:
        """Those that are still to be kept."""
        return tuple(promise for promise in self.open if not promise.is_taken_back)


def has_passed(due: datetime, as_of: datetime) -> bool:
    """Whether a promised time has come."""
    return due <= as_of


def check_cause(text: str) -> None:
    """A root cause is said in a few plain sentences."""
    check_text("root_cause", text)
    if len(text) > LONGEST_CAUSE:
        raise Invalid("root_cause", f"must have at most {LONGEST_CAUSE} characters")


def check_due(field: str, due: datetime, now: datetime) -> None:
    """A promise is about the time to come."""
    if due <= now:
        raise Invalid(field, "must be in the future")


def check_movable(field: str, standing: datetime | None, now: datetime) -> None:
    """What was promised is moved or taken back before its time has come, not after."""
    if standing is not None and has_passed(standing, now):
        raise Conflict(field, "has passed: the promise can be kept late, but not moved")
