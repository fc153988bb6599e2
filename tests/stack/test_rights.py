"""Each permission is needed: without it the journey fails, and says which one it was.

One stack runs; one permission at a time is taken from one role of it and given back.
"""

import copy
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.keys import Scope
from chalicelib.publishing.states import KEY as STATE
from tests.deploy.accounts import Account
from tests.probing.servers import host
from tests.stack import figures
from tests.stack.clouds import Cloud, denied, until
from tests.stack.permissions import FUNCTIONS, NOT_ASKED_FOR, Permission, given

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STRAY = "incidents/stray/index.html"
EVENTS: dict[str, dict[str, Any]] = {
    "table_changed": {"Records": []},
    "work_queued": {"Records": []},
    "alarm_published": {"Records": []},
    "minute_passed": {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}, "id": "1",
                      "resources": [], "time": "2026-11-23T00:00:00Z", "region": "us-east-1", "account": "1",
                      "version": "0"},
}  # fmt: skip


@pytest.fixture(scope="module")
def cloud(account: Account, built: Path) -> Iterator[Cloud]:
    """A stack whose functions are called by the tests alone, with a component."""
    found = Cloud(account, built, "candor-rights")
    said = f"Protection=false ProbeNetworks=127.0.0.1/32 Heads={found.make_heads()}"
    assert found.make("deploy", PARAMS=said) == 0, found.said
    found.key = found.create_key(*Scope)
    assert found.api("POST", "/components", {"id": "api", "name": "API"}).status == 201
    quiet(found)
    yield found
    assert found.make("destroy", DATA="delete") == 0, found.said


def quiet(cloud: Cloud) -> None:
    """Let nothing but the tests call the functions; and let them have a second for their work."""
    functions = cloud.aws("lambda")
    for source in functions.list_event_source_mappings()["EventSourceMappings"]:
        if cloud.stack in source["FunctionArn"]:
            functions.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
    cloud.aws("events").disable_rule(Name=cloud.resource("OnMinutePassedOnMinutePassedEvent"))
    for policy in EVENTS:
        functions.update_function_configuration(FunctionName=cloud.resource(FUNCTIONS[policy]), Timeout=21)


@contextmanager
def without(cloud: Cloud, permission: Permission) -> Iterator[None]:
    """Take one permission from one role, and give it back."""
    iam, role = cloud.aws("iam"), cloud.resource(permission.role)
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    less = copy.deepcopy(document)
    (statement,) = [it for it in less["Statement"] if it["Sid"] == permission.statement]
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    statement["Action"] = [it for it in actions if it != permission.action]
    if not statement["Action"]:
        less["Statement"].remove(statement)
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(less))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def tell(cloud: Cloud, policy: str) -> str:
    """An incident from its first word to its last; what went wrong of ours stands in the API's log alone."""
    before, id = cloud.logged("ApiLogs"), f"i{time.time_ns()}"
    first = {"id": id, "title": "x", "body": "x", "affects": {"api": "major_outage"}}
    replies = [
        cloud.api("POST", "/incidents", first),
        cloud.api("POST", f"/incidents/{id}/updates", {"status": "resolved", "body": "x"}),
    ]
    if {reply.status for reply in replies} == {201}:
        return ""
    assert {500, 503} & {reply.status for reply in replies}
    assert not any(b"authorized" in reply.body for reply in replies)
    return cloud.logged("ApiLogs").removeprefix(before)


def count(cloud: Cloud, policy: str) -> str:
    """A batch of samples; what went wrong of ours stands in the API's log alone."""
    before = cloud.logged("ApiLogs")
    sample = {"component": "api", "at": datetime.now(UTC).isoformat(), "transactions": 1, "mean_ms": 1}
    reply = cloud.api("POST", "/samples", [sample])
    return "" if reply.status == 200 else cloud.logged("ApiLogs").removeprefix(before)


def measure(cloud: Cloud, policy: str) -> str:
    """A metric that the minute fetches: once in five minutes unless that failed, and five minutes late.

    So it has been set long ago here, and nothing was fetched.
    """
    metric = {"times": {"namespace": "Shop", "name": "Latency"}}
    assert cloud.api("POST", "/components/api/metric", metric).status == 200
    table, name = cloud.aws("dynamodb"), cloud.outputs["Table"]
    key, fetched = ({"pk": {"S": "METRICS"}, "sk": {"S": sk}} for sk in ("api", "FETCHED"))
    item = table.get_item(TableName=name, Key=key)["Item"]
    doc = json.loads(item["doc"]["S"]) | {"created_at": "2026-01-01T00:00:00Z"}
    table.put_item(TableName=name, Item={**item, "doc": {"S": json.dumps(doc)}})
    table.delete_item(TableName=name, Key=fetched)
    said = cloud.invoke(FUNCTIONS[policy], EVENTS[policy])
    assert cloud.api("DELETE", "/components/api/metric").status == 200
    return said


def publish(cloud: Cloud, policy: str) -> str:
    """A full build, and the removal of a file that it does not make."""
    s3, bucket = cloud.aws("s3"), cloud.outputs["Bucket"]
    s3.put_object(Bucket=bucket, Key=STRAY, Body=b"x")
    s3.delete_object(Bucket=bucket, Key=STATE)
    return cloud.invoke(FUNCTIONS[policy], EVENTS[policy])


def keep_time(cloud: Cloud, policy: str) -> str:
    """A maintenance that the minute begins, and ends."""
    now = datetime.now(UTC)
    start, end = ((now + timedelta(seconds=seconds)).isoformat() for seconds in (-60, 1))
    said = {"title": "x", "body": "x", "availability": "available", "starts_at": start, "ends_at": end}
    assert cloud.api("POST", "/maintenances", said).status == 201
    until(lambda: datetime.now(UTC) > now + timedelta(seconds=1))
    return cloud.invoke(FUNCTIONS[policy], EVENTS[policy])


def probe(cloud: Cloud, policy: str) -> str:
    """A probe of a component of its own that fails at once: it counts, and an incident is suspected.

    A round has to have the time that it has in AWS.
    """
    functions, name = cloud.aws("lambda"), cloud.resource(FUNCTIONS[policy])
    functions.update_function_configuration(FunctionName=name, Timeout=60)
    id = f"c{time.time_ns()}"
    assert cloud.api("POST", "/components", {"id": id, "name": id}).status == 201
    with host() as web:
        probe = {"component": id, "url": web.url("/"), "every_minutes": 1440, "failures_in_a_row": 1}
        reply = cloud.api("POST", "/probes", probe)
        assert reply.status == 201
        said = cloud.invoke(FUNCTIONS[policy], EVENTS[policy])
        assert len(web.asked) == 1
    assert cloud.api("DELETE", f"/probes/{reply.json['id']}").status == 200
    functions.update_function_configuration(FunctionName=name, Timeout=21)
    return said


def keep_heads(cloud: Cloud, policy: str) -> str:
    """The head of a day, copied and, as if the minute did not know that, once more."""
    said = cloud.invoke(FUNCTIONS[policy], EVENTS[policy])
    for _ in range(2):
        cloud.end_day()
        said += cloud.invoke(FUNCTIONS[policy], EVENTS[policy])
    return said


def redact(cloud: Cloud, policy: str) -> str:
    """Words that were published, removed from all that stood where they stand."""
    secret = {"title": "x", "body": f"Our token is {time.time_ns()}."}
    assert cloud.api("POST", "/incidents", secret).status == 201
    assert cloud.invoke(FUNCTIONS[policy], EVENTS[policy]) == ""
    (newest,) = cloud.api("GET", f"/record?after={_last(cloud) - 1}").json["items"]
    assert cloud.api("POST", f"/record/{newest['seq']}/redact", {"reason": "A token."}).status == 200
    return cloud.invoke(FUNCTIONS[policy], EVENTS[policy])


def _last(cloud: Cloud) -> int:
    """The newest entry that the site shows."""
    return int(json.loads(cloud.file("heartbeat.json"))["head"]["seq"])


def publish_decades(cloud: Cloud, policy: str) -> str:
    """A full build that no call has the time for."""
    old = {"id": "old", "title": "x", "body": "x", "started_at": "1970-02-01T00:00:00Z"}
    assert cloud.api("POST", "/incidents", old).status in (201, 409)
    return publish(cloud, policy)


def hear(cloud: Cloud, policy: str) -> str:
    """An alarm of a component of its own, from its firing to its end."""
    id = f"c{time.time_ns()}"
    rule = {"match": {"alarm": id}, "component": id, "status": "major_outage"}
    assert cloud.api("POST", "/components", {"id": id, "name": id}).status == 201
    assert cloud.api("POST", "/alarms/rules", rule).status == 201
    failures = [cloud.invoke(FUNCTIONS[policy], an_alarm(id, state)) for state in ("ALARM", "OK")]
    return "".join(failures)


def an_alarm(name: str, state: str) -> dict[str, Any]:
    """What SNS calls the function with when an alarm of CloudWatch has changed."""
    told = {"AlarmName": name, "NewStateValue": state, "StateChangeTime": datetime.now(UTC).isoformat()}
    message = {"MessageId": "1", "Subject": "x", "Message": json.dumps(told), "MessageAttributes": {}}
    return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": message}]}


JOURNEYS: dict[tuple[str, str], Callable[[Cloud, str], str]] = {
    ("api", "WriteTable"): tell,
    ("api", "AddSamples"): count,
    ("minute_passed", "FetchMetricsWhichHaveNoResources"): measure,
    ("minute_passed", "WriteTable"): keep_time,
    ("minute_passed", "OpenIncidents"): probe,
    ("minute_passed", "AddSamples"): probe,
    ("minute_passed", "KeepHeads"): keep_heads,
    ("minute_passed", "DeleteVersionsThatHeldWords"): redact,
    ("minute_passed", "ListVersionsThatHeldWords"): redact,
    ("table_changed", "QueueWork"): publish_decades,
    ("work_queued", "QueueWork"): publish_decades,
    ("minute_passed", "QueueWork"): publish_decades,
}
"""What needs a statement; else `tell` does for the API, and `publish` for the others."""

PERMISSIONS = sorted(given(), key=lambda it: it.statement == "QueueWork")  # the decades come last, and stay


def journey(cloud: Cloud, permission: Permission) -> str:
    """Have a function do what needs a permission; gives what it failed with."""
    usual = {"api": tell, "alarm_published": hear}.get(permission.policy, publish)
    return JOURNEYS.get((permission.policy, permission.statement), usual)(cloud, permission.policy)


@pytest.mark.parametrize("permission", PERMISSIONS, ids=str)
def test_without_it_the_journey_fails_and_names_it(cloud: Cloud, permission: Permission) -> None:
    with without(cloud, permission):
        said = journey(cloud, permission)

    is_asked_for = permission.statement not in NOT_ASKED_FOR
    assert denied(said) == ({permission.action} if is_asked_for else set()), said
    assert journey(cloud, permission) == ""
    figures.counted["of these, named by the journey that failed without them"] += is_asked_for
    figures.counted["of these, needed by AWS alone (tests/stack/permissions.py)"] += not is_asked_for
