"""A stack's table and bucket, deleted with all that they hold; each step may be repeated."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

import stacks
import taken
from stacks import Place, Refused, pauses, say, show

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ListObjectVersionsOutputTypeDef, ObjectIdentifierTypeDef

MOST = 1000  # that S3 lists, and deletes, in one go
TRIES = 10  # while functions that are just ending still write


def check(place: Place, names: Mapping[str, str], stack: str) -> None:
    """Refuse to delete what another stack uses, or a table that is none of ours."""
    for page in place.stacks.get_paginator("describe_stacks").paginate():
        for other in page["Stacks"]:
            put_out = stacks.outputs(other)
            for key in names.keys() & put_out.keys():
                if put_out[key] == names[key] and other["StackName"] != stack:
                    raise Refused(f"{key} {names[key]} is in use by stack {other['StackName']}")
    if (name := names.get("Table")) and (table := taken.described(place, name)):
        taken.check_keys(table)


def delete(place: Place, names: Mapping[str, str]) -> None:
    """Delete bucket and table; the table last, since the bucket follows from it."""
    if name := names.get("Bucket"):
        say(f"deleted: bucket {name}" if _delete_bucket(place, name) else f"gone already: bucket {name}")
    if name := names.get("Table"):
        say(f"deleted: table {name}" if _delete_table(place, name) else f"gone already: table {name}")


def _delete_bucket(place: Place, name: str) -> bool:
    """Whether there was one."""
    for turn, _ in enumerate(pauses()):
        try:
            empty(place, name)
            place.buckets.delete_bucket(Bucket=name, ExpectedBucketOwner=place.account)
            return True
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "NoSuchBucket":
                return turn > 0
            if code != "BucketNotEmpty" or turn >= TRIES:
                raise
    raise AssertionError("pauses do not end")


def empty(place: Place, name: str, at_once: int = MOST) -> None:
    """Delete every version and every delete marker of a bucket, so many at a time, always from the start."""
    count, ours = 0, place.account
    while keys := _first(
        place.buckets.list_object_versions(Bucket=name, ExpectedBucketOwner=ours, MaxKeys=at_once)
    ):
        done = place.buckets.delete_objects(
            Bucket=name, ExpectedBucketOwner=ours, Delete={"Objects": keys, "Quiet": True}
        )
        if failed := done.get("Errors"):
            why = f"{failed[0].get('Key')}: {failed[0].get('Message')}"
            raise Refused(f"the bucket {name} cannot be emptied: {why}")
        count += len(keys)
        show(f"emptying {name}: {count} versions")
    show("")


def _first(listed: "ListObjectVersionsOutputTypeDef") -> "list[ObjectIdentifierTypeDef]":
    """The versions and delete markers of one answer."""
    found = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    return [{"Key": it["Key"], "VersionId": it["VersionId"]} for it in found]


def _delete_table(place: Place, name: str) -> bool:
    """Whether there was one; its protection against deletion is switched off first."""
    table = taken.described(place, name)
    if table is None:
        return False
    if table.get("DeletionProtectionEnabled"):
        place.tables.update_table(TableName=name, DeletionProtectionEnabled=False)
    if table["TableStatus"] != "DELETING":
        taken.active(place, name)
        place.tables.delete_table(TableName=name)
    for _ in pauses():
        if taken.described(place, name) is None:
            break
        show(f"deleting {name}")
    show("")
    return True
