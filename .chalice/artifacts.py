"""Where CloudFormation finds zip and template: a bucket of ours, each object under the hash of its bytes."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from stacks import HALF_MADE, ROOT, Place, Refused, delete, failure, find, outputs, say, settled

STACK = "candor-artifacts"
TEMPLATE = ROOT / ".chalice/artifacts.json"
PLACEHOLDER = "./deployment.zip"


def upload(place: Place, template: Path, archive: Path) -> str:
    """Lay both down, once; gives the template's address. The zip's code is named in it by bucket and key.

    Zips are kept: a stack whose update fails goes back to the zip before, however old that is.
    """
    bucket = place.artifacts or bucket_of(place)
    code = archive.read_bytes()
    zip = f"zips/{_digest(code)}.zip"
    if not _stands(place, bucket, zip):
        say(f"uploading {len(code) / 1e6:.1f} MB")
        _put(place, bucket, zip, code)
    addressed = json.dumps(with_code(json.loads(template.read_text()), f"s3://{bucket}/{zip}")).encode()
    key = f"templates/{_digest(addressed)}.json"
    _put(place, bucket, key, addressed)
    return f"{place.buckets.meta.endpoint_url}/{bucket}/{key}"


def with_code(template: dict[str, Any], address: str) -> dict[str, Any]:
    """The template with this address wherever it names the zip beside it."""
    addressed = copy.deepcopy(template)
    for resource in addressed["Resources"].values():
        properties = resource.get("Properties", {})
        if properties.get("CodeUri") == PLACEHOLDER:
            properties["CodeUri"] = address
    return addressed


def bucket_of(place: Place) -> str:
    """The account's bucket in this region; its stack is made at first use, by whoever comes first."""
    stack = find(place, STACK)
    if stack and stack["StackStatus"] in HALF_MADE:
        delete(place, stack)
        stack = None
    if stack is None:
        say(f"making a bucket for zips and templates (stack {STACK})")
        _create(place)
    made = settled(place, STACK)
    if made["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"):
        raise Refused(f"stack {STACK} cannot be made: {failure(place, made, '')}")
    bucket = outputs(made)["Bucket"]
    check(place, bucket, f"the bucket {bucket} of stack {STACK}")
    return bucket


def check(place: Place, bucket: str, what: str) -> None:
    """Refuse a bucket that is not there, not ours or not in this region."""
    if not found(place, bucket, what):
        raise Refused(f"{what} does not exist")


def found(place: Place, bucket: str, what: str) -> bool:
    """Whether there is such a bucket; refuses one that is not ours or not in this region."""
    try:
        head = place.buckets.head_bucket(Bucket=bucket, ExpectedBucketOwner=place.account)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "403":
            raise Refused(f"{what} belongs to another account, or you may not see it") from error
        if code != "404":
            raise
        return False
    where = head.get("BucketRegion", place.region)
    if where != place.region:
        raise Refused(f"{what} is in {where}, not in {place.region}")
    return True


def _create(place: Place) -> None:
    try:
        place.stacks.create_stack(
            StackName=STACK, TemplateBody=TEMPLATE.read_text(), RetainExceptOnCreate=True
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "AlreadyExistsException":  # somebody was quicker
            raise


def _put(place: Place, bucket: str, key: str, body: bytes) -> None:
    """Into our own account's bucket alone: who could replace the zip would run in our name."""
    place.buckets.put_object(Bucket=bucket, Key=key, Body=body, ExpectedBucketOwner=place.account)


def _stands(place: Place, bucket: str, key: str) -> bool:
    try:
        place.buckets.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "403"):  # 403: there is no right to list
            return False
        raise
    return True


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
