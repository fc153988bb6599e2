"""The pages for people: which template shows what, and which record entry each page stands on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from chalicelib.domain.incidents import Story
from chalicelib.domain.maintenances import Course
from chalicelib.domain.pages import Page
from chalicelib.domain.snapshot import Past, Snapshot
from chalicelib.domain.subjects import MAINTENANCE, subject_of
from chalicelib.domain.times import zone
from chalicelib.domain.updates import newest
from chalicelib.publishing import grids, paths, promises, record_views, views, works
from chalicelib.publishing.files import HTML, File
from chalicelib.publishing.localtimes import LocalTimes
from chalicelib.publishing.templates import render


@dataclass(frozen=True)
class Frame:
    """What every page is told: whose it is and where it stands. Nothing in it changes with an incident."""

    page: Page
    site_url: str

    @cached_property
    def local(self) -> LocalTimes:
        """The readers' clock."""
        return LocalTimes(zone(self.page.time_zone))


def told(frame: Frame, snapshot: Snapshot) -> dict[str, File]:
    """A page for each incident and each maintenance that is to be built."""
    built = {}
    for story in snapshot.stories:
        built[paths.incident(story.incident.id)] = incident(frame, story, snapshot.as_of)
    for course in snapshot.courses:
        key = paths.page(subject_of(MAINTENANCE, course.maintenance.id))
        built[key] = maintenance(frame, course, snapshot.as_of)
    return built


def months(frame: Frame, snapshot: Snapshot) -> dict[str, File]:
    """A page for each month of history that is to be built."""
    return {paths.month(name): month(frame, name, begun) for name, begun in snapshot.months.items()}


def index(frame: Frame, snapshot: Snapshot) -> File:
    """How everything is now, and what happened in the last days."""
    found = grids.grid(snapshot)
    return page_file(
        frame,
        "index.html",
        "",
        headline=snapshot.headline,
        updated_at=snapshot.spoken_at,
        year=frame.local.date(snapshot.as_of).year,
        head=snapshot.head,
        threats=views.by_gravity(snapshot.threats),
        tellings=views.tellings(snapshot),
        running=works.running(snapshot),
        upcoming=works.upcoming(snapshot),
        grid=found,
        sections=views.sections(snapshot, found.groups if found else ()),
        days=views.recent_days(snapshot, frame.local),
        latest={story.incident.id: newest(story.updates) for story in snapshot.latest},
        counts=any(promises.is_counting(story, snapshot.as_of) for story in snapshot.open),
        latest_works={it.maintenance.id: newest(it.updates) for it in snapshot.latest_courses},
    )


def instances(frame: Frame, snapshot: Snapshot) -> dict[str, File]:
    """The instances day by day, where there are some that can be compared."""
    found = grids.grid(snapshot)
    if found is None:
        return {}
    shown = grids.history(found, snapshot)
    seq = max([frame.page.seq, *grids.bearing(found, snapshot)])
    path = paths.INSTANCES.removesuffix(paths.INDEX)
    return {paths.INSTANCES: page_file(frame, "instances.html", path, seq=seq, history=shown)}


def incident(frame: Frame, story: Story, as_of: datetime) -> File:
    """The whole story of one incident; of the clock it knows only which promised times have passed."""
    return page_file(
        frame,
        "incident.html",
        f"incidents/{story.incident.id}/",
        seq=_newest_entry(frame, [story.incident]),
        told=views.telling(story, as_of),
        concerned=views.concerned(story),
        timeline=views.timeline(story, story.corrections),
        afterwards=promises.afterwards(story, as_of),
        counts=promises.is_counting(story, as_of),
    )


def maintenance(frame: Frame, course: Course, as_of: datetime) -> File:
    """All that was said of one maintenance; of the clock it knows only whether its planned end has passed."""
    return page_file(
        frame,
        "maintenance.html",
        f"maintenances/{course.maintenance.id}/",
        seq=_newest_entry(frame, [course.maintenance]),
        work=works.work(course, as_of),
        month=works.month(course.maintenance, frame.local),
        timeline=views.timeline(course, course.corrections),
    )


def month(frame: Frame, name: str, begun: Iterable[Past]) -> File:
    """What began in one month, or is to begin, day by day."""
    found = list(begun)
    return page_file(
        frame,
        "month.html",
        f"history/{name}/",
        seq=_newest_entry(frame, found),
        month=name,
        days=views.by_day(found, frame.local),
    )


def history(frame: Frame, snapshot: Snapshot) -> File:
    """The months."""
    years = views.years(snapshot, frame.local)
    return page_file(
        frame, "history.html", "history/", seq=max(frame.page.seq, snapshot.first_entry), years=years
    )


def record(frame: Frame, snapshot: Snapshot) -> File:
    """What the record is, how anybody checks it, and what was entered last."""
    lines = record_views.newest(snapshot.newest)
    return page_file(
        frame, "record.html", "record/", head=snapshot.head, site_url=frame.site_url, lines=lines
    )


def not_found(frame: Frame) -> File:
    """What stands where nothing does."""
    return page_file(frame, "not_found.html", "404.html", seq=frame.page.seq)


def _newest_entry(frame: Frame, shown: Iterable[Past]) -> int:
    """The newest entry that bears on a page: that of what it shows or the page's own, whose name it shows."""
    return max([frame.page.seq, *(head.seq for head in shown)])


def page_file(frame: Frame, template: str, path: str, **shown: Any) -> File:
    """A page at a path, made from a template and what it is shown."""
    address = f"{frame.site_url}/{path}"
    return File(render(template, page=frame.page, local=frame.local, address=address, **shown).encode(), HTML)
