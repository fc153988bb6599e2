"""The page's identity in the table; stored at first use, since feeds and guids hang on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from chalicelib.domain.errors import Outdated
from chalicelib.domain.pages import Page
from chalicelib.domain.record import Fact, Moment, facts
from chalicelib.stores import record, table
from chalicelib.stores.record import Change

KEY = ("PAGE", "PAGE")
SUBJECT = "page"


def find() -> Page | None:
    """The page as it is stored."""
    item = table.get(*KEY)
    return table.value(item, Page) if item else None


def get(first: Callable[[datetime], Page], *, now: Callable[[], datetime]) -> Page:
    """The page; at first use the one that `first` makes is stored."""
    return find() or record.append(lambda moment: _create(first, moment), now=now)


def first_page(*, id: str, name: str, time_zone: str, site_url: str, at: datetime) -> Page:
    """The page as the settings describe it; its feeds are vouched for by today's host (RFC 4151)."""
    authority = f"{urlsplit(site_url).hostname or 'localhost'},{at:%Y}"
    return Page(id, name, time_zone, authority, site_url, created_at=at, updated_at=at)


def change(moment: Moment, *, version: int, name: str | None, time_zone: str | None) -> Change[Page]:
    """Another name or time zone; `Outdated` unless `version` is the newest."""
    page = find()
    if page is None or page.version != version:
        raise Outdated
    after = replace(
        page,
        name=name or page.name,
        time_zone=time_zone or page.time_zone,
    )
    return Change(page) if after == page else saved(replace(after, seq=moment.seq), "page.changed")


def restored(page: Page, kind: str, moment: Moment) -> Change[Page]:
    """The page as the entry of this number left it, if it is not newer by now."""
    standing = find()
    if standing is None:
        return saved(replace(page, seq=moment.seq), kind)
    is_imported = kind == "page.imported"
    is_older = is_imported and standing.imported and page.updated_at <= standing.updated_at
    if standing.seq >= moment.seq or is_older:
        return Change(standing)
    shows_the_same = is_imported and page.identity == standing.identity
    seq = standing.seq if shows_the_same else moment.seq
    return saved(replace(page, version=standing.version, seq=seq), kind)


def saved(page: Page, kind: str) -> Change[Page]:
    """The change that stores the next version of the page."""
    after = replace(page, version=page.version + 1)
    put = table.versioned(*KEY, after, version=page.version)
    return Change(after, (Fact(kind, SUBJECT, {"page": facts(after)}),), (put,))


def _create(first: Callable[[datetime], Page], moment: Moment) -> Change[Page]:
    standing = find()
    if standing is not None:
        return Change(standing)
    return saved(replace(first(moment.at), seq=moment.seq), "page.created")
