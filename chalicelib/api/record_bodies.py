"""What people send about the record itself: that words have to leave it."""

from typing import Annotated

from msgspec import Meta

from chalicelib.api.bodies import Sent
from chalicelib.api.types import LINE
from chalicelib.domain.redactions import LONGEST_REASON

Reason = Annotated[
    str,
    Meta(
        pattern=LINE,
        max_length=LONGEST_REASON,
        description="Why, in one line. Readers see it in place of the words: it must not hold them.",
    ),
]


class NewRedaction(Sent, frozen=True, kw_only=True):
    """Why the words of an entry have to go."""

    EXAMPLE = {"reason": "a customer's name"}

    reason: Reason
