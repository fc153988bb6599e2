"""Putting an update of an advisory right, and with it what follows from its words and the time it claims."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from chalicelib.domain.advisories import Advisory, AdvisoryStatus, AdvisoryStory, AdvisoryUpdate
from chalicelib.domain.errors import Invalid
from chalicelib.domain.record import Moment
from chalicelib.domain.wordings import (
    Disorder,
    Mended,
    Right,
    check_order,
    correct_update,
    in_order,
    moved,
    standing,
    with_update,
)


class Following(NamedTuple):
    """What follows from the updates of an advisory: when it was first and last said, why it was withdrawn."""

    issued_at: datetime
    latest_at: datetime
    reason: str | None


def correct_advisory(
    story: AdvisoryStory, id: str, right: Right, *, moment: Moment
) -> Mended[Advisory, AdvisoryStatus]:
    """Put one of an advisory's updates right; what it states changes by updates alone. A draft has none.

    Claimed times keep their order, as those of revisions do (CSAF 2.0, section 6.1.14), and the first one
    its year, in whose folder the document stands (section 7.1.11).
    """
    before = standing(story.updates, id)
    update, correction = correct_update(before, right, moment=moment, skew=timedelta())
    if correction is None:
        return Mended(story.advisory, before, None)
    after = with_update(story.updates, update)
    check_order(_disorder(story.updates), _disorder(after), id=id)
    was, now = _following(story.updates), _following(after)
    if now.issued_at.astimezone(UTC).year != was.issued_at.astimezone(UTC).year:
        raise Invalid("happened_at", "must stay in the year (UTC) in which it was first said")
    advisory = replace(
        moved(story.advisory, was, now),
        updated_at=moment.at,
        corrected_at=moment.at,
        first_issued_at=in_order(after)[0].first_claimed_at,
        seq=moment.seq,
    )
    return Mended(advisory, update, correction)


def _following(updates: Iterable[AdvisoryUpdate]) -> Following:
    told = in_order(updates)
    last = told[-1]
    withdrawn = last.status is AdvisoryStatus.WITHDRAWN
    return Following(told[0].happened_at, last.happened_at, last.body if withdrawn else None)


def _disorder(updates: Iterable[AdvisoryUpdate]) -> set[Disorder]:
    """The updates that claim a time before that of the one which they follow."""
    words = "must not let an update come before the one that it follows"
    return {
        Disorder(after.id, after.happened_at, words)
        for before, after in pairwise(in_order(updates))
        if after.happened_at < before.happened_at
    }
