"""A bucket that the heads of the days go to: whether it keeps what it is given."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from stacks import Place, Refused

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import DefaultRetentionTypeDef

NO_LOCK = "ObjectLockConfigurationNotFoundError"
UNSEEN = ("403", "AccessDenied")


def check(place: Place, name: str, site: str) -> None:
    """Refuse a bucket that is not there, is the site's own, or in which a head can be written over.

    One of another account, which we may not look at, is believed.
    """
    if name == site:
        raise Refused(
            f"Heads names {name}, which is the site's own bucket: what is kept has to lie elsewhere"
        )
    if not _may_look(place, name):
        return
    if not _retention(place, name):
        how = "docs/operations.md, 'Heads of days', says how one is made"
        raise Refused(f"the bucket {name} has no Object Lock with a default retention: {how}")


def told(place: Place, name: str) -> str:
    """What a person should know of it."""
    if not _may_look(place, name):
        return f"heads of days go to {name}, into which we may not look: see to its Object Lock"
    found = _retention(place, name)
    number, unit = (found["Days"], "day") if "Days" in found else (found.get("Years", 0), "year")
    held = f"{number} {unit}{'' if number == 1 else 's'} ({found.get('Mode', '')})"
    return f"heads of days go to {name}, which keeps each for {held}"


def _may_look(place: Place, name: str) -> bool:
    try:
        place.buckets.get_object_lock_configuration(Bucket=name)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "NoSuchBucket":
            raise Refused(f"the bucket {name} does not exist") from error
        if code in UNSEEN:
            return False
        if code != NO_LOCK:
            raise
    return True


def _retention(place: Place, name: str) -> "DefaultRetentionTypeDef":
    """How long each object is kept; nothing where that is not said."""
    try:
        found = place.buckets.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    except ClientError as error:
        if error.response["Error"]["Code"] != NO_LOCK:
            raise
        return {}
    return found.get("Rule", {}).get("DefaultRetention", {})
