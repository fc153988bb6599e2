"""The emulated account with the real deployable in it, seen from outside.

What only the emulator needs stands here, and nowhere in the product:

* CloudFormation there knows no alarms on metric math: they are left out of the template.
* GatewayResponses are lost on import: they are put back through the API, and deployed.
* CloudFront answers under a host name of its own, and believes a header that the reader came by HTTPS.
"""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from chalicelib.domain.record import Head
from chalicelib.publishing.states import KEY as STATE
from tests.deploy.accounts import Account

REGION = "us-east-1"
PATIENCE = 60.0
HEADERS = "responseParameters", "responseTemplates", "statusCode"

Template = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What came back over HTTP."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


@dataclass
class Cloud:
    """One account, one package, and one stack of them."""

    account: Account
    built: Path
    stack: str
    key: str = ""
    said: str = ""
    """What `make deploy` and the others printed last."""

    def aws(self, service: str) -> Any:
        """A client with the owner's rights."""
        once = Config(retries={"total_max_attempts": 1}, read_timeout=120)
        client: Any = boto3.client  # the stubs know a few services, by name
        return client(
            service, region_name=REGION, endpoint_url=self.account.endpoint, config=once,
            aws_access_key_id=self.account.key, aws_secret_access_key="local",
        )  # fmt: skip

    def make(self, verb: str, **said: str) -> int:
        """`make VERB ...`; gives the exit code."""
        given = {"STAGE": "prod", "REGION": REGION, "STACK": self.stack, "BUILT": str(self.built), **said}
        ran = self.account.make(verb, **given)
        self.said = ran.stdout + ran.stderr
        if verb == "deploy" and ran.returncode == 0:
            self.__dict__.pop("outputs", None)
            self._put_back_gateway_responses()
        return ran.returncode

    def create_key(self, *scopes: str) -> str:
        """The operator's `key create`."""
        told = [word for scope in scopes for word in ("--scope", scope)]
        where = ["--stack", self.stack, "--region", REGION]
        ran = self.account.command("key", "create", *where, *told, "tester")
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    @cached_property
    def outputs(self) -> dict[str, str]:
        """What the stack says of itself."""
        (found,) = self.aws("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}

    def resource(self, logical: str) -> str:
        """The name that a resource was given."""
        found = self.aws("cloudformation").describe_stack_resource(
            StackName=self.stack, LogicalResourceId=logical
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """A request over the emulated API Gateway."""
        stage = f"{self.account.endpoint}/restapis/{self.outputs['RestAPIId']}/live/_user_request_"
        sent = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return _asked(
            method, f"{stage}/api/v1{path}", sent, None if body is None else json.dumps(body).encode()
        )

    def site(self, path: str, **headers: str) -> Reply:
        """A request over the emulated CloudFront."""
        port = self.account.endpoint.rpartition(":")[2]
        label = self.outputs["SiteDomain"].partition(".")[0]
        host = {"Host": f"{label}.cloudfront.localhost:{port}", "X-Forwarded-Proto": "https"}
        return _asked("GET", self.account.endpoint + path, {**host, **headers})

    def direct(self, path: str) -> Reply:
        """A request of nobody's to the account itself."""
        return _asked("GET", self.account.endpoint + path, {})

    def make_heads(self) -> str:
        """A bucket as docs/operations.md says that one for heads of days is made; gives its name."""
        s3, name = self.aws("s3"), f"{self.stack}-heads"
        s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
        keeps = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
        s3.put_object_lock_configuration(
            Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": keeps}
        )
        return name

    def end_day(self) -> Head:
        """Tell the publisher that a day is over whose head it has not copied: no test waits for midnight."""
        head = Head(1, "1" * 64, datetime(2026, 11, 1, 9, tzinfo=UTC))
        state = json.loads(self.file(STATE))
        said = {"seq": head.seq, "hash": head.hash, "recorded_at": "2026-11-01T09:00:00Z"}
        state |= {"days": [said, *state["days"]], "ended": head.seq, "kept": None}
        body = json.dumps(state).encode()
        self.aws("s3").put_object(Bucket=self.outputs["Bucket"], Key=STATE, Body=body)
        return head

    def waiting(self, queue: str) -> int:
        """How many messages a queue holds, those that somebody works on too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        url = self.outputs[queue]
        told = self.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)

    def file(self, key: str) -> bytes:
        """A published file as it lies in the bucket; empty where there is none."""
        s3 = self.aws("s3")
        try:
            body: bytes = s3.get_object(Bucket=self.outputs["Bucket"], Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return b""
        return body

    def invoke(self, logical: str, event: dict[str, Any]) -> str:
        """Call a function as AWS does; gives what it failed with, nothing where it did not."""
        called = self.aws("lambda").invoke(
            FunctionName=self.resource(logical), Payload=json.dumps(event).encode()
        )
        told = called["Payload"].read().decode()
        return told if "FunctionError" in called else ""

    def logged(self, logical: str) -> str:
        """All that stands in a log group."""
        logs = self.aws("logs")
        group = self.resource(logical)
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return "\n".join(event["message"] for page in pages for event in page["events"])

    def _put_back_gateway_responses(self) -> None:
        template = json.loads((self.built / "sam.json").read_text())
        responses = template["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
        gateway, id = self.aws("apigateway"), self.outputs["RestAPIId"]
        for kind, told in responses.items():
            status = {"statusCode": str(told["StatusCode"])} if "StatusCode" in told else {}
            headers = told["ResponseParameters"]["Headers"].items()
            gateway.put_gateway_response(
                restApiId=id, responseType=kind, responseTemplates=told["ResponseTemplates"], **status,
                responseParameters={f"gatewayresponse.header.{name}": value for name, value in headers},
            )  # fmt: skip
        gateway.create_deployment(restApiId=id, stageName="live")


def for_the_emulator(template: Template) -> Template:
    """The template without what its CloudFormation does not know."""
    resources = template["Resources"]
    known = {id: it for id, it in resources.items() if "Metrics" not in it.get("Properties", {})}
    return {**template, "Resources": known}


def until(done: Callable[[], Any], seconds: float = PATIENCE) -> float:
    """Wait until something is so; gives the seconds that it took."""
    began = time.monotonic()
    while not done():
        waited = time.monotonic() - began
        assert waited < seconds, f"not so after {seconds:g} s"
        time.sleep(0.02)
    return time.monotonic() - began


def denied(said: str) -> set[str]:
    """The permissions that AWS named when it refused."""
    return set(re.findall(r'(?:not authorized to perform: |"denied": ")(\w+:\w+)', said.replace('\\"', '"')))


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirection is an answer."""

    def redirect_request(self, *_: Any) -> None:
        """None: do not follow."""


_open = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({})).open


def _asked(method: str, address: str, headers: dict[str, str], body: bytes | None = None) -> Reply:
    request = urllib.request.Request(address, method=method, data=body, headers=headers)
    try:
        answer = _open(request, timeout=60)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        return Reply(answer.status, answer.headers, answer.read())
