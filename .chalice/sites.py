"""A bucket that stands already: whether it may be a site of ours, may be deleted, and how far its site is."""

import os

from botocore.exceptions import ClientError

import artifacts
from stacks import Place, Refused  # which also finds chalicelib

from chalicelib.local import lagging  # isort: skip
from chalicelib.publishing.bucket import Bucket  # isort: skip
from chalicelib.stores.table import connect  # isort: skip

STATE = ".publisher/state.json"  # the publisher's own file, which no other bucket has
KMS = "aws:kms"


def check_target(place: Place, name: str) -> None:
    """Refuse a bucket in which publishing cannot be undone, or that the functions could not use."""
    if (
        place.buckets.get_bucket_versioning(Bucket=name, ExpectedBucketOwner=place.account).get("Status")
        != "Enabled"
    ):
        raise Refused(f"the bucket {name} is not versioned: what is published there could not be undone")
    if encryption(place, name).startswith(KMS):
        raise Refused(
            f"the bucket {name} is encrypted with KMS, our functions have no rights there: use SSE-S3"
        )


def check_ours(place: Place, name: str) -> None:
    """Refuse a bucket that holds something, now or in old versions, and was never a site of ours."""
    if _has_versions(place, name, "") and not _has_versions(place, name, STATE):
        raise Refused(f"the bucket {name} is neither empty nor a site of ours: it holds no {STATE}")


def check_lag(place: Place, name: str, table: str) -> None:
    """Refuse a table that lacks what the site shows; a blank name: one that is still to be made."""
    bucket = Bucket(place.buckets, name)
    if table:
        host = os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL")
        connect(name=table, region=place.region, host=host)
        lagging.check(bucket, table)
    elif (head := lagging.published(bucket)).seq:
        raise Refused(lagging.lack(head, "a new table"))


def is_empty(place: Place, name: str) -> bool:
    """Whether a bucket holds no version of anything."""
    return not _has_versions(place, name, "")


def stands(place: Place, name: str) -> bool:
    """Whether there is such a bucket; refuses one of another account or region."""
    return artifacts.found(place, name, f"the bucket {name}")


def encryption(place: Place, name: str) -> str:
    """How files are encrypted where nothing else is said: `AES256`, `aws:kms`, ..."""
    try:
        told = place.buckets.get_bucket_encryption(Bucket=name, ExpectedBucketOwner=place.account)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ServerSideEncryptionConfigurationNotFoundError":
            return ""
        raise
    rules = told["ServerSideEncryptionConfiguration"]["Rules"]
    return next((it["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for it in rules), "")


def _has_versions(place: Place, name: str, prefix: str) -> bool:
    listed = place.buckets.list_object_versions(
        Bucket=name, Prefix=prefix, MaxKeys=1, ExpectedBucketOwner=place.account
    )
    return bool(listed.get("Versions") or listed.get("DeleteMarkers") or listed.get("IsTruncated"))
