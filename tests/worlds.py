"""A small world to write in: components and incidents in a real table, with a clock that is told."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bench import past
from chalicelib.domain.advisories import AdvisoryStory, Category, add_update, publish, withdraw
from chalicelib.domain.advisories import Words as Advice
from chalicelib.domain.components import Component, Direct, Group
from chalicelib.domain.corrections import amend
from chalicelib.domain.courses import Announcement, Move, Words
from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.incidents import Draft, Incident, Said, Story
from chalicelib.domain.maintenances import Course
from chalicelib.domain.pages import Page
from chalicelib.domain.record import Moment
from chalicelib.domain.samples import Sample
from chalicelib.domain.statuses import Availability, ComponentStatus, IncidentStatus, MaintenanceStatus
from chalicelib.domain.updates import Period
from chalicelib.intake import statuspage
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import (
    advisories,
    catalogue,
    imports,
    incidents,
    maintenances,
    pages,
    record,
    redactions,
    samples,
    table,
)
from chalicelib.stores.idempotency import Repeat
from chalicelib.stores.record import Change
from chalicelib.stores.samples import Batch
from chalicelib.triggers.clock import keep_time
from chalicelib.triggers.closing import close_days
from chalicelib.triggers.publication import Publisher
from tests import afterwards
from tests.engine import a_table

T = TypeVar("T")

SITE = "http://status.example.com"
ADVICE: dict[str, Any] = {"category": Category.PHISHING, "summary": "There is one."}
REFUSALS = (Invalid, Conflict, NotFound)


@contextmanager
def fresh_table() -> Iterator[str]:
    """An empty table for a while, in place of the one that is connected."""
    before, name = table.Item.Meta.table_name, f"candor-{secrets.token_hex(6)}"
    region, host = table.Item.Meta.region, table.Item.Meta.host
    table.connect(name=name, region=region, host=host)
    a_table()
    try:
        yield name
    finally:
        table.Item.delete_table()
        table.connect(name=before, region=region, host=host)


@dataclass
class World:
    """Says things to the table in the order in which they are called, a minute apart."""

    at: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    count: int = 0

    def now(self) -> datetime:
        """The told clock."""
        return self.at

    def pass_time(self, **much: float) -> None:
        """Let time pass."""
        self.at += timedelta(**much)

    def page(self) -> Page:
        """The page, made at first use."""

        def first(at: datetime) -> Page:
            return pages.first_page(
                id="page", name="Example", time_zone="Europe/Berlin", site_url=SITE, at=at
            )

        return pages.get(first, now=self.now)

    def group(self, id: str, name: str, **more: Any) -> None:
        """A new group."""
        self._append(lambda moment: catalogue.create(Group(id, name, moment.at, moment.at, **more), moment))

    def component(self, id: str, name: str, **more: Any) -> None:
        """A new component."""
        self._append(
            lambda moment: catalogue.create(Component(id, name, moment.at, moment.at, **more), moment)
        )

    def state(self, id: str, status: str) -> None:
        """A status stated of a component itself."""

        def decide(moment: Moment) -> Change[Component]:
            before = catalogue.component(id)
            direct = Direct(ComponentStatus(status), "We see it.", moment.at, moment.seq)
            return catalogue.change(before, replace(before, direct=direct), moment)

        self._append(decide)

    def open(self, id: str, title: str, *, affects: Mapping[str, str] = {}, **more: Any) -> Story:  # noqa: B006
        """A new incident."""
        draft = Draft(title, f"We look into {title}.", affects=_statuses(affects), **more)
        return self._append(lambda moment: incidents.open_new(draft, ids=(id, self._id()), moment=moment))

    def tell(self, id: str, status: str, *, affects: Mapping[str, str] = {}, **more: Any) -> Story:  # noqa: B006
        """An update to an incident."""
        said = Said(IncidentStatus(status), f"It is {status}.", _statuses(affects), **more)
        return self._append(
            lambda moment: incidents.tell(incidents.get(id), said, id=self._id(), moment=moment)
        )

    def announce(self, id: str, title: str, *, affects: Mapping[str, str] = {}, **more: Any) -> Course:  # noqa: B006
        """A maintenance; by default from in an hour until in two."""
        start, end = (more.pop(name, timedelta(hours=n)) for n, name in enumerate(("starts", "ends"), 1))
        said = Announcement(
            title, f"We work on {title}.", Period(self.at + start, self.at + end), Availability.READ_ONLY,
            affects=_statuses(affects), **more,
        )  # fmt: skip
        return self._append(lambda moment: maintenances.announce(said, ids=(id, self._id()), moment=moment))

    def go_on(self, id: str, status: str, **more: Any) -> Course:
        """An update to a maintenance."""
        said = Words(MaintenanceStatus(status), f"It is {status}.", **more)
        return self._append(
            lambda moment: maintenances.tell(maintenances.get(id), said, id=self._id(), moment=moment)
        )

    def move(self, id: str, *, starts: timedelta, ends: timedelta) -> Course:
        """Another period for a maintenance, given from now on."""
        said = Move(Period(self.at + starts, self.at + ends), "Later.")
        return self._append(
            lambda moment: maintenances.reschedule(maintenances.get(id), said, id=self._id(), moment=moment)
        )

    def advise(self, id: str, title: str = "A hole", *, published: bool = True, **said: Any) -> AdvisoryStory:
        """A new advisory, published or a draft."""
        fields = {**ADVICE, "title": title, **said}
        words = Advice(f"We tell of {title}.", {})
        if not published:
            return self._append(lambda moment: advisories.draft_new(id, fields, moment))
        return self._append(
            lambda moment: advisories.publish_new(id, fields, words, update=self._id(), moment=moment)
        )

    def say(self, id: str, step: Callable[..., AdvisoryStory], said: Any) -> AdvisoryStory:
        """What is said of an advisory next: published, an update, withdrawn."""

        def decide(moment: Moment) -> Change[AdvisoryStory]:
            before = advisories.get(id)
            return advisories.told(before, step(before, said, id=self._id(), moment=moment))

        return self._append(decide)

    def rename(self, id: str, title: str) -> Incident:
        """Another title for an incident."""

        def decide(moment: Moment) -> Change[Incident]:
            before = incidents.get(id)
            return incidents.amended(before, amend(before, moment=moment, title=title, reason="Wrong."))

        return self._append(decide)

    def sample(
        self, id: str, transactions: int = 1000, *, ago: timedelta = timedelta(), mean_us: int = 500
    ) -> None:
        """Samples of a component: one report, of a time that is so long ago."""
        self.count += 1
        said = Sample(id, self.at - ago, transactions, transactions * mean_us)
        sent = Repeat("tester", f"s{self.count}", "asked")
        samples.take(Batch(sent, {0: said}, partial=True), now=self.now)

    def do(self, step: tuple[Any, ...], publisher: Publisher) -> None:
        """One step of a random history; what the rules refuse is left undone."""
        name, *said = step
        try:
            match name:
                case "open":
                    self._open_past(*said)
                case "tell":
                    self.tell(said[0], said[1], affects=said[2] if said[1] != "resolved" else {})
                case "reopen":
                    self.tell(said[0], "investigating", next_update_by=self.at + timedelta(minutes=30))
                case "rename":
                    self.rename(*said)
                case "component":
                    self.component(said[0], said[0].upper(), group=said[1])
                case "advisory":
                    self._advise(*said)
                case "import":
                    self.bring(*said)
                case "publish":
                    publisher.publish()
                case _:
                    self._do_in_time(name, *said)
        except REFUSALS:
            pass

    def bring(self, incidents: int, components: int, days: int) -> None:
        """Import documents of another system."""
        told = past.history(incidents, end=self.at - timedelta(days=days), step=timedelta(days=9))
        documents = [("incidents", told), ("summary", past.summary(components))]
        self.page()
        foreign = statuspage.read((name, json.dumps(document).encode()) for name, document in documents)
        imports.save(foreign, now=self.now)

    def _do_in_time(self, name: str, *said: Any) -> None:
        match name:
            case "wait":
                self.pass_time(minutes=said[0])
            case "announce":
                self._announce(*said)
            case "go on":
                self.go_on(*said)
            case "move":
                self.move(said[0], starts=timedelta(days=said[1]), ends=timedelta(days=said[1] + 1))
            case "minute":
                keep_time(self.now, self._id)
                close_days(self.now)
            case "sample":
                self.sample(said[0], said[1], ago=timedelta(hours=said[2]))
            case "state":
                self.state(*said)
            case "follow":
                afterwards.follow(self, *said)
            case "take back":
                self._take_back(*said)

    def _take_back(self, n: int) -> None:
        """The words of any entry; the second part is left to whoever comes next, sometimes."""
        seq = 1 + n % record.head().seq
        self._append(lambda moment: redactions.redact(seq, "Named.", moment=moment))
        while n % 3 and self._append(lambda moment: redactions.go_on(seq, moment=moment)):
            pass

    def _announce(self, id: str, affects: list[str], days: int) -> None:
        """From so many days from now on, for a day."""
        start = timedelta(days=days)
        self.announce(
            id, f"Work {id}", affects=dict.fromkeys(affects, "under_maintenance"), starts=start,
            ends=start + timedelta(days=1), backfilled=days < 0,
        )  # fmt: skip

    def _advise(self, step: str, id: str, published: bool = True) -> None:
        match step:
            case "advise":
                self.advise(id, published=published)
            case "publish":
                self.say(id, publish, Advice("Out.", {}))
            case "advise more":
                self.say(id, add_update, Advice("More.", {"title": "A wider hole"}))
            case "withdraw":
                self.say(id, withdraw, "It was none.")

    def _open_past(self, id: str, affects: Mapping[str, str], days: int) -> None:
        self.open(id, f"Trouble {id}", affects=affects, started_at=self.at - timedelta(days=days))

    def publisher(self, bucket: Bucket) -> Publisher:
        """A publisher with an empty memory."""
        return Publisher(bucket, SITE, page=self.page, now=self.now)

    def change(self, decide: Callable[[Moment], Change[T]]) -> T:
        """Anything else."""
        return self._append(decide)

    def _append(self, decide: Callable[[Moment], Change[T]]) -> T:
        self.page()
        self.pass_time(minutes=1)
        return record.append(decide, now=self.now)

    def _id(self) -> str:
        self.count += 1
        return f"u{self.count}"


def _statuses(affects: Mapping[str, str]) -> dict[str, ComponentStatus]:
    return {id: ComponentStatus(status) for id, status in affects.items()}
