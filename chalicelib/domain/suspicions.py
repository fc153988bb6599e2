"""What alarms together say of one component: when that opens an incident, worsens it, takes it back.

An alarm speaks at once. Alarms of a component join the incident that it has; once a person has spoken,
alarms are silent. When all of them have ended and nobody confirmed it, the incident is retracted: at once,
unless one was retracted shortly before, which is flapping; then only when all has been quiet for a while.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.domain.alarms import STATED, Alarm, Rule, one_line, title_of
from chalicelib.domain.errors import Conflict
from chalicelib.domain.incidents import Draft, Incident, IncidentUpdate, Said, Source
from chalicelib.domain.statuses import ComponentStatus, IncidentStatus, is_worse, worst
from chalicelib.domain.wordings import in_order

SHORTLY = timedelta(minutes=15)
"""An incident that follows a retraction within this time flaps, and is retracted only after as much quiet."""
OLDEST_BEGINNING = timedelta(hours=24)
"""An alarm may fire since long before we first hear of it; no incident is said to have begun before this."""
MOST_ALARMS = 2000
"""Of how many alarms of a component we remember that they fire; if more do, a person ends the incident."""
CONFIRMED = "We have confirmed this and are looking into the cause."
_SAYS = {
    ComponentStatus.DEGRADED_PERFORMANCE: "has degraded performance",
    ComponentStatus.PARTIAL_OUTAGE: "has a partial outage",
    ComponentStatus.MAJOR_OUTAGE: "has a major outage",
}
_MEANT = re.compile(r"[\\`*\[<]|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_])")
"""What means something in a line of CommonMark; an underscore within a word does not."""


class Heard(NamedTuple):
    """Something new about a component: an alarm, and the rule that says so.

    `is_another`: it began anew, although nobody told us that it had ended.
    """

    alarm: Alarm
    rule: Rule
    is_another: bool = False


@dataclass(frozen=True)
class Suspicion:
    """What is remembered of the alarms of one component.

    `incident`: the one that they joined. `firing`: what each of those that fire says, by its key.
    `retracted_at`: when their last incident was retracted for their end. `is_flapping`: this one follows
    shortly after. `quiet_since`: since when none fires, where that is not enough. `was_cut`: more have
    fired than we remember, so nobody knows whether all have ended.
    """

    incident: str | None = None
    firing: dict[str, ComponentStatus] = field(default_factory=dict)
    retracted_at: datetime | None = None
    is_flapping: bool = False
    quiet_since: datetime | None = None
    was_cut: bool = False
    version: int = 0

    @property
    def quiet_until(self) -> datetime | None:
        """When the quiet will have been long enough, if it is quiet."""
        return self.quiet_since + SHORTLY if self.quiet_since else None


class Opening(NamedTuple):
    """Open an incident: alarms have begun to fire."""

    status: ComponentStatus
    first: Heard
    began_at: datetime


class Worsening(NamedTuple):
    """Say that it is worse than was thought."""

    status: ComponentStatus
    at: datetime


class Retraction(NamedTuple):
    """Take the incident back: it is over, and nobody confirmed it."""

    at: datetime


Step = Opening | Worsening | Retraction


class Heeded(NamedTuple):
    """What is remembered from here on, and what is said in public, if anything."""

    suspicion: Suspicion
    step: Step | None = None


def heed(before: Suspicion, heard: Sequence[Heard], current: Incident | None, *, now: datetime) -> Heeded:
    """Take in what is new about a component; `current` is the open incident that its alarms join, if any."""
    fresh = [it for it in heard if it.alarm.firing and (it.is_another or it.alarm.key not in before.firing)]
    firing, is_cut = _firing(before, heard)
    after = replace(
        before, firing=firing, incident=current.id if current else None,
        was_cut=is_cut or (before.was_cut and current is not None),
    )  # fmt: skip
    if current is None:
        return _begun(after, fresh, now) if fresh else Heeded(after)
    if not is_ours(current):
        return Heeded(replace(after, quiet_since=None))
    if after.firing or after.was_cut:
        return Heeded(replace(after, quiet_since=None), _worsened(current, fresh, now))
    if before.quiet_since:
        return Heeded(after)
    if after.is_flapping:
        return Heeded(replace(after, quiet_since=now))
    ends = [it.alarm.at for it in heard if not it.alarm.firing]
    return _retracted(after, current, min(max(ends), now), now=now)


def settle(before: Suspicion, current: Incident | None, *, now: datetime) -> Heeded:
    """What follows when time passes: after enough quiet an incident that flapped is retracted."""
    if before.quiet_since is None or before.quiet_until is None or now < before.quiet_until:
        return Heeded(before)
    if current is None or not is_ours(current):
        return Heeded(replace(before, quiet_since=None))
    return _retracted(before, current, before.quiet_since, now=now)


def is_ours(incident: Incident) -> bool:
    """Whether alarms may still speak: they opened it, and nobody has confirmed it."""
    return incident.status is IncidentStatus.SUSPECTED and incident.source is Source.ALARM


def draft(opening: Opening, component: str, name: str, *, now: datetime) -> Draft:
    """The incident that is opened, as readers get it; `name` is the component's."""
    title = title_of(opening.first.rule, opening.first.alarm, f"{name}: {_noun(opening.status)}")
    return Draft(
        title,
        f"An alarm says that {inert(name)} {_SAYS[opening.status]}. Nobody has confirmed it yet.",
        IncidentStatus.SUSPECTED,
        affects={component: opening.status},
        started_at=opening.began_at,
        detected_at=now,
    )


def after_all(step: Retraction, updates: Iterable[IncidentUpdate]) -> Retraction:
    """The retraction, not before what it ends: alarms and people may have claimed later times than its own.

    The incident's first update does not count: it may be spoken when all was over.
    """
    told = in_order(updates)[1:]
    return Retraction(max((step.at, *(update.happened_at for update in told))))


def said(step: Worsening | Retraction, incident: Incident, component: str, name: str) -> Said:
    """What readers are told next."""
    if isinstance(step, Worsening):
        body = f"Another alarm says that {inert(name)} {_SAYS[step.status]}. Nobody has confirmed it yet."
        return Said(IncidentStatus.SUSPECTED, body, {component: step.status}, step.at)
    lasted = _lasted(step.at - incident.started_at)
    body = f"Retracted: every alarm of {inert(name)} has ended, after {lasted}, and nobody had confirmed it."
    return Said(IncidentStatus.RETRACTED, body, happened_at=step.at)


def confirmation(incident: Incident, body: str | None) -> Said:
    """What a person says who confirms it; `Conflict` if there is nothing to confirm."""
    if incident.status is not IncidentStatus.SUSPECTED:
        raise Conflict("status", f"is {incident.status}: only what is suspected can be confirmed")
    return Said(IncidentStatus.INVESTIGATING, body or CONFIRMED)


def inert(text: str) -> str:
    """A text that says what it says and nothing else within a line of Markdown (CommonMark §2.4).

    Where it is read as it is, as in Statuspage's documents, few texts have a backslash more.
    """
    return _MEANT.sub(r"\\\g<0>", one_line(text))


def _begun(after: Suspicion, fresh: Sequence[Heard], now: datetime) -> Heeded:
    first = min(fresh, key=lambda it: it.alarm.at)
    began_at = min(first.alarm.at, now)
    flaps = after.retracted_at is not None and now - after.retracted_at < SHORTLY
    opening = Opening(
        worst(it.rule.status for it in fresh), first, began_at if now - began_at <= OLDEST_BEGINNING else now
    )
    return Heeded(replace(after, is_flapping=flaps, quiet_since=None), opening)


def _worsened(current: Incident, fresh: Sequence[Heard], now: datetime) -> Worsening | None:
    """A step where an alarm that has begun to fire says worse than was said."""
    worse = max(fresh, key=lambda it: STATED.index(it.rule.status), default=None)
    if worse is None:
        return None
    standing = current.affects.get(worse.rule.component, ComponentStatus.OPERATIONAL)
    if not is_worse(worse.rule.status, standing):
        return None
    return Worsening(worse.rule.status, _within(worse.alarm.at, current, now))


def _retracted(before: Suspicion, current: Incident, at: datetime, *, now: datetime) -> Heeded:
    after = replace(before, incident=None, retracted_at=now, is_flapping=False, quiet_since=None)
    return Heeded(after, Retraction(_within(at, current, now)))


def _within(at: datetime, incident: Incident, now: datetime) -> datetime:
    """A claimed time that lies within the incident."""
    return max(min(at, now), incident.started_at)


def _firing(before: Suspicion, heard: Iterable[Heard]) -> tuple[dict[str, ComponentStatus], bool]:
    """What fires, and whether there is no room for some that do."""
    firing, is_cut = dict(before.firing), False
    for it in heard:
        if not it.alarm.firing:
            firing.pop(it.alarm.key, None)
        elif it.alarm.key in firing or len(firing) < MOST_ALARMS:
            firing[it.alarm.key] = it.rule.status
        else:
            is_cut = True
    return firing, is_cut


def _noun(status: ComponentStatus) -> str:
    return status.value.replace("_", " ")


def _lasted(time: timedelta) -> str:
    """A length of time for people: in minutes, and in hours from two on."""
    minutes = int(time.total_seconds()) // 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{minutes // 60} hours and {minutes % 60} minutes" if minutes % 60 else f"{minutes // 60} hours"
