"""Alarms and the rules by which they concern components."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.alarms import (
    FARTHEST,
    LATE,
    LONGEST_VALUE,
    MOST_LABELS,
    Alarm,
    LastWord,
    Rule,
    after,
    first_match,
    has_returned,
    is_another,
    is_like,
    is_news,
    newest,
    one_line,
    title_of,
)
from chalicelib.domain.errors import Invalid
from chalicelib.domain.statuses import ComponentStatus

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def an_alarm(**changes: Any) -> Alarm:
    """An alarm that fires."""
    return Alarm(**{"source": "generic", "fingerprint": "f1", "firing": True, "at": NOW, **changes})


def a_rule(**changes: Any) -> Rule:
    """A rule about a major outage of the checkout."""
    said = {"id": "r1", "match": {"app": "shop"}, "component": "checkout", "created_at": NOW}
    return Rule(**{**said, "status": ComponentStatus.MAJOR_OUTAGE, **changes})


@pytest.mark.parametrize(
    ("text", "glob", "expected"),
    [
        pytest.param("checkout", "checkout", True, id="the same"),
        pytest.param("checkout", "check", False, id="only the beginning"),
        pytest.param("check", "checkout", False, id="too short"),
        pytest.param("checkout-eu", "checkout-*", True, id="a star at the end"),
        pytest.param("eu-checkout", "*checkout", True, id="a star in front"),
        pytest.param("a-b-a-b-c", "*a-b-c", True, id="a star that has to look again"),
        pytest.param("eu1", "eu?", True, id="a question mark is one character"),
        pytest.param("eu", "eu?", False, id="and not none"),
        pytest.param("", "*", True, id="nothing is any text"),
        pytest.param("", "", True, id="nothing is nothing"),
        pytest.param("cpu[0]", "cpu[0]", True, id="brackets are brackets"),
        pytest.param("遅延警告", "遅延*", True, id="any script"),
        pytest.param("A", "a", False, id="case counts"),
    ],
)
def test_values_are_like_globs(text: str, glob: str, expected: bool) -> None:
    assert is_like(text, glob) is expected


@given(st.text("ab", max_size=12), st.text("ab*?", max_size=8))
def test_globs_mean_what_a_plain_reading_of_them_means(text: str, glob: str) -> None:
    def plainly(text: str, glob: str) -> bool:
        if not glob:
            return not text
        if glob[0] == "*":
            return plainly(text, glob[1:]) or bool(text) and plainly(text[1:], glob)
        return bool(text) and glob[0] in ("?", text[0]) and plainly(text[1:], glob[1:])

    assert is_like(text, glob) is plainly(text, glob)


def test_a_hostile_glob_costs_no_more_than_others() -> None:
    assert not is_like("a" * 1000, "*a" * 100 + "b")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param({"app": "shop", "region": "eu1"}, True, id="all of them match"),
        pytest.param({"app": "shop"}, False, id="one is missing"),
        pytest.param({"app": "shop", "region": "us1"}, False, id="one is another"),
    ],
)
def test_several_labels_must_all_match(labels: dict[str, str], expected: bool) -> None:
    assert a_rule(match={"app": "shop", "region": "eu*"}).matches(labels) is expected


def test_the_first_rule_wins_that_is_about_a_component_that_there_is() -> None:
    rules = [
        a_rule(id="gone", component="gone"), a_rule(id="first"), a_rule(id="second", component="search"),
    ]  # fmt: skip
    alarm = an_alarm(labels={"app": "shop"})

    found = first_match(rules, alarm, {"checkout", "search"})

    assert found is not None
    assert found.id == "first"
    assert first_match(rules, an_alarm(), {"checkout"}) is None


def test_nobody_but_us_says_where_an_alarm_came_from() -> None:
    alarm = an_alarm(labels={"source": "pagerduty"})

    assert alarm.labels == {"source": "generic"}
    assert a_rule(match={"source": "generic"}).matches(alarm.labels)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"match": {}}, "match", id="a rule about everything"),
        pytest.param({"status": ComponentStatus.OPERATIONAL}, "status", id="an alarm that all is well"),
        pytest.param({"status": ComponentStatus.UNDER_MAINTENANCE}, "status", id="an alarm of planned work"),
        pytest.param({"id": "no id"}, "id", id="an id that is none"),
    ],
)
def test_a_rule_says_something_that_can_be(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        a_rule(**changes)

    assert refused.value.field == field


@pytest.mark.parametrize("fingerprint", ["", " ", "x" * 201, "a\nb", "a\x00", "\x7f"])
def test_an_alarm_can_be_told_from_others(fingerprint: str) -> None:
    with pytest.raises(Invalid, match="fingerprint"):
        an_alarm(fingerprint=fingerprint)


def test_of_what_an_alarm_says_a_limited_amount_is_kept() -> None:
    labels = {f"{n:03d}" * 100: "v" * 5000 for n in range(100)}

    alarm = an_alarm(labels=labels, title="t" * 5000).trimmed

    assert len(alarm.labels) == MOST_LABELS
    assert {len(name) for name in alarm.labels} == {6, 100}
    assert max(map(len, alarm.labels.values())) == LONGEST_VALUE == len(alarm.title)


def test_rules_see_labels_beyond_those_that_are_kept() -> None:
    alarm = an_alarm(labels={**{f"a{n}": "b" for n in range(MOST_LABELS)}, "app": "shop"})

    assert a_rule().matches(alarm.labels)
    assert "app" not in alarm.trimmed.labels


def test_alarms_of_two_sources_are_two() -> None:
    assert an_alarm().key != an_alarm(source="pagerduty").key
    assert an_alarm().key == an_alarm(firing=False, title="Other", labels={"a": "b"}).key


def test_whatever_the_order_the_last_word_counts() -> None:
    said = [
        an_alarm(),
        an_alarm(firing=False, at=NOW + timedelta(minutes=1)),
        an_alarm(at=NOW + timedelta(minutes=2)),
        an_alarm(firing=False, at=NOW + timedelta(minutes=2)),
    ]

    for order in permutations(said):
        last: LastWord | None = None
        for alarm in (*order, *order):
            last = after(alarm, last, now=NOW) if is_news(alarm, last, now=NOW) else last
        assert last is not None
        assert last.alarm == said[-1]
        assert newest(order) == [said[-1]]


def over(*, heard: timedelta, source: str = "alertmanager") -> LastWord:
    """An alarm that fired from now on, was over five minutes later, and was so when we heard it."""
    ended = an_alarm(source=source, firing=False, at=NOW + timedelta(minutes=5))
    return LastWord(ended, NOW + heard, ended.at)


@pytest.mark.parametrize(
    ("source", "since", "expected"),
    [
        pytest.param("alertmanager", LATE, False, id="a late word"),
        pytest.param("alertmanager", LATE + timedelta(seconds=1), True, id="it fires again"),
        pytest.param("grafana", timedelta(hours=1), True, id="so it does for Grafana"),
        pytest.param("generic", timedelta(hours=1), False, id="others name the time of what they say"),
    ],
)
def test_what_fires_since_before_its_end_fires_again_unless_it_is_late(
    source: str, since: timedelta, expected: bool
) -> None:
    last = over(heard=timedelta(0), source=source)
    again = an_alarm(source=source)

    assert is_news(again, last, now=NOW + since) is expected
    assert has_returned(again, last, now=NOW + since) is expected
    assert not is_news(replace(again, firing=False), last, now=NOW + since)


def test_after_it_has_fired_again_its_old_end_is_no_news() -> None:
    first = over(heard=timedelta(0))
    again = after(an_alarm(source="alertmanager"), first, now=NOW + timedelta(hours=1))

    assert not is_news(first.alarm, again, now=NOW + timedelta(hours=1))
    ended = replace(first.alarm, at=NOW + timedelta(hours=2))
    assert is_news(ended, again, now=NOW + timedelta(hours=2))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"source": "generic"}, False),
        ({"firing": False}, False),
        ({"at": NOW}, False),
    ],
)
def test_a_later_beginning_is_of_another_firing(changes: dict[str, Any], expected: bool) -> None:
    source = changes.get("source", "alertmanager")
    told = an_alarm(**{"source": source, "at": NOW + timedelta(minutes=9), **changes})

    assert is_another(told, LastWord(an_alarm(source=source), NOW)) is expected
    assert not is_another(told, None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"at": NOW + timedelta(minutes=1)}, False),
        ({"firing": False}, False),
        ({"at": NOW + timedelta(minutes=1), "is_dated": False}, True),
        ({"firing": False, "is_dated": False}, False),
    ],
)
def test_what_says_the_same_of_the_same_time_says_it_again(changes: dict[str, Any], expected: bool) -> None:
    assert LastWord(an_alarm(), NOW).says_again(an_alarm(**changes)) is expected


def test_a_word_without_a_time_is_news_where_it_says_something_else() -> None:
    last = LastWord(an_alarm(at=NOW + timedelta(hours=1)), NOW)
    again, ended = an_alarm(is_dated=False), an_alarm(firing=False, is_dated=False)

    assert not is_news(again, last, now=NOW)
    assert is_news(ended, last, now=NOW)
    assert after(ended, last, now=NOW).alarm.at == last.alarm.at
    assert after(ended, None, now=NOW).alarm.at == NOW


def test_each_alarm_of_a_message_counts_once() -> None:
    other = an_alarm(fingerprint="f2")

    assert newest([an_alarm(), other, an_alarm()]) == [an_alarm(), other]


def test_a_clock_that_runs_ahead_is_a_clock_but_for_days() -> None:
    ahead, mad = an_alarm(at=NOW + FARTHEST), an_alarm(at=NOW + FARTHEST * 2)

    assert ahead.heard_by(NOW) == ahead
    assert mad.heard_by(NOW) == an_alarm(is_dated=False)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        pytest.param(None, "Ours", id="none"),
        pytest.param("Checkout in {region}", "Checkout in eu1", id="a label"),
        pytest.param("{title}", "5xx > 5%", id="the alarm's title"),
        pytest.param("{region} down in {zone}", "Ours", id="a label that is missing"),
        pytest.param("Down on {host}", "Ours", id="a label that says nothing"),
        pytest.param(" \u200b ", "Ours", id="a title that says nothing"),
        pytest.param("{region} {a b", "eu1 {a b", id="braces that are none"),
    ],
)
def test_a_title_names_of_the_alarm_what_its_rule_names(title: str | None, expected: str) -> None:
    alarm = an_alarm(labels={"region": "eu1", "host": " "}, title="5xx > 5%")

    assert title_of(a_rule(title=title), alarm, "Ours") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n\tb  c\r\n", "a b c"),
        ("\u202eevil\u200b\x00", "evil"),
        ("決済", "決済"),
        ("x" * 301, "x" * 299 + "…"),
        ("\u0007", ""),
    ],
)
def test_a_foreign_text_becomes_one_line_that_can_be_seen(text: str, expected: str) -> None:
    assert one_line(text) == expected
