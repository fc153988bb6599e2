"""A call beside the others, as Lambda makes it: it is waited for a moment, then left to itself."""

import threading
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from chalicelib import wiring
from chalicelib.local.invocations import Invocation, minute_event

PATIENCE_SECONDS = 0.5
"""Almost every minute is over by then; one whose probes hang must not hold up what people write."""


class Unending:
    """For a call that is in no thread to which signals come: it ends with the process, however that ends."""

    def after_this(self) -> AbstractContextManager[None]:
        """Nothing to wait for."""
        return nullcontext()


class Minute:
    """The call of the minute: at once, then in each minute that begins."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._thread: threading.Thread | None = None
        self._at = 0.0
        self._beginnings = 0

    @property
    def is_running(self) -> bool:
        """Whether one has not come back yet."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def due(self) -> float:
        """When it may be called again, in seconds since 1970."""
        return max(self._at, self._invocation.not_before)

    def begin_anew(self) -> None:
        """Have it called at once, whether one is running or not: that one may have begun too early."""
        self._thread, self._at = None, 0.0
        self._beginnings += 1

    def pass_on(self) -> None:
        """Call it if it is due and not running; wait for a moment."""
        now = wiring.now()
        if self.is_running or now.timestamp() < self.due:
            return
        self._thread = threading.Thread(
            target=self._call, args=(now, self._beginnings), name="minute", daemon=True
        )
        self._thread.start()
        self._thread.join(PATIENCE_SECONDS)

    def _call(self, now: datetime, beginning: int) -> None:
        if self._invocation(minute_event(now)) and beginning == self._beginnings:
            self._at = now.timestamp() // 60 * 60 + 60
