"""Snapshots that show everything that pages can show."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.domain.incidents import ImportedIncident, Source, Story
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import ComponentStatus as C
from chalicelib.domain.statuses import Impact
from chalicelib.domain.statuses import IncidentStatus as S
from chalicelib.domain.updates import ImportedUpdate
from tests.builders import NOW, STEP, a_component, a_group, a_snapshot, a_story

DAY = timedelta(days=1)
IMPORTED = ImportedIncident(NOW - 40 * DAY, NOW - 40 * DAY, "https://stspg.io/x")


def stories() -> tuple[Story, ...]:
    """One incident of each kind."""
    overdue: dict[str, Any] = {
        "affects": {"eu-api": C.MAJOR_OUTAGE},
        "impact": Impact.CRITICAL,
        "next_update_by": NOW - STEP,
    }
    return (
        a_story(S.INVESTIGATING, S.IDENTIFIED, id="open", seq=50, at=NOW - 6 * STEP, **overdue),
        a_story(
            S.SUSPECTED, id="maybe", seq=48, at=NOW - 3 * STEP, next_update_by=NOW + STEP, source=Source.ALARM
        ),
        a_story(
            S.INVESTIGATING,
            S.RESOLVED,
            id="over",
            seq=40,
            at=NOW - 2 * DAY,
            affects={"web": C.PARTIAL_OUTAGE},
        ),
        a_story(S.SUSPECTED, S.RETRACTED, id="nothing", seq=36, at=NOW - 2 * DAY - STEP, impact=Impact.NONE),
        a_story(
            S.RESOLVED, id="afterwards", seq=34, at=NOW - 5 * DAY, backfilled=True, detected_at=NOW - 5 * DAY
        ),
        _imported(),
    )


def everything(**changes: Any) -> Snapshot:
    """All of it, with grouped, loose and hidden components."""
    components = (
        a_component("web", name="Website", position=0, description="The shop"),
        a_component("eu-api", name="API", group="europe", position=1),
        a_component("eu-jobs", name="Jobs", group="europe", only_show_if_degraded=True),
        a_component("as-api", name="API", group="asia", only_show_if_degraded=True),
        a_component("docs", name="Documentation", position=9),
    )
    groups = (a_group("europe", position=1, description="Two places"), a_group("asia", position=2))
    return a_snapshot(*stories(), **{"components": components, "groups": groups, **changes})


def _imported() -> Story:
    story = a_story(S.MONITORING, id="elsewhere", seq=10, at=NOW - 40 * DAY)
    at = story.updates[0].happened_at
    update = replace(
        story.updates[0], body="a<br />b", recorded_at=NOW - DAY, imported=ImportedUpdate(at, at)
    )
    closed = replace(IMPORTED, closed_elsewhere=True)
    return Story(replace(story.incident, imported=closed, source=Source.IMPORT), (update,))
