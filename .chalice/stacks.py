"""CloudFormation stacks: found, waited for, deleted; and why one failed. Shared by deploy and destroy."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))

from chalicelib.local.errors import Refused, message_of, one_line, surroundings  # noqa: E402 (through ROOT)

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_s3.client import S3Client

__all__ = ["Refused", "message_of", "one_line", "surroundings"]  # for the scripts beside us, from here alone

MARK = "TableStream"  # a parameter of each of our stacks
TABLE, BUCKET = "AWS::DynamoDB::Table", "AWS::S3::Bucket"
STACK = "AWS::CloudFormation::Stack"
GONE = "DELETE_COMPLETE"
HALF_MADE = ("REVIEW_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
STUCK = ("UPDATE_ROLLBACK_FAILED", "IMPORT_ROLLBACK_FAILED")
SHORTEST, LONGEST = 0.1, 5.0  # seconds between two questions


@dataclass(frozen=True)
class Place:
    """A region of the account whose credentials the environment has; `artifacts` is a bucket to use."""

    region: str
    artifacts: str = ""

    @cached_property
    def account(self) -> str:
        """The account's number; asking for it is how credentials are tried."""
        return self._session.client("sts", config=_QUICK).get_caller_identity()["Account"]

    @cached_property
    def stacks(self) -> "CloudFormationClient":
        """CloudFormation."""
        return self._session.client("cloudformation", config=_PATIENT)

    @cached_property
    def tables(self) -> "DynamoDBClient":
        """DynamoDB."""
        return self._session.client("dynamodb", config=_PATIENT)

    @cached_property
    def buckets(self) -> "S3Client":
        """S3."""
        return self._session.client("s3", config=_PATIENT)

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(region_name=self.region)


_QUICK = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2, "mode": "standard"})
_PATIENT = Config(connect_timeout=5, read_timeout=60, retries={"max_attempts": 8, "mode": "standard"})


def find(place: Place, name: str) -> "StackTypeDef | None":
    """The stack of this name or id, unless it is gone."""
    try:
        found = place.stacks.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in message_of(error):
            return None
        raise
    return None if found["StackStatus"] == GONE else found


def check_ours(stack: "StackTypeDef") -> None:
    """Refuse a stack that something else made; what is only being reviewed has no parameters yet."""
    status = stack["StackStatus"]
    if status != "REVIEW_IN_PROGRESS" and MARK not in parameters(stack):
        raise Refused(f"stack {stack['StackName']} is none of ours: it has no parameter {MARK}")


def outputs(stack: "StackTypeDef") -> dict[str, str]:
    """What a stack puts out, by name."""
    return {it["OutputKey"]: it["OutputValue"] for it in stack.get("Outputs", [])}


def parameters(stack: "StackTypeDef") -> dict[str, str]:
    """What a stack was told, by name."""
    return {it["ParameterKey"]: it.get("ParameterValue", "") for it in stack.get("Parameters", [])}


def held(place: Place, stack: "StackTypeDef") -> dict[str, str]:
    """Table and bucket among the resources of a stack, which outlive it."""
    known = {TABLE: "Table", BUCKET: "Bucket"}
    pages = place.stacks.get_paginator("list_stack_resources").paginate(StackName=stack["StackId"])
    return {
        known[it["ResourceType"]]: it["PhysicalResourceId"]
        for page in pages
        for it in page["StackResourceSummaries"]
        if it["ResourceType"] in known and it.get("PhysicalResourceId") and it["ResourceStatus"] != GONE
    }


def settled(place: Place, id: str) -> "StackTypeDef":
    """The stack of this id when nothing is in progress in it any more."""
    for _ in pauses():
        stack = place.stacks.describe_stacks(StackName=id)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            break
        show(f"{stack['StackName']}: {stack['StackStatus']} {_latest(place, id)}")
    show("")
    return stack


def delete(place: Place, stack: "StackTypeDef") -> list[tuple[str, str]]:
    """Delete a stack; gives type and name of what it leaves behind (DeletionPolicy: Retain)."""
    id = stack["StackId"]
    since = last_event(place, id)
    place.stacks.delete_stack(StackName=id)
    for _ in pauses():  # a deletion begins a moment after it was asked for
        after = settled(place, id)
        if after["StackStatus"] == GONE:
            break
        if after["StackStatus"] == "DELETE_FAILED" and last_event(place, id) != since:
            raise Refused(f"stack {stack['StackName']} cannot be deleted: {failure(place, after, since)}")
    skipped = [it for it in _events(place, id) if it.get("ResourceStatus") == "DELETE_SKIPPED"]
    return list(dict.fromkeys((it["ResourceType"], it["PhysicalResourceId"]) for it in skipped))


def failure(place: Place, stack: "StackTypeDef", since: str) -> str:
    """What failed first after the event `since`, and AWS's reason for it."""
    events = list(_events(place, stack["StackId"], until=since))
    failed = [it for it in events if it["ResourceStatus"].endswith("_FAILED")]
    causes = [it for it in failed if it["ResourceType"] != STACK and not _is_a_consequence(it)]
    if causes:
        reason = causes[-1].get("ResourceStatusReason", "without a reason")
        return one_line(f"{causes[-1]['LogicalResourceId']} ({causes[-1]['ResourceType']}): {reason}")
    own = failed[-1].get("ResourceStatusReason", "") if failed else stack.get("StackStatusReason", "")
    return refusal(place, own or stack["StackStatus"], StackName=stack["StackId"])


def refusal(place: Place, reason: str, **of: str) -> str:
    """AWS's reason; where it only says to ask for events, the newest of them that is a validation's."""
    if "DescribeEvents" in reason:
        events = place.stacks.describe_events(**of, Filters={"FailedEvents": True})["OperationEvents"]
        found = [it for it in events if it.get("EventType") == "VALIDATION_ERROR"]
        if found:
            newest = max(found, key=lambda it: it["Timestamp"])
            where = f"{newest.get('LogicalResourceId')} ({newest.get('ResourceType')})"
            reason = f"{where}: {newest.get('ValidationStatusReason')}"
    return one_line(reason)


def last_event(place: Place, id: str) -> str:
    """The id of the stack's newest event; blank if it has none."""
    return next((it["EventId"] for it in _events(place, id)), "")


def pauses() -> Iterator[None]:
    """Ever longer pauses, without end, after the first turn that comes at once."""
    seconds = SHORTEST
    while True:
        yield
        time.sleep(seconds)
        seconds = min(1.3 * seconds, LONGEST)


def say(line: str) -> None:
    """A line that stays."""
    print(line, flush=True)


def show(line: str) -> None:
    """A line that the next one replaces, where somebody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{line}")
        sys.stderr.flush()


def _events(place: Place, id: str, until: str = "") -> "Iterator[StackEventTypeDef]":
    """The stack's events, newest first, down to but without the one of this id."""
    for page in place.stacks.get_paginator("describe_stack_events").paginate(StackName=id):
        for event in page["StackEvents"]:
            if event["EventId"] == until:
                return
            yield event


def _is_a_consequence(event: "StackEventTypeDef") -> bool:
    """Whether something was only given up because something else had failed."""
    return "cancelled" in event.get("ResourceStatusReason", "")


def _latest(place: Place, id: str) -> str:
    """What happened last, in short."""
    event: Any = next(iter(_events(place, id)), {})
    return f"{event.get('LogicalResourceId', '')} {event.get('ResourceStatus', '')}"
