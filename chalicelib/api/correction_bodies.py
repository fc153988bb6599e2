"""What people send to put an update right, whatever it belongs to."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from chalicelib.api.bodies import Sent, instant_of
from chalicelib.api.postmortem_bodies import Cause
from chalicelib.api.types import Body, Given, Reason
from chalicelib.domain.errors import Invalid
from chalicelib.domain.wordings import Right


class UpdateCorrection(Sent, frozen=True, kw_only=True):
    """What an update should have said; the earlier wording stays one click away."""

    EXAMPLE = {"reason": "The wrong database was named.", "body": "A slow query in the orders database."}

    reason: Reason
    body: Body | UnsetType = UNSET
    happened_at: Given | UnsetType = UNSET

    def right(self) -> Right:
        """What is right: at least one thing."""
        if self.body is UNSET and self.happened_at is UNSET:
            raise Invalid("body", "is missing, and so is happened_at: nothing would change")
        return self._right(None)

    def _right(self, root_cause: str | None) -> Right:
        return Right(
            self.reason,
            None if self.body is UNSET else self.body,
            None if self.happened_at is UNSET else instant_of("happened_at", self.happened_at),
            root_cause,
        )


class IncidentUpdateCorrection(UpdateCorrection, frozen=True, kw_only=True):
    """What an update of an incident should have said; the earlier wording stays one click away."""

    root_cause: Annotated[Cause, Meta(description="Of a postmortem alone.")] | UnsetType = UNSET

    def right(self) -> Right:
        """What is right: at least one thing."""
        return super().right() if self.root_cause is UNSET else self._right(self.root_cause)
