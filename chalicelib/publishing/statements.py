"""What updates changed in an advisory, for its page: each field as it read before, and after."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.advisories import Advisory, AdvisoryStory, AdvisoryUpdate
from chalicelib.domain.restatements import Earlier
from chalicelib.domain.security import Action, Affected, Vulnerability
from chalicelib.publishing.templates import word


@dataclass(frozen=True)
class Turn:
    """A field that an update changed, in a line each for what it held; nothing is no line."""

    field: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def turns(story: AdvisoryStory) -> dict[str, list[Turn]]:
    """What the updates changed, by their ids; what one left is what the next one that changed it found."""
    found: dict[str, list[Turn]] = {}
    standing: Advisory = story.advisory
    after = {name: getattr(standing, name) for name in _WRITTEN}
    for update in reversed(_told(story.updates)):
        if update.earlier is None:
            continue
        found[update.id] = list(_turns(update.earlier, after))
        after |= {name: getattr(update.earlier, name) for name in update.earlier.changed}
    return found


def _told(updates: Iterable[AdvisoryUpdate]) -> list[AdvisoryUpdate]:
    return sorted(updates, key=lambda update: update.seq)


def _turns(earlier: Earlier, after: dict[str, Any]) -> Iterator[Turn]:
    for name in earlier.changed:
        written = _WRITTEN[name]
        yield Turn(name, tuple(written(getattr(earlier, name))), tuple(written(after[name])))


def _text(text: str | None) -> list[str]:
    return [text] if text else []


def _severity(severity: str | None) -> list[str]:
    return [word("severity", severity)] if severity else []


def _vulnerability(it: Vulnerability) -> str:
    known = it.cve or it.title or it.description or ""
    score = f"CVSS {it.cvss.version}: {it.cvss.score}" if it.cvss else ""
    return ", ".join(filter(None, (known, score)))


def _affected(it: Affected) -> str:
    name = f"{it.vendor} {it.product}" if it.vendor else it.product
    versions = f"{word('stated', 'versions')} {', '.join(it.versions)}" if it.versions else ""
    fixed = f"{word('stated', 'fixed')} {', '.join(it.fixed)}" if it.fixed else ""
    return "; ".join(filter(None, (name, versions, fixed, ", ".join(it.cves))))


def _vulnerabilities(found: Iterable[Vulnerability]) -> list[str]:
    return [_vulnerability(it) for it in found]


def _all_affected(found: Iterable[Affected]) -> list[str]:
    return [_affected(it) for it in found]


def _actions(found: Iterable[Action]) -> list[str]:
    return [" ".join(filter(None, (it.text, it.url))) for it in found]


_WRITTEN: dict[str, Any] = {
    "title": _text,
    "summary": _text,
    "severity": _severity,
    "vulnerabilities": _vulnerabilities,
    "affected": _all_affected,
    "actions": _actions,
}
