"""CloudWatch's alarms have come over an SNS topic that calls us; AWS itself says that the topic may."""

import json
import logging
from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib import wiring
from chalicelib.domain.alarms import Alarm
from chalicelib.domain.errors import Invalid
from chalicelib.intake.alarms import cloudwatch
from chalicelib.stores import alarms
from chalicelib.stores.alarms import Outcome

_log = logging.getLogger("candor.alarms")


def alarm_published(records: Iterable[dict[str, Any]]) -> Outcome:
    """Take in what they say. What is no alarm is noted and left: to repeat it would make it none."""
    wiring.settings()
    return alarms.hear(_alarms(records), now=wiring.now, new_id=wiring.new_id)


def _alarms(records: Iterable[dict[str, Any]]) -> Iterator[Alarm]:
    for record in records:
        try:
            yield from cloudwatch.read(record["Sns"]["Message"])
        except Invalid as refused:
            told = {"message": record["Sns"].get("MessageId"), "refused": refused.field}
            _log.warning(json.dumps(told))
