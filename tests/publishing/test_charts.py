"""Pictures of days say what the numbers say, in few bytes."""

import pytest

from chalicelib.publishing.charts import Bars, Line, bars, ceiling, line

TOPS = {"operational": 4, "partial_outage": 2, "major_outage": 0}


def test_a_row_of_equal_days_is_one_short_path() -> None:
    assert bars(["operational"] * 90, TOPS) == Bars(90, {"operational": "M0 7h90"})


def test_each_state_has_one_path_of_its_days_and_a_height_of_its_own() -> None:
    found = bars(["operational", "major_outage", "operational", "partial_outage", "major_outage"], TOPS)

    assert found.paths == {
        "operational": "M0 7h1M2 7h1",
        "partial_outage": "M3 6h1",
        "major_outage": "M1 5h1M4 5h1",
    }


def test_no_days_are_an_empty_picture() -> None:
    assert bars([], TOPS) == Bars(0, {})


def test_a_line_goes_from_day_to_day_under_a_round_ceiling() -> None:
    assert line([0, 150, 200]) == Line(3, "M0 100L1 25L2 0", 200)


def test_a_day_without_a_value_breaks_the_line() -> None:
    assert line([None, 5, 10, None, 10, 5]) == Line(6, "M1 50L2 0M4 0L5 50", 10)


def test_a_day_without_neighbours_is_a_dot_that_can_be_drawn_thicker() -> None:
    assert line([10, None, 5, 10, None, 0]) == Line(6, "M2 50L3 0", 10, dots="M0 0h0M5 100h0")


def test_nothing_to_draw_is_no_path() -> None:
    assert line([None, None]) == Line(2, "", 1)


def test_only_zeros_lie_at_the_bottom() -> None:
    assert line([0, 0]).path == "M0 100L1 100"


@pytest.mark.parametrize(
    ("value", "round_one"), [(0, 1), (1, 1), (2, 2), (3, 5), (10, 10), (11, 20), (501, 1000), (5001, 10000)]
)
def test_the_ceiling_is_the_next_round_number(value: int, round_one: int) -> None:
    assert ceiling(value) == round_one
