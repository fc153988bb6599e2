"""How the processes of the tree end: told by SIGTERM, or because the supervisor is gone."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_GRACE_SECONDS = 20.0


def hold_on() -> None:
    """End this process by SIGTERM when its parent ends, even by kill -9: its standard input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_wait_for_the_end, name="lifeline", daemon=True).start()


def _wait_for_the_end() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)


class Ending:
    """A signal to end as `SystemExit`: at once while we wait, after the work in hand while we work."""

    def __init__(self, *signals: signal.Signals) -> None:
        self._is_busy = False
        self._is_told = False
        for each in signals or (signal.SIGTERM,):
            signal.signal(each, self._told)

    @contextmanager
    def after_this(self) -> Iterator[None]:
        """Finish what is inside before ending."""
        self._is_busy = True
        try:
            yield
        finally:
            self._is_busy = False
            if self._is_told:
                raise SystemExit

    def _told(self, *_: Any) -> None:
        self._is_told = True
        if not self._is_busy:
            raise SystemExit
