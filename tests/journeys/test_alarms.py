"""What alarms open and take back counts in the figures like what people say, and verifies."""

from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.times import iso
from chalicelib.stores import figures
from tests.journeys.runtime import Runtime
from tests.local.laptops import command

pytestmark = pytest.mark.slow


@pytest.fixture
def watched(laptop: Runtime) -> Runtime:
    """A page with a rule about the alarms of its checkout."""
    laptop.say("/alarms/rules", match={"app": "shop"}, component="checkout", status="partial_outage")
    return laptop


def says(laptop: Runtime, status: str) -> Any:
    """One alarm of the shop says this, two minutes later."""
    laptop.pass_minutes(2)
    alarm = {"fingerprint": "a", "status": status, "labels": {"app": "shop"}, "at": iso(laptop.told.at)}
    return laptop.say("/alarms/generic", alarms=[alarm])


def holds(laptop: Runtime, folder: Path) -> bool:
    """Whether the figures are those of the record, by what stands here and by what readers can see."""
    done = command(folder, "verify", laptop.address)
    return figures.recount() == [] and done.returncode == 0


def test_what_an_alarm_opened_and_took_back_counts_and_verifies(watched: Runtime, tmp_path: Path) -> None:
    (id,) = says(watched, "firing")["incidents"]
    opened = watched.ask("GET", "/trust/figures.json").text
    assert holds(watched, tmp_path)

    says(watched, "resolved")

    assert watched.ask("GET", f"/api/v1/incidents/{id}").json["status"] == "retracted"
    assert watched.ask("GET", "/trust/figures.json").text != opened
    assert holds(watched, tmp_path)


def test_what_people_confirmed_and_ended_counts_and_verifies(watched: Runtime, tmp_path: Path) -> None:
    (id,) = says(watched, "firing")["incidents"]

    watched.pass_minutes(1)
    watched.say(f"/incidents/{id}/confirm")
    says(watched, "resolved")
    watched.say(f"/incidents/{id}/updates", status="resolved", body="Over.")

    assert holds(watched, tmp_path)


def test_a_flapping_alarm_counts_and_verifies(watched: Runtime, tmp_path: Path) -> None:
    for status in ("firing", "resolved", "firing", "resolved"):
        says(watched, status)

    watched.pass_minutes(16)

    assert holds(watched, tmp_path)
