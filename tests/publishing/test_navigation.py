"""The way around the site: every page leads to what a reader looks for, and says where it stands."""

import re

import pytest

from chalicelib.publishing import paths, site
from tests.publishing.worlds import everything

HEADER = re.compile(r'<nav aria-label="Site">(.*?)</nav>', re.DOTALL)
LINK = re.compile(r'<a href="/([^"]*)"(?: aria-current="(\w+)")?>')


@pytest.fixture(scope="module")
def headers() -> dict[str, list[tuple[str, str]]]:
    """Where the head of each page leads to, and whether the page is that place or stands in it."""
    files = site.build(everything(), site_url="https://status.example.com")
    pages = {key: HEADER.findall(file.body.decode()) for key, file in files.items() if key.endswith(".html")}
    return {key: LINK.findall(nav) for key, (nav,) in pages.items()}


def test_every_page_leads_to_now_history_security_figures_and_record(
    headers: dict[str, list[tuple[str, str]]],
) -> None:
    ways = {tuple(f"{to}index.html" for to, _ in header) for header in headers.values()}

    assert ways == {(paths.INDEX, paths.HISTORY, paths.SECURITY, paths.TRUST, paths.RECORD)}


@pytest.mark.parametrize(
    ("key", "here", "how"),
    [
        (paths.INDEX, "", "page"),
        (paths.HISTORY, "history/", "page"),
        (paths.month("2026-11"), "history/", "true"),
        (paths.SECURITY, "security/", "page"),
        (paths.page("advisory/csa-2026-0001"), "security/", "true"),
        (paths.TRUST, "trust/", "page"),
        (paths.RECORD, "record/", "page"),
    ],
)
def test_a_page_says_where_it_stands_and_whether_it_is_that_page_itself(
    key: str, here: str, how: str, headers: dict[str, list[tuple[str, str]]]
) -> None:
    assert [it for it in headers[key] if it[1]] == [(here, how)]


@pytest.mark.parametrize("key", [paths.NOT_FOUND, paths.incident("open")])
def test_a_page_of_its_own_stands_nowhere_else(key: str, headers: dict[str, list[tuple[str, str]]]) -> None:
    assert not any(is_here for _, is_here in headers[key])
