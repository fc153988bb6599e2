"""What the writers of a storm send: stories of each kind, opened and gone on with, every word marked."""

from collections.abc import Callable
from typing import Any, NamedTuple

STEPS = 5
"""After so many posts a writer begins another story: none grows without bound."""

FAR = {"starts_at": "2999-01-01T00:00:00Z", "ends_at": "2999-01-02T00:00:00Z"}
DUE = "2998-12-01T00:00:00Z"


class Post(NamedTuple):
    """A request, and the page whose readers see its mark once (none: they see the newest one alone)."""

    method: str
    path: str
    body: dict[str, Any]
    page: str | None


class Told(NamedTuple):
    """Which story a writer is at, how far, the mark of the next word, and the answer to its first."""

    story: str
    step: int
    mark: str
    opened: dict[str, Any]

    @property
    def words(self) -> str:
        """What it says."""
        return f"Word {self.mark}."


def incident(told: Told) -> Post:
    """An incident and updates to it."""
    page = f"/incidents/{told.story}/"
    if not told.step:
        body = {"id": told.story, "title": f"Storm {told.story}", "body": told.words}
        return Post("POST", "/incidents", body, page)
    body = {"status": "identified", "body": told.words}
    return Post("POST", f"/incidents/{told.story}/updates", body, page)


def maintenance(told: Told) -> Post:
    """A maintenance that is announced, spoken of, and moved."""
    page = f"/maintenances/{told.story}/"
    if not told.step:
        body = {"id": told.story, "title": f"Storm {told.story}", "body": told.words, **FAR}
        return Post("POST", "/maintenances", {**body, "availability": "read_only"}, page)
    if told.step % 2:
        body = {"status": "scheduled", "body": told.words}
        return Post("POST", f"/maintenances/{told.story}/updates", body, page)
    body = {"body": told.words, "ends_at": f"2999-01-{told.step + 2:02}T00:00:00Z"}
    return Post("POST", f"/maintenances/{told.story}/reschedule", body, page)


def advisory(told: Told) -> Post:
    """An advisory that is published at once, and updates to it."""
    page = f"/security/{told.story}/"
    if not told.step:
        body = {"id": told.story, "title": f"Storm {told.story}", "category": "notice", "actions": "Wait."}
        return Post("POST", "/advisories", {**body, "summary": told.words, "published": True}, page)
    return Post("POST", f"/advisories/{told.story}/updates", {"body": told.words}, page)


def correction(told: Told) -> Post:
    """An incident whose first words are put right again and again."""
    if not told.step:
        return incident(told)
    body = {"reason": f"Reason {told.step}", "body": told.words}
    path = f"/incidents/{told.story}/updates/{told.opened['updates'][0]['id']}"
    return Post("PATCH", path, body, f"/incidents/{told.story}/")


def follow_up(told: Told) -> Post:
    """An incident after which one thing after the other is promised."""
    if not told.step:
        return incident(told)
    body = {"id": f"f-{told.step}", "text": told.words, "due": DUE}
    return Post("POST", f"/incidents/{told.story}/follow-ups", body, f"/incidents/{told.story}/")


def component(told: Told) -> Post:
    """A component that is described anew again and again."""
    if not told.step:
        body = {"id": told.story, "name": f"Storm {told.story}", "description": told.words}
        return Post("POST", "/components", body, None)
    return Post("PATCH", f"/components/{told.story}", {"description": told.words}, None)


KINDS: tuple[Callable[[Told], Post], ...] = (
    incident, maintenance, advisory, correction, follow_up, component
)  # fmt: skip
SPOKEN = frozenset(
    {
        "incident.opened", "incident.updated", "maintenance.announced", "maintenance.updated",
        "maintenance.rescheduled", "advisory.published", "advisory.updated",
    }
)  # fmt: skip
"""The entries whose words are in the feeds; a correction puts others in their place."""

CORRECTS = KINDS.index(correction)
