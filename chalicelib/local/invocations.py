"""Calling our Lambda functions as Lambda does: an event, a context, and again after a failure."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from chalicelib import wiring
from chalicelib.domain.times import iso
from chalicelib.local.logs import fault, note

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Context:
    """What Lambda tells a function about its invocation."""

    function_name: str
    memory_limit_in_mb: int = 1024
    aws_request_id: str = field(default_factory=wiring.new_id)
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:local"

    def get_remaining_time_in_millis(self) -> int:
        """Nobody cuts us off here; this is what a fresh invocation has in AWS."""
        return 60_000


class Ends(Protocol):
    """What may want to end us; it waits for the work in hand."""

    def after_this(self) -> AbstractContextManager[None]: ...


class Invocation:
    """A function that is called again, ever later, until it succeeds."""

    def __init__(self, name: str, function: Callable[[dict[str, Any], Context], Any], ending: Ends) -> None:
        self._name = name
        self._function = function
        self._ending = ending
        self._pause = _FIRST_PAUSE
        self.not_before = 0.0

    def __call__(self, event: dict[str, Any], **facts: Any) -> bool:
        """Whether it succeeded; not tried, and so not succeeded, before its time."""
        if wiring.now().timestamp() < self.not_before:
            return False
        began = time.perf_counter()
        try:
            with self._ending.after_this():
                self._function(event, Context(self._name))
        except Exception as error:  # noqa: BLE001 - any failure is the function's, as in Lambda
            self._postpone(error, facts)
            return False
        self._pause, self.not_before = _FIRST_PAUSE, 0.0
        note("pump", self._name, **facts, ms=round((time.perf_counter() - began) * 1000))
        return True

    def _postpone(self, error: Exception, facts: dict[str, Any]) -> None:
        fault("pump", f"{self._name} failed", error, **facts, again_in=f"{self._pause:g}s")
        self.not_before = wiring.now().timestamp() + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)


def minute_event(now: datetime) -> dict[str, Any]:
    """What EventBridge sends each minute."""
    return {
        "version": "0", "id": wiring.new_id(), "detail-type": "Scheduled Event", "source": "aws.events",
        "account": "000000000000", "region": "us-east-1", "time": f"{iso(now)[:19]}Z",
        "resources": ["arn:aws:events:us-east-1:000000000000:rule/minute"], "detail": {},
    }  # fmt: skip
