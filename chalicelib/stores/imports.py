"""Saves what another system's documents say, a transaction at a time, until nothing is left to change.

Every step compares with what stands and changes only what differs. So the same import again changes
nothing and appends nothing, and one that was killed completes when it is run again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import msgspec

from chalicelib.domain.components import Component, Group
from chalicelib.domain.errors import Conflict
from chalicelib.domain.imports import (
    ForeignPage,
    as_past,
    closed_elsewhere,
    component_after,
    group_after,
    is_continued,
    left_by,
    numbered,
    page_after,
)
from chalicelib.domain.incidents import Incident, IncidentUpdate, Story
from chalicelib.domain.pages import Page
from chalicelib.domain.record import Fact, Json, Moment, facts
from chalicelib.domain.times import iso
from chalicelib.stores import catalogue, incidents, pages, record
from chalicelib.stores.catalogue import Catalogue, Thing
from chalicelib.stores.record import Change
from chalicelib.stores.transactions import BYTES_AT_ONCE, Batch, Done, Transaction

UPDATES_AT_ONCE = 30


Step = Callable[[Moment], Change[Done]]
Progress = Callable[[int, int], None]


@dataclass
class Saved:
    """What an import changed, as kind and subject of its entries, and how many incidents are ours by now."""

    entries: Counter[tuple[str, str]] = field(default_factory=Counter)
    ours: int = 0

    def changed(self, kind: str) -> int:
        """How many things got entries of this kind."""
        return sum(1 for found, _ in self.entries if found == kind)

    @property
    def updates(self) -> int:
        """How many updates were stored."""
        return sum(count for (kind, _), count in self.entries.items() if kind == "update.imported")


def save(
    foreign: ForeignPage, *, now: Callable[[], datetime], progress: Progress = lambda done, all: None
) -> Saved:
    """Bring the table to what the foreign page says; `Conflict` if another page was imported before."""
    saved, done, is_last = Saved(), 0, False
    while not is_last:
        batch = record.append(partial(_next, foreign, done), now=now)
        saved.entries.update(batch.entries)
        saved.ours += batch.ours
        done, is_last = done + batch.stories, batch.is_last
        progress(done, len(foreign.stories))
    return saved


def _next(foreign: ForeignPage, begin: int, moment: Moment) -> Change[Batch]:
    """As many changes as go into one transaction; stories before `begin` are done."""
    transaction, done = Transaction(moment), list[Done]()
    for step in _steps(foreign, begin):
        change = step(transaction.next)
        if not transaction.takes(change):
            return transaction.change(done, is_last=False)
        done.append(change.result)
        if not change.result.complete:
            return transaction.change(done, is_last=False)
    return transaction.change(done, is_last=True)


def _steps(foreign: ForeignPage, begin: int) -> Iterator[Step]:
    page = pages.find()
    if page is None or (page.imported and page.id != foreign.id):
        stands = f"{page.id} ({page.name!r})" if page else "no page"
        raise Conflict("page.id", f"is {foreign.id} ({foreign.name!r}), but {stands} stands here")
    is_past = page.imported and foreign.updated_at < page.updated_at
    told = as_past(foreign) if is_past else foreign
    if begin == 0 and not is_past:
        yield partial(_page, page, told)
        yield from _things(told, catalogue.read())
        yield from _closures(told)
    for story in told.stories[begin:]:
        yield partial(_story, story, is_past=is_past)


def _page(standing: Page, foreign: ForeignPage, moment: Moment) -> Change[Done]:
    after = page_after(standing, foreign)
    if after == standing:
        return Change(Done())
    seq = standing.seq if after.identity == standing.identity else moment.seq
    return _done(pages.saved(replace(after, seq=seq), "page.imported"))


def _things(foreign: ForeignPage, stands: Catalogue) -> Iterator[Step]:
    all_things: tuple[Thing, ...] = (*stands.groups, *stands.components)
    by_id = {thing.id: thing for thing in all_things}
    if foreign.lists_components:
        listed = {group.id for group in foreign.groups} | {c.id for c in foreign.components}
        yield from (partial(_removed, thing) for thing in _gone(stands, listed))
    for group in foreign.groups:
        yield partial(_group, by_id.get(group.id), group)
    groups = {group.id for group in (*stands.groups, *foreign.groups)}
    for component in foreign.components:
        standing = by_id.get(component.id)
        if not foreign.lists_components:
            component = _placed(component, standing, groups)
        yield partial(_component, standing, component)


def _gone(stands: Catalogue, listed: set[str]) -> Iterator[Thing]:
    """What was imported and is not listed any more; a group stays while components of our own are in it."""
    needed = listed | {component.group for component in stands.components if not component.imported}
    yield from (c for c in stands.components if c.imported and c.id not in listed)
    yield from (g for g in stands.groups if g.imported and g.id not in needed)


def _removed(thing: Thing, moment: Moment) -> Change[Done]:
    return _done(catalogue.removed_elsewhere(thing, moment))


def _placed(component: Component, standing: Thing | None, groups: set[str]) -> Component:
    """A component that an incident carries: its rank and, maybe, its group are not in the document."""
    rank = standing.rank if standing else component.rank
    return replace(component, rank=rank, group=component.group if component.group in groups else None)


def _group(standing: Thing | None, group: Group, moment: Moment) -> Change[Done]:
    if standing is None:
        return _done(catalogue.imported(group, moment))
    after = group_after(standing, group) if isinstance(standing, Group) else standing
    return Change(Done()) if after == standing else _done(catalogue.imported(after, moment))


def _component(standing: Thing | None, component: Component, moment: Moment) -> Change[Done]:
    if standing is None:
        component = replace(component, direct=numbered(component.direct, moment.seq))
        return _done(catalogue.imported(component, moment))
    if not isinstance(standing, Component):
        return Change(Done())
    after = component_after(standing, component, seq=moment.seq)
    return Change(Done()) if after == standing else _done(catalogue.imported(after, moment))


def _closures(foreign: ForeignPage) -> Iterator[Step]:
    """Ends the imported incidents that a list of what is open does not name."""
    named = {story.incident.id for story in foreign.stories}
    for incident in incidents.all_open() if foreign.lists_open else ():
        if incident.id not in named and not is_continued(incident):
            yield partial(_closed, incident)


def _closed(before: Incident, moment: Moment) -> Change[Done]:
    after = replace(closed_elsewhere(before), version=before.version + 1, seq=moment.seq)
    puts, deletes = incidents.moved(before, after)
    fact = Fact("incident.closed_elsewhere", incidents.subject(after), {"incident": facts(after)})
    return Change(Done(), (fact,), (*incidents.stored(after, before.version, ()), *puts), deletes)


def _story(told: Story, moment: Moment, *, is_past: bool) -> Change[Done]:
    """The story as it is told elsewhere, by at most as many updates as one transaction takes."""
    standing = incidents.find(told.incident.id)
    if standing and is_continued(standing):
        return Change(Done(stories=1, ours=1))
    known = {u.id: u for u in incidents.updates(standing.id)} if standing else {}
    if is_past and all(update.id in known for update in told.updates):
        return Change(Done(stories=1))
    wanted = _changed(told.updates, known, moment)
    taken = _fitting(wanted, moment)
    complete = len(taken) == len(wanted)
    present = known.keys() | {update.id for update in taken}
    incident = told.incident if complete else _half(told, present)
    after = _stored_as(incident, standing, moment)
    if not taken and after == standing:
        return Change(Done(stories=1))
    return _told(standing, replace(after, seq=moment.seq + len(taken)), taken, complete=complete)


def _changed(
    told: Iterable[IncidentUpdate], known: Mapping[str, IncidentUpdate], moment: Moment
) -> list[IncidentUpdate]:
    """The updates that are new (their number still 0) or read otherwise than they stand."""
    changed = []
    for update in told:
        before = known.get(update.id)
        after = replace(
            update,
            recorded_at=before.recorded_at if before else moment.at,
            seq=before.seq if before else 0,
        )
        if after != before:
            changed.append(after)
    return changed


def _fitting(updates: list[IncidentUpdate], moment: Moment) -> tuple[IncidentUpdate, ...]:
    """As many of them as one transaction takes, numbered behind their incident's entry."""
    size, taken = 0, list[IncidentUpdate]()
    for number, update in enumerate(updates[:UPDATES_AT_ONCE], start=moment.seq + 1):
        size += len(msgspec.json.encode(update))
        if taken and size > BYTES_AT_ONCE:
            break
        taken.append(update if update.seq else replace(update, seq=number))
    return tuple(taken)


def _half(told: Story, present: set[str]) -> Incident:
    """The incident between two transactions: as its updates so far leave it, but not open for that alone."""
    half = left_by(told.incident, [update for update in told.updates if update.id in present])
    return half if told.incident.is_open else closed_elsewhere(half)


def _stored_as(incident: Incident, standing: Incident | None, moment: Moment) -> Incident:
    """The incident with our own clock and numbers: those that stand, or those of this entry."""
    if standing is None:
        return replace(incident, published_at=moment.at, number=moment.seq)
    return replace(
        incident, published_at=standing.published_at, number=standing.number, version=standing.version,
        seq=standing.seq,
    )  # fmt: skip


def _told(
    before: Incident | None, incident: Incident, updates: tuple[IncidentUpdate, ...], *, complete: bool
) -> Change[Done]:
    version = before.version if before else 0
    after = replace(incident, version=version + 1)
    subject = incidents.subject(after)
    puts, deletes = incidents.moved(before, after)
    return Change(
        Done(stories=int(complete), complete=complete),
        (
            Fact("incident.imported", subject, _body(before, after)),
            *(Fact("update.imported", subject, {"update": facts(update)}) for update in updates),
        ),
        (*incidents.stored(after, version, updates), *puts),
        deletes,
        early=incidents.early(before, after),
        told=(incidents.spoken_of(after, updates),),
    )


def _body(before: Incident | None, after: Incident) -> dict[str, Json]:
    """What the record says of the incident, and where in history it stood before if it has moved."""
    body = {"incident": facts(after)}
    if before and before.started_at != after.started_at:
        body["was"] = {"started_at": iso(before.started_at)}
    return body


def _done(change: Change[Page] | Change[Thing]) -> Change[Done]:
    return Change(Done(), change.facts, change.puts, change.deletes, change.early)
