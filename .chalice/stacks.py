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

from chalicelib.local.errors import Refused as Refused  # noqa: E402 (found through ROOT)
from chalicelib.local.errors import message_of, one_line  # noqa: E402

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_s3.client import S3Client

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
        return boto3.client("sts", region_name=self.region, config=_PATIENT).get_caller_identity()["Account"]

    @cached_property
    def stacks(self) -> "CloudFormationClient":
        """CloudFormation."""
        return boto3.client("cloudformation", region_name=self.region, config=_PATIENT)

    @cached_property
    def tables(self) -> "DynamoDBClient":
        """DynamoDB."""
        return boto3.client("dynamodb", region_name=self.region, config=_PATIENT)

    @cached_property
    def buckets(self) -> "S3Client":
        """S3."""
        return boto3.client("s3", region_name=self.region, config=_PATIENT)


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


def outputs(stack: "StackTypeDef") -> dict[str, str]:
    """What a stack puts out, by name."""
    return {it["OutputKey"]: it["OutputValue"] for it in stack.get("Outputs", [])}


def parameters(stack: "StackTypeDef") -> dict[str, str]:
    """What a stack was told, by name."""
    return {it["ParameterKey"]: it.get("ParameterValue", "") for it in stack.get("Parameters", [])}


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
    failed = [
        it
        for it in _events(place, stack["StackId"], until=since)
        if it["ResourceStatus"].endswith("_FAILED")
        and it["ResourceType"] != STACK
        and "cancelled" not in it.get("ResourceStatusReason", "")
    ]
    if not failed:
        return one_line(stack.get("StackStatusReason", "") or stack["StackStatus"])
    first = failed[-1]
    reason = first.get("ResourceStatusReason", "without a reason")
    return one_line(f"{first['LogicalResourceId']} ({first['ResourceType']}): {reason}")


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


def _latest(place: Place, id: str) -> str:
    """What happened last, in short."""
    event: Any = next(iter(_events(place, id)), {})
    return f"{event.get('LogicalResourceId', '')} {event.get('ResourceStatus', '')}"
