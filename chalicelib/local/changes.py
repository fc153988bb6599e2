"""Waiting until the table has been written to, without asking it all the time."""

import http.client
import time
from urllib.parse import urlsplit

from chalicelib.local import emulator

_ASK_EVERY = 0.25


class Changes:
    """Our emulator answers when something has changed; any other place is asked four times a second."""

    def __init__(self, endpoint: str | None) -> None:
        self._host = urlsplit(endpoint or "").netloc
        self._known = ""
        self._is_ours = bool(self._host)

    def wait(self, seconds: float) -> bool:
        """Wait until something may have been written, at most so long.

        The answer is whether the place is still the one it was: if not, its stream has begun anew.
        """
        if not self._is_ours:
            time.sleep(min(seconds, _ASK_EVERY))
            return True
        known, self._known = self._known, self._asked(seconds)
        return not known or known.partition("-")[0] == self._known.partition("-")[0]

    def _asked(self, seconds: float) -> str:
        connection = http.client.HTTPConnection(self._host, timeout=emulator.PATIENCE + 10)
        try:
            connection.request("GET", f"{emulator.CHANGES}?{self._known}&{seconds:.3f}")
            answer = connection.getresponse()
            self._is_ours = answer.status == 200
            return answer.read().decode("latin-1")
        finally:
            connection.close()
