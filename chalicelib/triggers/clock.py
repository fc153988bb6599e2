"""What the clock says where nobody else does: planned work has begun or is over, alarms have been quiet."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.domain.maintenances import Course
from chalicelib.domain.record import Moment
from chalicelib.stores import maintenances, record, suspicions
from chalicelib.stores.record import Change


def keep_time(now: Callable[[], datetime], new_id: Callable[[], str]) -> int:
    """Say all that is due by now; how many words that were.

    What is due is read again in the transaction that says it: said by two at once, or by an operator in
    between, it is said once. What missed minutes left unsaid is said with the planned times. Two queries,
    where nothing is due.
    """
    said = suspicions.settle_quiet(now=now, new_id=new_id)
    for id in maintenances.due_ids(now()):
        while _say(id, now, new_id()):
            said += 1
    return said


def _say(id: str, now: Callable[[], datetime], update_id: str) -> bool:
    def decide(moment: Moment) -> Change[Course | None]:
        return maintenances.keep_time(maintenances.get(id), id=update_id, moment=moment)

    return record.append(decide, now=now) is not None
