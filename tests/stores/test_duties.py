"""Duties that do not wait for each other."""

import pytest

from chalicelib.domain.errors import Busy, Conflict
from chalicelib.stores.duties import each


def test_what_fails_stops_no_other_and_the_first_error_rises_afterwards() -> None:
    done = list[int]()

    def duty(n: int) -> None:
        done.append(n)
        if n in (1, 2):
            raise Conflict("n", f"is {n}")

    with pytest.raises(Conflict, match="is 1"):
        each([lambda: duty(0), lambda: duty(1), lambda: duty(2), lambda: duty(3)])

    assert done == [0, 1, 2, 3]


def test_where_nothing_fails_all_is_given_in_order() -> None:
    assert each([lambda: 1, lambda: 2]) == [1, 2]


def test_a_busy_table_is_busy_for_all() -> None:
    left = iter([Busy("so")])

    def duty() -> None:
        raise next(left)

    with pytest.raises(Busy):
        each([duty, duty])
