"""Components and groups in the table, with the last touches by incidents, all in one partition."""

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple, TypeVar

from msgspec import Struct

from chalicelib.domain.components import Component, Group, Touch, full_name, status_of
from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.record import Fact, Moment, facts
from chalicelib.domain.statuses import ComponentStatus
from chalicelib.domain.updates import Standing
from chalicelib.stores import outages, table
from chalicelib.stores.record import Change
from chalicelib.stores.table import Item, Put

PARTITION = "CATALOGUE"
ITEM = "ITEM#"
TOUCHED = "TOUCHED#"
SHARDS = 16
GONE = "removed_elsewhere"

Thing = Component | Group
K = TypeVar("K", bound=Thing)


class _Held(Struct, frozen=True):
    """Groups and components share one id space, so they share the shape of their items."""

    component: Component | None = None
    group: Group | None = None


class Catalogue(NamedTuple):
    """All components and groups, with the last touch of each component."""

    components: tuple[Component, ...]
    groups: tuple[Group, ...]
    touches: Mapping[str, Touch]

    def shown(self) -> "Catalogue":
        """What is on the page: all but what was retired, and groups that an import put something into."""
        components = tuple(component for component in self.components if not component.retired)
        needed = {component.group for component in components}
        groups = tuple(group for group in self.groups if not group.retired or group.id in needed)
        return Catalogue(components, groups, self.touches)


def read() -> Catalogue:
    """Everything in one query."""
    things: list[Thing] = []
    touches: dict[str, Touch] = {}
    for item in table.query(PARTITION):
        if item.sk.startswith(ITEM):
            things.append(_thing(item))
        else:
            touches.update(table.value(item, dict[str, Touch]))
    components = tuple(thing for thing in things if isinstance(thing, Component))
    groups = tuple(thing for thing in things if isinstance(thing, Group))
    return Catalogue(components, groups, touches)


def component(id: str) -> Component:
    """The component of this id, or `NotFound`."""
    thing = find(id)
    if not isinstance(thing, Component):
        raise NotFound("component", id)
    return thing


def group(id: str) -> Group:
    """The group of this id, or `NotFound`."""
    thing = find(id)
    if not isinstance(thing, Group):
        raise NotFound("group", id)
    return thing


def find(id: str) -> Thing | None:
    """The component or group of this id."""
    item = table.get(PARTITION, ITEM + id)
    return _thing(item) if item else None


def create(thing: K, moment: Moment) -> Change[K]:
    """A new component or group; `Conflict` if the id is taken, `Invalid` if its group is none."""
    if find(thing.id) is not None:
        raise Conflict("id", "is taken")
    return _saved(_placed(thing, moment), "created", moment)


def change(before: K, after: K, moment: Moment) -> Change[K]:
    """The next version of a component or group; nothing is written where nothing changed."""
    if after == before:
        return Change(before)
    _check_group(after)
    return _stated(_saved(replace(after, updated_at=moment.at), "changed", moment), moment)


def retired(thing: K, moment: Moment) -> Change[K]:
    """Store what has just been retired: it stays, and its id is taken for good."""
    return _stated(_saved(replace(thing, updated_at=moment.at), "retired", moment), moment)


def imported(thing: Thing, moment: Moment) -> Change[Thing]:
    """A component or group as another system describes it, new or in place of the one that stands."""
    return _stated(_saved(thing, "imported", moment), moment)


def removed_elsewhere(thing: Thing, moment: Moment) -> Change[Thing]:
    """An imported component or group that is no longer where it came from: the record alone keeps it."""
    after = replace(thing, seq=moment.seq)
    puts, deletes = outages.touched([thing.id], moment)
    return Change(after, (_fact(after, GONE),), puts, ((PARTITION, ITEM + thing.id), *deletes))


def restored(thing: Thing, verb: str, moment: Moment) -> Change[Thing]:
    """A component or group as the entry of this number left it, if it is not newer by now."""
    standing = find(thing.id)
    if standing is not None and standing.seq >= moment.seq:
        change = Change(standing)
    elif verb == GONE:
        change = Change(thing, (_fact(thing, GONE),), deletes=((PARTITION, ITEM + thing.id),))
    else:
        change = _saved(replace(thing, version=standing.version if standing else 0), verb, moment)
    if not isinstance(thing, Component) or (verb == "created" and thing.direct is None):
        return change
    stated = partial(outages.touched, [thing.id]) if verb == GONE else partial(outages.stated, thing)
    puts, deletes = stated(moment, again=True)
    return replace(change, puts=(*change.puts, *puts), deletes=(*change.deletes, *deletes))


def standings(
    ids: Iterable[str],
    in_force: Iterable[Mapping[str, ComponentStatus]] = (),
    *,
    held: Collection[str] = (),
    stated: Mapping[str, ComponentStatus] | None = None,
) -> dict[str, Standing]:
    """Name and status of each component that exists, given what open incidents do to components.

    One that was retired is there only for those that hold it since before; nothing can be stated of it.
    """
    wanted = tuple(dict.fromkeys(ids))
    found = {c.id: c for c in _components(wanted) if not c.retired or c.id in held}
    _check_present(found.values(), stated or {})
    touched = touches(wanted)
    groups = {g.id: g for g in _groups(found.values())}
    affects: dict[str, list[ComponentStatus]] = {}
    for held in in_force:
        for id, status in held.items():
            affects.setdefault(id, []).append(status)
    return {
        id: Standing(
            full_name(found[id], groups.get(found[id].group or "")),
            status_of(found[id], touched.get(id), affects.get(id, ())),
        )
        for id in wanted
        if id in found
    }


def living(ids: Iterable[str]) -> frozenset[str]:
    """Which of these are components that are not retired."""
    return frozenset(component.id for component in _components(ids) if not component.retired)


def _check_present(components: Iterable[Component], stated: Mapping[str, ComponentStatus]) -> None:
    for it in components:
        if it.retired and stated.get(it.id, ComponentStatus.OPERATIONAL) is not ComponentStatus.OPERATIONAL:
            raise Invalid(f"affects.{it.id}", "is retired: bring it back first")


def touches(ids: Iterable[str]) -> dict[str, Touch]:
    """The last touch of each of these components, and of those that share their shards."""
    keys = {(PARTITION, _shard(id)) for id in ids}
    found: dict[str, Touch] = {}
    for item in table.get_many(keys):
        found.update(table.value(item, dict[str, Touch]))
    return found


def touch(ids: Iterable[str], moment: Moment, *, firmly: bool = True) -> tuple[Put, ...]:
    """What to store so that these components count as changed now, firmly by an incident."""
    shards: dict[str, list[str]] = {}
    for id in ids:
        shards.setdefault(_shard(id), []).append(id)
    standing = {item.sk: item for item in table.get_many((PARTITION, shard) for shard in shards)}
    made = partial(_touch, moment, firmly=firmly)
    return tuple(put for sk, ids in shards.items() for put in _touched(sk, standing.get(sk), ids, made))


def _touched(
    sk: str, standing: Item | None, ids: list[str], made: Callable[[Touch | None], Touch]
) -> Iterator[Put]:
    """A shard with these touches made."""
    before = table.value(standing, dict[str, Touch]) if standing else {}
    after = {**before, **{id: made(before.get(id)) for id in ids}}
    version = int(standing.version) if standing else 0
    if after != before:
        yield table.versioned(PARTITION, sk, after, version=version)


def _touch(moment: Moment, before: Touch | None, *, firmly: bool) -> Touch:
    """The touch of this moment; a later one stays as it is."""
    if before is not None and before.seq >= moment.seq:
        return before
    return Touch(moment.seq, moment.at, None if firmly else before.last_firm if before else 0)


def _shard(id: str) -> str:
    return f"{TOUCHED}{zlib.crc32(id.encode()) % SHARDS:02d}"


def _components(ids: Iterable[str]) -> list[Component]:
    things = map(_thing, table.get_many((PARTITION, ITEM + id) for id in ids))
    return [thing for thing in things if isinstance(thing, Component)]


def _groups(components: Iterable[Component]) -> list[Group]:
    ids = {component.group for component in components if component.group}
    things = map(_thing, table.get_many((PARTITION, ITEM + id) for id in ids))
    return [thing for thing in things if isinstance(thing, Group)]


def _placed(thing: K, moment: Moment) -> K:
    """Later ones stand behind earlier ones of the same position."""
    _check_group(thing)
    return replace(thing, rank=moment.seq)


def _check_group(thing: Thing) -> None:
    if not isinstance(thing, Component) or not thing.group:
        return
    group = find(thing.group)
    if not isinstance(group, Group):
        raise Invalid("group", "is not a group")
    if group.retired:
        raise Invalid("group", "is retired")


def _saved(thing: K, verb: str, moment: Moment) -> Change[K]:
    after = replace(thing, version=thing.version + 1, seq=moment.seq)
    held = _Held(component=after) if isinstance(after, Component) else _Held(group=after)
    put = table.versioned(PARTITION, ITEM + thing.id, held, version=thing.version)
    return Change(after, (_fact(after, verb),), (put,))


def _stated(change: Change[K], moment: Moment) -> Change[K]:
    """The change with what a component's own status costs; a new one without a status has none to end."""
    thing = change.result
    if not isinstance(thing, Component) or (thing.version == 1 and thing.direct is None):
        return change
    puts, deletes = outages.stated(thing, moment)
    return replace(change, puts=(*change.puts, *puts), deletes=(*change.deletes, *deletes))


def _fact(thing: Thing, verb: str) -> Fact:
    """What the record says of it, and which entry stated its direct status if it was an earlier one."""
    word = "component" if isinstance(thing, Component) else "group"
    body = {word: facts(thing)}
    if isinstance(thing, Component) and thing.direct and thing.direct.seq != thing.seq:
        body["direct"] = {"entry": thing.direct.seq}
    return Fact(f"{word}.{verb}", subject(thing), body)


def subject(thing: Thing) -> str:
    """By what the record names a component or group."""
    return f"{'component' if isinstance(thing, Component) else 'group'}/{thing.id}"


def _thing(item: Item) -> Thing:
    held = table.value(item, _Held)
    if held.component is not None:
        return held.component
    if held.group is not None:
        return held.group
    raise ValueError(f"{item.sk} holds neither a component nor a group")
