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
from chalicelib.domain.record import Fact, Moment, facts, noted
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
    """All probes by id, and their standings by fingerprint.

    Of probes that were removed, or belong to another component now, standings stay until the alarms know.
    """

    probes: Mapping[str, Probe] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)
    version: int = 0

    def standing(self, probe: Probe) -> Standing:
        """How a probe stands."""
        return self.standings.get(probe.fingerprint, Standing())

    @property
    def living(self) -> dict[str, Probe]:
        """The probes by their fingerprints."""
        return {it.fingerprint: it for it in self.probes.values()}

    def due(self, minute: int) -> tuple[Probe, ...]:
        """The probes that are to run in a minute."""
        return tuple(it for it in self.probes.values() if domain.is_due(it, self.standing(it), minute))

    def is_wanted(self, minute: int) -> bool:
        """Whether a round has anything to do."""
        return bool(self.due(minute) or self.untold)

    @property
    def untold(self) -> Standings:
        """Those of which the alarms may know something else than what is; what was removed fires no more."""
        living = self.living
        now = {it: s if it in living else replace(s, firing=False) for it, s in self.standings.items()}
        return {it: standing for it, standing in now.items() if domain.wants_telling(standing)}


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
            standings, version = {name: _unpacked(it) for name, it in held.items()}, int(item.version)
        else:
            probes[item.sk] = table.value(item, Probe)
    return Board(probes, standings, version)


def standing(id: str) -> Standing:
    """How the probe of this id stands, or `NotFound`."""
    board = read()
    if id not in board.probes:
        raise NotFound("probe", id)
    return board.standing(board.probes[id])


def create(probe: Probe, moment: Moment) -> Change[Probe]:
    """A new probe; `Conflict` if the id is taken or there are enough."""
    found = read().probes
    if probe.id in found:
        raise Conflict("id", "is taken")
    if len(found) >= MOST_PROBES:
        raise Conflict("id", f"would be one too many: there are {MOST_PROBES} probes")
    _check_component(probe)
    return _saved(replace(probe, origin=moment.seq), "probe.created", moment)


def change(before: Probe, after: Probe, moment: Moment) -> Change[Probe]:
    """The next version of a probe; nothing is written where nothing changed.

    With another component it has another alarm: the next minute tells that the one of the old one is over.
    """
    if after == before:
        return Change(before)
    if after.component != before.component:
        _check_component(after)
        after = replace(after, origin=moment.seq)
    return _saved(replace(after, updated_at=moment.at), "probe.changed", moment)


def remove(id: str) -> Change[Probe]:
    """Remove a probe; the next minute tells the alarms."""
    probe = get(id)
    return Change(probe, (_fact(probe, "probe.removed"),), deletes=((PARTITION, id),))


def claim(minute: int, board: Board | None = None) -> tuple[tuple[Probe, ...], Board]:
    """Begin the runs that are due in a minute: they are the caller's alone, who has to conclude them.

    Gives them, and how all stands then. `board`: as it was read a moment ago, which spares reading it.
    """
    due: tuple[Probe, ...] = ()

    def begin(board: Board) -> Standings:
        nonlocal due
        due = board.due(minute)
        return {it.fingerprint: domain.begin(board.standing(it), minute) for it in due}

    board = _change(begin, board)
    return due, board


def conclude(results: Mapping[str, Result], minute: int) -> Board:
    """Count the results of a minute, by fingerprint, each once; gives how all stands then."""

    def count(board: Board) -> Standings:
        found = ((it, results[name]) for name, it in board.living.items() if name in results)
        return {it.fingerprint: domain.count(board.standing(it), it, said, minute) for it, said in found}

    return _change(count)


def told(name: str, *, firing: bool, board: Board | None = None) -> Board:
    """Note what the alarms have been told of a fingerprint; `board`: as it was read a moment ago."""

    def hear(board: Board) -> Standings:
        return {name: domain.hear(board.standings.get(name, Standing()), told=firing)}

    return _change(hear, board)


def _change(decide: Callable[[Board], Standings], board: Board | None = None) -> Board:
    """Store what is decided of standings; read and decided again when another function was faster."""
    for _ in range(TRIES):
        board = board or read()
        after, living = {**board.standings, **decide(board)}, board.living
        kept = {name: it for name, it in after.items() if name in living or it.told is not False}
        if kept == board.standings:
            return board
        try:
            return _put(replace(board, standings=kept))
        except Moved:
            board = None
            time.sleep(random.uniform(0, LONGEST_WAIT_SECONDS))  # noqa: S311 (spreads, hides nothing)
    raise Moved(f"{TRIES} times in a row")


def _put(board: Board) -> Board:
    """Store the standings if they are still as they were read; a plain put costs half of a transaction."""
    held = {name: _packed(it) for name, it in board.standings.items()}
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


def _fact(probe: Probe, done: str) -> Fact:
    """What the record commits to and does not show: where we look is nobody's business."""
    return noted(done, {"probe": facts(probe)})


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
    told: bool | None
    last: _Result | None


def _packed(standing: Standing) -> _Standing:
    return msgspec.convert(standing, _Standing, from_attributes=True)


def _unpacked(held: _Standing) -> Standing:
    *told, last = astuple(held)
    return replace(Standing(*told), last=Result(*astuple(last)) if last else None)
