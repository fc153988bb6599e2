"""Advisories and their updates in the table: drafts, which are private, and what is published."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.domain.advisories import (
    NUMBERED,
    Advisory,
    AdvisoryStatus,
    AdvisoryStory,
    AdvisoryUpdate,
    ListedAdvisory,
    Words,
    draft,
    key_of,
    listed,
    numbered,
    publish,
    redraft,
)
from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.record import Fact, Moment, canonical, facts, noted
from chalicelib.domain.subjects import ADVISORY, subject_of
from chalicelib.domain.times import iso
from chalicelib.stores import heads, table
from chalicelib.stores.front import Told
from chalicelib.stores.heads import HEAD, UPDATE
from chalicelib.stores.record import Change
from chalicelib.stores.table import Item, Key, Put

PUBLISHED = "ADVISORIES"
DRAFTS = "DRAFTS"
NUMBERS = "NUMBERS"
UNDATED = "9999-12-31T00:00:00.000Z"
"""Where drafts stand in a list by time: before everything that is published."""
LARGEST_ENTRY = 256 * 1024
KINDS = {
    AdvisoryStatus.PUBLISHED: "advisory.published",
    AdvisoryStatus.UPDATED: "advisory.updated",
    AdvisoryStatus.WITHDRAWN: "advisory.withdrawn",
}


def get(id: str) -> Advisory:
    """The advisory of this id, a draft too, or `NotFound`."""
    found = find(id)
    if found is None:
        raise NotFound("advisory", id)
    return found


def find(id: str) -> Advisory | None:
    """The advisory of this id, a draft too."""
    item = table.get(_partition(id), HEAD)
    return table.value(item, Advisory) if item else None


def updates(id: str) -> tuple[AdvisoryUpdate, ...]:
    """An advisory's updates, oldest first."""
    found: tuple[AdvisoryUpdate, ...] = heads.updates(subject_of(ADVISORY, key_of(id)))
    return found


def newest_words(told: Iterable[Advisory]) -> dict[str, AdvisoryUpdate]:
    """The newest update of each of these, by its key; one request where no later entry bears on them."""
    wanted = tuple(told)
    found = heads.get_updates((subject(it), it.seq) for it in wanted)
    return {it.key: found.get(it.seq) or updates(it.id)[-1] for it in wanted}


def updates_before(id: str, seq: int | None, *, limit: int) -> Iterator[AdvisoryUpdate]:
    """An advisory's updates before a record number, newest first."""
    last = UPDATE + (table.number(seq - 1) if seq else "~")
    items = table.query(_partition(id), Item.sk.between(UPDATE, last), newest=True, limit=limit)
    return (table.value(item, AdvisoryUpdate) for item in items)


def all_published() -> list[ListedAdvisory]:
    """What lists show of everything that is published, newest first; one query."""
    return [table.value(item, ListedAdvisory) for item in table.query(PUBLISHED, newest=True)]


def between(start: datetime | None, end: datetime | None) -> list[str]:
    """The subjects of what we published in a period (its end not included); None: without a limit."""
    begin, before = iso(start) if start else "", iso(end) if end else "~"
    items = (
        table.query(PUBLISHED, Item.sk.between(begin, before))
        if begin
        else table.query(PUBLISHED, Item.sk < before)
    )
    return [subject_of(ADVISORY, item.sk.split("#", 1)[1]) for item in items if item.sk < before]


def placed(before: str | None, *, limit: int) -> Iterator[tuple[str, ListedAdvisory]]:
    """Drafts, then what is published, newest first, each with its place `time#key`, from behind one on."""
    if before is None or before.startswith(UNDATED):
        yield from _placed(DRAFTS, before, limit)
    yield from _placed(PUBLISHED, before, limit)


def draft_new(id: str | None, said: Mapping[str, Any], moment: Moment) -> Change[AdvisoryStory]:
    """A new draft; without an id it gets the next number of the year. `Conflict` if the id is taken."""
    id, number = _identified(id, moment)
    return _drafted(draft(id, said, moment=moment), 0, number)


def redrafted(before: Advisory, said: Mapping[str, Any], moment: Moment) -> Change[AdvisoryStory]:
    """A draft put otherwise."""
    return _drafted(redraft(before, said, moment=moment), before.version, ())


def removed(before: Advisory) -> Change[Advisory]:
    """A draft that is gone with its words; its number is not given again."""
    if before.is_public:
        raise Conflict("status", "is no draft any more: withdraw it, and it stays readable with the reason")
    fact = noted("advisory.removed", {"id": before.key})
    deletes = ((_partition(before.id), HEAD), _draft_place(before))
    return Change(before, (fact,), deletes=deletes)


def publish_new(
    id: str | None, said: Mapping[str, Any], words: Words, *, update: str, moment: Moment
) -> Change[AdvisoryStory]:
    """Publish at once what was never a draft; otherwise as `draft_new`. `update` is the first update's id."""
    id, number = _identified(id, moment)
    change = told(None, publish(draft(id, said, moment=moment), words, id=update, moment=moment))
    return replace(change, puts=(*change.puts, *number))


def told(before: Advisory | None, story: AdvisoryStory) -> Change[AdvisoryStory]:
    """Store an advisory as it stands after one more update; `before` is what was just read."""
    version = before.version if before else 0
    advisory, (update,) = replace(story.advisory, version=version + 1), story.updates
    fact = Fact(
        KINDS[update.status], subject(advisory), {"advisory": facts(advisory), "update": facts(update)}
    )
    _check_size(fact)
    return Change(
        AdvisoryStory(advisory, story.updates),
        facts=(fact,),
        puts=stored(advisory, version, story.updates),
        deletes=(_draft_place(advisory),) if before and not before.is_public else (),
        told=(spoken_of(advisory, story.updates),),
    )


def restored(advisory: Advisory, update: AdvisoryUpdate, moment: Moment) -> Change[AdvisoryStory]:
    """An advisory as the entry of this number left it, if it is not newer by now, and an update of it."""
    standing = find(advisory.id)
    version = standing.version if standing else 0
    is_newer = standing is not None and standing.seq >= moment.seq
    after = standing if standing and is_newer else replace(advisory, version=version + 1, seq=moment.seq)
    story = AdvisoryStory(after, (update,))
    puts = stored(after, version, story.updates)
    return Change(
        story,
        puts=(*(puts[1:] if is_newer else puts), *_counted(after)),
        deletes=(_draft_place(after),),
        told=(spoken_of(after, [it for it in story.updates if it.seq == moment.seq]),),
    )


def stored(advisory: Advisory, version: int, updates: Iterable[AdvisoryUpdate]) -> tuple[Put, ...]:
    """What to store for a published advisory read at `version` and these updates of it."""
    return (
        _head(advisory, version),
        pointer(advisory),
        *(Put(table.stored(_partition(advisory.id), heads.update(it.seq), it)) for it in updates),
    )


def pointer(advisory: Advisory) -> Put:
    """What lists find of a published advisory."""
    return Put(table.stored(PUBLISHED, _place(advisory), listed(advisory)))


def moved(before: Advisory | None, after: Advisory) -> tuple[tuple[Put, ...], tuple[Key, ...]]:
    """The pointers to store and to remove: it stays where it was published, and that is stored with it."""
    return (), ()


def early(before: Advisory | None, after: Advisory) -> tuple[Item, ...]:
    """The pointers that are harmless alone: it has none."""
    return ()


def spoken_of(advisory: Advisory, updates: Iterable[AdvisoryUpdate]) -> Told:
    """That somebody spoke of an advisory, for the front."""
    return Told(subject(advisory), advisory.latest_at, tuple(update.seq for update in updates))


def subject(advisory: Advisory) -> str:
    """By what the record names a published advisory."""
    return subject_of(ADVISORY, advisory.key)


def _drafted(advisory: Advisory, version: int, also: tuple[Put, ...]) -> Change[AdvisoryStory]:
    after = replace(advisory, version=version + 1)
    fact = noted("advisory.drafted", {"advisory": facts(after)})
    _check_size(fact)
    pointed = Put(table.stored(*_draft_place(after), listed(after)))
    return Change(AdvisoryStory(after, ()), (fact,), (_head(after, version), pointed, *also))


def _identified(id: str | None, moment: Moment) -> tuple[str, tuple[Put, ...]]:
    """An id that is free: the one that was chosen, or the next of the year with the counter to store."""
    if id is not None:
        if find(id) is not None:
            raise Conflict("id", "is taken")
        return id, ()
    year = moment.at.year
    number = _last_number(year) + 1
    while find(numbered(year, number)) is not None:
        number += 1
    return numbered(year, number), (_counter(year, number),)


def _counted(advisory: Advisory) -> tuple[Put, ...]:
    """The counter behind the number that an id has, if it is behind."""
    found = re.fullmatch(NUMBERED, advisory.id)
    if found is None or _last_number(int(found[1])) >= int(found[2]):
        return ()
    return (_counter(int(found[1]), int(found[2])),)


def _last_number(year: int) -> int:
    item = table.get(NUMBERS, str(year))
    return table.value(item, int) if item else 0


def _counter(year: int, number: int) -> Put:
    """No condition: whoever counts goes on from the head of the record, where nobody else does."""
    return Put(table.stored(NUMBERS, str(year), number))


def _check_size(fact: Fact) -> None:
    if len(canonical(fact.body)) > LARGEST_ENTRY:
        raise Invalid("body", "says more than one entry of the record can hold")


def _placed(partition: str, before: str | None, limit: int) -> Iterator[tuple[str, ListedAdvisory]]:
    where = Item.sk < before if before else None
    for item in table.query(partition, where, newest=True, limit=limit):
        yield item.sk, table.value(item, ListedAdvisory)


def _head(advisory: Advisory, version: int) -> Put:
    return table.versioned(_partition(advisory.id), HEAD, advisory, version=version)


def _place(advisory: Advisory) -> str:
    if advisory.published_at is None:
        raise ValueError("a draft has no place among what is published")
    return f"{iso(advisory.published_at)}#{advisory.key}"


def _draft_place(advisory: Advisory) -> Key:
    return DRAFTS, f"{UNDATED}#{advisory.key}"


def _partition(id: str) -> str:
    return heads.partition(subject_of(ADVISORY, key_of(id)))
