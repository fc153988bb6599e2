"""Snapshots that show everything that pages can show."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.advisories import AdvisoryStory, Category, listed
from chalicelib.domain.components import Component
from chalicelib.domain.days import Days
from chalicelib.domain.dossiers import Dossier, Known, of_component, of_group, today
from chalicelib.domain.incidents import ImportedIncident, Source, Story
from chalicelib.domain.maintenances import Course, ImportedMaintenance
from chalicelib.domain.record import Head
from chalicelib.domain.samples import Numbers
from chalicelib.domain.security import Action, Affected, Credit, Remedy, Severity, Vulnerability
from chalicelib.domain.snapshot import Advisories, Snapshot, warned_since
from chalicelib.domain.statuses import ComponentStatus as C
from chalicelib.domain.statuses import Impact
from chalicelib.domain.statuses import IncidentStatus as S
from chalicelib.domain.statuses import MaintenanceStatus as M
from chalicelib.domain.updates import ImportedUpdate, Period
from chalicelib.domain.uptime import Outage
from tests.advisories import LOW_SCORE, SCORE, a_statement
from tests.builders import NOW, STEP, a_component, a_course, a_group, a_snapshot, a_story
from tests.publishing.aftermaths import about_us, followed

DAY = timedelta(days=1)
OUT = {
    "web": (Outage(C.PARTIAL_OUTAGE, NOW - 2 * DAY, NOW - 2 * DAY + 3 * STEP),),
    "eu1-api": (Outage(C.MAJOR_OUTAGE, NOW - STEP),),
}
SAMPLES = Numbers(1000, 123_456_000, 2, 60, ("api",))
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
        followed(),
        _imported(),
    )


def courses() -> tuple[Course, ...]:
    """One maintenance of each kind."""
    under = {"docs": C.UNDER_MAINTENANCE}
    imported = ImportedMaintenance(
        NOW, NOW, NOW, "https://stspg.io/y", Impact.MAINTENANCE, closed_elsewhere=True
    )
    later = a_course(id="planned", seq=30, title="New disks", affects=under)
    moved = replace(later.updates[0], id="planned-moved", seq=31, plan=Period(NOW + DAY, NOW + 2 * DAY))
    return (
        replace(later, updates=(*later.updates, moved)),
        a_course(
            M.SCHEDULED, M.IN_PROGRESS, M.IN_PROGRESS, id="running", seq=26, at=NOW - 24 * STEP,
            affects=under, ends_by_clock=False,
        ),
        a_course(M.SCHEDULED, M.IN_PROGRESS, M.VERIFYING, id="checked", seq=22, at=NOW - 15 * STEP),
        a_course(
            M.SCHEDULED, M.IN_PROGRESS, M.COMPLETED, id="done", seq=18, at=NOW - 3 * DAY,
            ends_at=NOW - 3 * DAY + 8 * STEP,
        ),
        a_course(M.SCHEDULED, M.CANCELLED, id="off", seq=15, at=NOW - 4 * DAY),
        a_course(M.COMPLETED, id="told-late", seq=14, at=NOW - 5 * DAY, backfilled=True),
        a_course(id="elsewhere", seq=12, at=NOW - 6 * DAY, imported=imported, availability=None),
    )  # fmt: skip


def statements() -> tuple[AdvisoryStory, ...]:
    """One advisory of each kind."""
    parts: dict[str, Any] = {
        "vulnerabilities": (
            Vulnerability("CVE-2026-12345", "Sessions", "They stay.", SCORE),
            Vulnerability(title="Another", cvss=LOW_SCORE),
            Vulnerability("CVE-2026-22222"),
        ),
        "affected": (
            Affected("CLI", "Acme", ("< 2", "3.0"), ("2",), ("CVE-2026-12345",)),
            Affected("Server"),
            Affected("Library", fixed=("7",)),
        ),
        "actions": (
            Action("**Update**.", Remedy.VENDOR_FIX, "https://acme.example/2", ("CLI",), ("CVE-2026-12345",)),
            Action("Wait.", Remedy.NONE_AVAILABLE),
        ),
        "credits": (Credit(("Ada L.", "Grace H."), "Labs", "finding it"), Credit(organization="Others")),
    }
    old = NOW - 400 * DAY
    plain: dict[str, Any] = {"vulnerabilities": (), "affected": (), "credits": (), "references": ()}
    return (
        a_statement("First.", "Second.", id="CSA-2026-0001", seq=70, at=NOW - DAY, **parts),
        a_statement(
            id="CSA-2026-0002", seq=60, at=NOW - 2 * DAY, category=Category.PHISHING, severity=Severity.LOW,
            severity_stated=True, **plain,
        ),
        a_statement(
            id="CSA-2026-0003", seq=62, category=Category.MALWARE, withdrawn="It *was* none.", actions=(),
            **plain,
        ),
        a_statement(id="Old-1", seq=5, at=old, category=Category.BREACH, state={"imported": 1}, **plain),
    )  # fmt: skip


def secured(*told: AdvisoryStory, as_of: datetime = NOW) -> dict[str, Any]:
    """What a snapshot says of these advisories when they are all there are."""
    newest_first = sorted((it.advisory for it in told), key=lambda it: it.updated_at, reverse=True)
    since = warned_since(as_of, UTC)
    return {
        "threats": tuple(it for it in newest_first if it.is_threat(since)),
        "advisories": told,
        "security": Advisories(
            tuple(listed(it) for it in newest_first),
            tuple(newest_first),
            {it.advisory.key: it.updates[-1] for it in told},
        ),
    }


def everything(**changes: Any) -> Snapshot:
    """All of it, with grouped, loose and hidden components."""
    components = (
        a_component("web", name="Website", position=0, description="The shop"),
        a_component("eu-api", name="API", group="europe", position=1),
        a_component("eu-jobs", name="Jobs", group="europe", only_show_if_degraded=True),
        a_component("as-api", name="API", group="asia", only_show_if_degraded=True),
        a_component("docs", name="Documentation", position=9),
        a_component("na1-api", name="API", group="na1"),
        a_component("eu1-api", name="API", group="eu1"),
    )
    groups = (
        a_group("europe", position=1, description="Two places"),
        a_group("asia", position=2),
        a_group("na1", region="Americas", position=3),
        a_group("eu1", region="Europe", release="26.11", position=4),
    )
    days = (Head(9, "9" * 64, NOW - DAY),)
    beside = {**secured(*statements()), **about_us(*stories()), "days": days}
    found = a_snapshot(
        *stories(),
        *courses(),
        **{"components": components, "groups": groups, "outages": OUT, **beside, **changes},
    )
    return found if "dossiers" in changes else replace(found, dossiers=dossiers(found))


def dossiers(snapshot: Snapshot) -> tuple[Dossier, ...]:
    """Those of all components and groups, two of which have samples; an incident concerned them all."""
    incident = stories()[2].incident
    numbers = {today(NOW) - DAY * ago: {"web": SAMPLES, "na1-api": SAMPLES} for ago in range(3)}
    days = Days(numbers, frozenset({today(NOW)}), seq=3)
    known = Known(snapshot.as_of, days, snapshot.outages, {it.id: [incident] for it in snapshot.components})
    made = {it.id: _dossier(it, snapshot, known) for it in snapshot.components}
    together = (
        of_group(it, snapshot.statuses[it.id], tuple(made[one.id] for one in snapshot.members(it)), known)
        for it in snapshot.groups
    )
    return (*made.values(), *together)


def _dossier(component: Component, snapshot: Snapshot, known: Known) -> Dossier:
    group = snapshot.groups_by_id.get(component.group or "")
    return of_component(component, snapshot.statuses[component.id], known, group=group, touch=None)


def _imported() -> Story:
    story = a_story(S.MONITORING, id="elsewhere", seq=10, at=NOW - 40 * DAY)
    at = story.updates[0].happened_at
    update = replace(
        story.updates[0], body="a<br />b", recorded_at=NOW - DAY, imported=ImportedUpdate(at, at)
    )
    closed = replace(IMPORTED, closed_elsewhere=True)
    return Story(replace(story.incident, imported=closed, source=Source.IMPORT), (update,))
