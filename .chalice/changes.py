"""A stack brought to a template by a change set: made, executed and waited for, or refused in one line."""

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from stacks import Place, Refused, delete, failure, find, last_event, pauses, refusal, settled, show

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef, StackTypeDef

DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
_NOTHING = ("didn't contain changes", "No updates are to be performed")


def apply(
    place: Place, stack: str, *, template: str, told: Sequence["ParameterTypeDef"]
) -> "StackTypeDef | None":
    """Bring a stack to the template at this address; None if it stands there already.

    What a failed creation made is deleted again but table and bucket: CloudFormation could not delete a
    table that is protected against it. The next deployment looks whether they are empty.
    """
    standing = find(place, stack)
    change = _made(place, stack, template=template, told=told, kind="UPDATE" if standing else "CREATE")
    if change is None:
        return None
    id, change_set = change
    since = last_event(place, id)
    place.stacks.execute_change_set(ChangeSetName=change_set)
    for _ in pauses():  # the execution begins a moment after it was asked for
        if last_event(place, id) != since:
            break
    after = settled(place, id)
    if after["StackStatus"] not in DONE:
        raise Refused(f"{failure(place, after, since)} ({stack} is now {after['StackStatus']})")
    return after


def _made(
    place: Place,
    stack: str,
    *,
    template: str,
    told: Sequence["ParameterTypeDef"],
    kind: Literal["CREATE", "UPDATE"],
) -> tuple[str, str] | None:
    """The ids of the stack and of a change set that can be executed; None if there is nothing to change."""
    name = f"deploy-{secrets.token_hex(8)}"
    made = place.stacks.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType=kind,
        TemplateURL=template,
        Parameters=told,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        ClientToken=name,
    )
    for _ in pauses():
        change = place.stacks.describe_change_set(ChangeSetName=made["Id"])
        if change["Status"] in ("CREATE_COMPLETE", "FAILED"):
            break
        show(f"{stack}: the changes are being worked out")
    show("")
    if change["Status"] == "CREATE_COMPLETE":
        return made["StackId"], made["Id"]
    reason = refusal(place, change.get("StatusReason", "without a reason"), ChangeSetName=made["Id"])
    place.stacks.delete_change_set(ChangeSetName=made["Id"])
    if kind == "UPDATE" and any(nothing in reason for nothing in _NOTHING):
        return None
    if kind == "CREATE" and (half := find(place, made["StackId"])):
        delete(place, half)
    raise Refused(f"CloudFormation does not take the template: {reason}")
