"""The grid: instances down, components across, grouped by region, as trust.salesforce.com showed them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from chalicelib.domain.components import Component, Group
from chalicelib.domain.dossiers import began, since, states, today
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import ComponentStatus, is_worse

DAYS = 30


class Cell(NamedTuple):
    """One component of one instance."""

    id: str
    status: ComponentStatus


class Instance(NamedTuple):
    """A row: a group, how it is, and its component for each column, None where it has no such one."""

    group: Group
    status: ComponentStatus
    cells: tuple[Cell | None, ...]


class Grid(NamedTuple):
    """The names of the columns, and the rows of each region."""

    columns: tuple[str, ...]
    regions: Mapping[str, tuple[Instance, ...]]

    @property
    def groups(self) -> frozenset[str]:
        """The groups that it shows."""
        return frozenset(row.group.id for rows in self.regions.values() for row in rows)


class InstanceDays(NamedTuple):
    """Days down, newest first, instances across: the worst that each saw of what costs uptime.

    None where the instance had not begun.
    """

    instances: tuple[Group, ...]
    days: tuple[tuple[date, tuple[ComponentStatus | None, ...]], ...]


def grid(snapshot: Snapshot) -> Grid | None:
    """The grid of the groups that are instances, if at least two of them hold components of the same name."""
    members = {group.id: snapshot.members(group) for group in snapshot.groups if group.region}
    held = Counter(name for components in members.values() for name in {it.name for it in components})
    if max(held.values(), default=0) < 2:  # noqa: PLR2004 (two instances, or there is nothing to compare)
        return None
    columns = tuple(dict.fromkeys(it.name for components in members.values() for it in components))
    regions: dict[str, tuple[Instance, ...]] = {}
    for group in snapshot.groups:
        if group.region and members[group.id]:
            row = _row(snapshot, group, columns, members[group.id])
            regions[group.region] = (*regions.get(group.region, ()), row)
    return Grid(columns, regions)


def history(found: Grid, snapshot: Snapshot) -> InstanceDays:
    """The last 30 days of each instance; it begins with the first of its components, as on its own page."""
    rows = [row.group for rows in found.regions.values() for row in rows]
    last = today(snapshot.as_of)
    days = [last - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    seen = [_seen(snapshot, snapshot.members(group), days) for group in rows]
    across = zip(*seen, strict=True)
    return InstanceDays(tuple(rows), tuple(zip(days, across, strict=True))[::-1])


def _seen(
    snapshot: Snapshot, members: Sequence[Component], days: Sequence[date]
) -> list[ComponentStatus | None]:
    first = min(began(it) for it in members)
    told = [outage for it in members for outage in since(snapshot.outages.get(it.id, ()), began(it))]
    return [state if day >= first else None for day, state in zip(days, states(told, days), strict=True)]


def bearing(found: Grid, snapshot: Snapshot) -> Iterator[int]:
    """The entries that bear on its instances, their components and the incidents of the last days."""
    ids = {it.id for it in snapshot.components if it.group in found.groups}
    yield from (group.seq for group in snapshot.groups if group.id in found.groups)
    yield from (it.seq for it in snapshot.components if it.id in ids)
    yield from (touch.seq for id, touch in snapshot.touches.items() if id in ids)
    heads = (*snapshot.recent, *(story.incident for story in snapshot.open))
    yield from (head.seq for head in heads if not ids.isdisjoint(head.components))


def _row(snapshot: Snapshot, group: Group, columns: Iterable[str], members: Iterable[Component]) -> Instance:
    """Where several components of an instance share a name, the cell is that of the one that is worst."""
    cells: dict[str, Cell] = {}
    for component in members:
        cell = Cell(component.id, snapshot.statuses[component.id])
        beside = cells.setdefault(component.name, cell)
        if is_worse(cell.status, beside.status):
            cells[component.name] = cell
    return Instance(group, snapshot.statuses[group.id], tuple(map(cells.get, columns)))
