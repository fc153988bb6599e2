"""Old versions of files can be deleted all together, a piece at a time, and what stands is left alone."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from chalicelib import wiring
from chalicelib.publishing.bucket import Bucket
from chalicelib.publishing.versions import NotDeleted, purge

KEYS = ("a.html", "b/index.html", "b.html", "z")


@pytest.fixture
def versioned(bucket: Bucket) -> Iterator[Bucket]:
    """A bucket that keeps old versions: three of each file, and of one that is gone."""
    bucket.s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    for turn in range(3):
        for key in (*KEYS, "gone"):
            bucket.s3.put_object(Bucket=bucket.name, Key=key, Body=f"{key} {turn}".encode())
    bucket.s3.delete_object(Bucket=bucket.name, Key="gone")
    yield bucket


def standing(bucket: Bucket) -> list[tuple[str, bool]]:
    """All versions, and whether they are what readers get."""
    found = bucket.s3.list_object_versions(Bucket=bucket.name).get("Versions", ())
    return sorted((one["Key"], one["IsLatest"]) for one in found)


@pytest.mark.parametrize("at_once", [2, 3, 5, 1000])
def test_only_what_readers_get_is_left(at_once: int, versioned: Bucket) -> None:
    left = purge(versioned, "", until=time.monotonic() + 60, at_once=at_once)

    assert left is None
    assert standing(versioned) == [(key, True) for key in sorted(KEYS)]
    assert [versioned.get(key)[0] for key in KEYS] == [f"{key} 2".encode() for key in KEYS]
    assert versioned.get("gone") == (b"", None)


@pytest.mark.parametrize("at_once", [2, 3, 5])
def test_when_time_is_over_it_says_how_far_it_is(at_once: int, versioned: Bucket) -> None:
    after: str | None = ""
    turns = 0

    while after is not None:
        done, after = after, purge(versioned, after, until=0, at_once=at_once)
        end = "~" if after is None else after
        assert all(is_latest for key, is_latest in standing(versioned) if key <= end)
        assert after is None or after >= done
        turns += 1

    assert turns > 1
    assert standing(versioned) == [(key, True) for key in sorted(KEYS)]


def test_a_bucket_without_versions_has_nothing_to_delete(bucket: Bucket) -> None:
    bucket.s3.put_object(Bucket=bucket.name, Key="a", Body=b"a")

    assert purge(bucket, "", until=0) is None
    assert bucket.get("a")[0] == b"a"


def test_a_version_that_is_kept_is_an_error(table: str) -> None:
    found = {"Key": "a", "VersionId": "1", "IsLatest": False}
    kept: Any = [{"Key": "a", "VersionId": "1", "Code": "AccessDenied", "Message": "a said it"}]
    s3 = wiring.s3()

    with Stubber(s3) as stubber:
        stubber.add_response("list_object_versions", {"IsTruncated": False, "Versions": [found]})
        stubber.add_response("delete_objects", {"Errors": kept})
        with pytest.raises(NotDeleted, match="^AccessDenied$"):
            purge(Bucket(s3, "site"), "", until=0)
