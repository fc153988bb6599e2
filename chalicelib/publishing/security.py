"""The pages and feeds about security: what threatens readers now, every advisory, and each with its story."""

from collections.abc import Iterable, Mapping, Sequence

from chalicelib.domain.advisories import (
    Advisory,
    AdvisoryStatus,
    AdvisoryStory,
    AdvisoryUpdate,
    ListedAdvisory,
)
from chalicelib.domain.security import Team
from chalicelib.domain.snapshot import Snapshot
from chalicelib.publishing import csaf_files, paths, securitytxt, statements, views
from chalicelib.publishing.csaf import Publisher
from chalicelib.publishing.feeds import Entry, Feed, atom, rss
from chalicelib.publishing.files import File
from chalicelib.publishing.pages import Frame, page_file
from chalicelib.publishing.templates import render, word


def files(snapshot: Snapshot, frame: Frame, team: Team) -> dict[str, File]:
    """The files of the advisories to build, and those that lead to all of them if they are to be built."""
    publisher = Publisher(frame.page.name, frame.site_url, team.contact)
    built: dict[str, File] = {}
    for story in snapshot.advisories:
        built[paths.page(paths.subject_of_advisory(story.advisory))] = _advisory(frame, story)
        built |= csaf_files.of_advisory(story, publisher)
    if snapshot.security is not None:
        listed, newest, words = snapshot.security
        built[paths.SECURITY] = _index(frame, views.by_gravity(snapshot.threats), listed)
        built |= _feeds(frame, newest, words)
        built |= csaf_files.of_all(listed, publisher, frame.page.created_at)
        built |= securitytxt.files(team, frame, snapshot.as_of)
    return built


def _index(frame: Frame, threats: Sequence[Advisory], listed: Sequence[ListedAdvisory]) -> File:
    return page_file(
        frame,
        "security.html",
        "security/",
        seq=max([frame.page.seq, *(it.seq for it in listed)]),
        threats=threats,
        listed=listed,
    )


def _advisory(frame: Frame, story: AdvisoryStory) -> File:
    advisory = story.advisory
    return page_file(
        frame,
        "advisory.html",
        paths.address(paths.subject_of_advisory(advisory)),
        seq=max(frame.page.seq, advisory.seq),
        advisory=advisory,
        document=paths.csaf(advisory),
        timeline=views.timeline(story, story.corrections),
        turns=statements.turns(story),
    )


def _feeds(frame: Frame, newest: Iterable[Advisory], words: Mapping[str, AdvisoryUpdate]) -> dict[str, File]:
    """One entry for each advisory, as it stands; its `updated` moves with every word."""
    page, advisories = frame.page, list(newest)
    entries = [_entry(frame, advisory, words[advisory.key]) for advisory in advisories]

    def feed(itself: str) -> Feed:
        return Feed(
            id=f"tag:{page.tag_authority}:/security/advisories",
            title=word("security", "title", name=page.name),
            description=word("security", "description", name=page.name),
            author=page.name,
            home=f"{frame.site_url}/security/",
            updated=max([page.created_at, *(advisory.updated_at for advisory in advisories)]),
            entries=entries,
            itself=f"{frame.site_url}/{itself}",
        )

    return {
        paths.SECURITY_ATOM: atom(feed(paths.SECURITY_ATOM)),
        paths.SECURITY_RSS: rss(feed(paths.SECURITY_RSS)),
    }


def _entry(frame: Frame, advisory: Advisory, newest: AdvisoryUpdate) -> Entry:
    withdrawn = advisory.status is AdvisoryStatus.WITHDRAWN
    mark = f"{word('advisory', advisory.status)}: " if withdrawn else ""
    said = None if advisory.reason or newest.body == advisory.summary else newest
    return Entry(
        id=f"tag:{frame.page.tag_authority}:Advisory/{advisory.number}",
        link=f"{frame.site_url}/{paths.address(paths.subject_of_advisory(advisory))}",
        title=f"{mark}{advisory.id}: {advisory.title}",
        published=advisory.first_issued_at or advisory.issued_at or advisory.updated_at,
        updated=advisory.updated_at,
        html=render("feeds/advisory.html", advisory=advisory, newest=said).strip(),
    )
