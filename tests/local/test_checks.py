"""What a laptop publishes of its demo, judged by independent checks: pages, feeds, calendar, CSAF, links."""

import re
from collections.abc import Iterator

import pytest

from tests.checks import check
from tests.local.laptops import Laptop, free_port, until

CSAF = "/.well-known/csaf/"
FEEDS = (
    "history.rss", "history.atom", "updates.rss", "updates.atom", "security/advisories.atom",
    "security/advisories.rss", "record/heads.atom",
)  # fmt: skip
PAGES = re.compile(r'href="(/(?:[a-z0-9-]+/)*)"')


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """A laptop that tells a story, with somebody who answers for its security."""
    laptop = Laptop(
        tmp_path_factory.mktemp("laptop") / ".local", free_port(), DEMO="1",
        CANDOR_SECURITY_CONTACT="mailto:security@fernhill.example",
    )  # fmt: skip
    until(lambda: laptop.shows(f"{CSAF}index.txt", ".json"), "the advisories")
    until(lambda: laptop.shows("/record/heads.atom", "<entry>"), "the heads of the days")
    yield laptop
    laptop.stop()


def address(site: Laptop, path: str = "/") -> str:
    """Where it is."""
    return f"http://127.0.0.1:{site.port}{path}"


def text(site: Laptop, path: str) -> str:
    """What a reader gets."""
    status, found = site.ask("GET", path)
    assert status == 200, path
    return found


def pages(site: Laptop) -> list[str]:
    """Every page that the front, the history and the list of advisories lead to, and these."""
    begin = ["/", "/history/", "/security/"]
    found = {path for page in begin for path in PAGES.findall(text(site, page))}
    return sorted({*begin, *found})


def test_pages_are_valid(site: Laptop) -> None:
    shown = pages(site)

    figure = check("html-nu", *(address(site, path) for path in shown), tools=("npm-nu",))

    assert len(shown) > 10
    assert "html_errors=0 css_errors=0" in figure


def test_feeds_are_what_readers_expect(site: Laptop) -> None:
    figure = check("feed-parse", *(address(site, f"/{it}") for it in FEEDS), tools=("venv-feedparser",))

    assert f"feeds={len(FEEDS)} " in figure
    assert "errors=0" in figure


def test_the_calendar_is_read_by_three_programs_alike(site: Laptop) -> None:
    figure = check("ical", address(site, "/maintenances.ics"), tools=("venv-ical", "npm-ical"))

    assert figure == "ical: calendars=1 events=3 errors=0 warnings=0"


def test_security_txt_says_whom_to_tell(site: Laptop) -> None:
    figure = check("securitytxt", address(site, "/").rstrip("/"), tools=("venv-sectxt",))

    assert "errors=0" in figure


def test_advisories_are_valid_csaf(site: Laptop) -> None:
    documents = [f"{CSAF}{name}" for name in text(site, f"{CSAF}index.txt").split()]

    figure = check(
        "csaf", *(address(site, it) for it in (f"{CSAF}provider-metadata.json", *documents)),
        tools=("npm-csaf",),
    )  # fmt: skip

    assert figure.startswith("csaf: documents=3 errors=0 ")


@pytest.mark.timeout(900)  # a day is a link, and ten are asked for a second
def test_no_link_is_broken(site: Laptop) -> None:
    figure = check("links", address(site), tools=("venv-linkchecker",))

    assert "broken=0" in figure
