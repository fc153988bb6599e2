"""A stack's table and bucket, deleted with all that they hold; each step may be repeated."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

import sites
import stacks
import taken
from stacks import Place, Refused, pauses, say, show

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

MOST = 1000  # that S3 lists, and deletes, in one go
TRIES = 10  # while functions that are just ending still write


def check(place: Place, names: Mapping[str, str], stack: str, *, stands: bool) -> None:
    """Refuse to delete what another stack uses, or is none of ours; the bucket of a stack that stands is."""
    taken.check_free(place, names, stack)
    if (name := names.get("Table")) and (table := taken.described(place, name)):
        taken.check_keys(table)
    if (name := names.get("Bucket")) and sites.stands(place, name) and not stands:
        sites.check_ours(place, name)


def delete(place: Place, names: Mapping[str, str]) -> None:
    """Delete bucket and table; the table last, since the bucket follows from it."""
    if name := names.get("Bucket"):
        say(f"deleted: bucket {name}" if _delete_bucket(place, name) else f"gone already: bucket {name}")
    if name := names.get("Table"):
        say(f"deleted: table {name}" if _delete_table(place, name) else f"gone already: table {name}")


def delete_empty(place: Place, type: str, name: str) -> bool:
    """Delete a table or bucket if it certainly holds nothing and no stack has it; whether it is gone."""
    try:
        taken.check_free(place, {_KEYS[type]: name} if type in _KEYS else {}, "")
    except Refused:
        return False
    match type:
        case stacks.BUCKET:
            return not sites.stands(place, name) or (
                sites.is_empty(place, name) and _drop_bucket(place, name)
            )
        case stacks.TABLE:
            return taken.described(place, name) is None or (
                taken.is_empty(place, name) and _delete_table(place, name)
            )
    return False


_KEYS = {stacks.TABLE: "Table", stacks.BUCKET: "Bucket"}


def _drop_bucket(place: Place, name: str) -> bool:
    """Delete an empty bucket; whether it was."""
    try:
        place.buckets.delete_bucket(Bucket=name, ExpectedBucketOwner=place.account)
    except ClientError as error:
        if error.response["Error"]["Code"] == "BucketNotEmpty":
            return False
        raise
    return True


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
    """Delete every version and every delete marker of a bucket, so many at a time, always from the start.

    What proves that the bucket is ours goes last, so that a repeat may go on.
    """
    count = 0
    for after in (sites.STATE, ""):
        while keys := _first(place, name, after, at_once):
            _delete_versions(place, name, keys)
            count += len(keys)
            show(f"emptying {name}: {count} versions")
    show("")


def _first(place: Place, name: str, after: str, most: int) -> "list[ObjectIdentifierTypeDef]":
    """The first versions and delete markers of the keys after this one."""
    listed = place.buckets.list_object_versions(
        Bucket=name, ExpectedBucketOwner=place.account, KeyMarker=after, MaxKeys=most
    )
    found = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    return [{"Key": it["Key"], "VersionId": it["VersionId"]} for it in found]


def _delete_versions(place: Place, name: str, keys: "list[ObjectIdentifierTypeDef]") -> None:
    done = place.buckets.delete_objects(
        Bucket=name, ExpectedBucketOwner=place.account, Delete={"Objects": keys, "Quiet": True}
    )
    if failed := done.get("Errors"):
        why = f"{failed[0].get('Key')}: {failed[0].get('Message')}"
        raise Refused(f"the bucket {name} cannot be emptied: {why}")


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
