"""What began when: pointers to subjects by month, and the months that have any."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from pynamodb.expressions.condition import Condition

from chalicelib.domain.subjects import kind_of
from chalicelib.domain.times import iso
from chalicelib.stores import table
from chalicelib.stores.table import Item, Key

BEGUN = "HISTORY#"
MONTHS = "MONTHS"


def between(start: datetime, end: datetime | None = None) -> list[str]:
    """What began in a period (its end not included), newest first."""
    return [subject for _, subject in begun(since=iso(start), before=iso(end) if end else None)]


def begun(
    *, kind: str | None = None, since: str = "", before: str | None = None, limit: int | None = None
) -> Iterator[tuple[str, str]]:
    """Place and subject of all (of one kind) by when it began, newest first: since a place, before one."""
    where = stretch(since[:7], before[:7] + "~" if before else None)
    months = (item.sk for item in table.query(MONTHS, where, newest=True))
    found = (pointed for month in months for pointed in pointers(BEGUN + month, since, before))
    return islice((pointed for pointed in found if kind in (None, kind_of(pointed[1]))), limit)


def earliest() -> tuple[datetime, str] | None:
    """When the first of all began, and what it was."""
    for month in table.query(MONTHS):
        for first in table.query(BEGUN + month.sk, limit=1):
            start, subject = first.sk.split("#", 1)
            return datetime.fromisoformat(start), subject
    return None


def place(subject: str, start: datetime) -> Key:
    """Where in history it stands."""
    begin = iso(start)
    return BEGUN + begin[:7], f"{begin}#{subject}"


def month(start: datetime) -> Item:
    """That a month has something; harmless alone."""
    return table.pointer(MONTHS, iso(start)[:7])


def pointers(partition: str, since: str, before: str | None) -> Iterator[tuple[str, str]]:
    """Place and what is pointed to, of places with a time before a `#`, newest first."""
    for item in table.query(partition, stretch(since, before), newest=True):
        if before is None or item.sk < before:
            yield item.sk, str(item.sk.split("#", 1)[1])


def stretch(since: str, before: str | None) -> Condition | None:
    """The part of a partition since one place and, at least, before another."""
    if since and before:
        return Item.sk.between(since, max(since, before))
    if since:
        return Item.sk >= since
    return Item.sk < before if before else None
