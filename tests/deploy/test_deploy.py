"""`make deploy`: from nothing, again, with other parameters, from half of a stack; or refused in one line."""

import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

import artifacts
import deploy
import stacks
from parameters import Declared
from stacks import Place, Refused
from tests.deploy.accounts import REGION, Account, deployed

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_s3.type_defs import CreateBucketConfigurationTypeDef

STACK = "candor-prod"
HERE: "CreateBucketConfigurationTypeDef" = {"LocationConstraint": REGION}


def begin(account: Account, *, seconds: int) -> None:
    """Begin to make the stack, as somebody else's tool would; it fails after so many seconds."""
    account.place.stacks.create_stack(
        StackName=STACK,
        TemplateBody=(account.built / "sam.json").read_text(),
        Parameters=[{"ParameterKey": "Seconds", "ParameterValue": str(seconds)}],
    )


def standing(place: Place) -> dict[str, str]:
    """Every stack of the account and its status."""
    return {it["StackName"]: it["StackStatus"] for it in place.stacks.describe_stacks()["Stacks"]}


def told(place: Place) -> dict[str, str]:
    """The parameters of the stack."""
    found = stacks.find(place, STACK)
    assert found is not None
    return stacks.parameters(found)


def test_from_nothing_there_is_a_published_stack_and_its_addresses_are_said(account: Account) -> None:
    params = "Name='Acme Cloud' Domain=status.acme.example Certificate=arn:aws:acm:1"

    ran = account.make("deploy", PARAMS=params)

    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    for line in (
        "page: https://status.acme.example",
        "API:  https://api.example/live/api/v1",
        "DNS:  status.acme.example CNAME d1.cloudfront.example",
    ):
        assert line in ran.stdout.splitlines()
    assert f"key create --stack {STACK} --region {REGION} NAME" in ran.stdout
    bucket = stacks.outputs(account.place.stacks.describe_stacks(StackName=STACK)["Stacks"][0])["Bucket"]
    page = account.place.buckets.get_object(Bucket=bucket, Key="index.html")["Body"].read()
    assert b"Acme Cloud" in page


def test_again_there_is_nothing_to_change_and_no_change_set_is_left(account: Account) -> None:
    first = deployed(account, STACK, Name="Acme")
    again = account.make("deploy")

    assert again.returncode == 0, again.stderr
    assert "nothing to change" in again.stdout
    assert deployed(account, STACK) == first
    left = account.place.stacks.list_change_sets(StackName=STACK)["Summaries"]
    assert {it["Status"] for it in left} <= {"CREATE_COMPLETE"}


def test_an_update_changes_what_is_said_and_keeps_what_is_not(account: Account) -> None:
    first = deployed(account, STACK, Name="Acme", TimeZone="Europe/Berlin")

    second = deployed(account, STACK, Name="Acme Cloud")

    assert told(account.place)["TimeZone"] == "Europe/Berlin"
    assert second == {**first, "PageName": "Acme Cloud"}


def test_zip_and_template_are_laid_down_once_in_a_bucket_that_is_closed(account: Account) -> None:
    place = account.place
    deployed(account, STACK)
    deployed(account, STACK)

    bucket = artifacts.bucket_of(place)
    keys = [it["Key"] for it in place.buckets.list_objects_v2(Bucket=bucket)["Contents"]]
    closed = place.buckets.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert [re.sub("[0-9a-f]{64}", "HASH", key) for key in keys] == ["templates/HASH.json", "zips/HASH.zip"]
    assert all(closed.values())
    assert place.buckets.get_bucket_encryption(Bucket=bucket)


def test_the_zip_is_named_by_bucket_and_key_and_nothing_else_is_touched() -> None:
    template = {
        "Resources": {"F": {"Properties": {"CodeUri": "./deployment.zip", "Handler": "app.app"}}, "T": {}}
    }

    addressed = artifacts.with_code(template, "s3://bucket/key")

    assert addressed == {
        "Resources": {"F": {"Properties": {"CodeUri": "s3://bucket/key", "Handler": "app.app"}}, "T": {}}
    }


def test_a_bucket_of_ones_own_takes_zip_and_template(account: Account) -> None:
    account.place.buckets.create_bucket(Bucket=f"own-{account.key}", CreateBucketConfiguration=HERE)

    ran = account.make("deploy", ARTIFACTS=f"own-{account.key}")

    assert ran.returncode == 0, ran.stderr
    assert standing(account.place) == {STACK: "CREATE_COMPLETE"}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        pytest.param({"STAGE": ""}, "STAGE is missing: STAGE is one of prod", id="no stage"),
        pytest.param({"STAGE": "nowhere"}, "there is no stage 'nowhere'", id="a stage that does not exist"),
        pytest.param({"REGION": ""}, "REGION is missing", id="no region"),
        pytest.param(
            {"REGION": "atlantis"}, "REGION='atlantis' is no region", id="a region that does not exist"
        ),
        pytest.param({"STACK": "no good"}, "STACK='no good'", id="a name that no stack can have"),
        pytest.param(
            {"ARCH": "riscv"}, "ARCH='riscv' is none of arm64, x86_64", id="an unknown architecture"
        ),
        pytest.param({"PARAMS": "Name='x"}, "quote", id="a quote without its end"),
        pytest.param({"PARAMS": "Nmae=x"}, "Nmae", id="an unknown parameter"),
        pytest.param({"PARAMS": "Protection=perhaps"}, "Protection='perhaps'", id="a value not allowed"),
        pytest.param({"PARAMS": "Domain=a.example"}, "A Domain needs its Certificate", id="half of a pair"),
        pytest.param(
            {"PARAMS": "Table=nothing-there"}, "the table nothing-there does not", id="no such table"
        ),
        pytest.param(
            {"PARAMS": "Bucket=nothing-there"}, "the bucket nothing-there does not", id="no such bucket"
        ),
        pytest.param(
            {"ARTIFACTS": "nothing-there"}, "the bucket nothing-there does not", id="nowhere to upload"
        ),
        pytest.param({"BUILT": "/nowhere"}, "/nowhere/sam.json", id="a package that is not there"),
        pytest.param(
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "no AWS credentials were found",
            id="no credentials",
        ),
        pytest.param({"AWS_PROFILE": "nobody"}, "nobody", id="a profile that does not exist"),
        pytest.param({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "http://127.0.0.1:9", id="nobody answers"),
    ],
)
def test_what_is_missing_is_said_in_one_line_and_nothing_is_changed(
    account: Account, said: dict[str, str], why: str
) -> None:
    ran = account.make("deploy", **said)

    refusal, ends = ran.stderr.splitlines()
    assert refusal.startswith("deploy: ")
    assert why in refusal
    assert ends.startswith("make: *** ")
    assert ran.stdout == ""
    assert standing(account.place) == {}


def test_the_region_may_stand_in_the_environment(account: Account) -> None:
    ran = account.make("deploy", REGION="", AWS_REGION=REGION)

    assert ran.returncode == 0, ran.stderr
    assert standing(account.place)[STACK] == "CREATE_COMPLETE"


def test_a_failed_creation_says_what_failed_and_the_next_deployment_begins_anew(account: Account) -> None:
    failed = account.make("deploy", PARAMS="Seconds=1 TimeZone=Europe/Berlin Protection=true")
    after = standing(account.place)[STACK]
    left = kinds_left(account.place)
    again = account.make("deploy", PARAMS="Seconds=")

    assert failed.stderr.startswith(
        "deploy: Signal (AWS::CloudFormation::WaitCondition): WaitCondition timed"
    )
    assert (after, left) == ("ROLLBACK_COMPLETE", {"table": 1, "bucket": 1})
    assert again.returncode == 0, again.stderr
    assert f"stack {STACK} is half made (ROLLBACK_COMPLETE)" in again.stdout
    assert standing(account.place)[STACK] == "CREATE_COMPLETE"
    assert told(account.place)["TimeZone"] == "Europe/Berlin"


def kinds_left(place: Place) -> dict[str, int]:
    """How many tables and site's buckets there are."""
    buckets = [it["Name"] for it in place.buckets.list_buckets()["Buckets"]]
    sites = [name for name in buckets if "artifacts" not in name]
    return {"table": len(place.tables.list_tables()["TableNames"]), "bucket": len(sites)}


def test_what_half_a_stack_left_goes_if_it_is_empty_though_it_is_protected(account: Account) -> None:
    half, names = half_made(account, Protection="true")

    deploy._clear_away(account.place, half)

    assert names.keys() == {"Table", "Bucket"}
    assert kinds_left(account.place) == {"table": 0, "bucket": 0}


def test_what_half_a_stack_left_is_kept_and_named_if_it_holds_anything(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    half, names = half_made(account)
    account.place.tables.put_item(TableName=names["Table"], Item={"pk": {"S": "A"}, "sk": {"S": "B"}})
    account.place.buckets.put_object(Bucket=names["Bucket"], Key="old", Body=b"")
    account.place.buckets.delete_object(Bucket=names["Bucket"], Key="old")

    deploy._clear_away(account.place, half)

    said = capsys.readouterr().out
    assert f"kept: {names['Table']} (AWS::DynamoDB::Table)" in said
    assert f"kept: {names['Bucket']} (AWS::S3::Bucket)" in said
    assert kinds_left(account.place) == {"table": 1, "bucket": 1}


def half_made(account: Account, **more: str) -> tuple["StackTypeDef", dict[str, str]]:
    """A stack whose creation failed, and the names of the table and bucket that it left."""
    with pytest.raises(Refused, match="ROLLBACK_COMPLETE"):
        deployed(account, STACK, Seconds="1", **more)
    half = stacks.find(account.place, STACK)
    assert half is not None
    names = {it["Name"] for it in account.place.buckets.list_buckets()["Buckets"] if STACK in it["Name"]}
    (table,), (bucket,) = account.place.tables.list_tables()["TableNames"], names
    return half, {"Table": table, "Bucket": bucket}


def test_a_failed_update_leaves_the_stack_as_it_was(account: Account) -> None:
    first = deployed(account, STACK, Name="Acme")

    with pytest.raises(Refused, match=r"^Signal .* timed out.* UPDATE_ROLLBACK_COMPLETE\)$"):
        deployed(account, STACK, Name="Other", Seconds="1")

    assert stacks.outputs(stacks.settled(account.place, STACK)) == first
    assert deployed(account, STACK, Name="Third") == {**first, "PageName": "Third"}


def test_what_aws_refuses_before_it_begins_is_said_as_well(account: Account) -> None:
    place, taken = account.place, f"taken-{account.key}"
    place.buckets.create_bucket(Bucket=taken, CreateBucketConfiguration=HERE)

    with pytest.raises(Refused, match=rf"^ClaimedBucket .*{taken}.* already exists"):
        deployed(account, STACK, Claimed=taken)


def test_a_stack_that_is_being_changed_is_left_alone(account: Account) -> None:
    place = account.place
    begin(account, seconds=5)

    ran = account.make("deploy")

    assert ran.stderr.startswith(f"deploy: stack {STACK} is CREATE_IN_PROGRESS: wait")
    assert standing(place) == {STACK: "CREATE_IN_PROGRESS"}
    stacks.settled(place, STACK)  # lets the emulator end


def test_a_deployment_that_is_killed_is_finished_by_the_next(account: Account) -> None:
    place = account.place
    program = Path(__file__).parents[2] / ".chalice/deploy.py"
    words = [sys.executable, str(program), "--stage=prod", f"--region={REGION}", f"--built={account.built}"]
    waits = [*words, "--params=Seconds=2"]
    with subprocess.Popen(waits, env=account.environment(), stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 30
        while standing(place).get(STACK) != "CREATE_IN_PROGRESS" and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)

    stacks.settled(place, STACK)
    ran = account.make("deploy", PARAMS="Seconds=")

    assert ran.returncode == 0, ran.stderr
    assert standing(place)[STACK] == "CREATE_COMPLETE"


def test_two_deployments_at_once_end_in_one_whole_stack(account: Account) -> None:
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda _: account.make("deploy"), range(2)))
    last = account.make("deploy")

    for ran in both:
        assert ran.returncode == 0 or re.fullmatch(r"deploy: .+\nmake: .+\n", ran.stderr), ran.stderr
    assert last.returncode == 0, last.stderr
    assert "nothing to change" in last.stdout
    assert sorted(standing(account.place).values()) == ["CREATE_COMPLETE", "CREATE_COMPLETE"]


def test_an_architecture_that_a_shell_has_exported_does_not_count(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCH", "riscv")

    ran = account.make("deploy")

    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("verb", ["deploy", "destroy"])
def test_a_stack_that_something_else_made_is_left_alone(account: Account, verb: str) -> None:
    theirs = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    account.place.stacks.create_stack(StackName="theirs", TemplateBody=theirs)
    stacks.settled(account.place, "theirs")

    ran = account.make(verb, STACK="theirs")

    assert ran.stderr.startswith(f"{verb}: stack theirs is none of ours")
    assert standing(account.place) == {"theirs": "CREATE_COMPLETE"}


@pytest.mark.parametrize(
    ("status", "why"),
    [
        pytest.param("UPDATE_ROLLBACK_FAILED", "Continue update rollback", id="stuck"),
        pytest.param("DELETE_FAILED", "make destroy", id="half destroyed"),
        pytest.param("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "wait", id="still going"),
    ],
)
def test_a_state_from_which_no_update_begins_says_what_to_do(status: str, why: str) -> None:
    class Stacks:
        def describe_stacks(self, StackName: str) -> Any:  # noqa: N803
            ours = [{"ParameterKey": stacks.MARK, "ParameterValue": ""}]
            return {"Stacks": [{"StackName": StackName, "StackStatus": status, "Parameters": ours}]}

    class Standing:
        stacks = Stacks()

    with pytest.raises(Refused, match=f"{STACK} is {status}: .*{why}"):
        deploy.checked(cast(Place, Standing()), STACK, Declared({}, {}), {})
