"""What people send and get about alarms: rules, senders, what no rule knows, what became of a message."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.answers import shown
from chalicelib.api.bodies import ChosenId, Sent
from chalicelib.api.cursors import TIME
from chalicelib.api.queries import GO_ON, Changing, Listing
from chalicelib.api.types import PRINTABLE, Body, Id, Line, Time
from chalicelib.domain.alarms import LONGEST_GLOB, LONGEST_NAME, TOPIC
from chalicelib.domain.alarms import Rule as Ruled
from chalicelib.domain.statuses import ComponentStatus
from chalicelib.domain.times import iso
from chalicelib.stores.alarm_rules import Sender as Believed
from chalicelib.stores.alarms import Known

MOST_MATCHED = 16
Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
Glob = Annotated[str, Meta(max_length=LONGEST_GLOB)]
Match = Annotated[
    dict[Name, Glob],
    Meta(
        min_length=1,
        max_length=MOST_MATCHED,
        description="Labels that an alarm must have, all of them; in values * is any text and ? any"
        " character. The label `source` says which source it came from.",
    ),
]
Stated = Literal["degraded_performance", "partial_outage", "major_outage"]
Secret = Annotated[str, Meta(pattern=PRINTABLE, min_length=16, max_length=200)]
Topic = Annotated[str, Meta(pattern=TOPIC)]
Title = Annotated[
    Line | None,
    Meta(
        description="The incident's title; labels in braces are filled in and become public, `{title}` with"
        " the alarm's own. Names component and status if absent."
    ),
]


class NewRule(Sent, frozen=True, kw_only=True):
    """Which alarms concern a component; the first rule that matches an alarm wins."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "match": {"service": "checkout", "severity": "crit*"},
        "component": "checkout",
        "status": "partial_outage",
        "title": "Checkout fails in {region}",
    }

    match: Match
    component: Id
    status: Stated
    title: Title = None
    id: ChosenId = None
    before: Annotated[Id | None, Meta(description="The rule to stand in front of; behind all if absent.")] = (
        None
    )


class Rule(Struct, frozen=True, kw_only=True):
    """Which alarms concern a component."""

    id: Id
    match: dict[str, str]
    component: Id
    status: ComponentStatus
    title: str | None
    created_at: Time


class SenderChange(Sent, frozen=True, kw_only=True):
    """What the messages of a source are believed by; what is set takes the place of what was."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"secret": "a-long-text-that-both-sides-know"}

    secret: Annotated[Secret | None, Meta(description="Never shown again; null: none.")] | UnsetType = UNSET
    topics: (
        Annotated[list[Topic], Meta(max_length=50, description="The SNS topics to listen to.")] | UnsetType
    ) = UNSET


class Sender(Struct, frozen=True, kw_only=True):
    """What the messages of a source are believed by."""

    source: str
    has_secret: bool
    topics: list[str]
    changed_at: Time | None


class Heard(Struct, frozen=True, kw_only=True):
    """What became of a message."""

    alarms: Annotated[int, Meta(description="Alarms in it.")]
    news: Annotated[int, Meta(description="Those that said anything new.")]
    unmatched: Annotated[int, Meta(description="Those of them that no rule knows.")]
    incidents: Annotated[list[Id], Meta(description="The incidents that the others belong to.")]


class Unmatched(Struct, frozen=True, kw_only=True):
    """An alarm that no rule knows."""

    source: str
    fingerprint: str
    firing: bool
    labels: dict[str, str]
    title: str
    at: Annotated[Time, Meta(description="Since when, as its source says.")]


class Confirmation(Sent, frozen=True, kw_only=True):
    """That a suspected incident is one."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"body": "Card payments fail; we look for the cause."}
    MAY_BE_EMPTY: ClassVar[bool] = True

    body: Annotated[Body | None, Meta(description="What to say; a sentence of ours if absent.")] = None


class Sending(Changing, frozen=True, kw_only=True):
    """How a sender is known that can send neither a header nor a signature."""

    token: Annotated[str, Meta(max_length=200, description="The secret of the source.")] | None = None


class Strange(Listing, frozen=True, kw_only=True):
    """Where in the list of alarms that no rule knows to go on."""

    cursor: Annotated[str, Meta(pattern=TIME, description=GO_ON)] | None = None


def rule(found: Ruled) -> Rule:
    """A rule."""
    return shown(Rule, found)


def sender(found: Believed) -> Sender:
    """What a source's messages are believed by, but for the secret."""
    changed_at = iso(found.changed_at) if found.changed_at else None
    return Sender(
        source=found.source,
        has_secret=found.secret is not None,
        topics=list(found.topics),
        changed_at=changed_at,
    )


def unmatched(known: Known) -> Unmatched:
    """An alarm that no rule knows."""
    return shown(Unmatched, known.alarm)
