"""What people send after an incident: its postmortem, follow-ups, that it was none."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from chalicelib.api.bodies import ChosenId, Sent, instant_of
from chalicelib.api.types import TEXT, Body, Given, Line
from chalicelib.domain.errors import Invalid
from chalicelib.domain.postmortems import Done, Findings
from chalicelib.domain.promises import LONGEST_CAUSE, FollowUp

Cause = Annotated[
    str, Meta(pattern=TEXT, max_length=LONGEST_CAUSE, description="Plain text, a few sentences.")
]


class NewPostmortem(Sent, frozen=True, kw_only=True):
    """The story of a resolved incident, and why it came to it."""

    EXAMPLE = {
        "root_cause": "A deployment removed an index that the checkout needs.",
        "body": "**What happened.** At 10:05 ...",
    }

    root_cause: Cause
    body: Body

    def findings(self) -> Findings:
        """What is said."""
        return Findings(self.body, self.root_cause)


class NewFollowUp(Sent, frozen=True, kw_only=True):
    """Something to promise in public."""

    EXAMPLE = {"text": "Alert on slow queries before customers notice", "due": "2026-12-15T18:00:00+01:00"}

    text: Line
    due: Given
    id: ChosenId = None

    def follow_up(self, id: str) -> FollowUp:
        """What is promised; our clock comes to it."""
        due = instant_of("due", self.due)
        return FollowUp(id, self.text.strip(), due, promised_at=due)


class FollowUpChange(Sent, frozen=True, kw_only=True):
    """That a follow-up is done, or, before it is due, another time for it."""

    EXAMPLE = {"done_at": "2026-12-10T11:00:00+01:00", "body": "The alert rings since today."}

    done_at: Annotated[Given, Meta(description="Since when it is done.")] | UnsetType = UNSET
    body: Annotated[Body, Meta(description="What was done; its own text if absent.")] | UnsetType = UNSET
    due: Given | UnsetType = UNSET

    def done(self, update: str) -> Done | None:
        """That it is done, as an update of this id tells it; None where that is not said."""
        if self.done_at is UNSET:
            if self.body is not UNSET:
                raise Invalid("body", "belongs to done_at, which is not said")
            if self.due is UNSET:
                raise Invalid("done_at", "is missing, and so is due: nothing would change")
            return None
        if self.due is not UNSET:
            raise Invalid("due", "must be absent when it is done")
        body = None if self.body is UNSET else self.body
        return Done(update, instant_of("done_at", self.done_at), body)

    def moved(self, standing: FollowUp) -> datetime:
        """For when it is promised."""
        return standing.due if self.due is UNSET else instant_of("due", self.due)


class Retraction(Sent, frozen=True, kw_only=True):
    """Why an incident was none."""

    EXAMPLE = {"reason": "A test of our alarms was published by mistake."}

    reason: Annotated[Body, Meta(description="Its last update: Markdown without raw HTML; not blank.")]
