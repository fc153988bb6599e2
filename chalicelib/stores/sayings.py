"""What an entry of the record says, as domain values: every word of it, or it is refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec

from chalicelib.domain.advisories import Advisory, AdvisoryStatus
from chalicelib.domain.components import Component, Group
from chalicelib.domain.days import ClosedDay
from chalicelib.domain.errors import Invalid
from chalicelib.domain.incidents import Incident
from chalicelib.domain.maintenances import Maintenance
from chalicelib.domain.pages import Page
from chalicelib.domain.promises import FollowUp
from chalicelib.domain.record import Entry, Json, facts
from chalicelib.domain.statuses import IncidentStatus, MaintenanceStatus
from chalicelib.domain.subjects import ADVISORY, MAINTENANCE, kind_of
from chalicelib.domain.updates import Correction, Update
from chalicelib.stores import advisories, catalogue, days, incidents, maintenances, pages

S = TypeVar("S", bound=StrEnum)

AT_HAND = 128
"""Who checks entries and then uses them reads each once."""


@dataclass(frozen=True)
class Was:
    """What was so before; today when an incident was said to have begun."""

    started_at: datetime


@dataclass(frozen=True)
class Stated:
    """Which entry stated a component's direct status, if an earlier one did."""

    entry: int


@dataclass(frozen=True)
class Body(Generic[S]):
    """What an entry says: one or two of these; an update in the words of what it belongs to."""

    page: Page | None = None
    component: Component | None = None
    group: Group | None = None
    incident: Incident | None = None
    maintenance: Maintenance | None = None
    advisory: Advisory | None = None
    update: Update[S] | None = None
    was: Was | None = None
    direct: Stated | None = None
    correction: Correction | None = None
    follow_up: FollowUp | None = None
    day: ClosedDay | None = None

    @property
    def subject(self) -> str | None:
        """What it is about; an update alone does not say it."""
        if thing := self.component or self.group:
            return catalogue.subject(thing)
        if self.incident:
            return incidents.subject(self.incident)
        if self.maintenance:
            return maintenances.subject(self.maintenance)
        if self.advisory:
            return advisories.subject(self.advisory)
        if self.day:
            return days.subject(self.day.date)
        return pages.SUBJECT if self.page else None


COUNTS = ("transactions", "total_us", "errors", "samples")
BODIES: dict[str, Any] = {MAINTENANCE: Body[MaintenanceStatus], ADVISORY: Body[AdvisoryStatus]}


@lru_cache(AT_HAND)
def read(entry: Entry) -> Body[Any]:
    """What a public entry says, or `Invalid`: no word of it may be lost on the way."""
    try:
        said = msgspec.json.decode(entry.body or "{}")
        typed = _typed(msgspec.json.decode(entry.body or "{}"), entry.seq)
        body: Body[Any] = msgspec.convert(typed, BODIES.get(kind_of(entry.subject), Body[IncidentStatus]))
    except (msgspec.MsgspecError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise wrong(entry, f"cannot be understood: {error}"[:200]) from error
    if not _holds(facts(body), said):
        raise wrong(entry, "says more than this version of Candor understands")
    return body


def wrong(entry: Entry, reason: str) -> Invalid:
    """That an entry cannot be what it is."""
    return Invalid(f"entry {entry.seq}", reason)


def _typed(said: dict[str, Any], seq: int) -> dict[str, Any]:
    """What JSON said, as our types want it: the number of a direct status, great numbers as numbers."""
    direct = (said.get("component") or {}).get("direct")
    if direct is not None:
        direct["seq"] = (said.get("direct") or {}).get("entry", seq)
    imported = (said.get("update") or {}).get("imported")
    if imported is not None and isinstance(imported.get("tweet_id"), str):
        imported["tweet_id"] = int(imported["tweet_id"])
    for numbers in (said.get("day") or {}).get("components", {}).values():
        numbers.update({name: int(numbers[name]) for name in COUNTS if isinstance(numbers.get(name), str)})
    return said


def _holds(written: Json, said: Json) -> bool:
    """Whether all that was said is written too; a field that is younger than the entry may be added."""
    if isinstance(said, dict) and isinstance(written, dict):
        return all(key in written and _holds(written[key], value) for key, value in said.items())
    if isinstance(said, list) and isinstance(written, list):
        return len(said) == len(written) and all(map(_holds, written, said))
    return said == written and type(said) is type(written)
