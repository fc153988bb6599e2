"""The child that carries the table's stream, the work and the minute to the functions that Lambda would call.

Nothing is kept between runs: the stream is only a wake-up. Whenever it is opened (at the start, and after the
emulator died with what it held), the minute is called at once, which publishes all that was missed.
"""

import time
from http.client import HTTPException
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import wiring
from chalicelib.local import lifelines, logs
from chalicelib.local.beside import Minute, Unending
from chalicelib.local.changes import Changes
from chalicelib.local.clients import streams
from chalicelib.local.invocations import Invocation
from chalicelib.local.logs import fault, note
from chalicelib.local.queues import work
from chalicelib.local.streams import Ended, Record, Stream, is_entry

BATCH = 100
LONGEST_REST = 0.5
_LOST = (BotoCoreError, ClientError, HTTPException, OSError, Ended)


class Pump:
    """One loop: call what is due, then wait until something is."""

    def __init__(self, app: Any, ending: lifelines.Ending) -> None:
        self._table_changed = Invocation("table_changed", app.on_table_changed, ending)
        self._ending = ending
        self._minute = Minute(Invocation("minute_passed", app.on_minute_passed, Unending()))
        self._work_queued = Invocation("work_queued", app.on_work_queued, ending)
        self._client = streams()
        self._work = work()
        self._changes = Changes(None)
        self._stream: Stream | None = None
        self._records: list[Record] = []
        self._has_work = False

    def run(self) -> None:
        """Go on until told to end."""
        while True:
            try:
                self.turn()
            except _LOST as lost:
                self._lose(lost)

    def turn(self) -> None:
        """Call what is due; then wait until the table changes, the minute passes or a repeat is due.

        While changes keep coming it rests as long as it worked: half of the machine is for those who write.
        """
        stream = self._stream or self._open()
        with self._ending.after_this():
            self._minute.pass_on()
        self._records += filter(is_entry, stream.take())
        began = time.monotonic()
        self._deliver()
        self._do_work()
        if meanwhile := list(filter(is_entry, stream.take())):
            self._records += meanwhile
            time.sleep(min(time.monotonic() - began, LONGEST_REST))
            return
        if not self._changes.wait(self._seconds_left()):
            raise Ended("the emulator is another one")

    def _open(self) -> Stream:
        self._changes = Changes(wiring.settings().dynamodb_url)
        self._stream = Stream(self._client, wiring.settings().table)
        self._minute.begin_anew()
        note("pump", "opened", table=wiring.settings().table)
        return self._stream

    def _lose(self, lost: Exception) -> None:
        if self._stream:
            fault("pump", "lost", lost)
        self._stream = None
        time.sleep(0.1)

    def _deliver(self) -> None:
        while batch := self._records[:BATCH]:
            if not self._table_changed({"Records": batch}, records=len(batch)):
                return
            del self._records[:BATCH]

    def _do_work(self) -> None:
        """One piece of work; whoever writes meanwhile is served before the next one."""
        if self._work and (event := self._work.take()):
            self._has_work = True
            self._work.done() if self._work_queued(event) else self._work.again()
        else:
            self._has_work = False

    def _seconds_left(self) -> float:
        """Until the minute, or until a failed call may be repeated."""
        due = self._minute.due if not self._minute.is_running else wiring.now().timestamp() + LONGEST_REST
        if self._has_work:
            due = min(due, self._work_queued.not_before)
        if self._records:
            due = min(due, self._table_changed.not_before)
        return max(due - wiring.now().timestamp(), 0.0)


def main() -> None:
    """Take the triggers of the deployed application and turn."""
    ending = lifelines.Ending()
    lifelines.hold_on()
    import app

    Pump(app, ending).run()


if __name__ == "__main__":
    logs.set_up()
    main()
