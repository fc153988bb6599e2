"""Words that are removed are marked where they stood, and everything else stays as it was said."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.errors import Invalid
from chalicelib.domain.redactions import (
    NO_LINK,
    Removal,
    check_reason,
    exchanged,
    exchanges,
    kept_back,
    mark,
    own_words,
    words_in,
)

MARK = mark("a name", datetime(2026, 11, 22, 23, 59, tzinfo=UTC))


@dataclass(frozen=True)
class Part:
    """Something within something."""

    name: str


@dataclass(frozen=True)
class Thing:
    """Something that is told, here and elsewhere."""

    title: str
    shortlink: str = "https://a.example/1"
    parts: tuple[Part, ...] = ()
    number: int | None = None


def removal(*words: str, are_names: bool = False) -> Removal:
    return Removal(frozenset(words), MARK, are_names)


def test_the_mark_says_when_and_why() -> None:
    assert MARK == "[removed 2026-11-22: a name]"


@pytest.mark.parametrize(
    "reason",
    [
        pytest.param("", id="none"),
        pytest.param(" \u200b", id="nothing to be seen"),
        pytest.param("x" * 201, id="too long"),
        pytest.param("a\nb", id="two lines"),
        pytest.param("a\u2028b", id="two lines of another kind"),
        pytest.param("It named Jane (Doe)!", id="the words themselves"),
    ],
)
def test_a_reason_is_one_line_that_does_not_say_it_again(reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_reason(reason, ["Jane (Doe)"])

    assert refused.value.field == "reason"


@pytest.mark.parametrize(
    ("reason", "removed"),
    [
        pytest.param("HUNTER2", "hunter2", id="in other case"),
        pytest.param("it said  Jane   Doe", "Jane Doe", id="with other blanks"),
        pytest.param("\uff28\uff35\uff2e\uff34\uff25\uff32\uff12", "hunter2", id="in wide characters"),
        pytest.param("Jane Doe", "A person, Jane Doe, told us.", id="a part of it"),
        pytest.param("the token hunter2 leaked", "The password is hunter2.", id="a token of it"),
        pytest.param("xhunter2x", "password=hunter2, sorry", id="a token of it within another"),
        pytest.param("the number 0170-5551234", "Call 0170-5551234!", id="a number of it"),
        pytest.param("mail of jane@acme.example", "Ask jane@acme.example", id="an address of it"),
    ],
)
def test_a_reason_holds_nothing_of_what_is_secret(reason: str, removed: str) -> None:
    with pytest.raises(Invalid):
        check_reason(reason, ["Other words.", removed])


@pytest.mark.parametrize(
    ("reason", "removed"),
    [
        pytest.param("a wrong caption", "cap", id="a word within another"),
        pytest.param(
            "a customer's name", "The customer's data centre, by name: it failed.", id="plain words"
        ),
        pytest.param("said on day 22", "We look since 22, on EU5.", id="short numbers"),
    ],
)
def test_a_reason_may_hold_what_tells_nothing(reason: str, removed: str) -> None:
    check_reason(reason, [removed])


@pytest.mark.parametrize(
    ("said", "left"),
    [
        pytest.param({"title": "Jane"}, {"title": MARK}, id="a title"),
        pytest.param({"id": "Jane"}, {"id": "Jane"}, id="no word of people"),
        pytest.param({"title": "Jane Doe"}, {"title": "Jane Doe"}, id="another text"),
        pytest.param({"a": [{"body": "Jane"}, 1]}, {"a": [{"body": MARK}, 1]}, id="deep"),
        pytest.param({"names": ["Jane", "Ada"]}, {"names": [MARK, "Ada"]}, id="one of several"),
        pytest.param({"url": "Jane"}, {"url": NO_LINK}, id="an address"),
        pytest.param({"name": "Jane"}, {"name": MARK}, id="a name"),
        pytest.param({"name": "EU5 - Jane"}, {"name": f"EU5 - {MARK}"}, id="the second half of a name"),
        pytest.param({"name": "Jane - API"}, {"name": f"{MARK} - API"}, id="the first half of a name"),
        pytest.param({"name": "Janet"}, {"name": "Janet"}, id="another name"),
        pytest.param({"affects": [{"name": "Jane"}]}, {"affects": [{"name": "Jane"}]}, id="not others"),
    ],
)  # fmt: skip
def test_only_the_words_themselves_are_marked(said: Any, left: Any) -> None:
    assert removal("Jane").of(said) == left


def test_of_what_is_about_something_else_names_alone_are_marked() -> None:
    said: Any = {"title": "Jane", "affects": [{"name": "Jane"}]}

    left = removal("Jane", are_names=True).of(said, names_alone=True)

    assert left == {"title": "Jane", "affects": [{"name": MARK}]}


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        pytest.param({"update": {"body": "Jane"}}, True, id="as a whole"),
        pytest.param({"update": {"body": "Jane called"}}, False, id="within a longer text"),
        pytest.param({"update": {"affects": [{"name": "Jane"}]}}, False, id="as a name of what is affected"),
    ],
)  # fmt: skip
def test_words_stand_where_somebody_wrote_the_same(said: Any, stands: bool) -> None:
    assert removal("Jane").stands_in(said) is stands


def test_words_are_what_people_wrote() -> None:
    said: Any = {
        "id": "x",
        "title": "T",
        "at": [{"body": "B", "url": "U", "status": "s", "seq": 1}],
        "names": ["N"],
    }

    assert sorted(words_in(said)) == ["B", "N", "T", "U"]


@pytest.mark.parametrize(
    ("said", "own"),
    [
        pytest.param(None, set(), id="nothing is left"),
        pytest.param({"incident": {"title": "Old"}, "update": {"body": "B"}}, {"B"}, id="no old title"),
        pytest.param({"incident": {"title": "New"}}, {"New"}, id="a title that is new"),
        pytest.param({"update": {"body": "Old"}}, {"Old"}, id="an update that says the same again"),
        pytest.param({"update": {"affects": [{"name": "API"}]}}, set(), id="not what others are called"),
        pytest.param({"correction": {"reason": "R", "body": "Old"}}, {"R"}, id="not the wording before"),
        pytest.param({"correction": None, "follow_up": {"text": "F"}}, {"F"}, id="a promise"),
        pytest.param({"update": {"body": MARK}, "advisory": {"url": NO_LINK}}, set(), id="no marks"),
        pytest.param({"update": {"body": "B", "custom_tweet": ""}}, {"B"}, id="not what is empty"),
    ],
)  # fmt: skip
def test_an_entry_brings_what_nothing_before_it_said(said: Any, own: set[str]) -> None:
    assert own_words(said, {"Old"}, {MARK}) == own


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{MARK} called us; token X", id="a mark and more"),
        pytest.param(f"{MARK} token X]", id="a mark and what ends as one"),
        pytest.param("[removed 2026-11-22: token X]", id="in the form of a mark"),
    ],
)
def test_what_only_looks_like_a_mark_is_words(text: str) -> None:
    assert own_words({"update": {"body": text}}, (), {MARK}) == {text}


def test_what_was_exchanged_is_exchanged_wherever_the_same_stands_in_the_same_field() -> None:
    before: Any = {"title": "Jane", "affects": [{"name": "Jane"}], "id": "x", "at": None}
    after: Any = {"title": MARK, "affects": [{"name": "Jane"}], "id": "x", "at": None}

    found = dict(exchanges(before, after))

    assert found == {("title", "Jane"): MARK}
    assert exchanged({"title": "Jane", "name": "Jane", "more": [{"title": "Jane"}, 7]}, found) == {
        "title": MARK, "name": "Jane", "more": [{"title": MARK}, 7],
    }  # fmt: skip
    assert list(exchanges(None, after)) == []
    assert list(exchanges({"names": ["Jane"]}, {"names": [MARK, "Ada"]})) == []


def test_what_others_tell_again_stays_removed() -> None:
    stands = Thing(MARK, NO_LINK, (Part(f"EU5 - {MARK}"),), 1)
    told = Thing("Jane", "https://a.example/2", (Part("EU5 - Jane"),), 2)

    assert kept_back(stands, told) == Thing(MARK, NO_LINK, (Part(f"EU5 - {MARK}"),), 2)


def test_what_was_not_removed_is_told_as_it_is() -> None:
    told = Thing("New", parts=(Part("API"), Part("Web")), number=2)

    assert kept_back(Thing("Old", parts=(Part(MARK),)), told) == told
    assert kept_back(None, told) == told
    assert kept_back(Thing(f"{MARK} called us", parts=(Part("API"), Part("Web"))), told) == told
    assert kept_back(Thing(f"{MARK} - Jane", parts=(Part("API"), Part("Web"))), told) == told
    assert kept_back(Part(f"{MARK} Jane"), Part("API")) == Part("API")
    assert kept_back(Part(MARK), told) == told
