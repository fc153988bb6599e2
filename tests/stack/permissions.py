"""Every permission that the policy files give, and which of them the emulator does not ask for."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from tests.packages import ROOT

POLICIES = ROOT / ".chalice/policies"
FUNCTIONS = {
    "api": "APIHandler",
    "table_changed": "OnTableChanged",
    "work_queued": "OnWorkQueued",
    "alarm_published": "OnAlarmPublished",
    "minute_passed": "OnMinutePassed",
}
LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/"
S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"


class Permission(NamedTuple):
    """One action that one function's policy allows, by the statement that does."""

    policy: str
    statement: str
    action: str

    @property
    def role(self) -> str:
        """The role's logical id, as Chalice makes it."""
        return f"{FUNCTIONS[self.policy].replace('APIHandler', 'ApiHandler')}Role"

    def __str__(self) -> str:
        return f"{self.policy}: {self.statement}, {self.action}"


def given() -> Iterator[Permission]:
    """All of them."""
    for policy in FUNCTIONS:
        document = json.loads((POLICIES / f"{policy}.json").read_text())
        for statement in (it for it in document["Statement"] if it["Effect"] == "Allow"):
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                yield Permission(policy, statement["Sid"], action)


NOT_ASKED_FOR = {
    "Log": (
        "Lambda writes the logs with the function's role (" + LAMBDA + "monitoring-cloudwatchlogs.html, "
        "'Required IAM permissions'); the emulator writes them by itself."
    ),
    "TraceWhichHasNoResources": (
        "Active tracing sends segments with the function's role (" + LAMBDA + "services-xray.html, "
        "'Execution role permissions'); X-Ray knows no resources. The emulator does not trace."
    ),
    "ReadStream": (
        "Lambda polls the stream with the function's role (" + LAMBDA + "services-dynamodb-"
        "eventsourcemapping.html, 'Execution role permissions'); the emulator polls by itself."
    ),
    "TakeWork": (
        "Lambda polls the queue with the function's role (" + LAMBDA + "services-sqs-configure.html, "
        "'Configuring execution role permissions'); the emulator polls by itself."
    ),
    "PutAsideWhatFails": (
        "What a stream or a topic gives up goes to the on-failure destination with the function's role ("
        + LAMBDA + "services-dynamodb-errors.html); the emulator sends it by itself."
    ),
}  # fmt: skip
"""What AWS needs and the emulator does not ask for, by statement, with the documentation that says so."""
