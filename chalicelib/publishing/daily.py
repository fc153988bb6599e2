"""The heads of the days for whoever wants to keep them: a feed with one entry for each day, and as JSON.

An entry never changes: its id is that of its day. `/record/heads.json` is `{"heads": [...]}`, newest first,
each `{"day", "hash", "recorded_at", "seq"}`: the UTC day, and the last entry that was made on it. A bucket of
heads holds one such object for each day. `verify --since` takes any of these, and the text of an entry.
"""

from chalicelib.domain.heads import midnight_after
from chalicelib.domain.record import Head, Json, canonical
from chalicelib.domain.snapshot import Snapshot
from chalicelib.publishing import paths
from chalicelib.publishing.feeds import Entry, Feed, atom
from chalicelib.publishing.files import JSON, File
from chalicelib.publishing.heads import day_document, day_of
from chalicelib.publishing.templates import render, word


def files(snapshot: Snapshot, site_url: str) -> dict[str, File]:
    """Both files, where they are to be built."""
    if snapshot.days is None:
        return {}
    newest_first = snapshot.days[::-1]
    listed: list[Json] = [day_document(head) for head in newest_first]
    return {
        paths.HEADS_JSON: File(canonical({"heads": listed}) + b"\n", JSON),
        paths.HEADS_ATOM: atom(_feed(snapshot, newest_first, site_url)),
    }


def _feed(snapshot: Snapshot, newest_first: tuple[Head, ...], site_url: str) -> Feed:
    page = snapshot.page
    return Feed(
        id=f"tag:{page.tag_authority}:/record/heads",
        title=word("feed", "heads", name=page.name),
        description=word("feed", "heads_description", name=page.name),
        author=page.name,
        home=f"{site_url}/{paths.RECORD.removesuffix(paths.INDEX)}",
        updated=midnight_after(newest_first[0]) if newest_first else page.created_at,
        entries=[_entry(head, page.tag_authority, site_url) for head in newest_first],
        itself=f"{site_url}/{paths.HEADS_ATOM}",
        head=newest_first[0] if newest_first else None,
    )


def _entry(head: Head, tag_authority: str, site_url: str) -> Entry:
    ended = midnight_after(head)
    return Entry(
        id=f"tag:{tag_authority}:Head/{day_of(head)}",
        link=f"{site_url}/{paths.RECORD.removesuffix(paths.INDEX)}",
        title=word("feed", "head", day=day_of(head), seq=str(head.seq)),
        published=ended,
        updated=ended,
        html=render("feeds/head.html", head=head, day=day_of(head)).strip(),
    )
