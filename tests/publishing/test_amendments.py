"""What stands above a story when it was put right: how it read is one click away, with the reason."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from chalicelib.domain.statuses import Availability, Impact, MaintenanceStatus
from chalicelib.domain.updates import Amendment, Detected
from chalicelib.publishing import site
from tests.builders import NOW, a_course, a_snapshot, a_story
from tests.publishing.reading import page
from tests.publishing.test_texts import HOSTILE

SITE = "https://status.example.com"


def text(key: str, *told: Any) -> str:
    return page(site.build(a_snapshot(*told), site_url=SITE)[key].body).text


def test_an_incident_keeps_its_earlier_title_and_impact() -> None:
    story = a_story(id="slow")
    amendment = Amendment("Only cards.", NOW, "All is slow", Impact.CRITICAL)

    shown = text(
        "incidents/slow/index.html",
        replace(story, incident=replace(story.incident, title="Fine", amendments=(amendment,))),
    )

    assert (
        "Corrected 22 Nov 2026, 09:05 UTC: Only cards. The title read: All is slow"
        " The impact was given as: Critical impact"
    ) in shown


@pytest.mark.parametrize(
    ("at", "words"),
    [
        pytest.param(NOW, "It was said to be detected 22 Nov 2026, 09:05 UTC", id="another time"),
        pytest.param(None, "Nobody had said when it was detected", id="no time"),
    ],
)
def test_an_incident_keeps_when_it_was_said_to_be_detected(at: datetime | None, words: str) -> None:
    story = a_story(id="slow")
    amendment = Amendment("Our logs.", NOW, detected=Detected(at))

    shown = text(
        "incidents/slow/index.html", replace(story, incident=replace(story.incident, amendments=(amendment,)))
    )

    assert f"Our logs. {words}" in shown


def test_a_maintenance_keeps_its_earlier_title_and_availability() -> None:
    course = a_course(MaintenanceStatus.SCHEDULED, id="disks")
    amendment = Amendment("We misspoke.", NOW, "Old disks", availability=Availability.READ_ONLY)

    shown = text(
        "maintenances/disks/index.html",
        replace(course, maintenance=replace(course.maintenance, amendments=(amendment,))),
    )

    assert "We misspoke. The title read: Old disks While it runs was given as: Read only" in shown


@pytest.mark.parametrize("hostile", HOSTILE)
def test_reasons_and_titles_do_nothing(hostile: str) -> None:
    story = a_story(id="slow")
    told = replace(story, incident=replace(story.incident, amendments=(Amendment(hostile, NOW, hostile),)))

    body = site.build(a_snapshot(told), site_url=SITE)["incidents/slow/index.html"].body

    assert not {"script", "img", "iframe"} & {tag.name for tag in page(body).tags}
