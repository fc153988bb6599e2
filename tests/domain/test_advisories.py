"""The rules of advisories: life cycle, severity, ids, and what cannot be."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.advisories import (
    NEXT,
    THREAT_DAYS,
    Advisory,
    AdvisoryStatus,
    AdvisoryStory,
    Category,
    Words,
    add_update,
    numbered,
    publish,
    redraft,
    threats_since,
    withdraw,
)
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.record import Moment
from chalicelib.domain.restatements import Earlier
from chalicelib.domain.security import (
    Action,
    Affected,
    Credit,
    Issuer,
    Reference,
    Score,
    Severity,
    Vulnerability,
)
from tests.advisories import LOW_SCORE, SCORE, a_draft, a_statement, an_advisory, in_status
from tests.builders import NOW

S = AdvisoryStatus
LOW: dict[str, Any] = {"severity": Severity.LOW, "severity_stated": True}
WORST, LESS = Vulnerability("CVE-2026-12345", cvss=SCORE), Vulnerability("CVE-2026-12345", cvss=LOW_SCORE)
OF_2 = Vulnerability("CVE-2026-12345", cvss=Score("AV:N/AC:L/Au:N/C:C/I:C/A:C", "10.0", Severity.HIGH))
LATER = Moment(NOW + timedelta(hours=1), 9)
STEPS: dict[AdvisoryStatus, Callable[[Advisory], Any]] = {
    S.DRAFT: lambda advisory: redraft(advisory, {}, moment=LATER),
    S.PUBLISHED: lambda advisory: publish(advisory, Words("Now you know.", {}), id="u", moment=LATER),
    S.UPDATED: lambda advisory: add_update(advisory, Words("More.", {}), id="u", moment=LATER),
    S.WITHDRAWN: lambda advisory: withdraw(advisory, "It was wrong.", id="u", moment=LATER),
}


@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("after", S)
def test_a_step_is_taken_if_the_table_has_it_and_refused_if_not(before: S, after: S) -> None:
    advisory = in_status(before)

    if after in NEXT[before]:
        told = STEPS[after](advisory)
        assert (told.advisory if isinstance(told, AdvisoryStory) else told).status is after
    else:
        with pytest.raises(Conflict) as refused:
            STEPS[after](advisory)
        assert refused.value.field == "status"


def test_a_draft_has_no_time_but_that_of_its_last_change() -> None:
    draft = a_draft()

    times = (draft.issued_at, draft.published_at, draft.latest_at)
    assert (*times, draft.updated_at) == (None, None, None, NOW)
    assert not draft.is_public


def test_publishing_says_when_and_begins_the_updates() -> None:
    told = publish(a_draft(), Words(" Now you know. ", {}), id="u", moment=LATER)

    (update,) = told.updates
    assert (update.status, update.body, update.happened_at) == (S.PUBLISHED, "Now you know.", LATER.at)
    assert (told.advisory.issued_at, told.advisory.published_at) == (LATER.at, LATER.at)
    assert (told.advisory.number, told.advisory.seq, told.advisory.revision) == (9, 9, 1)


def test_what_was_said_elsewhere_keeps_its_time_and_ours_stands_beside_it() -> None:
    long_ago = NOW - timedelta(days=900)

    told = publish(a_draft(), Words("First.", {}, long_ago), id="u", moment=LATER)

    assert (told.advisory.issued_at, told.advisory.latest_at) == (long_ago, long_ago)
    assert (told.advisory.published_at, told.updates[0].recorded_at) == (LATER.at, LATER.at)


@pytest.mark.parametrize("claimed", [NOW - timedelta(seconds=1), LATER.at + timedelta(seconds=1)])
def test_nothing_is_said_before_what_it_follows_or_in_the_future(claimed: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        add_update(an_advisory(), Words("More.", {}, claimed), id="u", moment=LATER)

    assert refused.value.field == "happened_at"


def test_words_that_claim_no_time_come_after_a_clock_that_ran_ahead() -> None:
    ahead = LATER.at + timedelta(minutes=4)
    advisory = a_statement(state={"latest_at": ahead}).advisory

    assert withdraw(advisory, "It was wrong.", id="u", moment=LATER).updates[0].happened_at == ahead


def test_an_update_changes_what_it_names_and_nothing_else() -> None:
    advisory = an_advisory()

    after = add_update(advisory, Words("Found more.", {"title": "Wider"}), id="u", moment=LATER).advisory

    assert (after.title, after.summary, after.issued_at) == ("Wider", advisory.summary, NOW)
    assert (after.revision, after.latest_at) == (2, LATER.at)


def test_a_withdrawn_advisory_keeps_its_words_and_says_why() -> None:
    advisory = an_advisory()

    told = withdraw(advisory, " It was wrong. ", id="u", moment=LATER)

    after = told.advisory
    assert (after.summary, after.reason, after.is_active) == (advisory.summary, "It was wrong.", False)
    assert told.updates[0].body == "It was wrong."


@pytest.mark.parametrize(
    ("said", "severity"),
    [
        pytest.param({"vulnerabilities": ()}, None, id="no score, no severity"),
        pytest.param(
            {
                "vulnerabilities": (
                    Vulnerability(title="a", cvss=LOW_SCORE),
                    Vulnerability(title="b", cvss=SCORE),
                )
            },
            Severity.CRITICAL,
            id="the gravest score decides",
        ),
        pytest.param({**LOW, "vulnerabilities": ()}, Severity.LOW, id="what was stated stands"),
        pytest.param({**LOW, "vulnerabilities": (OF_2,)}, Severity.LOW, id="CVSS 2.0 has no words"),
        pytest.param({**LOW, "severity": Severity.CRITICAL}, Severity.CRITICAL, id="the score says the same"),
        pytest.param({**LOW, "issuer": Issuer("V", "https://v.example")}, Severity.LOW, id="others say both"),
    ],
)
def test_the_severity_follows_from_the_scores(said: dict[str, Any], severity: Severity | None) -> None:
    assert a_draft(**said).severity is severity


def test_a_severity_that_the_score_contradicts_is_refused() -> None:
    with pytest.raises(Invalid, match="severity is low, but the CVSS score comes to critical"):
        a_draft(**LOW)
    with pytest.raises(Invalid, match="severity is low"):
        add_update(an_advisory(), Words("x", LOW), id="u", moment=LATER)
    with pytest.raises(Invalid, match="severity is low"):
        redraft(a_draft(**LOW, vulnerabilities=()), {"vulnerabilities": (WORST,)}, moment=LATER)


def test_what_contradicts_already_is_not_held_against_other_words() -> None:
    before = a_draft(**LOW, issuer=Issuer("V", "https://v.example"))

    assert redraft(before, {"title": "Other"}, moment=LATER).severity is Severity.LOW


def test_the_severity_follows_scores_that_an_update_brings() -> None:
    lower = {"vulnerabilities": (Vulnerability("CVE-2026-12345", cvss=LOW_SCORE),)}

    after = add_update(an_advisory(), Words("Less grave.", lower), id="u", moment=LATER).advisory

    assert after.severity is Severity.MEDIUM


@pytest.mark.parametrize("category", Category)
def test_everything_but_a_notice_is_a_threat_until_somebody_says_that_it_is_over(category: Category) -> None:
    assert a_draft(category=category).is_active is (category is not Category.NOTICE)
    assert not a_draft(category=category, is_active=False).is_active


@pytest.mark.parametrize(
    ("advisory", "warned"),
    [
        pytest.param(an_advisory(), True, id="published"),
        pytest.param(a_draft(), False, id="a draft"),
        pytest.param(an_advisory(is_active=False), False, id="over"),
        pytest.param(
            a_statement(withdrawn="Wrong.", state={"is_active": True}).advisory, False, id="withdrawn"
        ),
        pytest.param(an_advisory(at=NOW - timedelta(days=THREAT_DAYS)), True, id="on the last day"),
        pytest.param(
            an_advisory(at=NOW - timedelta(days=THREAT_DAYS + 1)), False, id="nobody spoke of it since"
        ),
    ],
)
def test_readers_are_warned_of_what_stands_and_was_spoken_of_lately(advisory: Advisory, warned: bool) -> None:
    today_began = NOW.replace(hour=0, minute=0)

    assert advisory.is_threat(threats_since(today_began)) is warned


def test_an_id_is_known_whatever_its_case() -> None:
    assert a_draft("CSA-2026-0001").key == a_draft("csa-2026-0001").key == "csa-2026-0001"
    assert (numbered(2026, 1), numbered(2027, 12345)) == ("CSA-2026-0001", "CSA-2027-12345")


def test_an_action_may_be_for_some_products_and_vulnerabilities_alone() -> None:
    action = Action("Update.", products=("Acme CLI",), cves=("CVE-2026-12345",))

    assert a_draft(actions=(action,)).actions == (action,)


ONE = Vulnerability("CVE-2026-1111")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        pytest.param({"title": " "}, "title", id="no title"),
        pytest.param({"summary": ""}, "summary", id="no summary"),
        pytest.param({"vulnerabilities": (ONE, ONE)}, "cves.1", id="a CVE twice"),
        pytest.param(
            {"affected": (Affected("a", cves=("CVE-2026-9999",)),)},
            "affected.0.cves.0",
            id="a product of a strange CVE",
        ),
        pytest.param(
            {"actions": (Action("a", cves=("CVE-2026-9999",)),)}, "actions.0.cves.0", id="an action on one"
        ),
        pytest.param(
            {"actions": (Action("a", products=("b",)),)}, "actions.0.products.0", id="on a strange product"
        ),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        a_draft(**said)

    assert refused.value.field == field


@pytest.mark.parametrize("id", ["", "a" * 65, "CSA 1", "../x", "RHSA-2026:1", "ü"])
def test_an_id_that_no_file_can_have_is_refused(id: str) -> None:
    with pytest.raises(Invalid) as refused:
        a_draft(id)

    assert refused.value.field == "id"


@pytest.mark.parametrize(
    ("make", "field"),
    [
        pytest.param(lambda: Vulnerability("CVE-26-1"), "cve", id="no CVE id"),
        pytest.param(lambda: Vulnerability("cve-2026-12345"), "cve", id="a CVE id in lower case"),
        pytest.param(lambda: Vulnerability(), "cve", id="a vulnerability of which nothing is said"),
        pytest.param(lambda: Vulnerability(title=""), "cve", id="nothing but a blank title"),
        pytest.param(lambda: Vulnerability("CVE-2026-1111", title=" "), "title", id="a blank title"),
        pytest.param(lambda: Vulnerability(title="a", description=" "), "description", id="blank words"),
        pytest.param(lambda: Score("x", "11.0", Severity.LOW), "cvss", id="a score above ten"),
        pytest.param(lambda: Score(" ", "1.0", Severity.LOW), "cvss", id="no vector"),
        pytest.param(lambda: Vulnerability("CVE-1998-0001"), "cve", id="an id older than CVE"),
        pytest.param(lambda: Affected(""), "product", id="a product without a name"),
        pytest.param(lambda: Affected("a", ""), "vendor", id="a vendor without a name"),
        pytest.param(lambda: Affected("a", versions=("1", " ")), "versions.1", id="a version without a name"),
        pytest.param(lambda: Affected("a", fixed=("1", "1")), "fixed.1", id="a version twice"),
        pytest.param(lambda: Affected("a", versions=("1",), fixed=("1",)), "fixed", id="affected and fixed"),
        pytest.param(lambda: Action(""), "text", id="nothing to do"),
        pytest.param(lambda: Action("a", url="x"), "url", id="an action's address"),
        pytest.param(lambda: Reference("ftp://a.example/"), "url", id="a reference's address"),
        pytest.param(lambda: Reference("https://a.example/", ""), "title", id="a reference's title"),
        pytest.param(lambda: Credit(), "name", id="thanks to nobody"),
        pytest.param(lambda: Credit((" ",)), "name", id="thanks to a blank"),
        pytest.param(lambda: Credit(organization=""), "name", id="thanks to no organization"),
        pytest.param(lambda: Credit(("a",), "b", " "), "summary", id="thanks for nothing"),
    ],
)  # fmt: skip
def test_a_part_that_cannot_be_is_refused_by_its_field(make: Callable[[], object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make()

    assert refused.value.field == field


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example",
        "http://127.0.0.1:8000/a/b?c=d&e=%20#f?g",
        "https://[2001:db8::1]/x",
        "https://www.first.org/cvss/calculator/3.0#CVSS:3.0/AV:N/AC:L",
    ],
)
def test_an_address_that_leads_somewhere_is_taken(url: str) -> None:
    assert Reference(url).url == url


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("javascript:alert(1)", id="a script"),
        pytest.param("//a.example/", id="no scheme"),
        pytest.param("https:///x", id="no host"),
        pytest.param("https://user:secret@a.example/", id="credentials"),
        pytest.param("https://a.example/a b", id="a blank"),
        pytest.param("https://a.example/%zz", id="a broken escape"),
        pytest.param("https://a.example/#a#b", id="two fragments"),
        pytest.param("https://a.exämple/", id="letters that look like others"),
        pytest.param('https://a.example/"><b', id="markup"),
        pytest.param("https://a.example/" + "a" * 2000, id="too long"),
    ],
)
def test_an_address_that_hides_something_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="url"):
        Reference(url)


def test_an_update_keeps_what_it_changed_as_it_read_before() -> None:
    before = an_advisory()
    changes = {"title": "A wider thing", "vulnerabilities": (LESS,), "affected": ()}

    told = add_update(before, Words("Small wording.", changes), id="u", moment=LATER)

    assert told.updates[0].earlier == Earlier(
        ("title", "severity", "vulnerabilities", "affected"), before.title,
        severity=Severity.CRITICAL, vulnerabilities=before.vulnerabilities, affected=before.affected,
    )  # fmt: skip


def test_an_update_that_changes_nothing_says_so_and_a_first_one_has_nothing_before_it() -> None:
    story = a_statement("First.", "More.", withdrawn="It was none.")

    assert [update.earlier for update in story.updates] == [None, None, None]
