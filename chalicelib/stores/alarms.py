"""Alarms in the table: the last word of each, the component that it concerns, and those that no rule knows.

An alarm's new word and what is said because of it are one transaction. A message is taken in component by
component; if it is cut short and sent again, what was taken in already is a repeat.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial, reduce
from itertools import islice
from typing import NamedTuple

from chalicelib.domain.alarms import (
    Alarm,
    LastWord,
    Rule,
    after,
    first_match,
    has_returned,
    is_another,
    is_news,
    newest,
)
from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.record import Moment
from chalicelib.domain.suspicions import Heard
from chalicelib.domain.times import iso
from chalicelib.stores import alarm_rules, catalogue, duties, record, suspicions, table
from chalicelib.stores.record import Change, Decide
from chalicelib.stores.suspicions import Ids
from chalicelib.stores.table import Item, Key, Put

ALARM = "ALARM#"
UNMATCHED = "UNMATCHED"
AT_ONCE = 40
"""Alarms in one transaction: each has two items at most, and an incident comes to them."""
KEPT = timedelta(days=7)
"""So long it is remembered that an alarm ended, or that no rule knew it."""
KEPT_FIRING = timedelta(days=90)


@dataclass(frozen=True)
class Known:
    """What is known of an alarm: its last word, the rule that placed it, else its place in the list.

    `heard_at`: when we heard that word. `over_at`: of what time its last end was, by its source's clock.
    """

    alarm: Alarm
    rule: Rule | None = None
    listed: str | None = None
    version: int = 0
    heard_at: datetime | None = None
    over_at: datetime | None = None

    @property
    def last(self) -> LastWord:
        """Its last word, as the rules see it."""
        return LastWord(self.alarm, self.heard_at, self.over_at)


class Placed(NamedTuple):
    """An alarm, and the rule that says which component it concerns, if one does."""

    alarm: Alarm
    rule: Rule | None

    @property
    def component(self) -> str | None:
        """Which one that is."""
        return self.rule.component if self.rule else None


class Outcome(NamedTuple):
    """What became of a message: alarms, those that said anything new, those no rule knows; incidents."""

    alarms: int = 0
    news: int = 0
    unmatched: int = 0
    incidents: tuple[str, ...] = ()

    def and_then(self, other: "Outcome") -> "Outcome":
        """Both together."""
        ids = tuple(dict.fromkeys((*self.incidents, *other.incidents)))
        return Outcome(
            self.alarms + other.alarms, self.news + other.news, self.unmatched + other.unmatched, ids
        )


def hear(
    alarms: Iterable[Alarm],
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
    rules: Sequence[Rule] | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Take in a message, by the rules of the table or by others; a dry run says what it would come to.

    Where that fails for a component, the others are taken in all the same; the error rises afterwards, as
    ours: whoever sent the alarms sends them again.
    """
    at = now()
    told = [alarm.heard_by(at) for alarm in newest(alarms)]
    groups = _placed(told, alarm_rules.read().rules if rules is None else rules, at)
    write = partial(record.preview if dry_run else record.append, now=now)
    try:
        outcomes = duties.each(partial(_taken_in, group, write, new_id) for group in groups)
    except (Invalid, Conflict, NotFound) as error:
        raise RuntimeError("some of the alarms could not be taken in") from error
    return reduce(Outcome.and_then, outcomes, Outcome(alarms=len(told)))


def find(alarms: Iterable[Alarm]) -> dict[str, Known]:
    """What is known of these, by their keys."""
    found = (table.value(item, Known) for item in table.get_many(map(_place, alarms)))
    return {known.alarm.key: known for known in found}


def unmatched(*, before: str | None = None, now: datetime) -> Iterator[tuple[str, Known]]:
    """Place and alarm of those that no rule knows, the one last met first, before a place."""
    listed = table.query(UNMATCHED, Item.sk < before if before else None, newest=True)
    standing = (item for item in listed if item.expires > now)
    while pointers := list(islice(standing, AT_ONCE)):
        keys: dict[str, Key] = {item.sk: table.value(item, tuple[str, str]) for item in pointers}
        items = {(item.pk, item.sk): item for item in table.get_many(keys.values())}
        yield from ((place, table.value(items[key], Known)) for place, key in keys.items() if key in items)


def _taken_in(
    group: Sequence[Placed], write: Callable[[Decide[Outcome]], Outcome], new_id: Callable[[], str]
) -> Outcome:
    """Take in the alarms of one component, or of none; a large group in turns."""
    outcome = Outcome()
    for first in range(0, len(group), AT_ONCE):
        outcome = outcome.and_then(write(_hearing(group[first : first + AT_ONCE], (new_id(), new_id()))))
    return outcome


def _placed(told: Sequence[Alarm], rules: Sequence[Rule], now: datetime) -> list[list[Placed]]:
    """What says anything new, by component; what no rule knows is together too.

    As long as an alarm fires, and when it ends, it stays where it was placed when it began; one that begins
    anew while its component is no more goes by the rules again.
    """
    known = find(told)
    candidates = {rule.component for rule in rules if any(rule.matches(alarm.labels) for alarm in told)}
    components = catalogue.living(candidates | {it.rule.component for it in known.values() if it.rule})
    groups: dict[str | None, list[Placed]] = {}
    for alarm in told:
        before = known.get(alarm.key)
        rule = _kept(before, alarm, components) if before else None
        placed = Placed(alarm, rule or first_match(rules, alarm, components))
        if _is_news(placed, before, now):
            groups.setdefault(placed.component, []).append(placed)
    return list(groups.values())


def _kept(before: Known, alarm: Alarm, components: Collection[str]) -> Rule | None:
    """The rule that placed an alarm, where it still does; `components` are those that there are."""
    if not before.rule or not alarm.firing:
        return before.rule
    return before.rule if before.alarm.firing and before.rule.component in components else None


def _is_news(placed: Placed, known: Known | None, now: datetime) -> bool:
    """Whether it is to be taken in: it says something new, or a rule knows only now what it concerns."""
    if known is None or is_news(placed.alarm, known.last, now=now):
        return True
    is_repeat = known.last.says_again(placed.alarm)
    return is_repeat and placed.alarm.firing and known.rule is None and placed.rule is not None


def _heard(placed: Placed, known: Known | None, now: datetime) -> Iterator[Heard]:
    """What a component's alarm says, if it is one: what fires again counts from now on."""
    last = known.last if known else None
    returned = has_returned(placed.alarm, last, now=now)
    alarm = replace(placed.alarm, at=now) if returned else placed.alarm
    if placed.rule:
        yield Heard(alarm, placed.rule, is_another(alarm, last))


def _hearing(group: Sequence[Placed], ids: Ids) -> Decide[Outcome]:
    """The decision on alarms of one component, or of none, at a moment."""

    def decide(moment: Moment) -> Change[Outcome]:
        known = find(placed.alarm for placed in group)
        news = [placed for placed in group if _is_news(placed, known.get(placed.alarm.key), moment.at)]
        heard = [it for placed in news for it in _heard(placed, known.get(placed.alarm.key), moment.at)]
        puts, deletes = _remembered(news, known, moment)
        if not heard:
            return Change(Outcome(news=len(news), unmatched=len(news)), (), puts, deletes)
        change = suspicions.heeded(heard[0].rule.component, heard, ids=ids, moment=moment)
        about = (change.result.id,) if change.result else ()
        given = change.giving(Outcome(news=len(news), incidents=about))
        return replace(given, puts=(*change.puts, *puts), deletes=(*change.deletes, *deletes))

    return decide


def _remembered(
    news: Iterable[Placed], known: dict[str, Known], moment: Moment
) -> tuple[tuple[Put, ...], tuple[Key, ...]]:
    """What to store of each alarm; those that no rule knows are listed, from when they are first met."""
    puts, deletes = list[Put](), list[Key]()
    for placed in news:
        before = known.get(placed.alarm.key)
        listed = before.listed if before else None
        if placed.rule and listed:
            deletes.append((UNMATCHED, listed))
        place = None if placed.rule else listed or f"{iso(moment.at)}_{placed.alarm.key}"
        version = before.version if before else 0
        said = after(placed.alarm, before.last if before else None, now=moment.at)
        known_now = Known(said.alarm, placed.rule, place, version + 1, said.heard_at, said.over_at)
        put = table.versioned(*_place(placed.alarm), known_now, version=version)
        put.item.expires = moment.at + (KEPT_FIRING if placed.rule and placed.alarm.firing else KEPT)
        puts.append(put)
        if place:
            pointer = table.pointer(UNMATCHED, place, table.encoded(_place(placed.alarm)))
            pointer.expires = moment.at + KEPT
            puts.append(Put(pointer))
    return tuple(puts), tuple(deletes)


def _place(alarm: Alarm) -> Key:
    return f"{ALARM}{alarm.source}", alarm.fingerprint
