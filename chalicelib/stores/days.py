"""Days in the table: those that take samples, how one of them closes, and the numbers of a stretch of days.

A day closes in steps that may be repeated from the beginning: it is marked (new components are refused from
then on), each of its sums is closed, all are read, they are entered in the record part by part together with
what is kept of them, and the mark is taken away.
"""

import secrets
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple

import msgspec
from msgspec import Struct

from chalicelib.domain.days import ClosedDay, Days, closed, closes_at
from chalicelib.domain.errors import Busy
from chalicelib.domain.record import Fact, Moment, facts
from chalicelib.domain.samples import Numbers
from chalicelib.domain.subjects import DAY, subject_of
from chalicelib.stores import catalogue, record, sums, table
from chalicelib.stores.record import Change
from chalicelib.stores.table import Item, Put

CLOSED = "day.closed"
DAYS = "DAYS"
OPEN = "OPENDAYS"
CLOSINGS = (DAYS, "closings")
CLOSINGS_KEPT = 400
"""More days than any page shows."""
TRUSTED = timedelta(hours=1)
"""So long before a day can close, a process may still rely on having seen it open."""

Counts = dict[date, dict[str, int]]
"""How many samples there are, by day and component."""

_seen_open: dict[tuple[str, date], datetime] = {}


class _Open(Struct, frozen=True, omit_defaults=True):
    """Since when a day has samples, and whether it is being closed."""

    first_at: datetime
    closing: bool = False


class Seen(NamedTuple):
    """Of some days: which take no more samples or are just being closed, and which never had one."""

    closed: frozenset[date]
    new: frozenset[date]


def look(days: Iterable[date], now: datetime) -> Seen:
    """How these days stand. The mark is read before what closing leaves, so that one of them is seen."""
    asked = sorted(day for day in set(days) if not _is_seen_open(day, now))
    items = table.get_many((OPEN, day.isoformat()) for day in asked)
    opened = {date.fromisoformat(item.sk): table.value(item, _Open) for item in items}
    kept = {item.sk for item in table.get_many((DAYS, day.isoformat()) for day in asked)}
    closed = {day for day in asked if day.isoformat() in kept or (day in opened and opened[day].closing)}
    for day in opened.keys() - closed:
        _seen_open[Item.Meta.table_name, day] = closes_at(day, opened[day].first_at) - TRUSTED
    return Seen(frozenset(closed), frozenset(set(asked) - closed - opened.keys()))


def begin(days: Iterable[date], now: datetime) -> None:
    """Note that these days, which are new, have samples from now on; harmless alone."""
    table.put_all(table.stored(OPEN, day.isoformat(), _Open(now)) for day in sorted(days))


def due(now: datetime) -> list[date]:
    """The days that are to be closed by now, the oldest first."""
    found = {date.fromisoformat(item.sk): table.value(item, _Open) for item in table.query(OPEN)}
    return sorted(day for day, it in found.items() if it.closing or closes_at(day, it.first_at) <= now)


def close(day: date, *, now: Callable[[], datetime]) -> int:
    """Close a day, or go on with it; how many entries that was."""
    pointer = table.get(OPEN, day.isoformat())
    if pointer is None:
        return 0
    found = msgspec.structs.replace(table.value(pointer, _Open), closing=True)
    table.put_all([table.stored(OPEN, day.isoformat(), found)])
    _close_sums(day, now())
    parts = closed(day, sums.read(day))
    said = sum(record.append(partial(entered, part), now=now) for part in parts)
    if not parts:
        table.put_all([kept(ClosedDay(day)).item])
    table.write((), [(OPEN, day.isoformat())], token=secrets.token_hex(16))
    return said


@dataclass
class Calendar:
    """The numbers of days as they were last read, each with the entry by which it was closed.

    A closed day never changes, so it is read once; `closings` say that there is another. The others are read
    when somebody looks, and once more where what was read is behind `least`: what has been shown of them.
    """

    known: dict[date, tuple[int, dict[str, Numbers]]] = field(default_factory=dict)
    taking: dict[date, dict[str, Numbers]] | None = None
    least: Counts = field(default_factory=dict)

    def look(self, first: date, last: date) -> Counts:
        """How many samples each component has on the days that take some: a query, and one for each."""
        self.taking = self.open(first, last)
        return {day: _samples(found) for day, found in self.taking.items()}

    def read(self, first: date, last: date) -> Days:
        """The same as `read`; in a process that has looked, two queries or so, the open days as of then."""
        entered = {day: seq for day, seq in closings().items() if first <= day <= last}
        lacking = sorted(day for day, seq in entered.items() if self.known.get(day, (0,))[0] != seq)
        if lacking:
            closed = _closed(lacking[0], lacking[-1])
            self.known |= {day: (entered[day], closed.get(day, {})) for day in lacking}
        self.known = {day: known for day, known in self.known.items() if day in entered}
        numbers = {day: known for day, (_, known) in self.known.items()}
        if self.taking is None or self._is_behind(entered):
            self.taking = self.open(first, last)
        taking = {day: it for day, it in self.taking.items() if first <= day <= last and day not in numbers}
        return Days({**numbers, **taking}, frozenset(taking), max(entered.values(), default=0))

    def open(self, first: date, last: date) -> dict[date, dict[str, Numbers]]:
        """The numbers of the days that take samples, by now."""
        return {day: _with_samples(day) for day in _open(first, last)}

    def _is_behind(self, closed: Collection[date]) -> bool:
        """Whether more has been shown of a day than was read here: samples are only ever added."""
        held = {day: _samples(found) for day, found in (self.taking or {}).items()}
        shown = {day: counts for day, counts in self.least.items() if day not in closed}
        return any(
            n > held.get(day, {}).get(id, 0) for day, counts in shown.items() for id, n in counts.items()
        )


def closings() -> dict[date, int]:
    """The days that were closed, the newest ones, each with its last entry; one read."""
    item = table.get(*CLOSINGS)
    return table.value(item, dict[date, int]) if item else {}


def read(first: date, last: date) -> Days:
    """The numbers of all components from a day to another: one query, and one more for each open day."""
    numbers = _closed(first, last)
    open = [day for day in _open(first, last) if day not in numbers]
    return Days({**numbers, **{day: _with_samples(day) for day in open}}, frozenset(open))


def kept(day: ClosedDay) -> Put:
    """What to store of a closed day: the numbers alone, since many days are read at once."""
    sk = day.date.isoformat() + (f"#{day.part}" if day.part > 1 else "")
    numbers = {id: frozen.numbers for id, frozen in day.components.items()}
    return Put(table.stored(DAYS, sk, facts(numbers)))


def entered(part: ClosedDay, moment: Moment) -> Change[int]:
    """The entry of one part of a day, with what is kept of it; nothing where it stands."""
    put = kept(part)
    if table.get(put.item.pk, put.item.sk) is not None:
        return Change(0)
    fact = Fact(CLOSED, subject(part.date), {"day": facts(part)})
    return Change(1, (fact,), (table.new(put.item), *_noted(part.date, moment.seq)))


def restored(day: ClosedDay, moment: Moment) -> Change[None]:
    """What to store so that a day is closed as its entry says."""
    is_last = day.part == day.parts
    deletes = ((OPEN, day.date.isoformat()),) if is_last else ()
    return Change(None, puts=(kept(day), *_noted(day.date, moment.seq)), deletes=deletes)


def subject(day: date) -> str:
    """By what the record names a day."""
    return subject_of(DAY, day.isoformat())


def forget() -> None:
    """Rely on nothing that was seen (tests)."""
    _seen_open.clear()


def _noted(day: date, seq: int) -> tuple[Put, ...]:
    """That a day was closed by this entry. Nobody else appends meanwhile, so no condition is needed."""
    before = closings()
    after = {**before, day: max(before.get(day, 0), seq)}
    newest = {it: after[it] for it in sorted(after)[-CLOSINGS_KEPT:]}
    return (Put(table.stored(*CLOSINGS, newest)),) if newest != before else ()


def _close_sums(day: date, now: datetime) -> None:
    """Close every sum of the day; components that are made from here on see the day's mark."""
    expires = (now + sums.KEPT).timestamp()
    standing = sums.standing(day)
    known = {component.id for component in catalogue.read().components}
    wanted = sorted(id for id in known | standing.keys() if not standing.get(id, False))
    for n in range(0, len(wanted), table.TRANSACTION_ITEMS):
        _insist(day, wanted[n : n + table.TRANSACTION_ITEMS], expires)


def _insist(day: date, components: Sequence[str], expires: float) -> None:
    """Until no sender is in the way."""
    for _ in record.tries(time.monotonic() + record.PATIENCE_SECONDS):
        with suppress(table.Moved):
            return sums.close(day, components, expires)
    raise Busy("too many samples at once")


def _closed(first: date, last: date) -> dict[date, dict[str, Numbers]]:
    numbers: dict[date, dict[str, Numbers]] = {}
    for item in table.query(DAYS, Item.sk.between(first.isoformat(), f"{last.isoformat()}~")):
        numbers.setdefault(date.fromisoformat(item.sk[:10]), {}).update(_numbers(item))
    return numbers


def _open(first: date, last: date) -> list[date]:
    within = Item.sk.between(first.isoformat(), last.isoformat())
    return sorted(date.fromisoformat(item.sk) for item in table.query(OPEN, within))


def _is_seen_open(day: date, now: datetime) -> bool:
    return now < _seen_open.get((Item.Meta.table_name, day), now)


def _with_samples(day: date) -> dict[str, Numbers]:
    return {id: numbers for id, numbers in sums.read(day).items() if numbers.samples}


def _samples(numbers: Mapping[str, Numbers]) -> dict[str, int]:
    return {id: it.samples for id, it in sorted(numbers.items())}


def _numbers(item: Item) -> dict[str, Numbers]:
    return msgspec.json.decode(item.doc, type=dict[str, Numbers], strict=False)
