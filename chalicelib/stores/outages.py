"""Outages in the table: what each incident cost, by the months that it touches, stored with its words.

What still goes on, or spans more than a year, lies behind all months. Statuses stated of components
themselves lie there too, in shards, by component. So the outages since any day are one query, whatever lies
before it. Everything here follows from incidents and components, and says nothing that they do not.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from chalicelib.domain.components import Component
from chalicelib.domain.incidents import Incident, IncidentUpdate, Story
from chalicelib.domain.outages import WELL, costs, outages_of, turned
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import ComponentStatus, IncidentStatus
from chalicelib.domain.subjects import INCIDENT, subject_of
from chalicelib.domain.times import iso, months_between
from chalicelib.domain.uptime import Outage
from chalicelib.stores import heads, table
from chalicelib.stores.table import Item, Key, Put

PARTITION = "OUTAGES"
ANY = "any"
_LAST = "~"
DIRECT = "direct/"
SHARDS = 16
MOST_MONTHS = 12
LARGEST_ITEM = 200_000
MOST_STATED = 200
"""So many outages stated of one component are kept, the newest; people state few."""

Told = Mapping[str, Sequence[Outage]]
Moved = tuple[tuple[Put, ...], tuple[Key, ...]]


def read(first: date) -> dict[str, list[Outage]]:
    """The outages that touch the days since this one, and maybe others, by component."""
    found: dict[str, list[Outage]] = {}
    for item in table.query(PARTITION, Item.sk.between(f"{first:%Y-%m}", _LAST)):
        for component, outages in _told(item).items():
            found.setdefault(component, []).extend(outages)
    return found


def continued(before: Incident | None, after: Incident, update: IncidentUpdate) -> Moved:
    """What to store and to remove when an incident goes on; its other updates are read only if it matters."""
    if before is None:
        return moved(None, Story(after, (update,)))
    is_earlier = update.happened_at < before.latest_at
    if not (costs(update) or is_earlier or after.status is IncidentStatus.RETRACTED):
        return (), ()
    updates = _updates(before.id)
    return moved(Story(before, updates), Story(after, (*updates, update)))


def moved(before: Story | None, after: Story) -> Moved:
    """What to store and to remove when an incident with all its updates goes from one state to the next."""
    old = _places(before) if before else {}
    new = _places(after)
    puts = tuple(Put(table.pointer(*key, doc)) for key, doc in sorted(new.items()) if old.get(key) != doc)
    return puts, tuple(sorted(old.keys() - new.keys()))


def moved_again(before: Story | None, after: Story, *, was: Iterable[datetime] = ()) -> Moved:
    """All of what an incident cost, and all places where it may have stood; `was`: times claimed before."""
    new, name = _places(after), subject_of(INCIDENT, after.incident.id)
    times = [*was, after.incident.started_at, *(update.happened_at for update in after.updates)]
    months = months_between(iso(min(times))[:7], iso(max(times))[:7])
    old = {_key(place, name) for place in (ANY, *months[:MOST_MONTHS])}
    old |= (_places(before) if before else {}).keys()
    return tuple(Put(table.pointer(*key, new[key])) for key in sorted(new)), tuple(sorted(old - new.keys()))


def stated(component: Component, moment: Moment, *, again: bool = False) -> Moved:
    """What to store and to remove when this entry changed a component, as far as its own status goes.

    `again`: whether it stands or not, so that nothing else of it is decided on before.
    """
    return _turned(*_said_by(component, moment), again=again)


def touched(ids: Iterable[str], moment: Moment, *, again: bool = False) -> Moved:
    """What to store and to remove when an incident touches components: what was stated of them ends."""
    return _turned(dict.fromkeys(ids, WELL), moment.at, again=again)


def _said_by(component: Component, moment: Moment) -> tuple[dict[str, ComponentStatus], datetime]:
    """How the component is from when on, by this entry; nothing where another one said how it is."""
    direct = component.direct
    if direct is None or component.retired:
        return {component.id: WELL}, min(component.updated_at, moment.at)
    return ({component.id: direct.status} if direct.seq == moment.seq else {}), direct.stated_at


def _turned(wanted: Mapping[str, ComponentStatus], at: datetime, *, again: bool) -> Moved:
    """The shards of components that are so from an instant on; one in which nothing is left is removed."""
    shards: dict[Key, list[str]] = {}
    for id in wanted:
        shards.setdefault(_direct(id), []).append(id)
    standing = {item.sk: _told(item) for item in table.get_many(shards)}
    puts, deletes = list[Put](), list[Key]()
    for key, ids in sorted(shards.items()):
        before = {id: tuple(outages) for id, outages in standing.get(key[1], {}).items()}
        after = {**before, **{id: turned(before.get(id, ()), wanted[id], at)[-MOST_STATED:] for id in ids}}
        kept = {id: after[id] for id in sorted(after) if after[id]}
        if kept and (again or kept != before):
            puts.append(Put(table.stored(*key, kept)))
        elif not kept and (again or before):
            deletes.append(key)
    return tuple(puts), tuple(deletes)


def _direct(id: str) -> Key:
    """Where the outages stated of a component lie."""
    return _key(ANY, f"{DIRECT}{zlib.crc32(id.encode()) % SHARDS:02d}")


def _places(story: Story) -> dict[Key, str]:
    """Where the outages of an incident stand, with what is stored there."""
    told = outages_of(story.incident, story.updates)
    all_of = [outage for outages in told.values() for outage in outages]
    if not all_of:
        return {}
    name = subject_of(INCIDENT, story.incident.id)
    begin, end = min(it.begin for it in all_of), max(it.end or it.begin for it in all_of)
    months = months_between(iso(begin)[:7], iso(end)[:7])
    if any(it.end is None for it in all_of) or len(months) > MOST_MONTHS:
        return {_key(ANY, named): table.encoded(part) for named, part in _cut(name, told)}
    within = {month: _within(told, month) for month in months}
    return {
        _key(month, named): table.encoded(part)
        for month, found in within.items()
        for named, part in _cut(name, found)
    }


def _key(place: str, name: str) -> Key:
    """Where outages lie: in a month, or behind all months."""
    return PARTITION, f"{place}#{name}"


def _within(told: Told, month: str) -> dict[str, list[Outage]]:
    """The outages that touch a month; each has an end."""
    found = {
        id: [it for it in outages if iso(it.begin)[:7] <= month <= iso(it.end or it.begin)[:7]]
        for id, outages in told.items()
    }
    return {id: outages for id, outages in found.items() if outages}


def _cut(name: str, told: Told) -> Iterator[tuple[str, Told]]:
    """The items that hold them: one in all but monstrous incidents."""
    part, held, size = 1, dict[str, Sequence[Outage]](), 0
    for id in sorted(told):
        more = len(table.encoded(told[id]))
        if held and size + more > LARGEST_ITEM:
            yield _numbered(name, part), held
            part, held, size = part + 1, {}, 0
        held[id] = told[id]
        size += more
    if held:
        yield _numbered(name, part), held


def _numbered(name: str, part: int) -> str:
    return f"{name}#{part}" if part > 1 else name


def _updates(id: str) -> tuple[IncidentUpdate, ...]:
    found: tuple[IncidentUpdate, ...] = heads.updates(subject_of(INCIDENT, id))
    return found


def _told(item: Item) -> dict[str, list[Outage]]:
    return table.value(item, dict[str, list[Outage]])
