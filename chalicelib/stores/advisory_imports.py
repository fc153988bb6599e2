"""Saves advisories that somebody else issued, a revision and a transaction at a time.

Each step reads how far the table is. So the same document again appends nothing, a newer one appends what it
says anew, and an import that was killed goes on where it ended when it is run again.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from chalicelib.domain.advisories import AdvisoryStory
from chalicelib.domain.errors import NotFound
from chalicelib.domain.foreign_advisories import (
    ForeignAdvisory,
    check_same,
    differs,
    follow,
    is_continued,
)
from chalicelib.domain.record import Moment
from chalicelib.domain.redactions import kept_back
from chalicelib.stores import advisories, record
from chalicelib.stores.record import Change


class Taken(NamedTuple):
    """What came of one: how many of its revisions were stored, and why it was left as it stands.

    `is_ours`: our own people went on with it. `differs`: it reads otherwise, but says that nothing changed.
    """

    id: str
    revisions: int
    is_new: bool
    is_ours: bool = False
    differs: bool = False


def take(foreign: ForeignAdvisory, *, now: Callable[[], datetime], new_id: Callable[[], str]) -> Taken:
    """Bring the table to what the document says; `Conflict` if its id is that of something else."""
    before = advisories.find(foreign.id)
    check_same(before, foreign)
    count = 0
    while record.append(partial(_next, foreign, new_id()), now=now) is not None:
        count += 1
    standing = advisories.find(foreign.id)
    if standing is None:
        raise NotFound("advisory", foreign.id)
    ours = is_continued(standing)
    return Taken(foreign.id, count, before is None, ours, not ours and differs(standing, foreign))


def _next(foreign: ForeignAdvisory, update: str, moment: Moment) -> Change[AdvisoryStory | None]:
    standing = advisories.find(foreign.id)
    story = follow(standing, foreign, id=update, moment=moment)
    if story is None:
        return Change(None)
    story = replace(story, advisory=kept_back(standing, story.advisory))
    change = advisories.told(standing, story)
    return change.giving(change.result)
