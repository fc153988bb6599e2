"""What the clock says where nobody else does: planned work has begun or is over, alarms have been quiet."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from chalicelib.domain.maintenances import Course
from chalicelib.domain.record import Moment
from chalicelib.stores import duties, maintenances, record, suspicions
from chalicelib.stores.record import Change


def keep_time(now: Callable[[], datetime], new_id: Callable[[], str]) -> int:
    """Say all that is due by now; how many words that were.

    What is due is read again in the transaction that says it: said by two at once, or by an operator in
    between, it is said once. What missed minutes left unsaid is said with the planned times. What fails stops
    nothing else, and rises afterwards. Two queries, where nothing is due.
    """
    settle = partial(suspicions.settle_quiet, now=now, new_id=new_id)
    return sum(duties.each((settle, partial(_keep_planned, now, new_id))))


def _keep_planned(now: Callable[[], datetime], new_id: Callable[[], str]) -> int:
    return sum(duties.each(partial(_say_all, id, now, new_id) for id in maintenances.due_ids(now())))


def _say_all(id: str, now: Callable[[], datetime], new_id: Callable[[], str]) -> int:
    said = 0
    while _say(id, now, new_id()):
        said += 1
    return said


def _say(id: str, now: Callable[[], datetime], update_id: str) -> bool:
    def decide(moment: Moment) -> Change[Course | None]:
        return maintenances.keep_time(maintenances.get(id), id=update_id, moment=moment)

    return record.append(decide, now=now) is not None
