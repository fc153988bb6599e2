"""The style sheet keeps what the pages promise on small screens and in both schemes."""

import re

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
