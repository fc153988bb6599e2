"""The template, read: what the emulator cannot show of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from chalicelib import config
from tests.packages import ROOT
from tests.stack.permissions import FUNCTIONS, POLICIES

pytestmark = pytest.mark.slow

Node = dict[str, Any]
REGIONS = ["us-east-1", "eu-central-1"]
LAPTOP_ALONE = {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_DEFAULT_REGION"}
GIVEN_BY_LAMBDA = {"AWS_REGION"}
NAMES = {
    "TableName",
    "BucketName",
    "QueueName",
    "TopicName",
    "FunctionName",
    "RoleName",
    "AlarmName",
    "LogGroupName",
}
# X-Ray has no resources to name, and neither have metrics that are read.
WILDCARDS = {"xray:PutTelemetryRecords", "xray:PutTraceSegments", "cloudwatch:GetMetricData"}


@pytest.fixture(scope="module")
def text(package: Path) -> str:
    """The template as it is written."""
    return (package / "sam.json").read_text()


@pytest.fixture(scope="module")
def template(text: str) -> Node:
    """The template."""
    read: Node = json.loads(text)
    return read


@pytest.fixture(scope="module")
def resources(template: Node) -> Node:
    """Its resources, by logical id."""
    found: Node = template["Resources"]
    return found


def inside(node: Any) -> Iterator[Node]:
    """Every object in a document."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from inside(item)


def named_in(template: Node) -> Iterator[str]:
    """Every parameter or resource that something refers to."""
    for node in inside(template):
        if isinstance(node.get("Ref"), str):
            yield node["Ref"].partition(".")[0]
        if isinstance(node.get("Fn::GetAtt"), list):
            yield node["Fn::GetAtt"][0]
        if "Fn::Sub" in node:
            said = node["Fn::Sub"]
            pattern, own = (said, {}) if isinstance(said, str) else said
            yield from (
                name.partition(".")[0] for name in re.findall(r"\$\{([^}!]+)\}", pattern) if name not in own
            )


def test_the_linter_finds_neither_errors_nor_warnings(text: str) -> None:
    found = lint(text, config=ManualArgs(regions=REGIONS))

    assert [f"{match.rule.id} {match.message}" for match in found] == []


def test_everything_that_is_referred_to_exists(template: Node) -> None:
    known = {*template["Parameters"], *template["Resources"]}

    missing = {name for name in named_in(template) if name not in known and not name.startswith("AWS::")}

    assert missing == set()


def test_the_settings_are_those_of_the_code(template: Node) -> None:
    given = set(template["Globals"]["Function"]["Environment"]["Variables"])
    asked_for = set(re.findall(r'"((?:CANDOR|AWS)_[A-Z_]+)"', Path(str(config.__file__)).read_text()))

    assert given | GIVEN_BY_LAMBDA == asked_for - LAPTOP_ALONE


def test_no_function_has_settings_of_its_own(resources: Node) -> None:
    functions = [it["Properties"] for it in resources.values() if it["Type"] == "AWS::Serverless::Function"]

    assert len(functions) == len(FUNCTIONS)
    assert not any("Environment" in function for function in functions)


def test_nothing_has_a_fixed_name(resources: Node) -> None:
    fixed = {
        id: value
        for id, resource in resources.items()
        for name, value in resource["Properties"].items()
        if name in NAMES and isinstance(value, str)
    }

    assert fixed == {}


def test_each_function_has_a_role_with_its_own_policy(resources: Node) -> None:
    for policy, function in FUNCTIONS.items():
        (role, _) = resources[function]["Properties"]["Role"]["Fn::GetAtt"]
        (given,) = resources[role]["Properties"]["Policies"]
        assert given["PolicyDocument"] == json.loads((POLICIES / f"{policy}.json").read_text())
    assert len({json.dumps(resources[it]["Properties"]["Role"]) for it in FUNCTIONS.values()}) == len(
        FUNCTIONS
    )


def test_no_right_is_wider_than_aws_makes_it(resources: Node) -> None:
    statements = [node for node in inside(resources) if node.get("Effect") == "Allow" and "Resource" in node]

    wide = {action for it in statements if it["Resource"] == "*" for action in it["Action"]}

    assert wide == WILDCARDS
    assert not any("*" in action for it in statements for action in it["Action"])


def test_no_function_may_take_an_entry_out_of_the_record(resources: Node) -> None:
    for role in (it for it in resources.values() if it["Type"] == "AWS::IAM::Role"):
        statements = [it for node in inside(role) for it in node.get("Statement", ()) if "Resource" in it]
        denied = [it for it in statements if it["Effect"] == "Deny"]
        if any("dynamodb:DeleteItem" in it["Action"] for it in statements if it["Effect"] == "Allow"):
            (never,) = denied
            assert never["Action"] == "dynamodb:DeleteItem"
            assert never["Condition"]["ForAnyValue:StringLike"] == {
                "dynamodb:LeadingKeys": ["RECORD", "RECORD#*"]
            }


def test_the_stream_wakes_for_entries_of_the_record_alone(resources: Node) -> None:
    (source,) = resources["OnTableChanged"]["Properties"]["Events"].values()
    told = source["Properties"]

    (wanted,) = told["FilterCriteria"]["Filters"]
    assert json.loads(wanted["Pattern"]) == {
        "eventName": ["INSERT"], "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "RECORD#"}]}}},
    }  # fmt: skip
    assert told["ParallelizationFactor"] == 1
    assert told["BisectBatchOnFunctionError"] is True
    assert told["MaximumRetryAttempts"] > 0
    assert told["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}


def test_a_piece_of_work_comes_again_only_after_its_call_is_over(resources: Node) -> None:
    queue, function = resources["Work"]["Properties"], resources["OnWorkQueued"]["Properties"]

    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]  # as AWS recommends
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}


@pytest.mark.parametrize("kept", ["OwnTable", "OwnBucket"])
def test_what_was_said_outlives_the_stack(resources: Node, kept: str) -> None:
    assert resources[kept]["DeletionPolicy"] == resources[kept]["UpdateReplacePolicy"] == "Retain"


def test_the_table_is_what_the_stores_expect(resources: Node) -> None:
    from chalicelib.stores.table import Item

    table = resources["OwnTable"]["Properties"]

    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": Item.expires.attr_name, "Enabled": True}
    assert table["StreamSpecification"]["StreamViewType"] == Item.Meta.stream_view_type
    assert table["BillingMode"] == Item.Meta.billing_mode
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_cdn_serves_the_site_and_nothing_else(resources: Node) -> None:
    told = resources["Distribution"]["Properties"]["DistributionConfig"]
    site, replica = told["Origins"]

    assert "CacheBehaviors" not in told
    assert told["DefaultCacheBehavior"]["TargetOriginId"] == {"Fn::If": ["HasReplica", "sites", "site"]}
    assert told["DefaultCacheBehavior"]["AllowedMethods"] == ["GET", "HEAD"]
    assert told["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"
    assert told["DefaultCacheBehavior"]["Compress"] is True
    assert site["Id"] == "site"
    assert "OriginPath" not in site
    assert replica["Fn::If"][1]["DomainName"] == {"Ref": "Replica"}
    assert {it["ErrorCode"]: it["ResponsePagePath"] for it in told["CustomErrorResponses"]} == {
        403: "/404.html", 404: "/404.html",
    }  # fmt: skip


def test_a_replica_takes_over_when_the_first_fails(resources: Node) -> None:
    group = resources["Distribution"]["Properties"]["DistributionConfig"]["OriginGroups"]["Fn::If"][1][
        "Items"
    ][0]

    assert [it["OriginId"] for it in group["Members"]["Items"]] == ["site", "replica"]
    assert group["FailoverCriteria"]["StatusCodes"]["Items"] == [500, 502, 503, 504]
    assert resources["OwnBucket"]["Properties"]["ReplicationConfiguration"]["Fn::If"][0] == "Replicates"


def test_readers_caches_keep_a_file_as_long_as_it_says(resources: Node) -> None:
    told = resources["Freshness"]["Properties"]["CachePolicyConfig"]
    key = told["ParametersInCacheKeyAndForwardedToOrigin"]

    assert (told["MinTTL"], told["DefaultTTL"], told["MaxTTL"]) == (0, 10, 365 * 24 * 3600)
    assert key["EnableAcceptEncodingBrotli"] is key["EnableAcceptEncodingGzip"] is True
    assert {part for it in key.values() if isinstance(it, dict) for part in it.values()} == {"none"}


def test_the_gateway_refuses_with_problem_documents(resources: Node) -> None:
    for told in resources["RestAPI"]["Properties"]["GatewayResponses"].values():
        document = json.loads(told["ResponseTemplates"]["application/json"])
        assert told["ResponseParameters"]["Headers"]["Content-Type"] == "'application/problem+json'"
        assert {"type", "title", "detail"} <= set(document)
        assert document.get("status") == told.get("StatusCode")


def test_every_alarm_tells_somebody_and_is_explained(resources: Node) -> None:
    alarms = {id: it["Properties"] for id, it in resources.items() if it["Type"] == "AWS::CloudWatch::Alarm"}
    headings = re.findall(r"^### (.+)$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}

    assert len(alarms) >= 5
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == [{"Ref": "Alarms"}]
        assert alarm["AlarmDescription"].rpartition("docs/operations.md#")[2] in anchors


def test_every_function_writes_logs_that_end_one_day(resources: Node) -> None:
    for function in FUNCTIONS.values():
        group = resources[function]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
        assert resources[group]["Properties"]["RetentionInDays"] == 30
        assert resources[function]["Properties"]["Tracing"] == "Active"
