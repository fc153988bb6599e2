"""What an update of an advisory changed in what the advisory states: how that read before."""

from dataclasses import dataclass
from typing import Any

from chalicelib.domain.security import Action, Affected, Severity, Vulnerability

STATED = ("title", "summary", "severity", "vulnerabilities", "affected", "actions")
"""The fields of an advisory that readers act upon."""


@dataclass(frozen=True)
class Earlier:
    """What an advisory stated before an update: `changed` names its fields that did, the others are None."""

    changed: tuple[str, ...]
    title: str | None = None
    summary: str | None = None
    severity: Severity | None = None
    vulnerabilities: tuple[Vulnerability, ...] | None = None
    affected: tuple[Affected, ...] | None = None
    actions: tuple[Action, ...] | None = None


def earlier(before: Any, after: Any) -> Earlier | None:
    """What one advisory stated otherwise than the other; None where it stated the same."""
    changed = {
        name: getattr(before, name) for name in STATED if getattr(before, name) != getattr(after, name)
    }
    return Earlier(tuple(changed), **changed) if changed else None
