"""Probes in the table, and how the runs of all of them stand, in one item.

One item, since a minute writes all of them anyway: it costs two writes a minute instead of two for each
probe, and claims the runs of a minute for one function alone.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import astuple
from pynamodb.exceptions import PutError

from chalicelib.domain import probes as domain
from chalicelib.domain.components import Component
from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.probes import MOST_PROBES, Failure, Probe, Result, Standing
from chalicelib.domain.record import Fact, Moment, facts
from chalicelib.stores import catalogue, table
from chalicelib.stores.record import Change
from chalicelib.stores.table import Moved

PARTITION = "PROBES"
ROUND = (PARTITION, "ROUND")
TRIES = 10
LONGEST_WAIT_SECONDS = 0.1

Standings = dict[str, Standing]


@dataclass(frozen=True)
class Board:
    """All probes and their standings, by id; of probes that were removed, standings until the alarms know."""

    probes: Mapping[str, Probe] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)
    version: int = 0

    def standing(self, id: str) -> Standing:
        """How a probe stands; one that was removed fires no more."""
        standing = self.standings.get(id, Standing())
        return standing if id in self.probes else replace(standing, firing=False)

    def due(self, minute: int) -> tuple[Probe, ...]:
        """The probes that are to run in a minute."""
        return tuple(it for it in self.probes.values() if domain.is_due(it, self.standing(it.id), minute))

    @property
    def untold(self) -> tuple[str, ...]:
        """The ids of those of which the alarms know something else than what is."""
        return tuple(id for id in self.standings if domain.wants_telling(self.standing(id)))


def get(id: str) -> Probe:
    """The probe of this id, or `NotFound`."""
    item = table.get(PARTITION, id)
    if item is None:
        raise NotFound("probe", id)
    return table.value(item, Probe)


def read() -> Board:
    """All of it, in one query."""
    probes, standings, version = dict[str, Probe](), Standings(), 0
    for item in table.query(PARTITION):
        if (item.pk, item.sk) == ROUND:
            held = table.value(item, dict[str, _Standing])
            standings, version = {id: _unpacked(it) for id, it in held.items()}, int(item.version)
        else:
            probes[item.sk] = table.value(item, Probe)
    return Board(probes, standings, version)


def is_wanted(now: datetime) -> bool:
    """Whether a round has anything to do: one query."""
    board = read()
    return bool(board.due(domain.minute_of(now)) or board.untold)


def standing(id: str) -> Standing:
    """How the probe of this id stands, or `NotFound`."""
    board = read()
    if id not in board.probes:
        raise NotFound("probe", id)
    return board.standing(id)


def create(probe: Probe, moment: Moment) -> Change[Probe]:
    """A new probe; `Conflict` if the id is taken or there are enough."""
    found = read().probes
    if probe.id in found:
        raise Conflict("id", "is taken")
    if len(found) >= MOST_PROBES:
        raise Conflict("id", f"would be one too many: there are {MOST_PROBES} probes")
    _check_component(probe)
    return _saved(probe, "probe.created", moment)


def change(before: Probe, after: Probe, moment: Moment) -> Change[Probe]:
    """The next version of a probe; nothing is written where nothing changed."""
    if after == before:
        return Change(before)
    if after.component != before.component:
        _check_component(after)
    return _saved(replace(after, updated_at=moment.at), "probe.changed", moment)


def remove(id: str) -> Change[Probe]:
    """Remove a probe; the next minute tells the alarms."""
    probe = get(id)
    return Change(probe, (_fact(probe, "probe.removed"),), deletes=((PARTITION, id),))


def claim(minute: int) -> tuple[Probe, ...]:
    """Begin the runs that are due in a minute: they are the caller's alone, who has to conclude them."""
    due: tuple[Probe, ...] = ()

    def begin(board: Board) -> Standings:
        nonlocal due
        due = board.due(minute)
        return {it.id: domain.begin(board.standing(it.id), minute) for it in due}

    _change(begin)
    return due


def conclude(results: Mapping[str, Result], minute: int) -> Board:
    """Count the results of a minute, each once; gives how all stands then."""

    def count(board: Board) -> Standings:
        found = ((board.probes[id], result) for id, result in results.items() if id in board.probes)
        return {it.id: domain.count(board.standing(it.id), it, result, minute) for it, result in found}

    return _change(count)


def told(firing: Mapping[str, bool]) -> None:
    """Note what the alarms have been told of probes, by their ids."""

    def hear(board: Board) -> Standings:
        return {id: domain.hear(board.standing(id), told=now) for id, now in firing.items()}

    _change(hear)


def _change(decide: Callable[[Board], Standings]) -> Board:
    """Store what is decided of standings; read and decided again when another function was faster."""
    for _ in range(TRIES):
        board = read()
        after = {**board.standings, **decide(board)}
        kept = {id: it for id, it in after.items() if id in board.probes or it.told}
        if kept == board.standings:
            return board
        try:
            return _put(replace(board, standings=kept))
        except Moved:
            time.sleep(random.uniform(0, LONGEST_WAIT_SECONDS))  # noqa: S311 (spreads, hides nothing)
    raise Moved(f"{TRIES} times in a row")


def _put(board: Board) -> Board:
    """Store the standings if they are still as they were read; a plain put costs half of a transaction."""
    held = {id: _packed(it) for id, it in board.standings.items()}
    put = table.versioned(*ROUND, held, version=board.version)
    try:
        put.item.save(condition=put.condition)
    except PutError as refused:
        if refused.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise Moved("another function was faster") from refused
    return replace(board, version=board.version + 1)


def _check_component(probe: Probe) -> None:
    found = catalogue.find(probe.component)
    if not isinstance(found, Component) or found.retired:
        raise Invalid("component", f"is no component of the page: {probe.component!r}")


def _saved(probe: Probe, kind: str, moment: Moment) -> Change[Probe]:
    after = replace(probe, version=probe.version + 1, seq=moment.seq)
    put = table.versioned(PARTITION, probe.id, after, version=probe.version)
    return Change(after, (_fact(after, kind),), (put,))


def _fact(probe: Probe, kind: str) -> Fact:
    """What the record commits to and does not show: where we look is nobody's business."""
    return Fact(kind, f"probe/{probe.id}", {"probe": facts(probe)}, private=True)


class _Result(Struct, frozen=True, array_like=True):
    at: datetime
    total_us: int
    status: int | None
    failure: Failure | None


class _Standing(Struct, frozen=True, array_like=True):
    """A standing without the names of its fields, which would be two thirds of it."""

    begun: int
    ended: int
    failures: int
    failing_since: datetime | None
    firing: bool
    told: bool
    last: _Result | None


def _packed(standing: Standing) -> _Standing:
    return msgspec.convert(standing, _Standing, from_attributes=True)


def _unpacked(held: _Standing) -> Standing:
    *told, last = astuple(held)
    return replace(Standing(*told), last=Result(*astuple(last)) if last else None)
