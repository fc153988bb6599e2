"""What was put right of something, as its document lists it: titles and the like, and updates, together."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.api.types import Id, Time
from chalicelib.domain import updates
from chalicelib.domain.statuses import Availability, Impact
from chalicelib.domain.times import iso


class Amendment(Struct, frozen=True, kw_only=True):
    """That something was put right: when, why, and how it read before where `changed` names it."""

    at: Time
    reason: str
    update: Annotated[Id | None, Meta(description="The update that was; null: what stands above all.")] = None
    changed: Annotated[list[str], Meta(description="The fields that read otherwise before.")]
    title: str | None = None
    impact: Impact | None = None
    availability: Availability | None = None
    detected_at: Time | None = None
    body: str | None = None
    happened_at: Time | None = None
    root_cause: str | None = None


Amendments = Annotated[
    list[Amendment], Meta(description="What was put right, oldest first; of updates the newest 50 times.")
]


def amendments(
    above: Iterable[updates.Amendment], corrections: Iterable[updates.Correction]
) -> list[Amendment]:
    """All of it, in its order."""
    return sorted([*map(_amended, above), *map(_corrected, corrections)], key=lambda it: it.at)


def _amended(found: updates.Amendment) -> Amendment:
    detected = found.detected.at if found.detected else None
    changed = [name for name in ("title", "impact", "availability") if getattr(found, name) is not None]
    return Amendment(
        at=iso(found.at),
        reason=found.reason,
        changed=[*changed, *(["detected_at"] if found.detected else [])],
        title=found.title,
        impact=found.impact,
        availability=found.availability,
        detected_at=iso(detected) if detected else None,
    )


def _corrected(found: updates.Correction) -> Amendment:
    names = ("body", "happened_at", "root_cause")
    return Amendment(
        at=iso(found.at),
        reason=found.reason,
        update=found.update,
        changed=[name for name in names if getattr(found, name) is not None],
        body=found.body,
        happened_at=iso(found.happened_at) if found.happened_at else None,
        root_cause=found.root_cause,
    )
