"""A site that claims other code is compared strictly: nothing hides behind a version of its own making."""

import shutil
from pathlib import Path

import pytest

from chalicelib.local.differences import find
from chalicelib.local.reading import seen
from tests.local.forgeries import PAGES, a_site, of_another_version

EVIL = b"https://evil.example/"
HEAD, MAIN = b'<meta name="viewport"', b"<main "
REFRESH = b'http-equiv="refresh" content="0;url=' + EVIL + b'"'

PROMISE = (
    b'<span data-by="2026-11-22T10:00:00Z">By ten <span class="left" data-left="({} left)"></span></span>'
)

FORGED_PAGES = [
    pytest.param(b' data-by="2026', b' data-by="2036', id="a promise that the script reads"),
    pytest.param(b'data-left="({} left)"', b'data-left="All is well"', id="words that the script reads"),
    pytest.param(HEAD, b"<meta name=\"viewport\" " + REFRESH + b">" + HEAD, id="a refresh called viewport"),
    pytest.param(
        HEAD, b'<meta http-equiv="refresh" http-equiv="content-security-policy" content="0">' + HEAD,
        id="an attribute that comes twice",
    ),
    pytest.param(
        HEAD, b'<link rel="stylesheet" rel="icon" href="' + EVIL + b'">' + HEAD, id="a style called an icon"
    ),
    pytest.param(b'<link rel="icon"', b'<link rel="stylesheet" rel="icon"', id="the icon called a style"),
    pytest.param(MAIN, b"<svg><style><p>All is well</p></style></svg>" + MAIN, id="a style in a drawing"),
    pytest.param(MAIN, b"<style>main{display:none}</style>" + MAIN, id="a second style"),
    pytest.param(b"</style>", b"</style x><p>All is well</p></style>", id="a style that ends early"),
    pytest.param(b' http-equiv="Content-Security-Policy"', b"", id="no policy"),
    pytest.param(b"default-src 'none'", b"default-src *", id="a policy that allows all"),
    pytest.param(MAIN, b"<details><summary></summary>" + MAIN, id="hidden in details"),
    pytest.param(MAIN, b"<s>" + MAIN, id="struck through"),
    pytest.param(MAIN, b"<svg><symbol><g>" + MAIN, id="hidden in a symbol"),
    pytest.param(MAIN, b"<button disabled>" + MAIN, id="in a button"),
    pytest.param(b"</main>", b"</main/x>", id="an end that Python and browsers read otherwise"),
    pytest.param(b"<bdi>", b"<b>", id="another element"),
    pytest.param(b'<path class="major_outage" d="', b'<path class="operational" d="', id="a day in green"),
    pytest.param(b'<path class="major_outage" d="M', b'<path class="major_outage" d="M9', id="another day"),
    pytest.param(b'<svg class="bars" viewBox="0 0 90', b'<svg class="bars" viewBox="0 0 99', id="other days"),
    pytest.param(b'class="word major_outage"', b'class="word operational"', id="a status in green"),
]  # fmt: skip


@pytest.fixture(scope="module")
def site(ministack: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that shows everything that can be said, as a folder."""
    return a_site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def pages(site: Path) -> list[bytes]:
    """All its pages, and what a page of an incident says of a promise."""
    return [*(path.read_bytes() for path in sorted(site.rglob("*.html"))), PROMISE]


def test_pages_of_another_version_may_look_otherwise(site: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(site, tmp_path / "copy"))
    of_another_version(copy)

    for page in site.rglob("*.html"):
        key = page.relative_to(site).as_posix()
        assert find(key, page.read_bytes(), (copy / key).read_bytes(), to_the_byte=False) is None, key


@pytest.mark.parametrize(("before", "after"), FORGED_PAGES)
def test_a_forged_page_is_named_whichever_version_it_claims(
    before: bytes, after: bytes, pages: list[bytes]
) -> None:
    page = next(page for page in pages if before in page)

    forged = page.replace(before, after, 1)

    assert find("index.html", page, forged, to_the_byte=False) is not None


@pytest.mark.parametrize(("before", "after"), PAGES)
def test_a_page_with_orders_of_its_own_is_named(before: bytes, after: bytes, pages: list[bytes]) -> None:
    page = next(page for page in pages if before in page)

    assert find("index.html", page, page.replace(before, after, 1), to_the_byte=False) is not None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            b"<feed", b'<!DOCTYPE feed [<!ATTLIST feed xml:base CDATA "' + EVIL + b'">]><feed', id="defaults"
        ),
        pytest.param(b"<feed", b'<!DOCTYPE feed [<!ENTITY x "y">]><feed', id="an entity"),
        pytest.param(b"</entry>", b"", id="an entry within another"),
    ],
)
def test_a_feed_with_rules_of_its_own_is_named(before: bytes, after: bytes, site: Path) -> None:
    feed = (site / "updates.atom").read_bytes()
    forged = feed.replace(before, after, 1)
    if not after:
        forged = forged.replace(b"</feed>", b"</entry></feed>")

    assert find("updates.atom", feed, forged, to_the_byte=False) is not None


def test_every_tag_of_ours_is_of_the_form_that_all_read_alike(pages: list[bytes]) -> None:
    odd = {it.value for page in pages for it in seen("index.html", page) if it.field == "form"}

    assert all(it == "doctype html" or "seconds" in it or "minutes" in it or "hours" in it for it in odd), odd
