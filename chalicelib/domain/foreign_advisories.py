"""Advisories that somebody else issued, and how ours follow what they say, a revision at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain.advisories import (
    Advisory,
    AdvisoryStatus,
    AdvisoryStory,
    Words,
    add_update,
    draft,
    publish,
)
from chalicelib.domain.errors import Conflict
from chalicelib.domain.record import Moment
from chalicelib.domain.redactions import kept_back


@dataclass(frozen=True)
class Revision:
    """What was said of an advisory elsewhere, and when."""

    body: str
    said_at: datetime


@dataclass(frozen=True)
class ForeignAdvisory:
    """An advisory under the id that it has elsewhere: `said` are its fields, the oldest revision is first."""

    id: str
    said: Mapping[str, Any]
    revisions: tuple[Revision, ...]


def follow(
    standing: Advisory | None, foreign: ForeignAdvisory, *, id: str, moment: Moment
) -> AdvisoryStory | None:
    """The next revision that lacks here, as an update of this id; None where there is none to take.

    Each claims the time at which it was said; what the advisory is follows the newest document at once.
    """
    done = standing.imported if standing else 0
    check_same(standing, foreign)
    said = _kept_back(standing, foreign)
    if done >= len(foreign.revisions) or (standing and is_continued(standing)):
        return None
    revision = foreign.revisions[done]
    words = Words(revision.body, {**said, "imported": done + 1}, revision.said_at)
    if standing is None:
        return publish(draft(foreign.id, said, moment=moment), words, id=id, moment=moment)
    return add_update(standing, words, id=id, moment=moment)


def check_same(standing: Advisory | None, foreign: ForeignAdvisory) -> None:
    """`Conflict` where an id is that of something else."""
    if standing is None:
        return
    if not standing.imported:
        raise Conflict("id", f"{foreign.id} is that of an advisory of our own")
    if standing.issuer != _kept_back(standing, foreign)["issuer"]:
        issuer = standing.issuer.name if standing.issuer else "nobody"
        raise Conflict("id", f"{foreign.id} is that of an advisory which {issuer} issued")


def is_continued(standing: Advisory) -> bool:
    """Whether our own people went on with it, put it right or took it back: no import changes it any more."""
    is_ours = standing.revision > standing.imported or standing.corrected_at is not None
    return is_ours or standing.status is AdvisoryStatus.WITHDRAWN


def differs(standing: Advisory, foreign: ForeignAdvisory) -> bool:
    """Whether the document of this very revision reads otherwise than it did: nobody said that it would."""
    same = len(foreign.revisions) == standing.imported
    said = _kept_back(standing, foreign)
    return same and any(getattr(standing, name) != value for name, value in said.items())


def _kept_back(standing: Advisory | None, foreign: ForeignAdvisory) -> Mapping[str, Any]:
    """What is said anew, still without what was removed from how it stands here."""
    if standing is None:
        return foreign.said
    return {name: kept_back(getattr(standing, name), value) for name, value in foreign.said.items()}
