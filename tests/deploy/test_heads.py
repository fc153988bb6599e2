"""A bucket for heads of days: taken where it keeps what it is given, refused before anything is changed."""

import pytest

import heads
import stacks
from stacks import Refused
from tests.deploy.accounts import Account, deployed, make_bucket, new_number

STACK = "candor-prod"


@pytest.fixture
def name() -> str:
    """A name that no bucket has."""
    return f"heads-{new_number()}"


def make_heads(account: Account, name: str, **kept: object) -> str:
    """A bucket with Object Lock, and a default retention if one is said; gives the name."""
    s3 = account.place.buckets
    s3.create_bucket(
        Bucket=name, ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )  # fmt: skip
    if kept:
        rule = {"DefaultRetention": kept}
        s3.put_object_lock_configuration(
            Bucket=name,
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},  # type: ignore[typeddict-item]
        )
    return name


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        pytest.param({"Mode": "COMPLIANCE", "Days": 3650}, "3650 days (COMPLIANCE)", id="days"),
        pytest.param({"Mode": "GOVERNANCE", "Years": 1}, "1 year (GOVERNANCE)", id="a year"),
    ],
)
def test_one_that_keeps_is_taken_and_what_it_keeps_is_said(
    account: Account, name: str, kept: dict[str, object], said: str
) -> None:
    make_heads(account, name, **kept)

    heads.check(account.place, name, "site")

    assert heads.told(account.place, name) == f"heads of days go to {name}, which keeps each for {said}"


def test_one_that_is_not_there_is_refused(account: Account, name: str) -> None:
    with pytest.raises(Refused, match=f"the bucket {name} does not exist"):
        heads.check(account.place, name, "site")


@pytest.mark.parametrize("lock", [pytest.param(False, id="no lock"), pytest.param(True, id="no retention")])
def test_one_in_which_heads_can_be_written_over_is_refused(account: Account, name: str, lock: bool) -> None:
    make_heads(account, name) if lock else make_bucket(account, name)

    with pytest.raises(Refused, match="has no Object Lock with a default retention"):
        heads.check(account.place, name, "site")


def test_the_sites_own_bucket_is_refused(account: Account, name: str) -> None:
    with pytest.raises(Refused, match="the site's own bucket"):
        heads.check(account.place, name, name)


def test_it_is_refused_before_anything_is_changed(account: Account, name: str) -> None:
    with pytest.raises(Refused, match="does not exist"):
        deployed(account, STACK, Heads=name)

    assert stacks.find(account.place, STACK) is None
