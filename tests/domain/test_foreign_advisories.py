"""Advisories of others: each revision follows once, at the time that it claims, and ours stay ours."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.advisories import AdvisoryStatus, AdvisoryStory, Category, Words, add_update, withdraw
from chalicelib.domain.advisory_corrections import correct_advisory
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.foreign_advisories import ForeignAdvisory, Revision, differs, follow, is_continued
from chalicelib.domain.record import Moment
from chalicelib.domain.redactions import mark
from chalicelib.domain.security import Issuer
from chalicelib.domain.wordings import Right
from tests.advisories import a_statement
from tests.builders import LONG_AGO, NOW, STEP

ISSUER = Issuer("Vendor", "https://vendor.example")


def a_foreign(*bodies: str, **said: Any) -> ForeignAdvisory:
    """One of the vendor's, said long ago, a step between its revisions."""
    revisions = tuple(Revision(body, LONG_AGO + n * STEP) for n, body in enumerate(bodies or ("First.",)))
    fields = {
        "title": "A hole", "category": Category.NOTICE, "summary": "There is one.", "issuer": ISSUER, **said
    }  # fmt: skip
    return ForeignAdvisory("VND-1", fields, revisions)


def followed(foreign: ForeignAdvisory, story: AdvisoryStory | None = None, *, seq: int = 5) -> AdvisoryStory:
    """It after the next revision."""
    standing = story.advisory if story else None
    after = follow(standing, foreign, id=f"u-{seq}", moment=Moment(NOW, seq))
    assert after is not None
    return after


def test_the_first_revision_publishes_it_under_its_own_id_and_time() -> None:
    story = followed(a_foreign())

    advisory, (update,) = story.advisory, story.updates
    assert (advisory.id, advisory.status, advisory.imported) == ("VND-1", AdvisoryStatus.PUBLISHED, 1)
    assert (advisory.issued_at, advisory.published_at, advisory.issuer) == (LONG_AGO, NOW, ISSUER)
    assert (update.body, update.happened_at, update.recorded_at) == ("First.", LONG_AGO, NOW)


def test_each_later_revision_is_an_update() -> None:
    foreign = a_foreign("First.", "Second.")

    second = followed(foreign, followed(foreign))

    assert (second.advisory.status, second.advisory.imported) == (AdvisoryStatus.UPDATED, 2)
    assert (second.updates[0].body, second.advisory.latest_at) == ("Second.", LONG_AGO + STEP)
    assert follow(second.advisory, foreign, id="u", moment=Moment(NOW, 9)) is None


def test_a_newer_document_changes_what_it_says() -> None:
    first = followed(a_foreign())

    second = followed(a_foreign("First.", "Second.", title="Two holes"), first)

    assert (first.advisory.title, second.advisory.title) == ("A hole", "Two holes")


def test_an_older_document_says_nothing_new() -> None:
    both = a_foreign("First.", "Second.")
    story = followed(both, followed(both))

    assert follow(story.advisory, a_foreign(), id="u", moment=Moment(NOW, 9)) is None
    assert not differs(story.advisory, a_foreign(title="Another"))


def test_what_our_people_went_on_with_is_left_to_them() -> None:
    story = followed(a_foreign())
    ours = add_update(story.advisory, Words("And we say.", {}), id="u-6", moment=Moment(NOW, 6))
    gone = withdraw(story.advisory, "Not ours.", id="u-6", moment=Moment(NOW, 6))

    assert not is_continued(story.advisory)
    for advisory in (ours.advisory, gone.advisory):
        assert is_continued(advisory)
        assert follow(advisory, a_foreign("First.", "Second."), id="u", moment=Moment(NOW, 9)) is None


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        pytest.param(a_statement(id="vnd-1").advisory, "of our own", id="ours"),
        pytest.param(
            replace(followed(a_foreign()).advisory, issuer=Issuer("Other", "https://other.example")),
            "which Other issued",
            id="another's",
        ),
        pytest.param(replace(followed(a_foreign()).advisory, issuer=None), "which nobody issued", id="lost"),
    ],
)
def test_an_id_that_is_taken_is_a_conflict(standing: Any, reason: str) -> None:
    with pytest.raises(Conflict, match=f"id VND-1 is that of an advisory {reason}"):
        follow(standing, a_foreign(), id="u", moment=Moment(NOW, 9))


def test_what_our_people_put_right_is_ours() -> None:
    story = followed(a_foreign())
    right = Right("It was wrong.", "Put right.")

    after = correct_advisory(story, story.updates[0].id, right, moment=Moment(NOW, 9)).head

    assert is_continued(after)
    assert follow(after, a_foreign("First.", "Second."), id="u", moment=Moment(NOW, 10)) is None


def test_the_same_revision_in_other_words_is_noticed() -> None:
    story = followed(a_foreign())

    assert differs(story.advisory, a_foreign(title="Another"))
    assert not differs(story.advisory, a_foreign())


def test_what_was_removed_here_does_not_come_back() -> None:
    removed = mark("A name.", NOW)
    standing = replace(followed(a_foreign()).advisory, summary=removed)

    second = followed(a_foreign("First.", "Second."), AdvisoryStory(standing, ()))

    assert second.advisory.summary == removed
    assert not differs(standing, a_foreign())


def test_what_was_said_in_the_future_is_refused() -> None:
    early = ForeignAdvisory("VND-1", a_foreign().said, (Revision("x", NOW + timedelta(days=1)),))

    with pytest.raises(Invalid, match="happened_at must not be in the future"):
        follow(None, early, id="u", moment=Moment(NOW, 1))
