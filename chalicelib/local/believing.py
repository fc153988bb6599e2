"""What a site says of days that take samples: no record holds these numbers yet, so they are believed.

They are read from each component's days.json, where `final` is false; a day that the record closed is what
the record says. All else that shows them must follow from these files.
"""

from dataclasses import dataclass, field
from datetime import date

import msgspec
from msgspec import Struct

from chalicelib.domain.samples import LONGEST_MS, US_A_MS, Numbers
from chalicelib.domain.subjects import COMPONENT, subject_of
from chalicelib.local.copies import Copy
from chalicelib.publishing import paths
from chalicelib.stores import catalogue
from chalicelib.stores.days import Calendar

Open = dict[date, dict[str, Numbers]]
LARGEST = 2**63
"""More than any number that we ever wrote."""


class SaidDay(Struct):
    """A day as `days.json` has it, as far as we need it."""

    date: date
    transactions: int
    errors: int
    samples: int
    final: bool
    mean_ms: float | None = None
    source: str | None = None

    @property
    def numbers(self) -> Numbers:
        """The same as sums: what a mean hides is not seen anywhere."""
        total = round((self.mean_ms or 0) * US_A_MS) * self.transactions
        sources = tuple(self.source.split("+")) if self.source else ()
        return Numbers(self.transactions, total, self.errors, self.samples, sources)

    @property
    def is_believed(self) -> bool:
        """Whether it has numbers that are in no record."""
        counts = (self.transactions, self.errors, self.samples)
        is_sane = all(0 <= count < LARGEST for count in counts) and 0 <= (self.mean_ms or 0) <= LONGEST_MS
        return not self.final and self.samples > 0 and is_sane


class Said(Struct):
    """`days.json`."""

    days: list[SaidDay]


@dataclass
class Believed(Calendar):
    """Closed days as the record has them, and the others as the site says."""

    said: Open = field(default_factory=dict)

    def open(self, first: date, last: date) -> Open:
        """The numbers of the days that take samples, as the site has them."""
        return {day: found for day, found in self.said.items() if first <= day <= last}


def read(copy: Copy) -> Open:
    """What the site says of days that are not final, of all components on the page by the record.

    A day on which nobody has samples takes some if all say so.
    """
    ids = [component.id for component in catalogue.read().shown().components]
    keys = {paths.days_of(subject_of(COMPONENT, id)): id for id in ids}
    told = {keys[key]: _days(body or b"") for key, body in copy.get_many(keys).items()}
    closed = {day.date for days in told.values() for day in days if day.final}
    found: Open = {day.date: {} for days in told.values() for day in days if day.date not in closed}
    for id, days in told.items():
        for day in days:
            if day.is_believed:
                found.setdefault(day.date, {})[id] = day.numbers
    return found


def _days(body: bytes) -> list[SaidDay]:
    """What cannot be read says nothing: it is named where it is compared."""
    try:
        return msgspec.json.decode(body, type=Said).days
    except msgspec.MsgspecError:
        return []
