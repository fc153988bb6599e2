"""What a laptop publishes of its demo, judged by independent checks: pages, feeds, calendar, CSAF, links."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.checks import check
from tests.local.laptops import Laptop, free_port, until

CSAF = "/.well-known/csaf/"
FEEDS = (
    "history.rss", "history.atom", "updates.rss", "updates.atom", "security/advisories.atom",
    "security/advisories.rss", "record/heads.atom",
)  # fmt: skip
PAGES = re.compile(r'href="(/(?:[a-z0-9-]+/)*)"')
WITHIN = re.compile(r'href="(/[^"#]*|)#([^"]+)"')
ID = re.compile(r'\bid="([^"]+)"')


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


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Laptop]:
    """One of each kind: the check of links asks for every day of every component, a few in a second."""
    laptop = Laptop(tmp_path / ".local", free_port())
    try:
        for path, said in one_of_each(datetime.now(UTC)):
            status, answer = laptop.ask("POST", f"/api/v1{path}", said)
            assert status in (200, 201), answer
        until(lambda: laptop.shows("/components/checkout/", "Trouble"), "the page of the component")
        until(lambda: laptop.shows("/security/hole/", "A hole"), "the advisory")
        yield laptop
    finally:
        laptop.stop()


def one_of_each(now: datetime) -> Iterator[tuple[str, Any]]:
    """What to post, and where; the component has a few days, and so has its calendar."""
    at, begun = f"{now:%FT%TZ}", f"{now - timedelta(days=9):%F}"
    begin, end = (f"{now + timedelta(days=days):%FT%TZ}" for days in (1, 2))
    plan = {"body": "They wear.", "starts_at": begin, "ends_at": end, "availability": "read_only"}
    advice = {"category": "vulnerability", "summary": "There is one.", "actions": "Update."}
    yield "/groups", {"id": "eu5", "name": "EU5", "region": "EMEA", "environment": "production"}
    yield "/components", {"id": "checkout", "name": "Checkout", "group": "eu5", "start_date": begun}
    yield "/samples", [{"component": "checkout", "at": at, "transactions": 9, "mean_ms": 40, "errors": 1}]
    yield "/incidents", {"title": "Trouble", "body": "We look.", "affects": {"checkout": "major_outage"}}
    yield "/maintenances", {"title": "New disks", "affects": {"checkout": "under_maintenance"}, **plan}
    yield "/advisories", {"id": "hole", "title": "A hole", "published": True, **advice}


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


def test_what_a_link_points_to_within_a_page_is_there(site: Laptop) -> None:
    shown = {path: text(site, path) for path in pages(site)}
    ids = {path: set(ID.findall(html)) for path, html in shown.items()}
    wanted = {(to or at, id) for at, html in shown.items() for to, id in WITHIN.findall(html)}

    assert len([id for _, id in wanted if id.startswith("d20")]) > 500  # the days of all components
    assert {(path, id) for path, id in wanted if path in ids and id not in ids[path]} == set()


def test_no_link_is_broken(small: Laptop) -> None:
    figure = check("links", address(small), tools=("venv-linkchecker",))

    assert "broken=0" in figure
