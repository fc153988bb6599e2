"""Turns: one at a time, in the order in which they came."""

import threading
from collections import deque


class Turns:
    """Like a lock, but who waits longest is next: under a storm nobody is passed over until they give up."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False

    def take(self, patience: float) -> bool:
        """Wait for one's turn, at most so many seconds; whether it came."""
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        return mine.acquire(timeout=patience) or self._came_at_last(mine)

    def give(self) -> None:
        """End one's turn; the next one's begins."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False

    def _came_at_last(self, mine: threading.Lock) -> bool:
        """Whether the turn came just when nobody waited for it any more; otherwise it never will."""
        with self._mutex:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
            return True
