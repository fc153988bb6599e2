"""The page about ourselves, and the same as JSON: how soon we spoke, whether we kept our word."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.domain.figures import NOTHING, SOON, Figures, Spread, Tally, months_shown, total
from chalicelib.domain.incidents import is_overdue
from chalicelib.domain.promises import NEWEST_KEPT, KeptPromise, Promise, Promises, Punctuality, has_passed
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import ComponentStatus
from chalicelib.domain.subjects import INCIDENT, subject_of
from chalicelib.publishing import paths
from chalicelib.publishing.files import File, json_file
from chalicelib.publishing.localtimes import machine
from chalicelib.publishing.pages import Frame, page_file

PATH = "trust/"
SHAPES = {
    "overdue": ComponentStatus.MAJOR_OUTAGE.value,
    "promised": "no_impact",
    "done": ComponentStatus.OPERATIONAL.value,
    "taken_back": "no_impact",
    "late": ComponentStatus.DEGRADED_PERFORMANCE.value,
}
"""Which shape and colour stands beside each state of a promise."""


@dataclass(frozen=True)
class Line:
    """A promise: of a follow-up with these words, or of a postmortem; `title` is the incident's.

    `first_due`: where it was moved. `is_retracted`: the incident turned out to be none.
    """

    state: str
    incident: str
    title: str
    due: datetime
    follow_up: str | None = None
    text: str | None = None
    done_at: datetime | None = None
    first_due: datetime | None = None
    is_retracted: bool = False

    @property
    def shape(self) -> str:
        """The shape beside it."""
        return SHAPES[self.state]


@dataclass(frozen=True)
class Sort:
    """How it is with the promises of one sort: kept in time and late, still to come, overdue."""

    kept: Punctuality
    open: int
    overdue: int

    @property
    def any(self) -> bool:
        """Whether there is a case."""
        return bool(self.kept.cases or self.open or self.overdue)


@dataclass(frozen=True)
class View:
    """All that is shown. `months`: each with its tally, newest first; `all` of them together.

    `overdue`: how many open incidents' next update has not come by the promised time.
    """

    seq: int
    months: list[tuple[str, Tally]]
    all: Tally
    overdue: int
    postmortems: Sort
    follow_ups: Sort
    lines: list[Line]
    most_kept: int = NEWEST_KEPT

    @property
    def begun(self) -> list[tuple[str, Tally]]:
        """The months since the first one that has anything, at least the newest."""
        last = max((n for n, (_, tally) in enumerate(self.months) if tally != NOTHING), default=0)
        return self.months[: last + 1]


def files(snapshot: Snapshot, frame: Frame) -> dict[str, File]:
    """The page and its JSON, where they are to be built."""
    if snapshot.figures is None:
        return {}
    view = _view(snapshot, snapshot.figures)
    return {
        paths.TRUST: page_file(frame, "trust.html", PATH, seq=view.seq, view=view, soon=SOON),
        paths.TRUST_FIGURES: json_file(_document(view, frame)),
    }


def _view(snapshot: Snapshot, figures: Figures) -> View:
    as_of, promises = snapshot.as_of, snapshot.promises
    months = [(month, figures.tallies.get(month, NOTHING)) for month in months_shown(as_of)]
    followed = (story.incident for story in snapshot.open if story.incident.imported is None)
    return View(
        seq=max(snapshot.page.seq, figures.seq),
        months=months,
        all=total(tally for _, tally in months),
        overdue=sum(is_overdue(incident, as_of) for incident in followed),
        postmortems=_sort(promises, promises.kept.postmortems, as_of, of_follow_ups=False),
        follow_ups=_sort(promises, promises.kept.follow_ups, as_of, of_follow_ups=True),
        lines=[*_lines(figures, promises, as_of)],
    )


def _sort(promises: Promises, kept: Punctuality, as_of: datetime, *, of_follow_ups: bool) -> Sort:
    found = [it for it in promises.due if (it.follow_up is not None) is of_follow_ups]
    overdue = sum(has_passed(it.due, as_of) for it in found)
    return Sort(kept, len(found) - overdue, overdue)


def _lines(figures: Figures, promises: Promises, as_of: datetime) -> Iterator[Line]:
    """What is overdue, what is to come, those due first; then what was kept, the newest first."""
    for promise in promises.open:
        yield _open(promise, figures, as_of)
    for kept in promises.kept.newest:
        yield _kept(kept, figures)


def _open(promise: Promise, figures: Figures, as_of: datetime) -> Line:
    state = "overdue" if has_passed(promise.due, as_of) else "promised"
    if promise.is_taken_back:
        state = "taken_back"
    id, title = promise.incident, figures.titles[promise.incident]
    return Line(state, id, title, promise.due, promise.follow_up, promise.text, first_due=promise.first_due)


def _kept(promise: KeptPromise, figures: Figures) -> Line:
    told = figures.follow_ups[promise.incident, promise.follow_up] if promise.follow_up else None
    state = "late" if promise.is_late else "done"
    title, text = figures.titles[promise.incident], told.text if told else None
    return Line(
        state, promise.incident, title, promise.due, promise.follow_up, text, done_at=promise.done_at,
        first_due=promise.first_due, is_retracted=promise.incident in figures.retracted,
    )  # fmt: skip


def _document(view: View, frame: Frame) -> dict[str, Any]:
    """`figures.json`: its shape stands in docs/figures.md."""
    months = [month for month, _ in view.months]
    return {
        "page": {"id": frame.page.id, "name": frame.page.name, "url": frame.site_url},
        "formulas": f"{frame.site_url}/{PATH}#formulas",
        "record_seq": view.seq,
        "first_month": months[-1],
        "last_month": months[0],
        **_tally(view.all),
        "next_updates_overdue": view.overdue,
        "promises": {"postmortems": _counts(view.postmortems), "follow_ups": _counts(view.follow_ups)},
        "promised": [_promised(line, frame) for line in view.lines],
        "months": [{"month": month, **_tally(tally)} for month, tally in view.months],
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "incidents": tally.incidents,
        "told_afterwards": tally.afterwards,
        "suspected": tally.suspected,
        "retracted": tally.retracted,
        "detection_to_first_word": _spread(tally.first_word),
        "start_to_publication": _spread(tally.publication),
        "next_updates": {"cases": tally.promised, "in_time": tally.kept, "late": tally.missed},
    }


def _spread(spread: Spread) -> dict[str, Any]:
    return {
        "cases": spread.cases,
        "median_minutes": spread.median,
        f"within_{SOON}_minutes": spread.soon,
    }


def _counts(sort: Sort) -> dict[str, int]:
    return {
        "in_time": sort.kept.in_time,
        "late": sort.kept.late,
        "open": sort.open,
        "overdue": sort.overdue,
    }


def _promised(line: Line, frame: Frame) -> dict[str, Any]:
    return {
        "state": line.state,
        "sort": "follow_up" if line.follow_up else "postmortem",
        "incident": line.incident,
        "title": line.title,
        "follow_up": line.follow_up,
        "text": line.text,
        "due": machine(line.due),
        "first_due": machine(line.first_due) if line.first_due else None,
        "done_at": machine(line.done_at) if line.done_at else None,
        "retracted": line.is_retracted,
        "url": f"{frame.site_url}/{paths.address(subject_of(INCIDENT, line.incident))}",
    }
