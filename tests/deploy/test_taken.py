"""A table and a bucket that stand already: taken over with all that they lack, or refused before anything."""

from typing import TYPE_CHECKING, Any

import pytest

import stacks
from stacks import Refused
from tests.deploy.accounts import REGION, Account, deployed, make_bucket

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

STACK = "candor-prod"
RESTORED = "candor-restored"


@pytest.fixture
def restored(account: Account) -> str:
    """A table as a restored backup is: keys and items, and nothing else switched on."""
    make_table(account)
    return RESTORED


def make_table(account: Account, *, keys: tuple[str, str] = ("pk", "sk"), **more: Any) -> None:
    account.place.tables.create_table(
        TableName=RESTORED,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[
            {"AttributeName": keys[0], "KeyType": "HASH"},
            {"AttributeName": keys[1], "KeyType": "RANGE"},
        ],
        **more,
    )


def described(account: Account) -> "TableDescriptionTypeDef":
    return account.place.tables.describe_table(TableName=RESTORED)["Table"]


def told(account: Account) -> dict[str, str]:
    return stacks.parameters(stacks.settled(account.place, STACK))


def test_a_restored_table_gets_what_it_lacks_and_its_stream_is_found(account: Account, restored: str) -> None:
    outputs = deployed(account, STACK, Table=restored, Protection="true")

    tables, table = account.place.tables, described(account)
    expiry = tables.describe_time_to_live(TableName=restored)["TimeToLiveDescription"]
    backups = tables.describe_continuous_backups(TableName=restored)["ContinuousBackupsDescription"]
    assert outputs["Table"] == restored
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["DeletionProtectionEnabled"] is True
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert told(account)["TableStream"] == table["LatestStreamArn"]


def test_taking_it_again_changes_nothing_and_asks_for_no_name(account: Account, restored: str) -> None:
    first = deployed(account, STACK, Table=restored)
    stream = told(account)["TableStream"]

    ran = account.make("deploy")

    assert "switching on" not in ran.stdout
    assert "nothing to change" in ran.stdout
    assert deployed(account, STACK, Table=restored) == first
    assert told(account)["TableStream"] == stream


def test_a_stream_that_was_made_anew_is_found_again(account: Account, restored: str) -> None:
    deployed(account, STACK, Table=restored)
    before = told(account)["TableStream"]
    account.place.tables.update_table(TableName=restored, StreamSpecification={"StreamEnabled": False})

    deployed(account, STACK, Name="Other")

    assert told(account)["TableStream"] == described(account)["LatestStreamArn"] != before


def test_protection_that_is_not_wanted_is_not_switched_on(account: Account, restored: str) -> None:
    deployed(account, STACK, Table=restored, Protection="false")

    assert described(account)["DeletionProtectionEnabled"] is False


def test_a_stack_goes_from_its_own_table_to_another_and_keeps_its_own(
    account: Account, restored: str
) -> None:
    own = deployed(account, STACK)["Table"]

    deployed(account, STACK, Table=restored)

    assert told(account)["Table"] == restored
    assert set(account.place.tables.list_tables()["TableNames"]) == {own, restored}


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([], id="empty"),
        pytest.param(["index.html", ".publisher/state.json"], id="a site of ours"),
    ],
)
def test_a_bucket_that_stands_is_taken(account: Account, keys: list[str]) -> None:
    name = make_bucket(account, f"kept-{account.key}")
    for key in keys:
        account.place.buckets.put_object(Bucket=name, Key=key, Body=b"")

    assert deployed(account, STACK, Bucket=name)["Bucket"] == name


def test_a_bucket_that_was_taken_is_kept_though_its_first_publication_was_interrupted(
    account: Account,
) -> None:
    name = make_bucket(account, f"kept-{account.key}")
    first = deployed(account, STACK, Bucket=name)
    account.place.buckets.put_object(Bucket=name, Key="index.html", Body=b"")

    assert deployed(account, STACK) == first


@pytest.mark.parametrize("key", ["photo.jpg", "sub/.publisher/state.json"])
@pytest.mark.parametrize("removed", [pytest.param(False, id="now"), pytest.param(True, id="in old versions")])
def test_a_bucket_of_something_else_is_refused_before_anything(
    account: Account, key: str, removed: bool
) -> None:
    name = make_bucket(account, f"photos-{account.key}")
    account.place.buckets.put_object(Bucket=name, Key=key, Body=b"")
    if removed:
        account.place.buckets.delete_object(Bucket=name, Key=key)

    ran = account.make("deploy", PARAMS=f"Bucket={name}")

    assert ran.stderr.splitlines()[0] == (
        f"deploy: the bucket {name} is neither empty nor a site of ours: it holds no .publisher/state.json"
    )
    assert account.place.stacks.describe_stacks()["Stacks"] == []


def test_a_bucket_without_versions_is_refused(account: Account) -> None:
    name = make_bucket(account, f"plain-{account.key}", versioned=False)

    with pytest.raises(Refused, match=f"the bucket {name} is not versioned"):
        deployed(account, STACK, Bucket=name)

    assert account.place.stacks.describe_stacks()["Stacks"] == []


def test_a_bucket_under_a_key_of_kms_is_refused(account: Account) -> None:
    name = make_bucket(account, f"sealed-{account.key}")
    account.place.buckets.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
        },
    )

    with pytest.raises(Refused, match=f"the bucket {name} is encrypted with KMS"):
        deployed(account, STACK, Bucket=name)

    assert account.place.stacks.describe_stacks()["Stacks"] == []


@pytest.mark.parametrize("key", ["Table", "Bucket"])
def test_what_another_stack_has_is_not_taken(account: Account, key: str) -> None:
    name = deployed(account, STACK)[key]

    with pytest.raises(Refused, match=f"{key} {name} is in use by stack {STACK}"):
        deployed(account, "candor-staging", **{key: name})

    assert stacks.find(account.place, "candor-staging") is None


def test_what_a_stack_has_made_itself_it_may_be_told_by_name(account: Account) -> None:
    own = deployed(account, STACK)

    again = deployed(account, STACK, Table=own["Table"], Bucket=own["Bucket"])

    assert again == own


@pytest.mark.parametrize(
    ("table", "why"),
    [
        pytest.param({"keys": ("id", "at")}, r"keys are id \(S\), at \(S\), not pk", id="other keys"),
        pytest.param(
            {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}},
            "shows KEYS_ONLY, not NEW_AND_OLD_IMAGES",
            id="a stream that shows too little",
        ),
    ],
)
def test_a_table_that_will_not_do_is_refused_before_anything(
    account: Account, table: dict[str, Any], why: str
) -> None:
    make_table(account, **table)
    before = described(account)

    with pytest.raises(Refused, match=f"the .*table {RESTORED} .*{why}"):
        deployed(account, STACK, Table=RESTORED)

    assert described(account) == before
    assert account.place.stacks.describe_stacks()["Stacks"] == []


def test_a_table_whose_items_expire_by_something_else_is_refused(account: Account, restored: str) -> None:
    account.place.tables.update_time_to_live(
        TableName=restored, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
    )

    with pytest.raises(Refused, match=r"expire by 'ttl' \(ENABLED\), not by 'expires'"):
        deployed(account, STACK, Table=restored)


def test_a_bucket_in_another_region_is_refused(account: Account) -> None:
    name = f"far-{account.key}"
    stacks.Place("us-east-1").buckets.create_bucket(Bucket=name)

    with pytest.raises(Refused, match=f"the bucket {name} is in us-east-1, not in {REGION}"):
        deployed(account, STACK, Bucket=name)
