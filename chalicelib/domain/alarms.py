"""Alarms: what other people's monitoring tells us, and the rules by which it concerns a component."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from unicodedata import category

from chalicelib.domain.checks import CLOCK_SKEW, LONGEST_LINE, check_id, check_text
from chalicelib.domain.errors import Invalid
from chalicelib.domain.statuses import ComponentStatus

S = ComponentStatus

STATED = (S.DEGRADED_PERFORMANCE, S.PARTIAL_OUTAGE, S.MAJOR_OUTAGE)
"""What an alarm can say of a component."""
LONGEST_FINGERPRINT = 200
MOST_LABELS = 64
LONGEST_NAME = 100
LONGEST_VALUE = 1000
KEY_DIGITS = 24
SOURCE = "source"
"""The label that every alarm has: where it came from, whatever its own labels say."""
TITLE = "title"
"""The name by which a rule's title can repeat the alarm's own title."""
TOPIC = r"^arn:aws[a-z-]*:sns:[a-z0-9-]{1,30}:[0-9]{12}:[A-Za-z0-9_.-]{1,256}$"
"""The name of an SNS topic."""
_BLANK = re.compile(r"\s+")
_NAMED = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Alarm:
    """What one alarm says: that it fires, or no longer does, since when by its own clock.

    `fingerprint` is the same in everything that its source says of it. Labels beyond what we keep are cut.
    """

    source: str
    fingerprint: str
    firing: bool
    at: datetime
    labels: dict[str, str] = field(default_factory=dict)
    title: str = ""

    def __post_init__(self) -> None:
        check_text("fingerprint", self.fingerprint)
        if len(self.fingerprint) > LONGEST_FINGERPRINT:
            raise Invalid("fingerprint", f"must have at most {LONGEST_FINGERPRINT} characters")
        object.__setattr__(self, "labels", _kept({**self.labels, SOURCE: self.source}))
        object.__setattr__(self, "title", self.title[:LONGEST_VALUE])

    @property
    def key(self) -> str:
        """By what it is known here, of all alarms of all sources."""
        return hashlib.sha256(f"{self.source}/{self.fingerprint}".encode()).hexdigest()[:KEY_DIGITS]

    @property
    def order(self) -> tuple[datetime, bool]:
        """What is said later is greater; of what is said of one instant, that it is over."""
        return self.at, not self.firing

    def heard_by(self, now: datetime) -> "Alarm":
        """The alarm with a time that can be: a clock that runs ahead of ours says nothing of tomorrow."""
        return replace(self, at=min(self.at, now + CLOCK_SKEW))


@dataclass(frozen=True)
class Rule:
    """Which alarms concern a component, and what they say of it.

    `match`: every label is there with a value like this one, where * stands for any text and ? for any
    character. `title` may name labels in braces: what it names becomes public.
    """

    id: str
    match: dict[str, str]
    component: str
    status: ComponentStatus
    created_at: datetime
    title: str | None = None

    def __post_init__(self) -> None:
        check_id("id", self.id)
        if not self.match:
            raise Invalid("match", "must name at least one label")
        if self.status not in STATED:
            raise Invalid("status", f"must be one of {', '.join(STATED)}")

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether it is about an alarm with these labels."""
        return all(name in labels and is_like(labels[name], glob) for name, glob in self.match.items())


def first_match(rules: Iterable[Rule], alarm: Alarm, components: Collection[str]) -> Rule | None:
    """The first rule about this alarm whose component there still is."""
    return next((it for it in rules if it.component in components and it.matches(alarm.labels)), None)


def is_news(alarm: Alarm, known: Alarm | None) -> bool:
    """Whether it says anything that is not known already, or better; late and repeated words do not."""
    return known is None or alarm.order > known.order


def newest(alarms: Iterable[Alarm]) -> list[Alarm]:
    """What is last said of each alarm, in the order in which they are first named."""
    found: dict[str, Alarm] = {}
    for alarm in alarms:
        if is_news(alarm, found.get(alarm.key)):
            found[alarm.key] = alarm
    return list(found.values())


def is_like(text: str, glob: str) -> bool:
    """Whether a text is like a pattern of * (any text) and ? (any character); |text|·|glob| steps at most."""
    at = place = mark = 0
    star = -1
    while at < len(text):
        if place < len(glob) and glob[place] == "*":
            star, mark = place, at
            place += 1
        elif place < len(glob) and glob[place] in ("?", text[at]):
            at, place = at + 1, place + 1
        elif star >= 0:
            mark += 1
            at, place = mark, star + 1
        else:
            return False
    return not glob[place:].strip("*")


def title_of(rule: Rule, alarm: Alarm, otherwise: str) -> str:
    """The title of an incident: the rule's, with what it names of the alarm; else ours."""
    said = {**alarm.labels, TITLE: alarm.title}
    wanted = _NAMED.sub(lambda named: said.get(named[1], ""), rule.title or "")
    return one_line(wanted) or one_line(otherwise)


def one_line(text: str) -> str:
    """A foreign text as a title: one line, without what cannot be seen, cut where it is too long."""
    seen = "".join(" " if one.isspace() else one for one in text if one.isspace() or category(one)[0] != "C")
    line = _BLANK.sub(" ", seen).strip()
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1].rstrip()}…"


def _kept(labels: Mapping[str, str]) -> dict[str, str]:
    """As many labels as we keep, the one about the source among them, and as much of each."""
    ours = labels[SOURCE]
    others = {name[:LONGEST_NAME]: value[:LONGEST_VALUE] for name, value in labels.items() if name != SOURCE}
    return {SOURCE: ours, **dict(list(others.items())[: MOST_LABELS - 1])}
