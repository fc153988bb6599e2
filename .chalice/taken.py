"""A table and a bucket that stand already, taken into a stack: what `destroy` kept, or a restored backup."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

import artifacts
import sites
import stacks
from stacks import Place, Refused, pauses, say

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

KEYS = [("pk", "HASH", "S"), ("sk", "RANGE", "S")]
VIEW: Literal["NEW_AND_OLD_IMAGES"] = "NEW_AND_OLD_IMAGES"
EXPIRES = "expires"
PATIENCE = 40  # turns of an ever longer pause, about two minutes


def check(place: Place, said: Mapping[str, str], stack: str, has: Mapping[str, str]) -> None:
    """Refuse a table or bucket that this stack cannot take; changes nothing. `has` is what it has already."""
    if name := said.get("Table"):
        table = _standing(place, name)
        check_keys(table)
        _check_state(table)
        _check_expiry(place, name)
    if name := said.get("Bucket"):
        artifacts.check(place, name, f"the bucket {name}")
        sites.check_target(place, name)
        if has.get("Bucket") != name:  # where a first publication was interrupted, its mark lacks
            sites.check_ours(place, name)
    check_free(place, {key: said[key] for key in ("Table", "Bucket") if said.get(key)}, stack)


def check_free(place: Place, names: Mapping[str, str], stack: str) -> None:
    """Refuse a table or bucket that another stack of this region has, or was told to take."""
    if not names:
        return
    for page in place.stacks.get_paginator("describe_stacks").paginate():
        for other in page["Stacks"]:
            if other["StackName"] != stack:
                _refuse_use(other, names)


def _refuse_use(other: "StackTypeDef", names: Mapping[str, str]) -> None:
    for key, name in names.items():
        if name in (stacks.outputs(other).get(key), stacks.parameters(other).get(key)):
            raise Refused(f"{key} {name} is in use by stack {other['StackName']}")


def aim(values: Mapping[str, str], before: Mapping[str, str], has: Mapping[str, str]) -> dict[str, str]:
    """Table and bucket that a stack is about to have; blank: one that is still to be made."""
    return {
        key: values.get(key) or ("" if before.get(key) else has.get(key, "")) for key in ("Table", "Bucket")
    }


def ready(place: Place, name: str, *, protect: bool) -> str:
    """Switch on what a table of ours has and a restored one lacks; gives its stream's ARN.

    Repeats are harmless.
    """
    table = active(place, name)
    if not table.get("StreamSpecification", {}).get("StreamEnabled"):
        say(f"switching on the stream of {name}")
        place.tables.update_table(
            TableName=name, StreamSpecification={"StreamEnabled": True, "StreamViewType": VIEW}
        )
        table = active(place, name)
    if protect and not table.get("DeletionProtectionEnabled"):
        say(f"switching on the deletion protection of {name}")
        place.tables.update_table(TableName=name, DeletionProtectionEnabled=True)
        table = active(place, name)
    if _expiry(place, name) == ("DISABLED", ""):
        say(f"letting items of {name} expire")
        place.tables.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRES}
        )
    if not _is_recoverable(place, name):
        say(f"switching on the point-in-time recovery of {name}")
        _recoverable(place, name)
    return table["LatestStreamArn"]


def described(place: Place, name: str) -> "TableDescriptionTypeDef | None":
    """What AWS says of a table, if there is one of this name."""
    try:
        return place.tables.describe_table(TableName=name)["Table"]
    except place.tables.exceptions.ResourceNotFoundException:
        return None


def is_empty(place: Place, name: str) -> bool:
    """Whether a table certainly holds no item."""
    active(place, name)
    found = place.tables.scan(TableName=name, Limit=1, ConsistentRead=True)
    return not found.get("Items") and "LastEvaluatedKey" not in found


def check_keys(table: "TableDescriptionTypeDef") -> None:
    """Refuse a table with other keys than ours."""
    types = {it["AttributeName"]: it["AttributeType"] for it in table["AttributeDefinitions"]}
    keys = [(it["AttributeName"], it["KeyType"], types[it["AttributeName"]]) for it in table["KeySchema"]]
    if keys != KEYS:
        told = ", ".join(f"{key} ({kind})" for key, _, kind in keys)
        raise Refused(
            f"the table {table['TableName']} is none of ours: its keys are {told}, not pk (S), sk (S)"
        )


def active(place: Place, name: str) -> "TableDescriptionTypeDef":
    """The table when a change of it is through."""
    _await(
        lambda: _standing(place, name)["TableStatus"] == "ACTIVE",
        f"the table {name} does not become ACTIVE",
    )
    return _standing(place, name)


def _standing(place: Place, name: str) -> "TableDescriptionTypeDef":
    table = described(place, name)
    if table is None:
        raise Refused(f"the table {name} does not exist in {place.region}")
    return table


def _check_state(table: "TableDescriptionTypeDef") -> None:
    name, status = table["TableName"], table["TableStatus"]
    stream = table.get("StreamSpecification", {})
    if status not in ("ACTIVE", "UPDATING"):
        raise Refused(f"the table {name} is {status}: wait until it is ACTIVE")
    if stream.get("StreamEnabled") and stream.get("StreamViewType") != VIEW:
        view = stream.get("StreamViewType")
        raise Refused(f"the stream of the table {name} shows {view}, not {VIEW}: switch it off first")


def _check_expiry(place: Place, name: str) -> None:
    status, attribute = _expiry(place, name)
    if (status, attribute) != ("DISABLED", "") and (status, attribute) not in _EXPIRING:
        raise Refused(f"items of the table {name} expire by {attribute!r} ({status}), not by {EXPIRES!r}")


_EXPIRING = (("ENABLED", EXPIRES), ("ENABLING", EXPIRES))


def _expiry(place: Place, name: str) -> tuple[str, str]:
    """Status of the items' expiry, and the attribute that says when; no attribute where it is off."""
    said = place.tables.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    status = said.get("TimeToLiveStatus", "DISABLED")
    return status, "" if status == "DISABLED" else said.get("AttributeName", "")


def _is_recoverable(place: Place, name: str) -> bool:
    said = place.tables.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return said.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"


def _recoverable(place: Place, name: str) -> None:
    """Switch recovery on; a table just restored is not ready for that at once."""

    def switch() -> bool:
        try:
            place.tables.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ContinuousBackupsUnavailableException":
                raise
            return False
        return True

    _await(switch, f"the point-in-time recovery of {name} cannot be switched on yet: deploy again later")


def _await(done: Callable[[], bool], otherwise: str) -> None:
    for turn, _ in enumerate(pauses()):
        if done():
            return
        if turn > PATIENCE:
            raise Refused(otherwise)
