"""What other people's systems send becomes alarms, or is refused with the field that is wrong."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chalicelib.domain.alarms import Alarm
from chalicelib.domain.errors import Invalid
from chalicelib.intake.alarms import alertmanager, cloudwatch, generic, grafana, pagerduty, statuspage
from tests.intake.alarms.recorded import FOLDER, payload

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Read = Callable[..., list[Alarm]]
pytestmark = pytest.mark.skipif(
    not FOLDER.exists(), reason="the recorded payloads are not beside the project"
)


def at(*parts: int, ms: int = 0) -> datetime:
    """A time in UTC."""
    return datetime(*parts, microsecond=ms * 1000, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("webhook_01", [("7abe6021b4f90255", True), ("478d6f3b5e489264", True)]),
        ("webhook_02", [("16d43b05702bbadb", True)]),
        ("webhook_03", [("7abe6021b4f90255", False), ("478d6f3b5e489264", True)]),
        ("webhook_04", [("478d6f3b5e489264", False)]),
    ],
)
def test_what_an_alertmanager_sent(name: str, expected: list[tuple[str, bool]]) -> None:
    found = alertmanager.read(payload(f"alertmanager-0.25-captured/{name}"), now=NOW)

    assert [(alarm.fingerprint, alarm.firing) for alarm in found] == expected


def test_an_alert_is_taken_whole() -> None:
    first, second = alertmanager.read(payload("alertmanager-0.25-captured/webhook_01"), now=NOW)

    assert first.labels == {
        "source": "alertmanager", "alertname": "HighErrorRate", "region": "eu-west-1", "service": "checkout",
        "severity": "critical",
    }  # fmt: skip
    assert (first.title, first.at) == ("5xx > 5% for 10m", at(2026, 11, 22, 4, 59, 12, ms=363))
    ended, _ = alertmanager.read(payload("alertmanager-0.25-captured/webhook_03"), now=NOW)
    assert (ended.key, ended.at) == (first.key, at(2026, 11, 22, 4, 59, 15))
    assert second.key != first.key


@pytest.mark.parametrize(
    ("read", "name", "count"),
    [
        (alertmanager.read, "alertmanager", 2),
        (alertmanager.read, "legacy_alertmanager", 1),
        (grafana.read, "grafana", 1),
        (grafana.read, "grafana_alerting", 3),
        (grafana.read, "legacy_grafana_alerting", 1),
    ],
)
def test_what_alertmanagers_and_grafana_sent_to_others(read: Read, name: str, count: int) -> None:
    body = payload(f"grafana-oncall/{name}.example_payload")

    found = read(body, now=NOW)

    assert (len({alarm.key for alarm in found}), {alarm.firing for alarm in found}) == (count, {True})
    assert {alarm.source for alarm in found} == {read.__module__.rpartition(".")[2]}
    assert read(body, now=NOW) == found


def test_an_alert_without_a_fingerprint_is_known_by_its_labels() -> None:
    def an_alert(**labels: str) -> Alarm:
        alert = {"status": "firing", "startsAt": "2026-11-22T04:59:12Z", "labels": labels}
        (found,) = grafana.read(json.dumps({"version": "1", "alerts": [alert]}).encode(), now=NOW)
        return found

    assert an_alert(a="b", c="d").key == an_alert(c="d", a="b").key != an_alert(a="b").key


@pytest.mark.parametrize("end", [None, "0001-01-01T00:00:00Z"])
def test_an_alert_that_does_not_say_when_it_was_over_is_over_now(end: str | None) -> None:
    alert = {"status": "resolved", "startsAt": "2026-11-22T04:59:12Z", "endsAt": end, "fingerprint": "x"}

    (found,) = alertmanager.read(json.dumps({"version": "4", "alerts": [alert]}).encode(), now=NOW)

    assert (found.firing, found.at, found.title) == (False, NOW, "")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("triggered_v3", [("PFQZPSY", True, "Test Incident 3")]),
        ("acknowledged_v3", [("PQ1K5C8", True, "Test Incident")]),
        ("resolved_v3", [("PCPZE64", False, "Test Incident")]),
        ("priority_updated_v3", [("Q3B15VLMF3ASBD", True, "Critical: Checkout API High Latency")]),
        ("status_updated_v3", []),
    ],
)
def test_what_pagerduty_sent(name: str, expected: list[tuple[str, bool, str]]) -> None:
    body = payload(f"pagerduty-v3-zulip/{name}")

    found = pagerduty.read(body, now=datetime.fromisoformat(json.loads(body)["event"]["occurred_at"]))

    assert [(alarm.fingerprint, alarm.firing, alarm.title) for alarm in found] == expected


def test_an_incident_of_pagerduty_is_known_by_its_service() -> None:
    body = payload("pagerduty-v3-zulip/priority_updated_v3")

    (found,) = pagerduty.read(body, now=at(2026, 4, 2, 2, 15, 36))

    with pytest.raises(Invalid, match="more than a day ago"):
        pagerduty.read(body, now=at(2026, 4, 2, 2, 15, 37))
    assert found.at == at(2026, 4, 1, 2, 15, 36, ms=315)
    assert found.labels == {
        "source": "pagerduty", "title": "Critical: Checkout API High Latency", "service": "Default Service",
        "service_id": "PLVTM9H", "priority": "P2", "urgency": "high",
    }  # fmt: skip


def test_a_trial_message_of_pagerduty_is_no_alarm() -> None:
    body = {"event": {"event_type": "pagey.ping", "occurred_at": "2026-04-01T02:15:36.315Z", "data": {}}}

    assert pagerduty.read(json.dumps(body).encode(), now=NOW) == []


def test_what_cloudwatch_sent_to_a_topic() -> None:
    (fires,) = cloudwatch.read(payload("aws-notify-slack/event_cloudwatch_alarm").decode())
    event = json.loads(payload("aws-notify-slack/message_cloudwatch_alarm"))
    (well,) = cloudwatch.read(event["Records"][0]["Sns"]["Message"])

    assert (fires.firing, fires.title, fires.at) == (True, "Example", at(2017, 1, 12, 16, 30, 42, ms=236))
    assert (well.firing, well.at) == (False, at(2019, 2, 12, 15, 45, 24, ms=6))
    assert well.labels == {
        "source": "cloudwatch", "alarm": "DBMigrationRequired", "account": "735598076380",
        "region": "US (Virginia)", "metric": "DBMigrationRequired", "namespace": "LogMetrics",
    }  # fmt: skip


def an_alarm_of_cloudwatch(**changes: Any) -> str:
    """A message of CloudWatch."""
    told = json.loads(payload("aws-notify-slack/event_cloudwatch_alarm"))
    return json.dumps({**told, **changes})


def test_an_alarm_of_cloudwatch_that_lacks_data_says_nothing() -> None:
    assert cloudwatch.read(an_alarm_of_cloudwatch(NewStateValue="INSUFFICIENT_DATA")) == []


def test_dimensions_are_labels_and_name_nothing_else() -> None:
    dimensions = [{"name": "Queue", "value": "orders"}, {"name": "alarm", "value": "x"}]

    (found,) = cloudwatch.read(an_alarm_of_cloudwatch(Trigger={"Dimensions": dimensions}))

    assert (found.labels["Queue"], found.labels["alarm"]) == ("orders", "Example")


def test_alarms_of_two_regions_are_two_and_a_long_name_is_cut() -> None:
    arn = "arn:aws:cloudwatch:{}:000000000000:alarm:Example"
    keys = {
        cloudwatch.read(an_alarm_of_cloudwatch(AlarmArn=arn.format(region)))[0].key
        for region in ("eu-west-1", "eu-west-2")
    }
    (long,) = cloudwatch.read(an_alarm_of_cloudwatch(AlarmName="x" * 200))

    assert len(keys) == 2
    assert len(long.fingerprint) == 200


COMPONENT = {
    "page": {"id": "jb7j80lkgqvb"},
    "component": {"id": "sqm6pl84wzjc", "name": "Database", "status": "partial_outage"},
    "component_update": {
        "old_status": "operational", "new_status": "partial_outage", "id": "nd963wv4j30b",
        "created_at": "2017-12-26T07:59:09.379Z", "component_id": "sqm6pl84wzjc",
    },
}  # fmt: skip
INCIDENT = {
    "page": {"id": "jb7j80lkgqvb", "status_indicator": "none"},
    "incident": {
        "id": "z3lct0r596n4", "name": "Delays", "status": "identified", "impact": "major",
        "updated_at": "2017-12-26T07:37:20.837Z", "scheduled_for": None,
        "components": [{"id": "a", "name": "Portal"}, {"id": "b", "name": "API"}],
    },
}  # fmt: skip


def a_message(told: dict[str, Any], **changes: Any) -> bytes:
    """A webhook of Statuspage, with changes in its last part."""
    name, last = list(told.items())[-1]
    return json.dumps({**told, name: {**last, **changes}}).encode()


@pytest.mark.parametrize(
    ("status", "firing"),
    [
        ("degraded_performance", True),
        ("major_outage", True),
        ("operational", False),
        ("under_maintenance", False),
    ],
)
def test_a_vendors_component_is_an_alarm(status: str, firing: bool) -> None:
    (found,) = statuspage.read(a_message(COMPONENT, new_status=status), now=NOW)

    assert (found.firing, found.at) == (firing, at(2017, 12, 26, 7, 59, 9, ms=379))
    assert (found.labels["component"], found.labels["status"]) == ("Database", status)


@pytest.mark.parametrize("status", ["investigating", "identified", "monitoring", "resolved", "postmortem"])
def test_a_vendors_incident_is_an_alarm_until_it_is_over(status: str) -> None:
    (found,) = statuspage.read(a_message(INCIDENT, status=status), now=NOW)

    assert found.firing == (status not in ("resolved", "postmortem"))
    assert found.labels["components"] == "Portal, API"


def test_what_a_vendor_does_not_say_is_null() -> None:
    (found,) = statuspage.read(a_message(INCIDENT, impact=None, components=None), now=NOW)

    assert (found.firing, found.labels["impact"], "components" in found.labels) == (True, "none", True)


@pytest.mark.parametrize("change", [{"scheduled_for": "2017-12-27T07:00:00Z"}, {"impact": "maintenance"}])
def test_planned_work_of_a_vendor_is_no_alarm(change: dict[str, Any]) -> None:
    assert statuspage.read(a_message(INCIDENT, **change), now=NOW) == []


def test_whatever_can_send_json_can_send_an_alarm() -> None:
    told = {
        "alarms": [
            {"fingerprint": "disk", "status": "firing", "labels": {"app": "shop"}, "title": "Disk full"},
            {"fingerprint": "cpu", "status": "resolved", "at": "2026-11-23T09:59:00+01:00"},
        ]
    }

    disk, cpu = generic.read(json.dumps(told).encode(), now=NOW)

    assert disk == Alarm(
        "generic", "disk", True, NOW, {"app": "shop"}, "Disk full", is_dated=False
    )  # fmt: skip
    assert cpu == Alarm("generic", "cpu", False, at(2026, 11, 23, 8, 59))


ALERT = {"status": "firing", "startsAt": "2026-11-22T04:59:12Z", "fingerprint": "x"}
EVENT = {
    "event_type": "incident.triggered",
    "resource_type": "incident",
    "occurred_at": "2026-04-01T02:15:36Z",
}


def cloudwatch_read(body: bytes, *, now: datetime) -> list[Alarm]:
    """CloudWatch's, called as the others are."""
    return cloudwatch.read(body.decode())


@pytest.mark.parametrize(
    ("read", "told", "field"),
    [
        (alertmanager.read, {"alerts": []}, "version"),
        (alertmanager.read, {"version": "4"}, "alerts"),
        (alertmanager.read, {"version": "4", "alerts": [{**ALERT, "startsAt": "noon"}]}, "alerts.0.startsAt"),
        (alertmanager.read, {"version": "4", "alerts": [{**ALERT, "status": "?"}]}, "alerts.0.status"),
        (
            alertmanager.read,
            {"version": "4", "alerts": [{**ALERT, "startsAt": "3000-01-01T00:00:00Z"}]},
            "alerts.0.startsAt",
        ),
        (grafana.read, {"ruleId": 1, "state": "alerting"}, "alerts"),
        (grafana.read, [], "body"),
        (pagerduty.read, {"event": {**EVENT, "resource_type": "service"}}, "event.resource_type"),
        (pagerduty.read, {"event": {**EVENT, "data": {"type": "incident"}}}, "event.data.id"),
        (pagerduty.read, {"messages": []}, "event"),
        (statuspage.read, {"page": {"id": "x"}}, "body"),
        (statuspage.read, {"page": {"id": "x"}, "incident": {"id": "y"}}, "incident.name"),
        (generic.read, {"alarms": [{"fingerprint": "x"}]}, "alarms.0.status"),
        (generic.read, {"alarms": [{"fingerprint": "x", "status": "firing", "when": 1}]}, "alarms.0.when"),
        (generic.read, {"alarms": [{"fingerprint": "\t", "status": "firing"}]}, "fingerprint"),
        (generic.read, {"alarms": [{"fingerprint": "x", "status": "firing", "labels": {"a": 1}}]}, "alarms"),
        (cloudwatch_read, {"AlarmName": "x"}, "Message.NewStateValue"),
        (cloudwatch_read, {"Event Source": "replication-task"}, "Message"),
    ],
)
def test_what_is_none_of_theirs_is_refused_by_the_field(read: Read, told: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(json.dumps(told).encode(), now=NOW)

    assert refused.value.field.startswith(field)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
@pytest.mark.parametrize(
    "read", [alertmanager.read, grafana.read, pagerduty.read, statuspage.read, generic.read]
)
def test_what_is_no_json_is_refused(read: Read, body: bytes) -> None:
    with pytest.raises(Invalid):
        read(body, now=NOW)


def test_a_refusal_repeats_little_of_what_was_sent() -> None:
    with pytest.raises(Invalid) as refused:
        generic.read(msgspec.json.encode({"alarms": [], "x" * 10_000: 1}), now=NOW)

    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "name",
    [
        "event_aws_health_event", "event_guardduty_finding_high", "message_backup",
        "message_dms_notification", "message_glue_notification", "message_guardduty_finding",
        "message_text_message",
    ],
)  # fmt: skip
def test_what_else_aws_sends_to_topics_is_refused(name: str) -> None:
    told = json.loads(payload(f"aws-notify-slack/{name}"))
    messages = [it["Sns"]["Message"] for it in told["Records"]] if "Records" in told else [json.dumps(told)]

    for message in messages:
        with pytest.raises(Invalid, match="Message"):
            cloudwatch.read(message)
