"""The front keeps what is newest of each kind, and cannot be in anybody's way."""

from datetime import timedelta

import pytest

from chalicelib.domain.times import iso
from chalicelib.stores import front, table
from chalicelib.stores.front import PLACES, Front, Told
from tests.builders import NOW
from tests.worlds import World


def test_one_kind_does_not_push_out_another() -> None:
    many = [Told(f"incident/i{n}", NOW + timedelta(minutes=n), (n,)) for n in range(PLACES + 1)]

    after = Front(latest=((iso(NOW), "maintenance/m"),)).after(many)

    assert after.latest_of("maintenance") == ["maintenance/m"]
    assert len(after.latest_of("incident")) == len(after.updates) == PLACES


def test_what_has_no_place_in_history_is_told_in_updates_alone() -> None:
    after = Front().after([Told("advisory/a", None, (7,))])

    assert (after.updates, after.latest) == ((("advisory/a", 7),), ())


@pytest.mark.usefixtures("table")
def test_a_front_that_cannot_be_read_counts_as_none() -> None:
    _store("{")
    assert front.read() == Front()

    World().open("slow", "Slow")

    assert [subject for subject, _ in front.read().updates] == ["incident/slow"]


def _store(doc: str) -> None:
    item = table.stored(*front.KEY, {}, version=3)
    item.doc = doc
    table.put_all([item])
