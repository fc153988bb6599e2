"""Advisories for tests: each builder hides what does not matter, and takes by name what does."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.domain.advisories import (
    Advisory,
    AdvisoryStatus,
    AdvisoryStory,
    Category,
    Words,
    add_update,
    draft,
    publish,
    withdraw,
)
from chalicelib.domain.record import Moment
from chalicelib.domain.security import (
    Action,
    Affected,
    Credit,
    Reference,
    Remedy,
    Score,
    Severity,
    Vulnerability,
)
from tests.builders import NOW, STEP

SCORE = Score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "9.8", Severity.CRITICAL)
LOW_SCORE = Score("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:N/A:N", "4.3", Severity.MEDIUM)
SAID: dict[str, Any] = {
    "title": "Sessions survive a sign-out",
    "category": Category.VULNERABILITY,
    "summary": "Whoever kept a session could go on using it.",
    "vulnerabilities": (Vulnerability("CVE-2026-12345", cvss=SCORE),),
    "affected": (Affected("Acme CLI", "Acme", ("< 2.4.1",), ("2.4.1",)),),
    "actions": (Action("Update to 2.4.1.", Remedy.VENDOR_FIX),),
    "references": (Reference("https://acme.example/sessions", "More about it"),),
    "credits": (Credit(("Ada L.",), "Example Labs"),),
}


def a_draft(id: str = "CSA-2026-0001", *, at: datetime = NOW, seq: int = 2, **said: Any) -> Advisory:
    """An advisory about a vulnerability that nobody has published yet."""
    return draft(id, {**SAID, **said}, moment=Moment(at, seq))


def an_advisory(id: str = "CSA-2026-0001", **said: Any) -> Advisory:
    """A published one."""
    return a_statement(id=id, **said).advisory


def a_statement(
    *bodies: str,
    id: str = "CSA-2026-0001",
    at: datetime = NOW,
    seq: int = 2,
    withdrawn: str | None = None,
    state: dict[str, Any] | None = None,
    **said: Any,
) -> AdvisoryStory:
    """A published advisory told in one update per body, ten minutes apart, and perhaps withdrawn."""
    first, *others = bodies or ("We found it and fixed it.",)
    told = publish(
        a_draft(id, at=at, seq=seq, **said), Words(first, {}), id=f"{id.lower()}-0", moment=Moment(at, seq)
    )
    advisory, updates = told.advisory, list(told.updates)
    for n, body in enumerate(others, 1):
        moment = Moment(at + n * STEP, seq + n)
        told = add_update(advisory, Words(body, {}), id=f"{id.lower()}-{n}", moment=moment)
        advisory, updates = told.advisory, [*updates, *told.updates]
    if withdrawn:
        moment = Moment(at + len(updates) * STEP, seq + len(updates))
        told = withdraw(advisory, withdrawn, id=f"{id.lower()}-{len(updates)}", moment=moment)
        advisory, updates = told.advisory, [*updates, *told.updates]
    return AdvisoryStory(replace(advisory, **state or {}), tuple(updates))


def in_status(status: AdvisoryStatus) -> Advisory:
    """An advisory that stands there."""
    if status is AdvisoryStatus.DRAFT:
        return a_draft()
    told = {
        AdvisoryStatus.PUBLISHED: ("a",),
        AdvisoryStatus.UPDATED: ("a", "b"),
        AdvisoryStatus.WITHDRAWN: ("a",),
    }
    return a_statement(
        *told[status], withdrawn="Wrong." if status is AdvisoryStatus.WITHDRAWN else None
    ).advisory
