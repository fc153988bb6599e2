"""Which alarms concern which component, and what the senders of alarms are known by; all of it is private."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.alarms import Rule
from chalicelib.domain.components import Component
from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.record import Fact, Moment, facts, noted
from chalicelib.stores import catalogue, table
from chalicelib.stores.record import Change
from chalicelib.stores.table import Put

PARTITION = "ALARMS"
RULES = (PARTITION, "RULES")
SENDER = "SENDER#"
LARGEST_BYTES = 300 * 1024
"""Of all rules together: they are one item, read with every message."""


@dataclass(frozen=True)
class Rules:
    """The rules in their order; the first one that matches wins."""

    rules: tuple[Rule, ...] = ()
    version: int = 0


@dataclass(frozen=True)
class Sender:
    """What the messages of a source are believed by: a shared secret, or the topics that we follow."""

    source: str
    secret: str | None = None
    topics: tuple[str, ...] = ()
    changed_at: datetime | None = None
    version: int = 0


def read() -> Rules:
    """All rules, read strongly."""
    item = table.get(*RULES)
    return table.value(item, Rules) if item else Rules()


def add(rule: Rule, before: str | None, moment: Moment) -> Change[Rule]:
    """A new rule behind all others, or in front of one."""
    standing = read()
    if any(it.id == rule.id for it in standing.rules):
        raise Conflict("id", "is taken")
    found = catalogue.find(rule.component)
    if not isinstance(found, Component) or found.retired:
        raise Invalid("component", "is not a component")
    made = replace(rule, created_at=moment.at)
    places = [it.id for it in standing.rules]
    if before is not None and before not in places:
        raise Invalid("before", "is not a rule")
    place = len(places) if before is None else places.index(before)
    rules = (*standing.rules[:place], made, *standing.rules[place:])
    if len(table.encoded(rules).encode()) > LARGEST_BYTES:
        raise Conflict("rules", "are so many that there is no room for another one")
    return Change(made, (_fact("alarm.rule_added", made),), (_put(standing, rules),))


def remove(id: str, moment: Moment) -> Change[Rule]:
    """A rule less; alarms that it has joined to an incident stay joined."""
    standing = read()
    gone = next((it for it in standing.rules if it.id == id), None)
    if gone is None:
        raise NotFound("rule", id)
    rules = tuple(it for it in standing.rules if it.id != id)
    return Change(gone, (_fact("alarm.rule_removed", gone),), (_put(standing, rules),))


def sender(source: str) -> Sender:
    """What a source's messages are believed by; before anybody said, by nothing."""
    item = table.get(PARTITION, SENDER + source)
    return table.value(item, Sender) if item else Sender(source)


def change_sender(source: str, change: Callable[[Sender], Sender], moment: Moment) -> Change[Sender]:
    """Another secret, or other topics; nothing is written where nothing changes."""
    before = sender(source)
    after = change(before)
    if after == before:
        return Change(before)
    saved = replace(after, changed_at=moment.at, version=before.version + 1)
    fact = noted("alarm.sender_changed", {"sender": source, "topics": list(saved.topics)})
    put = table.versioned(PARTITION, SENDER + source, saved, version=before.version)
    return Change(saved, (fact,), (put,))


def _put(standing: Rules, rules: tuple[Rule, ...]) -> Put:
    after = Rules(rules, standing.version + 1)
    return table.versioned(*RULES, after, version=standing.version)


def _fact(done: str, rule: Rule) -> Fact:
    return noted(done, {"rule": facts(rule)})
