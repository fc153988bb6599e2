"""The style sheet keeps what the pages promise on small screens and in both schemes."""

import re

import pytest

from chalicelib.publishing.templates import FOLDER

SHEET = re.sub(r"/\*.*?\*/", "", (FOLDER / "assets/style.css").read_text(), flags=re.DOTALL)


def rule(selector: str) -> dict[str, str]:
    """What the sheet says of exactly this selector outside of media queries."""
    found: dict[str, str] = {}
    for said in re.findall(rf"^{re.escape(selector)} {{ (.*?) }}$", SHEET, re.MULTILINE):
        found |= dict(part.split(": ", 1) for part in said.split("; "))
    return found


def test_words_for_listeners_do_not_leave_the_table_that_scrolls() -> None:
    table = rule(".table")

    assert table["overflow-x"] == "auto"
    assert table["position"] == "relative", "else hidden words widen the page, which then scrolls sideways"


def test_an_outage_looks_like_one_where_it_is_a_link() -> None:
    assert rule(".word a") == {"color": "inherit"}


def test_lone_days_are_drawn_thicker_than_lines() -> None:
    assert int(rule(".curve .dots")["stroke-width"]) > 2 * int(rule(".curve path")["stroke-width"])


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["good", "part", "down"])
def test_days_of_the_calendar_stand_out_from_the_page(scheme: int, name: str) -> None:
    assert rule(".calendar a")["border"] == "1px solid var(--good)"
    assert rule(".calendar a[class]")["background"] == "var(--c)"

    assert contrast(colour(name, scheme), colour("ground", scheme)) >= 3


def colour(name: str, scheme: int) -> str:
    """Its six digits, in the light scheme or in the dark one."""
    found = str(re.findall(rf"--{name}: #([0-9a-f]+)", SHEET)[scheme])
    return found if len(found) == 6 else "".join(digit * 2 for digit in found)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
