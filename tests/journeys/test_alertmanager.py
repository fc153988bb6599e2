"""A real Alertmanager fires, repeats itself, resolves in part and resolves: what readers see of it."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.domain.keys import Scope
from chalicelib.domain.times import iso
from chalicelib.stores import opened, record
from tests.alertmanagers import PATIENCE_SECONDS, Alertmanager, alertmanager
from tests.api.callers import a_key
from tests.journeys.runtime import Runtime

pytestmark = pytest.mark.slow
RULE = {
    "match": {"service": "checkout", "severity": "crit*"}, "component": "checkout", "status": "major_outage",
    "title": "Checkout fails in {region}",
}  # fmt: skip


@pytest.fixture
def monitoring(laptop: Runtime) -> Iterator[Alertmanager]:
    """An Alertmanager with a key that may send alarms and nothing else, and a rule about what it sends."""
    laptop.say("/alarms/rules", **RULE)
    key = a_key(Scope.ALARMS_SEND, id="monitoring")
    with alertmanager(f"{laptop.address}/api/v1/alarms/alertmanager", key) as found:
        yield found


def an_alert(name: str, region: str, *, over: bool = False) -> dict[str, Any]:
    """An alert of the checkout, as Prometheus gives it."""
    labels = {"alertname": name, "service": "checkout", "severity": "critical", "region": region}
    told = {"labels": labels, "annotations": {"summary": "5xx > 5% on <b>db1.internal</b>"}}
    return {**told, "endsAt": iso(wiring.now())} if over else told


def until(laptop: Runtime, seen: Callable[[], bool]) -> None:
    """Let time pass and the publisher run until readers see something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not seen():
        assert time.monotonic() < deadline, laptop.get("/")
        laptop.told.at = wiring.now()
        laptop.publish()
        time.sleep(0.05)


def status(laptop: Runtime, id: str) -> str:
    """Where an incident stands."""
    return str(laptop.ask("GET", f"/api/v1/incidents/{id}").json["status"])


def fired(laptop: Runtime, monitoring: Alertmanager) -> str:
    """The incident that two alerts have opened."""
    laptop.told.at = wiring.now()
    monitoring.give(an_alert("HighErrorRate", "eu1"), an_alert("Slow", "eu1"))
    until(laptop, lambda: "Checkout fails in eu1" in laptop.get("/"))
    (id,) = opened.ids("incident")
    until(laptop, lambda: laptop.ask("GET", f"/incidents/{id}/").status == 200)
    return id


def test_suspected_repeated_resolved_in_part_and_retracted(laptop: Runtime, monitoring: Alertmanager) -> None:
    id = fired(laptop, monitoring)
    page = laptop.get("/")
    assert "Not confirmed yet" in page
    assert "Major System Outage" in page
    assert "db1.internal" not in page + laptop.get(f"/incidents/{id}/")

    head = record.head()
    monitoring.give(an_alert("HighErrorRate", "eu1"), an_alert("Slow", "eu1"))
    monitoring.await_more(2)
    assert record.head() == head

    monitoring.give(an_alert("HighErrorRate", "eu1", over=True))
    monitoring.await_more(2)
    assert (record.head(), status(laptop, id)) == (head, "suspected")

    monitoring.give(an_alert("Slow", "eu1", over=True))
    until(laptop, lambda: "Retracted" in laptop.get(f"/incidents/{id}/"))
    until(laptop, lambda: "All Systems Operational" in laptop.get("/"))
    assert status(laptop, id) == "retracted"
    assert "every alarm of Checkout has ended" in laptop.get(f"/incidents/{id}/")


def test_what_a_person_confirmed_a_person_resolves(laptop: Runtime, monitoring: Alertmanager) -> None:
    id = fired(laptop, monitoring)

    laptop.say(f"/incidents/{id}/confirm")
    assert "Not confirmed yet" not in laptop.get("/")
    monitoring.give(an_alert("HighErrorRate", "eu1", over=True), an_alert("Slow", "eu1", over=True))
    monitoring.await_more(1)
    assert status(laptop, id) == "investigating"

    laptop.say(f"/incidents/{id}/updates", status="resolved", body="A bad deploy was taken back.")
    assert "All Systems Operational" in laptop.get("/")
    assert status(laptop, id) == "resolved"
