"""CloudWatch's alarms, as they stand in the messages of an SNS topic."""

import re
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from chalicelib.domain.alarms import Alarm
from chalicelib.domain.errors import Invalid
from chalicelib.intake.alarms.reading import Moment, Name, decode, moment

SOURCE = "cloudwatch"
_ARN = re.compile(r"arn:[a-z-]+:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:.+", re.DOTALL)


class DimensionObject(Struct):
    """One of the metric's dimensions."""

    name: str
    value: str


class TriggerObject(Struct):
    """What the alarm watches; metrics computed from others have neither name nor namespace."""

    MetricName: str | None = None
    Namespace: str | None = None
    Dimensions: list[DimensionObject] = []


class Message(Struct):
    """An alarm that has changed its state. `Region` is a name for people; the ARN has the code."""

    AlarmName: Name
    NewStateValue: Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
    StateChangeTime: Moment
    AWSAccountId: Annotated[str, Meta(max_length=20)] = ""
    Region: Annotated[str, Meta(max_length=100)] = ""
    AlarmArn: Annotated[str, Meta(max_length=400)] = ""
    Trigger: TriggerObject | None = None


def read(message: str) -> list[Alarm]:
    """What a message of a topic says: an alarm that fires or is well; one that lacks data says nothing."""
    if '"AlarmName"' not in message:
        raise Invalid("Message", "is not a CloudWatch alarm")
    try:
        said = decode(message.encode(), Message)
    except Invalid as wrong:
        raise Invalid(f"Message.{wrong.field}", wrong.reason) from wrong
    at = moment("Message.StateChangeTime", said.StateChangeTime)
    if said.NewStateValue == "INSUFFICIENT_DATA":
        return []
    return [
        Alarm(SOURCE, _fingerprint(said), said.NewStateValue == "ALARM", at, _labels(said), said.AlarmName)
    ]


def _fingerprint(said: Message) -> str:
    """Its name is unique in an account and a region."""
    region = said.AlarmArn.split(":")[3] if _ARN.fullmatch(said.AlarmArn) else said.Region
    whole = f"{said.AWSAccountId}:{region}:{said.AlarmName}"
    return whole if len(whole) <= 200 else f"{said.AWSAccountId}:{said.AlarmName}"[:200]


def _labels(said: Message) -> dict[str, str]:
    found: dict[str, Any] = {"alarm": said.AlarmName, "account": said.AWSAccountId, "region": said.Region}
    if said.Trigger:
        found |= {it.name: it.value for it in said.Trigger.Dimensions if it.name not in found}
        found |= {"metric": said.Trigger.MetricName, "namespace": said.Trigger.Namespace}
    return {name: value for name, value in found.items() if value}
