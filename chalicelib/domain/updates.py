"""Updates: what is said in public, one timestamped message at a time, and what each did to components."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from chalicelib.domain.checks import check_id, check_text
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.restatements import Earlier
from chalicelib.domain.statuses import Availability, ComponentStatus, Impact

S = TypeVar("S", bound=StrEnum)

MOST_AMENDMENTS = 20


class Standing(NamedTuple):
    """A component when it is spoken of: its name as readers know it, and its status."""

    name: str
    status: ComponentStatus


Standings = Mapping[str, Standing]


@dataclass(frozen=True)
class Affect:
    """What one update did to one component; `name` is kept as it was."""

    component: str
    name: str
    old: ComponentStatus
    new: ComponentStatus


@dataclass(frozen=True)
class Period:
    """From when to when a maintenance is planned."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise Invalid("ends_at", "must be after starts_at")


@dataclass(frozen=True)
class ImportedUpdate:
    """What another system wrote beside an update, kept as it came."""

    created_at: datetime
    updated_at: datetime
    deliver_notifications: bool = True
    tweet_id: int | None = None
    custom_tweet: str | None = None


@dataclass(frozen=True)
class Corrected:
    """That an update no longer reads as it was published.

    Since when it reads so, which time it claimed at first, and how many times it was put right.
    """

    at: datetime
    claimed_at: datetime
    times: int = 1


@dataclass(frozen=True)
class Correction:
    """That an update was put right: which, why, when, and how it read before (None: as it still does)."""

    update: str
    reason: str
    at: datetime
    body: str | None = None
    happened_at: datetime | None = None
    root_cause: str | None = None
    seq: int = 0


@dataclass(frozen=True)
class Detected:
    """When something was said to be detected (None: nobody had said)."""

    at: datetime | None


@dataclass(frozen=True)
class Amendment:
    """That what stands above a story was put right: why, when, and how it read before (None: as it did)."""

    reason: str
    at: datetime
    title: str | None = None
    impact: Impact | None = None
    availability: Availability | None = None
    detected: Detected | None = None


@dataclass(frozen=True)
class Pledge:
    """That an update promises a follow-up, and by when it did; the follow-up may have been moved since."""

    follow_up: str
    due: datetime


@dataclass(frozen=True)
class Update(Generic[S]):
    """One timestamped public message on an incident, a maintenance or an advisory, each with its own words.

    Two clocks: `happened_at` is claimed by the operator, `recorded_at` is ours. `affects` lists every
    component that the story holds, in the order in which they were named. `follow_up`: the one that it
    says is done. `plan`: the period that it announces for a maintenance, or moves it to.
    `earlier`: what an advisory stated before it, where it changed that. `pledge`: the follow-up
    that it promises.
    """

    id: str
    status: S
    body: str
    happened_at: datetime
    recorded_at: datetime
    affects: tuple[Affect, ...] = ()
    next_update_by: datetime | None = None
    imported: ImportedUpdate | None = None
    follow_up: str | None = None
    corrected: Corrected | None = None
    plan: Period | None = None
    earlier: Earlier | None = None
    pledge: Pledge | None = None
    seq: int = 0

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_text("body", self.body)

    @property
    def created_at(self) -> datetime:
        """When it was first written, here or in the system that it was imported from."""
        return self.imported.created_at if self.imported else self.recorded_at

    @property
    def updated_at(self) -> datetime:
        """When its text last changed."""
        written = self.imported.updated_at if self.imported else self.recorded_at
        return max(written, self.corrected.at) if self.corrected else written

    @property
    def first_claimed_at(self) -> datetime:
        """The time that it claimed when it was published: a feed's entry keeps it."""
        return self.corrected.claimed_at if self.corrected else self.happened_at


def amended(standing: tuple[Amendment, ...], reason: str | None, now: Amendment) -> tuple[Amendment, ...]:
    """The amendments with one more, which keeps how it read; `reason` may not be missing or blank."""
    if reason is None:
        raise Invalid("reason", "must say why: what was published is put right in public")
    check_text("reason", reason)
    if len(standing) >= MOST_AMENDMENTS:
        raise Conflict("reason", f"would be one more than {MOST_AMENDMENTS} changes: say it in an update")
    return (*standing, replace(now, reason=reason.strip()))


def newest(updates: Iterable[Update[S]]) -> Update[S]:
    """The newest update, by when it was written."""
    return max(updates, key=lambda update: (update.created_at, update.seq))


def affects_of(
    held: tuple[str, ...],
    wanted: Mapping[str, ComponentStatus],
    now: Mapping[str, ComponentStatus],
    standings: Standings,
) -> tuple[Affect, ...]:
    """Every component of a story, the new ones last: what it was, and what it is from here on."""
    check_known(wanted, held, standings)
    affects = []
    for id in dict.fromkeys((*held, *wanted)):
        old = now.get(id, ComponentStatus.OPERATIONAL) if id in held else standings[id].status
        new = wanted.get(id, now.get(id, ComponentStatus.OPERATIONAL))
        affects.append(Affect(id, standings[id].name if id in standings else id, old, new))
    return tuple(affects)


def check_known(wanted: Iterable[str], held: tuple[str, ...], standings: Standings) -> None:
    """`Invalid` names what is neither a component nor in the story already."""
    for id in wanted:
        if id not in standings and id not in held:
            raise Invalid(f"affects.{id}", "is not a component")
