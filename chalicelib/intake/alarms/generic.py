"""Our own form of an alarm, for whatever can send JSON and is no system that we know."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.domain.alarms import LONGEST_FINGERPRINT, LONGEST_NAME, LONGEST_VALUE, MOST_LABELS, Alarm
from chalicelib.intake.alarms.reading import Moment, decode, moment

SOURCE = "generic"
MOST_ALARMS = 500
Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
Value = Annotated[str, Meta(max_length=LONGEST_VALUE)]


class AlarmObject(Struct, forbid_unknown_fields=True):
    """One alarm; without `at`, it is so now."""

    fingerprint: Annotated[str, Meta(min_length=1, max_length=LONGEST_FINGERPRINT)]
    status: Literal["firing", "resolved"]
    labels: Annotated[dict[Name, Value], Meta(max_length=MOST_LABELS - 1)] = {}
    title: Value = ""
    at: Moment | None = None


class Message(Struct, forbid_unknown_fields=True):
    """Several alarms at once."""

    alarms: Annotated[list[AlarmObject], Meta(max_length=MOST_ALARMS)]


def read(body: bytes, *, now: datetime) -> list[Alarm]:
    """The alarms of a message."""
    told = enumerate(decode(body, Message).alarms)
    return [
        Alarm(
            SOURCE, it.fingerprint, it.status == "firing",
            now if it.at is None else moment(f"alarms.{n}.at", it.at), it.labels, it.title,
            is_dated=it.at is not None,
        )
        for n, it in told
    ]  # fmt: skip
