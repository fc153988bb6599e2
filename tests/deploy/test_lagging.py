"""A restored table that lags: it is not published from, and no stack takes it, until it has all again."""

import json
from pathlib import Path

import pytest

import stacks
from chalicelib.domain.record import Head
from chalicelib.local import commands, lagging, recovering
from chalicelib.local.errors import Refused
from chalicelib.publishing import paths, states
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import record
from chalicelib.stores.table import Item
from tests.deploy.accounts import REGION, Account, deployed
from tests.deploy.test_taken import RESTORED, make_table
from tests.recoveries import another_table, dump
from tests.triggers.test_publication import a_world
from tests.worlds import World

STACK = "candor-prod"
PLACE = ("--stack", STACK, "--region", REGION)


def told_and_published(bucket: Bucket) -> list[dict[str, object]]:
    """A page that is published; gives its table as it was two updates earlier."""
    world = a_world()
    cut = dump()
    world.tell("i1", "identified")
    world.tell("i1", "resolved")
    world.publisher(bucket).publish(seconds=60)
    return cut


def lag(bucket: Bucket) -> str:
    """Why nothing is published from the connected table; blank where it may be."""
    try:
        lagging.check(bucket, "restored")
    except Refused as refused:
        return str(refused)
    return ""


def test_a_table_that_has_what_the_site_shows_may_publish(table: str, bucket: Bucket) -> None:
    empty = lag(bucket)
    told_and_published(bucket)
    same = lag(bucket)
    World().component("more", "More")

    assert (empty, same, lag(bucket)) == ("", "", "")


def test_a_table_that_is_behind_may_not(table: str, bucket: Bucket) -> None:
    cut = told_and_published(bucket)
    end = record.head().seq
    with another_table(cut):
        said = lag(bucket)

    assert said == (
        f"the site stands at entry {end}, which the table restored does not have: run `import record` first"
    )


def test_a_table_with_another_record_may_not_though_it_is_longer(table: str, bucket: Bucket) -> None:
    told_and_published(bucket)
    end = record.head().seq
    with another_table([]):
        world = World()
        for number in range(end + 3):
            world.component(f"c{number}", f"Component {number}")

        assert record.head().seq > end
        assert f"the site stands at entry {end}, which" in lag(bucket)


@pytest.mark.parametrize("spoiled", [pytest.param(None, id="none"), pytest.param(b"<html>", id="unreadable")])
def test_without_the_records_head_the_publishers_word_counts(
    table: str, bucket: Bucket, spoiled: bytes | None
) -> None:
    cut = told_and_published(bucket)
    bucket.s3.delete_object(Bucket=bucket.name, Key=paths.RECORD_HEAD)
    if spoiled:
        bucket.s3.put_object(Bucket=bucket.name, Key=paths.RECORD_HEAD, Body=spoiled)
    with another_table(cut):
        behind = lag(bucket)
        bucket.s3.delete_object(Bucket=bucket.name, Key=states.KEY)

        assert "the site stands at entry" in behind
        assert lagging.published(bucket) == Head()
        assert lag(bucket) == ""


def test_the_command_publishes_nothing_from_it(
    table: str, bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = told_and_published(bucket)
    before = list(bucket.listed(""))
    with another_table(cut):
        recovering.use(Item.Meta.table_name)
        code = commands.main(["--local", str(tmp_path), "publish", "--all"])
    recovering.use(table)

    assert code == 1
    assert capsys.readouterr().err.startswith("candor: the site stands at entry ")
    assert list(bucket.listed("")) == before


@pytest.fixture
def standing(account: Account) -> tuple[dict[str, str], int]:
    """The outputs of a stack with a published record, and its last entry."""
    outputs = deployed(account, STACK)
    assert account.command("key", "create", *PLACE, "deploys").returncode == 0
    assert account.command("publish", "--all", *PLACE).returncode == 0
    body = account.place.buckets.get_object(Bucket=outputs["Bucket"], Key=paths.RECORD_HEAD)["Body"].read()
    return outputs, json.loads(body)["seq"]


def test_a_stack_does_not_take_a_table_that_is_behind_its_site(
    account: Account, standing: tuple[dict[str, str], int]
) -> None:
    make_table(account)
    outputs, end = standing

    ran = account.make("deploy", PARAMS=f"Table={RESTORED} Name=Other")

    assert end > 0
    assert ran.stderr.splitlines()[0] == (
        f"deploy: the site stands at entry {end}, which the table {RESTORED} does not have: "
        "run `import record` first"
    )
    assert ran.stdout == ""
    assert stacks.outputs(stacks.settled(account.place, STACK)) == outputs
    assert "LatestStreamArn" not in account.place.tables.describe_table(TableName=RESTORED)["Table"]


def test_a_stack_takes_it_when_it_has_all_that_was_lost(
    account: Account, standing: tuple[dict[str, str], int]
) -> None:
    make_table(account)
    outputs, _ = standing
    scanned = account.place.tables.scan(TableName=outputs["Table"])["Items"]
    for item in scanned:
        account.place.tables.put_item(TableName=RESTORED, Item=item)

    ran = account.make("deploy", PARAMS=f"Table={RESTORED}")

    assert ran.returncode == 0, ran.stderr
    assert stacks.outputs(stacks.settled(account.place, STACK))["Table"] == RESTORED


def test_a_kept_site_gets_no_new_table(account: Account, standing: tuple[dict[str, str], int]) -> None:
    outputs, end = standing
    assert account.make("destroy").returncode == 0

    ran = account.make("deploy", PARAMS=f"Bucket={outputs['Bucket']}")

    assert f"deploy: the site stands at entry {end}, which a new table does not have" in ran.stderr
    assert stacks.find(account.place, STACK) is None


def test_what_stands_is_deployed_again_without_a_look_at_its_record(
    account: Account, standing: tuple[dict[str, str], int]
) -> None:
    outputs, _ = standing
    account.place.buckets.put_object(
        Bucket=outputs["Bucket"], Key=paths.RECORD_HEAD, Body=b'{"seq": 99, "hash": "x"}'
    )

    assert deployed(account, STACK, Name="Other") == {**outputs, "PageName": "Other"}
