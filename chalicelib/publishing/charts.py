"""Pictures of days, drawn here as SVG paths: few bytes, no script, sharp at any size.

Bars are strokes whose dashes repeat with every day, so a run of equal days is one short line. Lines have a
unit a day across and 0 to `HEIGHT` down.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

HEIGHT = 100
BASE = 10
"""Where bars stand: their paths are drawn in 0 to 10, downwards."""


class Bars(NamedTuple):
    """A row of days: how many, and for each state the path of its days."""

    days: int
    paths: Mapping[str, str]


class Line(NamedTuple):
    """A line over days: how many, its path, and the value at the top of the picture; 0 is at the bottom.

    `dots`: the path of days that have no neighbour to be joined to.
    """

    days: int
    path: str
    top: int
    dots: str = ""


def bars(states: Sequence[str], tops: Mapping[str, int]) -> Bars:
    """One bar for each state, oldest first; `tops`: from where downwards those of a state are drawn."""
    paths: dict[str, list[str]] = {}
    for state, begin, length in _runs(states):
        middle = (tops[state] + BASE) / 2
        paths.setdefault(state, []).append(f"M{begin} {middle:g}h{length}")
    return Bars(len(states), {state: "".join(paths[state]) for state in tops if state in paths})


def line(values: Sequence[int | None]) -> Line:
    """A line through values, oldest first; where one is missing, it is broken, and a lone one is a dot."""
    top = ceiling(max((value for value in values if value is not None), default=0))
    stretches = list(_stretches(values, top))
    path = "".join(f"M{'L'.join(points)}" for points in stretches if len(points) > 1)
    dots = "".join(f"M{points[0]}h0" for points in stretches if len(points) == 1)
    return Line(len(values), path, top, dots)


def ceiling(value: int) -> int:
    """The least round number that is not less: 1, 2 or 5 with zeros."""
    unit = 1
    while unit * 10 < value:
        unit *= 10
    return next(unit * step for step in (1, 2, 5, 10) if unit * step >= value)


def _runs(states: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    """Each run of equal days: what they are, where they begin, how many."""
    begin = 0
    for state, found in groupby(states):
        length = sum(1 for _ in found)
        yield state, begin, length
        begin += length


def _stretches(values: Sequence[int | None], top: int) -> Iterator[list[str]]:
    """The points of each run of days that have a value."""
    for is_there, run in groupby(enumerate(values), key=lambda it: it[1] is not None):
        if is_there:
            yield [f"{place} {HEIGHT - round((value or 0) * HEIGHT / top)}" for place, value in run]
