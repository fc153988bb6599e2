"""Probes: checks that we run ourselves, when each is due, and what its results come to."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv6Address

from chalicelib.domain.alarms import STATED
from chalicelib.domain.checks import check_id, check_line
from chalicelib.domain.errors import Invalid
from chalicelib.domain.statuses import ComponentStatus

MOST_PROBES = 200
LONGEST_URL = 1000
SLOWEST_SECONDS = 15
RAREST_MINUTES = 1440
MOST_FAILURES = 100
LOST_AFTER_MINUTES = 2
"""Longer than a round can take: what has given no result by then was killed."""

ROUND_SECONDS = 25.0
"""What a round may take: all begin within 4 seconds and have 15 at most, so who is not back has failed."""

PORTS = {"http": 80, "https": 443}
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>[/?][\x21\x22\x24-\x7e]*)?(?:#[\x21-\x7e]*)?",
    re.IGNORECASE | re.ASCII,
)
_CREDENTIALS = re.compile(r"[a-z]+://[^/?#]*@", re.IGNORECASE | re.ASCII)


class Method(StrEnum):
    """How a probe asks: both only read."""

    GET = "GET"
    HEAD = "HEAD"


class Failure(StrEnum):
    """Why a result is not good."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    NOT_ALLOWED = "address_not_allowed"
    TLS = "tls"
    NO_HTTP = "no_http"
    STATUS = "status"
    TEXT = "text"
    REDIRECTS = "redirects"


@dataclass(frozen=True)
class Target:
    """Where a request goes, as its URL says; `path` is all that is sent of it."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the header Host says (RFC 9110 §7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True)
class Probe:
    """A check of one URL; its results count for `component`, which has `status` when it keeps failing.

    `origin`: the number in the record with which it was set up, or came to its component.
    """

    id: str
    component: str
    url: str
    created_at: datetime
    updated_at: datetime
    method: Method = Method.GET
    expected_status: int = 200
    text: str | None = None
    timeout_seconds: int = 10
    every_minutes: int = 1
    failures_in_a_row: int = 3
    status: ComponentStatus = ComponentStatus.MAJOR_OUTAGE
    version: int = 0
    seq: int = 0
    origin: int = 0

    @property
    def fingerprint(self) -> str:
        """By what its alarm and standing are known: set up anew, or of another component, it has others."""
        return f"{self.id}/{self.origin}"

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_id("component", self.component)
        target(self.url)
        _check_between("expected_status", self.expected_status, 200, 599)
        _check_between("timeout_seconds", self.timeout_seconds, 1, SLOWEST_SECONDS)
        _check_between("every_minutes", self.every_minutes, 1, RAREST_MINUTES)
        _check_between("failures_in_a_row", self.failures_in_a_row, 1, MOST_FAILURES)
        if self.status not in STATED:
            raise Invalid("status", f"must be one of {', '.join(STATED)}")
        if self.text is not None:
            check_line("text", self.text)
            if self.method == Method.HEAD:
                raise Invalid("text", "cannot be found with HEAD, whose answers have no body")


@dataclass(frozen=True)
class Result:
    """What one run came to: when it began, how long it took in microseconds, the status if there was one."""

    at: datetime
    total_us: int
    status: int | None = None
    failure: Failure | None = None

    @property
    def is_good(self) -> bool:
        """Whether the answer was as expected, in time."""
        return self.failure is None

    @property
    def counts(self) -> bool:
        """Whether it says anything of the component: where we may not connect, nobody was asked."""
        return self.failure is not Failure.NOT_ALLOWED


@dataclass(frozen=True)
class Standing:
    """Where a probe stands. `begun` and `ended` are minutes since 1970: of its last run, and last result.

    `firing`: there were enough failures in a row, and nothing good since. `told`: what the alarms know; None
    from when it becomes something else until they surely know that.
    """

    begun: int = 0
    ended: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    firing: bool = False
    told: bool | None = False
    last: Result | None = None


def target(url: str) -> Target:
    """The parts of a URL, or `Invalid`. Whoever connects uses these, so nobody can read it otherwise."""
    if _CREDENTIALS.match(url):
        raise Invalid("url", "must hold no user name and no password")
    found = _URL.fullmatch(url) if len(url) <= LONGEST_URL else None
    if found is None:
        raise Invalid("url", f"must be http or https with a host, in ASCII, {LONGEST_URL} characters at most")
    if found["host"][0] == "[" and not _is_v6(found["host"][1:-1]):
        raise Invalid("url", "must have an IPv6 address in brackets, and no other")
    scheme, path = found["scheme"].lower(), found["path"] or "/"
    port = int(found["port"] or PORTS[scheme])
    if not 0 < port < 2**16:
        raise Invalid("url", "must have a port between 1 and 65535")
    return Target(scheme, found["host"].strip("[]").lower(), port, path if path[0] == "/" else f"/{path}")


def minute_of(at: datetime) -> int:
    """The minutes since 1970."""
    return int(at.timestamp()) // 60


def is_due(probe: Probe, standing: Standing, minute: int) -> bool:
    """Whether a probe is to run in this minute; a run that was lost is made up for."""
    since = minute - standing.begun
    if standing.ended == standing.begun:
        return since >= probe.every_minutes
    return since >= min(probe.every_minutes, LOST_AFTER_MINUTES)


def begin(standing: Standing, minute: int) -> Standing:
    """When a run of this minute has begun."""
    return replace(standing, begun=minute)


def verdict(probe: Probe, status: int, body: str) -> Failure | None:
    """What is wrong with an answer."""
    if status != probe.expected_status:
        return Failure.STATUS
    return Failure.TEXT if probe.text is not None and probe.text not in body else None


def unfinished(probe: Probe, at: datetime) -> Result:
    """The result of a run that did not come back in its time."""
    return Result(at, probe.timeout_seconds * 1_000_000, failure=Failure.TIMEOUT)


def count(standing: Standing, probe: Probe, result: Result, minute: int) -> Standing:
    """When the run of this minute has given a result; one that is known already, or old, counts no more.

    What the alarms know is in doubt from here on, not from when they are told: whoever tells them can be
    killed before it is noted.
    """
    if minute <= standing.ended:
        return standing
    after = replace(standing, begun=max(standing.begun, minute), ended=minute, last=result)
    if not result.counts:
        return after
    if result.is_good:
        return _turned(replace(after, failures=0, failing_since=None), firing=False)
    failures, since = standing.failures + 1, standing.failing_since or result.at
    firing = standing.firing or failures >= probe.failures_in_a_row
    return _turned(replace(after, failures=failures, failing_since=since), firing=firing)


def wants_telling(standing: Standing) -> bool:
    """Whether the alarms may know something else of it than what is."""
    return standing.told is not standing.firing


def hear(standing: Standing, *, told: bool) -> Standing:
    """When the alarms have been told that it fires, or no longer does."""
    return replace(standing, told=told)


def _turned(standing: Standing, *, firing: bool) -> Standing:
    return replace(standing, firing=firing, told=standing.told if standing.firing == firing else None)


def _is_v6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True


def _check_between(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise Invalid(field, f"must be between {least} and {most}")
