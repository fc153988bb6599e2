"""What updates of an advisory changed, as its page shows it: before and after, a click away."""

from typing import Any

import pytest

from chalicelib.domain.advisories import AdvisoryStory, Words, add_update
from chalicelib.domain.record import Moment
from chalicelib.domain.security import Severity
from chalicelib.publishing import site
from tests.advisories import a_statement
from tests.builders import NOW, STEP, a_snapshot
from tests.publishing.reading import Reader, page
from tests.publishing.test_texts import HOSTILE
from tests.publishing.worlds import secured

HARMLESS: dict[str, Any] = {
    "title": "A harmless thing", "summary": "Never mind.", "severity": Severity.LOW, "severity_stated": True,
    "vulnerabilities": (), "affected": (), "actions": (),
}  # fmt: skip


def restated(*changes: dict[str, Any]) -> AdvisoryStory:
    """An advisory of which each update changed something."""
    story = a_statement()
    for n, change in enumerate(changes, 1):
        words, moment = Words("Small wording.", change), Moment(NOW + n * STEP, 2 + n)
        told = add_update(story.advisory, words, id=f"u{n}", moment=moment)
        story = AdvisoryStory(told.advisory, (*story.updates, *told.updates))
    return story


def read(story: AdvisoryStory) -> Reader:
    """Its page."""
    snapshot = a_snapshot(as_of=NOW + 9 * STEP, **secured(story, as_of=NOW + 9 * STEP))
    files = site.build(snapshot, site_url="https://status.example.com")
    return page(files[f"security/{story.advisory.key}/index.html"].body)


@pytest.mark.parametrize(
    "words",
    [
        "Changed: Title It read: Sessions survive a sign-out Since then it reads: A harmless thing",
        "Changed: Summary It read: Whoever kept a session could go on using it. Since then",
        "Changed: Severity It read: Critical severity Since then it reads: Low severity",
        "Changed: Vulnerabilities and CVSS It read: CVE-2026-12345, CVSS 3.1: 9.8 Since then",
        "Changed: Affected It read: Acme Acme CLI; affected: < 2.4.1; fixed in: 2.4.1 Since then",
        "Changed: What to do It read: Update to 2.4.1. Since then it reads: Noth",
    ],
)
def test_what_an_update_changed_stands_beside_it(words: str) -> None:
    assert words in read(restated(HARMLESS)).text


def test_what_one_update_left_is_what_the_next_one_found() -> None:
    text = read(restated({"title": "Second"}, {"summary": "Other."}, {"title": "Third"})).text

    assert "It read: Second Since then it reads: Third" in text
    assert "It read: Sessions survive a sign-out Since then it reads: Second" in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_read_before_does_nothing(hostile: str) -> None:
    tags = {tag.name for tag in read(restated({"summary": hostile}, {"summary": "Fine."})).tags}

    assert not {"script", "img", "iframe"} & tags
