"""Saves what another system's documents say, a transaction at a time, until nothing is left to change.

Every step compares with what stands and changes only what differs. So the same import again changes
nothing and appends nothing, and one that was killed completes when it is run again.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from chalicelib.domain.components import Component, Group
from chalicelib.domain.errors import Conflict
from chalicelib.domain.imports import (
    ForeignPage,
    as_past,
    component_after,
    group_after,
    is_continued,
    numbered,
    page_after,
)
from chalicelib.domain.incidents import Incident
from chalicelib.domain.maintenances import Maintenance
from chalicelib.domain.pages import Page
from chalicelib.domain.record import Moment
from chalicelib.domain.redactions import kept_back
from chalicelib.stores import catalogue, incidents, maintenances, pages, record, tales
from chalicelib.stores.catalogue import Catalogue, Thing
from chalicelib.stores.record import Change
from chalicelib.stores.transactions import Batch, Done, Transaction

Step = Callable[[Moment], Change[Done]]
Progress = Callable[[int, int], None]


@dataclass
class Saved:
    """What an import changed, as kind and subject of its entries, and how many stories are ours by now."""

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
        progress(done, len(foreign.told))
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
    for tale in told.told[begin:]:
        yield partial(tales.told, tale, is_past=is_past)


def _page(standing: Page, foreign: ForeignPage, moment: Moment) -> Change[Done]:
    after = kept_back(standing, page_after(standing, foreign))
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
    yield from (c for c in stands.components if c.imported and not c.retired and c.id not in listed)
    yield from (g for g in stands.groups if g.imported and not g.retired and g.id not in needed)


def _removed(thing: Thing, moment: Moment) -> Change[Done]:
    return _done(catalogue.removed_elsewhere(thing, moment))


def _placed(component: Component, standing: Thing | None, groups: set[str]) -> Component:
    """A component that an incident carries: its rank and, maybe, its group are not in the document."""
    rank = standing.rank if standing else component.rank
    return replace(component, rank=rank, group=component.group if component.group in groups else None)


def _group(standing: Thing | None, group: Group, moment: Moment) -> Change[Done]:
    if standing is None:
        return _done(catalogue.imported(group, moment))
    told = kept_back(standing, group)
    after = group_after(standing, told) if isinstance(standing, Group) else standing
    return Change(Done()) if after == standing else _done(catalogue.imported(after, moment))


def _component(standing: Thing | None, component: Component, moment: Moment) -> Change[Done]:
    if standing is None:
        component = replace(component, direct=numbered(component.direct, moment.seq))
        return _done(catalogue.imported(component, moment))
    if not isinstance(standing, Component):
        return Change(Done())
    after = component_after(standing, kept_back(standing, component), seq=moment.seq)
    return Change(Done()) if after == standing else _done(catalogue.imported(after, moment))


def _closures(foreign: ForeignPage) -> Iterator[Step]:
    """Ends what was imported and is not named by a list of what is open, or to come."""
    named = {told.head.id for told in foreign.told}
    open: list[Incident | Maintenance] = []
    if foreign.lists_open:
        open += incidents.all_open()
    if foreign.lists_pending:
        open += maintenances.all_pending()
    for head in open:
        if head.id not in named and not is_continued(head):
            yield partial(tales.closed, head)


def _done(change: Change[Page] | Change[Thing]) -> Change[Done]:
    return change.giving(Done())
