"""The bucket's old versions: once words were removed, none that might hold them may stay.

Which of them do is not asked: a file may have held the words long ago and lost them since. So all of them go.
"""

import time
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from chalicelib.publishing.bucket import Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ListObjectVersionsOutputTypeDef as Listed
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef as Version

AT_ONCE = 1000


class NotDeleted(Exception):
    """S3 kept a version: its word for the reason."""


def purge(bucket: Bucket, after: str, *, until: float, at_once: int = AT_ONCE) -> str | None:
    """Delete old versions of the files behind this key, also of those that are gone; None when none is left.

    When the time (of the monotonic clock) is over, it gives the last key of which none is left.
    """
    while True:
        listed = bucket.s3.list_object_versions(Bucket=bucket.name, KeyMarker=after, MaxKeys=at_once)
        _delete(bucket, list(_old(listed)))
        if not listed["IsTruncated"]:
            return None
        after = _complete(listed, after)
        if time.monotonic() >= until:
            return after


def _old(listed: "Listed") -> "Iterator[Version]":
    for found in chain(listed.get("Versions", ()), listed.get("DeleteMarkers", ())):
        if not found["IsLatest"]:
            yield {"Key": found["Key"], "VersionId": found["VersionId"]}


def _delete(bucket: Bucket, old: "list[Version]") -> None:
    if not old:
        return
    done = bucket.s3.delete_objects(Bucket=bucket.name, Delete={"Objects": old, "Quiet": True})
    if kept := done.get("Errors"):
        raise NotDeleted(str(kept[0].get("Code")))


def _complete(listed: "Listed", after: str) -> str:
    """The last key of which all was listed; of the very last one, more may follow."""
    found = chain(listed.get("Versions", ()), listed.get("DeleteMarkers", ()))
    keys = {after, *(one["Key"] for one in found)}
    return max(keys - {listed["NextKeyMarker"]}, key=str.encode)
