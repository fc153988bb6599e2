"""What an SNS topic hands to the function: recorded events, taken in or left."""

import json
import logging
from typing import Any

import pytest

import app
from chalicelib.domain.alarms import Rule
from chalicelib.domain.statuses import ComponentStatus
from chalicelib.stores import alarm_rules, alarms, incidents, opened
from chalicelib.triggers.alarm_published import alarm_published
from tests.intake.alarms.recorded import FOLDER, payload
from tests.worlds import World

pytestmark = pytest.mark.skipif(
    not FOLDER.exists(), reason="the recorded payloads are not beside the project"
)
FOREIGN = ["message_backup", "message_dms_notification", "message_glue_notification",
           "message_guardduty_finding", "message_text_message"]  # fmt: skip


def event(name: str, **changes: Any) -> dict[str, Any]:
    """A recorded event, its messages changed where they are alarms."""
    told: dict[str, Any] = json.loads(payload(f"aws-notify-slack/{name}"))
    for record in told["Records"] if changes else ():
        record["Sns"]["Message"] = json.dumps({**json.loads(record["Sns"]["Message"]), **changes})
    return told


@pytest.fixture
def world(table: str) -> World:
    """A component, and a rule about every alarm of CloudWatch."""
    world = World()
    world.component("db", "Database")
    rule = Rule("all", {"source": "cloudwatch", "alarm": "DB*"}, "db", ComponentStatus.MAJOR_OUTAGE, world.at)
    world.change(lambda moment: alarm_rules.add(rule, None, moment))
    return world


def test_an_alarm_over_a_topic_is_suspected_and_retracted(world: World) -> None:
    fires = event(
        "message_cloudwatch_alarm", NewStateValue="ALARM", StateChangeTime="2019-02-12T15:40:24.006+0000"
    )

    app.on_alarm_published(fires, None)
    app.on_alarm_published(fires, None)
    (id,) = opened.ids("incident")
    app.on_alarm_published(event("message_cloudwatch_alarm"), None)

    assert [update.status.value for update in incidents.updates(id)] == ["suspected", "retracted"]


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_alarm_is_noted_and_left(
    world: World, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "candor.alarms"):
        outcome = alarm_published(event(name)["Records"])

    assert outcome == alarms.Outcome()
    assert {json.loads(record.message)["refused"] for record in caplog.records} == {"Message"}
    assert opened.ids("incident") == []


def test_an_alarm_beside_something_else_is_taken_in(world: World) -> None:
    fires = event("message_cloudwatch_alarm", NewStateValue="ALARM")

    outcome = alarm_published([*event("message_backup")["Records"], *fires["Records"]])

    assert (outcome.alarms, len(outcome.incidents)) == (1, 1)
