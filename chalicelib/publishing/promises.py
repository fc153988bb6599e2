"""What pages show of what follows an incident: why it happened, what was promised, whether it was kept."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.incidents import Story, is_overdue
from chalicelib.domain.promises import FollowUp, Postmortem, has_passed
from chalicelib.domain.statuses import ComponentStatus, IncidentStatus

SHAPES = {
    "done": ComponentStatus.OPERATIONAL.value,
    "promised": "no_impact",
    "overdue": ComponentStatus.MAJOR_OUTAGE.value,
    "void": "no_impact",
}
"""Which shape and colour stands beside each state of a follow-up."""


@dataclass(frozen=True)
class Promised:
    """A follow-up, and how it is with it: done, promised, overdue, or void since the incident was none."""

    follow_up: FollowUp
    state: str

    @property
    def shape(self) -> str:
        """The shape beside it."""
        return SHAPES[self.state]

    @property
    def is_late(self) -> bool:
        """Whether it was done later than promised."""
        done_at = self.follow_up.done_at
        return done_at is not None and done_at > self.follow_up.due


@dataclass(frozen=True)
class Afterwards:
    """What follows an incident; `due`: by when its postmortem is promised, `first_due`: at first."""

    postmortem: Postmortem | None
    due: datetime | None
    is_overdue: bool
    follow_ups: tuple[Promised, ...]
    first_due: datetime | None = None


def afterwards(story: Story, as_of: datetime) -> Afterwards:
    """What follows the incident, as it stands now."""
    incident = story.incident
    due = incident.postmortem_due
    return Afterwards(
        postmortem=incident.postmortem,
        due=due,
        is_overdue=due is not None and has_passed(due, as_of),
        follow_ups=tuple(Promised(one, _state(one, story, as_of)) for one in story.follow_ups),
        first_due=incident.postmortem_first_due,
    )


def is_counting(story: Story, as_of: datetime) -> bool:
    """Whether a promised update is still to come, so that a page counts down to it."""
    incident = story.incident
    return incident.is_open and incident.next_update_by is not None and not is_overdue(incident, as_of)


def _state(follow_up: FollowUp, story: Story, as_of: datetime) -> str:
    if follow_up.done_at is not None:
        return "done"
    if story.incident.status is IncidentStatus.RETRACTED:
        return "void"
    return "overdue" if has_passed(follow_up.due, as_of) else "promised"
