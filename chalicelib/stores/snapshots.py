"""Gathers what readers may see, read strongly, in as many requests with a long past as with a short one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any, NamedTuple, TypeVar

from chalicelib.domain.advisories import Advisory, AdvisoryStory, ListedAdvisory
from chalicelib.domain.dossiers import bars_since, earliest
from chalicelib.domain.figures import Figures, months_shown
from chalicelib.domain.incidents import Incident, Story
from chalicelib.domain.maintenances import Course, Maintenance
from chalicelib.domain.pages import Page
from chalicelib.domain.promises import Promises
from chalicelib.domain.record import Entry, Head
from chalicelib.domain.snapshot import (
    LATEST_ADVISORIES,
    LATEST_STORIES,
    LATEST_UPDATES,
    Advisories,
    Snapshot,
    Told,
    recent_span,
    told_of,
    warned_since,
)
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.domain.subjects import ADVISORY, INCIDENT, MAINTENANCE, subject_of
from chalicelib.domain.times import month_before, month_of, month_span, months_between, zone
from chalicelib.stores import advisories, catalogue, figures, front, heads, history, opened, outages, promises
from chalicelib.stores.catalogue import Catalogue
from chalicelib.stores.days import Calendar
from chalicelib.stores.dossiers import Reading
from chalicelib.stores.heads import Parts

H = TypeVar("H")


@dataclass(frozen=True)
class Wanted:
    """The subjects whose pages, and the history months that, are to be built beside what always is.

    `security`: whether also what leads to all advisories; `figures`: whether also those about ourselves.
    `things`: the components and groups whose pages are.
    """

    subjects: frozenset[str] = frozenset()
    months: frozenset[str] = frozenset()
    security: bool = False
    figures: bool = False
    things: frozenset[str] = frozenset()

    def __or__(self, other: "Wanted") -> "Wanted":
        return Wanted(
            self.subjects | other.subjects,
            self.months | other.months,
            self.security or other.security,
            self.figures or other.figures,
            self.things | other.things,
        )


@dataclass
class Stories:
    """What was told as it was last read, by subject: while its head has the same version, so has the rest.

    Beside them the numbers of days that are closed.
    """

    known: dict[str, tuple[Any, Parts]] = field(default_factory=dict)
    page: int = 0
    calendar: Calendar = field(default_factory=Calendar)

    def stand_on(self, page: int) -> None:
        """Forget all if this entry changed the page: names may be gone from stories whose heads stand."""
        if page != self.page:
            self.known, self.page = {}, page

    def parts(self, subject: str, head: Any) -> Parts:
        """What was told of a subject, oldest first, read once for each version."""
        known = self.known.get(subject)
        if known is None or known[0] != head:
            known = self.known[subject] = (head, heads.parts(subject).until(head.seq))
        return known[1]

    def keep(self, subjects: Iterable[str]) -> None:
        """Forget all but these, so that memory does not grow with history."""
        wanted = set(subjects)
        self.known = {subject: known for subject, known in self.known.items() if subject in wanted}


@dataclass(frozen=True)
class Place:
    """Where a snapshot stands: the end of the record, the clock, the page's last change, entries to show.

    `shown`: components and groups, if they have been read since the end of the record was.
    `first_month`: where history begins, as far as is known; what is read may go back further by now.
    """

    head: Head
    as_of: datetime
    updated_at: datetime
    record: tuple[Entry, ...] = ()
    newest: tuple[Entry, ...] = ()
    days: tuple[Head, ...] | None = None
    shown: Catalogue | None = None
    first_month: str | None = None

    def is_told_since(self, head: Any) -> bool:
        """Whether something was told behind the end of the record as this snapshot knows it."""
        return bool(head.seq > self.head.seq)


class _Found(NamedTuple):
    """The pointers that a snapshot follows: subjects, and updates as subjects with their numbers."""

    open: list[str]
    latest: list[str]
    recent: list[str]
    newest: list[tuple[str, int]]
    months: dict[str, list[str]]
    first: tuple[datetime, str] | None
    threats: list[str]
    advisories: list[str]
    listed: list[ListedAdvisory]
    since: list[str]
    promises: Promises
    promised: list[str]
    bears: int

    @property
    def subjects(self) -> list[str]:
        """Everything that is pointed to."""
        told = (subject for subject, _ in self.newest)
        past = (subject for subjects in self.months.values() for subject in subjects)
        first = [self.first[1]] if self.first else []
        security = (*self.threats, *self.advisories, *self.since)
        return [*self.open, *self.latest, *self.recent, *told, *past, *first, *security, *self.promised]


def read(page: Page, place: Place, wanted: Wanted, stories: Stories) -> Snapshot:
    """The snapshot with what is wanted; `stories` is kept by the caller from one to the next."""
    here = zone(page.time_zone)
    found = _follow(place, wanted, here)
    told = heads.get_many([*found.subjects, *wanted.subjects])
    built = sorted(wanted.subjects | _ahead(place, told))
    things = place.shown or catalogue.read().shown()
    past = _of_kind(told, Incident) | _of_kind(told, Maintenance)
    published = {it: head for it, head in _of_kind(told, Advisory).items() if head.is_public}
    followed = _followed(past, found.open)
    snapshot = Snapshot(
        page=page,
        as_of=place.as_of,
        head=place.head,
        updated_at=place.updated_at,
        components=things.components,
        groups=things.groups,
        touches=things.touches,
        open=_stories(stories, told, followed),
        pending=_courses(stories, told, followed),
        recent=_heads(past, found.recent),
        latest=_stories(stories, told, found.latest),
        latest_courses=_courses(stories, told, found.latest),
        updates=_updates(found.newest, told),
        stories=_stories(stories, told, built),
        courses=_courses(stories, told, built),
        months={month: _heads(past, begun) for month, begun in found.months.items()},
        first_month=_first_month(found.first, place.as_of, here),
        first_entry=_first_entry(found.first, told),
        record=place.record,
        newest=place.newest,
        days=place.days,
        threats=_threats(_heads(published, found.threats), warned_since(place.as_of, here)),
        advisories=_statements(stories, published, built),
        security=_advisories(found.listed, _heads(published, found.advisories)) if wanted.security else None,
        promises=found.promises,
        figures=_figures(place, found, told) if wanted.figures else None,
    )
    stories.keep([*found.open, *found.latest])
    return _with_days(snapshot, wanted, stories.calendar)


def _with_days(snapshot: Snapshot, wanted: Wanted, calendar: Calendar) -> Snapshot:
    """The same with outages, read once for all, and with the dossiers that are wanted."""
    first = earliest(snapshot.as_of) if wanted.things else bars_since(snapshot.as_of)
    told = replace(snapshot, outages=outages.read(first))
    reading = Reading(told, wanted.things)
    return replace(told, dossiers=reading.dossiers(calendar)) if wanted.things else told


def _follow(place: Place, wanted: Wanted, here: tzinfo) -> _Found:
    told, promised = front.read(), promises.read()
    now, recent = opened.subjects(), history.between(*recent_span(place.as_of, here))
    first = history.earliest()  # after what may lie before it
    months = wanted.months | _further_back(place, _first_month(first, place.as_of, here))
    listed = advisories.all_published() if wanted.security else []
    return _Found(
        open=now,
        latest=[it for kind in (INCIDENT, MAINTENANCE) for it in told.latest_of(kind)[:LATEST_STORIES]],
        recent=recent,
        newest=list(told.updates[:LATEST_UPDATES]),
        months={month: history.between(*month_span(month, here)) for month in sorted(months)},
        first=first,
        threats=told.latest_since(ADVISORY, warned_since(place.as_of, here)),
        advisories=told.latest_of(ADVISORY)[:LATEST_ADVISORIES] if wanted.security else [],
        listed=listed,
        since=[subject_of(ADVISORY, it.key) for it in listed if place.is_told_since(it)],
        promises=promised,
        promised=_promised(promised) if wanted.figures else [],
        bears=told.figures,
    )


def _ahead(place: Place, told: Mapping[str, Any]) -> set[str]:
    """What was told of since: its pages are built too, so that no link is there before its page."""
    return {subject for subject, head in told.items() if place.is_told_since(head)}


def _promised(promised: Promises) -> list[str]:
    """The incidents of which something is promised, or was lately."""
    ids = [*(it.incident for it in promised.open), *(it.incident for it in promised.kept.newest)]
    return [subject_of(INCIDENT, id) for id in ids]


def _figures(place: Place, found: _Found, told: Mapping[str, Any]) -> Figures:
    """What the page about ourselves shows."""
    return Figures(
        tallies=figures.tallies(months_shown(place.as_of)),
        seq=found.bears,
        titles={told[it].id: told[it].title for it in found.promised},
        follow_ups=figures.follow_ups(found.promises),
        retracted=frozenset(
            told[it].id for it in found.promised if told[it].status is IncidentStatus.RETRACTED
        ),
    )


def _further_back(place: Place, first: str | None) -> frozenset[str]:
    """The months before the first one known of, if something was told since that began in one of them."""
    if not (place.first_month and first and first < place.first_month):
        return frozenset()
    return frozenset(months_between(first, month_before(place.first_month)))


def _first_month(first: tuple[datetime, str] | None, as_of: datetime, here: tzinfo) -> str | None:
    """Where history begins: today at the latest, even if all there is is still to come."""
    return month_of(min(first[0], as_of), here) if first else None


def _followed(past: Mapping[str, Incident | Maintenance], open: Iterable[str]) -> list[str]:
    """What readers still follow, in the order in which it was published."""
    found = (it for it in open if it in past and past[it].is_open)
    return sorted(found, key=lambda it: past[it].number)


def _first_entry(first: tuple[datetime, str] | None, told: Mapping[str, Any]) -> int:
    """The newest entry about what stands first in history."""
    return told[first[1]].seq if first and first[1] in told else 0


def _of_kind(told: Mapping[str, Any], kind: type[H]) -> dict[str, H]:
    return {subject: head for subject, head in told.items() if isinstance(head, kind)}


def _heads(told: Mapping[str, H], subjects: Iterable[str]) -> tuple[H, ...]:
    return tuple(told[subject] for subject in subjects if subject in told)


def _stories(stories: Stories, told: Mapping[str, Any], subjects: Iterable[str]) -> tuple[Story, ...]:
    incidents = _of_kind(told, Incident)
    return tuple(Story(incidents[it], *stories.parts(it, told[it])) for it in subjects if it in incidents)


def _courses(stories: Stories, told: Mapping[str, Any], subjects: Iterable[str]) -> tuple[Course, ...]:
    planned = _of_kind(told, Maintenance)
    found = ((it, stories.parts(it, told[it])) for it in subjects if it in planned)
    return tuple(Course(planned[it], parts.updates, parts.corrections) for it, parts in found)


def _updates(newest: Sequence[tuple[str, int]], told: Mapping[str, Any]) -> tuple[Told, ...]:
    """The newest updates of all."""
    found = heads.get_updates(newest)
    return tuple(told_of(it, told[it], found[seq]) for it, seq in newest if seq in found)


def _statements(
    stories: Stories, published: Mapping[str, Advisory], subjects: Iterable[str]
) -> tuple[AdvisoryStory, ...]:
    found = ((it, stories.parts(it, published[it])) for it in subjects if it in published)
    return tuple(AdvisoryStory(published[it], parts.updates, parts.corrections) for it, parts in found)


def _threats(told: Iterable[Advisory], since: datetime) -> tuple[Advisory, ...]:
    """Those that readers are warned of."""
    return tuple(advisory for advisory in told if advisory.is_threat(since))


def _advisories(listed: Iterable[ListedAdvisory], newest: tuple[Advisory, ...]) -> Advisories:
    """What leads to all advisories."""
    return Advisories(tuple(listed), newest, advisories.newest_words(newest))
