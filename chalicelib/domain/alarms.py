"""Alarms: what other people's monitoring tells us, and the rules by which it concerns a component."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from unicodedata import category

from chalicelib.domain.checks import LONGEST_LINE, check_id, check_text
from chalicelib.domain.errors import Invalid
from chalicelib.domain.statuses import ComponentStatus

S = ComponentStatus

STATED = (S.DEGRADED_PERFORMANCE, S.PARTIAL_OUTAGE, S.MAJOR_OUTAGE)
"""What an alarm can say of a component."""
LONGEST_FINGERPRINT = 200
MOST_LABELS = 64
LONGEST_NAME = 100
LONGEST_VALUE = 1000
LONGEST_GLOB = 200
"""A rule's value: to compare takes steps, as many as characters of the one times those of the other."""
KEY_DIGITS = 24
SOURCE = "source"
"""The label that every alarm has: where it came from, whatever its own labels say."""
BEGINNINGS = frozenset({"alertmanager", "grafana"})
"""Sources that say of what fires since when it does, however often they say it; others, when they say it."""
LATE = timedelta(minutes=5)
"""What fires again since a time before it was over is a late word so soon after that, and later no more."""
FARTHEST = timedelta(days=1)
"""A time so far ahead of our clock is none."""
TITLE = "title"
"""The name by which a rule's title can repeat the alarm's own title."""
TOPIC = r"^arn:aws[a-z-]*:sns:[a-z0-9-]{1,30}:[0-9]{12}:[A-Za-z0-9_.-]{1,256}$(?!\n)"
"""The name of an SNS topic: to its end, for Python as for those who read it in our schema."""
_BLANK = re.compile(r"\s+")
_NAMED = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Alarm:
    """What one alarm says: that it fires, or no longer does, since when by its own clock.

    `fingerprint` is the same in everything that its source says of it. Where its source names no time
    (`is_dated` false), `at` is when we heard it.
    """

    source: str
    fingerprint: str
    firing: bool
    at: datetime
    labels: dict[str, str] = field(default_factory=dict)
    title: str = ""
    is_dated: bool = True

    def __post_init__(self) -> None:
        check_text("fingerprint", self.fingerprint)
        if any(category(character) == "Cc" for character in self.fingerprint):
            raise Invalid("fingerprint", "must not have control characters")
        if len(self.fingerprint) > LONGEST_FINGERPRINT:
            raise Invalid("fingerprint", f"must have at most {LONGEST_FINGERPRINT} characters")
        labels = {name: value[:LONGEST_VALUE] for name, value in self.labels.items()}
        object.__setattr__(self, "labels", {**labels, SOURCE: self.source})
        object.__setattr__(self, "title", self.title[:LONGEST_VALUE])

    @property
    def key(self) -> str:
        """By what it is known here, of all alarms of all sources."""
        return hashlib.sha256(f"{self.source}/{self.fingerprint}".encode()).hexdigest()[:KEY_DIGITS]

    @property
    def order(self) -> tuple[datetime, bool]:
        """What is said later is greater; of what is said of one instant, that it is over."""
        return self.at, not self.firing

    @property
    def trimmed(self) -> "Alarm":
        """The alarm as we keep it: rules see all its labels, and we remember so many."""
        return replace(self, labels=_kept(self.labels))

    def heard_by(self, now: datetime) -> "Alarm":
        """The alarm with a time that can be: one that is said to be of the day after tomorrow is of now."""
        return self if self.at <= now + FARTHEST else replace(self, at=now, is_dated=False)


@dataclass(frozen=True)
class LastWord:
    """What is known of an alarm: what it said last, when we heard that, and of what time its last end was."""

    alarm: Alarm
    heard_at: datetime | None = None
    over_at: datetime | None = None

    def says_again(self, alarm: Alarm) -> bool:
        """Whether that is what it said last."""
        if alarm.is_dated:
            return alarm.order == self.alarm.order
        return alarm.firing is self.alarm.firing


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


def is_news(alarm: Alarm, last: LastWord | None, *, now: datetime) -> bool:
    """Whether it says anything that is not known already, or better; late and repeated words do not.

    Times are compared as their source has sent them, whatever its clock; without one it is later than all.
    """
    if last is None:
        return True
    if not alarm.is_dated:
        return not last.says_again(alarm)
    is_later = alarm.order > last.alarm.order and (last.over_at is None or alarm.at > last.over_at)
    return is_later or has_returned(alarm, last, now=now)


def has_returned(alarm: Alarm, last: LastWord | None, *, now: datetime) -> bool:
    """Whether it fires again since a time before it was over: its sender was silent for a while meanwhile.

    Prometheus that has not spoken for some minutes lets its alarms end, and then says again since when they
    fire. So does what was sent late; but not so long after the end.
    """
    if last is None or last.alarm.firing or last.heard_at is None or alarm.source not in BEGINNINGS:
        return False
    return alarm.firing and alarm.at <= last.alarm.at and now - last.heard_at > LATE


def is_another(alarm: Alarm, last: LastWord | None) -> bool:
    """Whether it began to fire anew, while we think that it fires: its end was lost."""
    if last is None or alarm.source not in BEGINNINGS:
        return False
    return alarm.firing and last.alarm.firing and alarm.at > last.alarm.at


def after(alarm: Alarm, last: LastWord | None, *, now: datetime) -> LastWord:
    """What is known from here on; a word without a time stands behind all that is known."""
    at = alarm.at if alarm.is_dated or last is None else max(alarm.at, last.alarm.at)
    over_at = last.over_at if last and alarm.firing else None
    return LastWord(replace(alarm.trimmed, at=at), now, over_at if alarm.firing else at)


def newest(alarms: Iterable[Alarm]) -> list[Alarm]:
    """What is last said of each alarm, in the order in which they are first named."""
    found: dict[str, Alarm] = {}
    for alarm in alarms:
        before = found.get(alarm.key)
        if before is None or alarm.order > before.order:
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
    """The title of an incident: the rule's, with what it names of the alarm; ours where that lacks any."""
    said = {**alarm.labels, TITLE: alarm.title}
    template = rule.title or ""
    if not all(one_line(said.get(name, "")) for name in _NAMED.findall(template)):
        return one_line(otherwise)
    return one_line(_NAMED.sub(lambda named: said[named[1]], template)) or one_line(otherwise)


def one_line(text: str) -> str:
    """A foreign text as a title: one line, without what cannot be seen, cut where it is too long."""
    seen = "".join(" " if one.isspace() else one for one in text if one.isspace() or category(one)[0] != "C")
    line = _BLANK.sub(" ", seen).strip()
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1].rstrip()}…"


def _kept(labels: Mapping[str, str]) -> dict[str, str]:
    """As many labels as we keep, the one about the source among them, and as much of each name."""
    ours = labels[SOURCE]
    others = {name[:LONGEST_NAME]: value for name, value in labels.items() if name != SOURCE}
    return {SOURCE: ours, **dict(list(others.items())[: MOST_LABELS - 1])}
