"""`make destroy`: what goes, what stays and comes back, what is deleted; once, twice, after a kill."""

import re
import shlex
import signal
import subprocess
import sys

import pytest

import emptying
import sites
import stacks
from stacks import Place, Refused
from tests.deploy.accounts import REGION, ROOT, SMALL, Account, deployed, make_bucket

STACK = "candor-prod"


@pytest.fixture
def made(account: Account) -> dict[str, str]:
    """The outputs of a stack that stands; in its bucket are three versions and a delete marker of a file."""
    outputs = deployed(account, STACK, Name="A B")
    for _ in range(3):
        account.place.buckets.put_object(Bucket=outputs["Bucket"], Key=sites.STATE, Body=b"")
    for body in (b"1", b"2", b"3"):
        account.place.buckets.put_object(Bucket=outputs["Bucket"], Key="index.html", Body=body)
    account.place.buckets.delete_object(Bucket=outputs["Bucket"], Key="index.html")
    return outputs


def remains(place: Place, outputs: dict[str, str]) -> set[str]:
    """Which of stack, table and bucket are still there."""
    buckets = {it["Name"] for it in place.buckets.list_buckets()["Buckets"]}
    there = {
        "stack": stacks.find(place, STACK) is not None,
        "table": outputs["Table"] in place.tables.list_tables()["TableNames"],
        "bucket": outputs["Bucket"] in buckets,
    }
    return {name for name, is_there in there.items() if is_there}


def test_table_and_bucket_stay_and_the_line_that_is_said_takes_them_again(
    account: Account, made: dict[str, str]
) -> None:
    ran = account.make("destroy")

    assert ran.returncode == 0, ran.stderr
    assert remains(account.place, made) == {"table", "bucket"}
    assert f"keeping: Table {made['Table']}" in ran.stdout
    assert f"keeping: Bucket {made['Bucket']}" in ran.stdout
    line = ran.stdout.splitlines()[-1].removeprefix("to take them again: ")
    verb, *words = shlex.split(line)[1:]
    again = account.make(verb, **dict(word.partition("=")[::2] for word in words))
    assert again.returncode == 0, again.stderr
    outputs = stacks.outputs(stacks.settled(account.place, STACK))
    assert {key: outputs[key] for key in ("Table", "Bucket", "PageName")} == {
        key: made[key] for key in ("Table", "Bucket", "PageName")
    }


def test_with_data_delete_every_version_goes_and_the_protected_table_too(
    account: Account, made: dict[str, str]
) -> None:
    account.place.tables.update_table(TableName=made["Table"], DeletionProtectionEnabled=True)

    ran = account.make("destroy", DATA="delete")

    assert ran.returncode == 0, ran.stderr
    assert remains(account.place, made) == set()
    assert f"deleted: bucket {made['Bucket']}" in ran.stdout
    assert f"deleted: table {made['Table']}" in ran.stdout


def test_more_versions_than_one_answer_lists_go_too(account: Account, made: dict[str, str]) -> None:
    for number in range(5):
        account.place.buckets.put_object(Bucket=made["Bucket"], Key=f"{number}", Body=b"")

    emptying.empty(account.place, made["Bucket"], at_once=2)

    left = account.place.buckets.list_object_versions(Bucket=made["Bucket"])
    assert not (left.get("Versions") or left.get("DeleteMarkers"))


def test_after_an_interruption_the_line_that_was_said_finishes(
    account: Account, made: dict[str, str]
) -> None:
    kept = account.make("destroy")
    unnamed = account.make("destroy", DATA="delete")
    params = f"Table={made['Table']} Bucket={made['Bucket']}"
    finished = account.make("destroy", DATA="delete", PARAMS=params)
    again = account.make("destroy", DATA="delete", PARAMS=params)

    assert kept.returncode == 0, kept.stderr
    assert re.match(f"destroy: there is no stack {STACK} .*PARAMS=", unnamed.stderr)
    assert finished.returncode == 0, finished.stderr
    assert remains(account.place, made) == set()
    assert again.returncode == 0, again.stderr
    assert f"gone already: table {made['Table']}" in again.stdout
    assert f"gone already: bucket {made['Bucket']}" in again.stdout


def test_killed_at_any_moment_a_repeat_finishes(account: Account, made: dict[str, str]) -> None:
    params = f"Table={made['Table']} Bucket={made['Bucket']}"
    program = [sys.executable, str(ROOT / ".chalice/destroy.py"), "--stage=prod", f"--region={REGION}"]
    for after in ("destroying", "deleted: stack", "deleted: bucket"):
        with subprocess.Popen(
            [*program, "--data=delete", f"--params={params}"],
            env=account.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith(after):
                    process.send_signal(signal.SIGKILL)
                    break

    ran = account.make("destroy", DATA="delete", PARAMS=params)

    assert ran.returncode == 0, ran.stderr
    assert remains(account.place, made) == set()


def test_half_a_stack_goes_too_and_what_it_left_is_named(account: Account) -> None:
    account.place.stacks.create_stack(
        StackName=STACK,
        TemplateBody=(account.built / "sam.json").read_text(),
        Parameters=[{"ParameterKey": "Seconds", "ParameterValue": "1"}],
        DisableRollback=True,
    )
    stacks.settled(account.place, STACK)

    ran = account.make("destroy")

    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^keeping: Table candor-prod-OwnTable-\w+$", ran.stdout, re.MULTILINE)
    assert stacks.find(account.place, STACK) is None


@pytest.mark.parametrize(
    ("said", "why"),
    [
        pytest.param({}, f"there is no stack {STACK} in {REGION}", id="nothing there"),
        pytest.param({"DATA": "delete"}, 'say them with PARAMS="Table=… Bucket=…"', id="no names"),
        pytest.param({"DATA": "everything"}, "DATA='everything'", id="another word for delete"),
        pytest.param({"STAGE": "nowhere"}, "there is no stage 'nowhere'", id="a stage that does not exist"),
        pytest.param({"REGION": ""}, "REGION is missing", id="no region"),
        pytest.param({"PARAMS": "Name=x"}, "PARAMS names Name", id="a parameter that is no data"),
        pytest.param(
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "no AWS credentials were found",
            id="no credentials",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_line(account: Account, said: dict[str, str], why: str) -> None:
    ran = account.make("destroy", **said)

    refusal, ends = ran.stderr.splitlines()
    assert refusal.startswith("destroy: ")
    assert why in refusal
    assert ends.startswith("make: *** ")
    assert ran.stdout == ""


def test_other_names_than_the_stacks_own_are_refused(account: Account, made: dict[str, str]) -> None:
    ran = account.make("destroy", DATA="delete", PARAMS="Table=another")

    assert f"destroy: PARAMS names Table=another, but the Table of {STACK} is {made['Table']}" in ran.stderr
    assert remains(account.place, made) == {"stack", "table", "bucket"}


def test_what_another_stack_uses_is_not_deleted(account: Account, made: dict[str, str]) -> None:
    account.place.stacks.create_stack(
        StackName="candor-staging",
        TemplateBody=SMALL.read_text(),
        Parameters=[{"ParameterKey": "Table", "ParameterValue": made["Table"]}],
    )
    stacks.settled(account.place, "candor-staging")

    ran = account.make("destroy", DATA="delete")

    assert f"destroy: Table {made['Table']} is in use by stack candor-staging" in ran.stderr
    assert remains(account.place, made) == {"stack", "table", "bucket"}


def test_a_table_that_is_none_of_ours_is_not_deleted(account: Account) -> None:
    account.place.tables.create_table(
        TableName="theirs",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )

    ran = account.make("destroy", DATA="delete", PARAMS="Table=theirs")

    assert "destroy: the table theirs is none of ours" in ran.stderr
    assert account.place.tables.list_tables()["TableNames"] == ["theirs"]


def test_a_bucket_of_something_else_is_not_deleted(account: Account) -> None:
    name = make_bucket(account, f"photos-{account.key}", versioned=False)
    account.place.buckets.put_object(Bucket=name, Key="photo.jpg", Body=b"")

    ran = account.make("destroy", DATA="delete", PARAMS=f"Bucket={name}")

    assert f"destroy: the bucket {name} is neither empty nor a site of ours" in ran.stderr
    assert account.place.buckets.head_object(Bucket=name, Key="photo.jpg")


def test_the_bucket_of_a_stack_in_another_region_is_not_deleted(account: Account) -> None:
    name = f"far-{account.key}"
    stacks.Place("us-east-1").buckets.create_bucket(Bucket=name)
    account.place.buckets.put_object(Bucket=name, Key=sites.STATE, Body=b"")

    ran = account.make("destroy", DATA="delete", PARAMS=f"Bucket={name}")

    assert f"destroy: the bucket {name} is in us-east-1, not in {REGION}" in ran.stderr
    assert account.place.buckets.head_object(Bucket=name, Key=sites.STATE)


@pytest.mark.parametrize("rounds", range(5))
def test_half_emptied_a_bucket_still_proves_that_it_was_ours(
    account: Account, made: dict[str, str], rounds: int
) -> None:
    for key in ("!", "0", "z"):
        account.place.buckets.put_object(Bucket=made["Bucket"], Key=key, Body=b"")
    place, left = Place(REGION), iter(range(rounds))

    def fail_late(**_: object) -> None:
        if next(left, None) is None:
            raise Refused("killed")

    place.buckets.meta.events.register("before-call.s3.DeleteObjects", fail_late)
    with pytest.raises(Refused, match="killed"):
        emptying.empty(place, made["Bucket"], at_once=2)

    assert not sites.is_empty(account.place, made["Bucket"])
    sites.check_ours(account.place, made["Bucket"])
    emptying.empty(account.place, made["Bucket"])
    assert sites.is_empty(account.place, made["Bucket"])


def test_what_a_shell_has_exported_deletes_nothing(
    account: Account, made: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA", "delete")

    ran = account.make("destroy")

    assert ran.returncode == 0, ran.stderr
    assert remains(account.place, made) == {"table", "bucket"}


def test_a_deletion_that_aws_refuses_is_one_line(account: Account, made: dict[str, str]) -> None:
    account.place.stacks.update_termination_protection(StackName=STACK, EnableTerminationProtection=True)

    ran = account.make("destroy")

    assert re.match(r"destroy: AWS refuses DeleteStack: .*TerminationProtection is enabled\n", ran.stderr)
    assert remains(account.place, made) == {"stack", "table", "bucket"}
