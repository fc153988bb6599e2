"""Probes as people send and get them: bodies and documents, as their schemas show them."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api import answers
from chalicelib.api.bodies import ChosenId, Sent
from chalicelib.api.types import PROBED, Id, Line, Time
from chalicelib.domain.probes import (
    LONGEST_URL,
    MOST_FAILURES,
    RAREST_MINUTES,
    SLOWEST_SECONDS,
    Failure,
    Method,
    Probe,
    Standing,
)
from chalicelib.domain.statuses import ComponentStatus
from chalicelib.domain.times import iso

Address = Annotated[
    str,
    Meta(
        pattern=PROBED, max_length=LONGEST_URL,
        description="http or https, in ASCII, without user name and password. Its host must have public "
        "addresses, and so must those to which it redirects.",
        examples=["https://shop.example/health"],
    ),
]  # fmt: skip
Status = Annotated[
    int,
    Meta(ge=200, le=599, description="Any other is a failure. Redirects are followed unless expected."),
]
Text = Annotated[Line, Meta(description="What must stand in the first 256 KiB of the answer.")]
Timeout = Annotated[int, Meta(ge=1, le=SLOWEST_SECONDS, description="For all of it, redirects too.")]
Every = Annotated[int, Meta(ge=1, le=RAREST_MINUTES, description="It runs every so many minutes.")]
Failures = Annotated[
    int, Meta(ge=1, le=MOST_FAILURES, description="After so many in a row there is an alarm.")
]
FAILURE = (
    "Why it is not good; null where it is. address_not_allowed: we did not connect, which is no failure in "
    "the row and no sample."
)
Said = Annotated[
    ComponentStatus,
    Meta(description="What an alarm says of the component: degraded_performance or an outage."),
]


class NewProbe(Sent, frozen=True, kw_only=True):
    """A probe to set up."""

    EXAMPLE = {"component": "checkout", "url": "https://shop.example/health", "text": "ok"}

    component: Annotated[Id, Meta(description="For which its results count.")]
    url: Address
    id: ChosenId = None
    method: Method = Method.GET
    expected_status: Status = 200
    text: Text | None = None
    timeout_seconds: Timeout = 10
    every_minutes: Every = 1
    failures_in_a_row: Failures = 3
    status: Said = ComponentStatus.MAJOR_OUTAGE

    def probe(self, id: str, at: datetime) -> Probe:
        """The probe that is meant."""
        return Probe(**{**self.stated(), "id": id}, created_at=at, updated_at=at)


class ProbeChange(Sent, frozen=True, kw_only=True):
    """What to change about a probe; null clears."""

    EXAMPLE = {"every_minutes": 5}

    component: Id | UnsetType = UNSET
    url: Address | UnsetType = UNSET
    method: Method | UnsetType = UNSET
    expected_status: Status | UnsetType = UNSET
    text: Text | None | UnsetType = UNSET
    timeout_seconds: Timeout | UnsetType = UNSET
    every_minutes: Every | UnsetType = UNSET
    failures_in_a_row: Failures | UnsetType = UNSET
    status: Said | UnsetType = UNSET

    def applied(self, probe: Probe) -> Probe:
        """The probe as it is then."""
        return replace(probe, **self.stated())


class Probed(Struct, frozen=True, kw_only=True):
    """A check that runs every few minutes."""

    id: Id
    component: Id
    url: str
    method: Method
    expected_status: int
    text: str | None
    timeout_seconds: int
    every_minutes: int
    failures_in_a_row: int
    status: ComponentStatus
    created_at: Time
    updated_at: Time


class ProbeResult(Struct, frozen=True, kw_only=True):
    """The newest result of a probe; all null before the first one."""

    probe: Id
    at: Time | None
    ms: Annotated[float | None, Meta(description="How long it took until the answer was judged.")]
    answered: Annotated[int | None, Meta(description="The HTTP status of the answer.")]
    failure: Annotated[Failure | None, Meta(description=FAILURE)]
    failures: Annotated[int, Meta(description="How many there were in a row.")]
    failing_since: Time | None
    firing: Annotated[bool, Meta(description="Whether that were enough, and nothing was good since.")]


def document(probe: Probe) -> Probed:
    """A probe."""
    return answers.shown(Probed, probe)


def result(id: str, standing: Standing) -> ProbeResult:
    """How a probe stands."""
    last = standing.last
    return answers.shown(
        ProbeResult,
        standing,
        probe=id,
        at=iso(last.at) if last else None,
        ms=last.total_us / 1000 if last else None,
        answered=last.status if last else None,
        failure=last.failure if last else None,
    )
