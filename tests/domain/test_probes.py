"""Probes by themselves: what can be one, when it is due, and what results come to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Invalid
from chalicelib.domain.probes import (
    Failure,
    Method,
    Probe,
    Result,
    Standing,
    begin,
    count,
    hear,
    is_due,
    minute_of,
    target,
    unfinished,
    verdict,
    wants_telling,
)
from chalicelib.domain.statuses import ComponentStatus

NOW = datetime(2026, 11, 23, 7, 0, 30, tzinfo=UTC)
MINUTE = minute_of(NOW)


def a_probe(**more: Any) -> Probe:
    return Probe(**{"id": "p", "component": "api", "url": "https://a.example/", "created_at": NOW,
                    "updated_at": NOW, **more})  # fmt: skip


def a_result(minute: int, *, good: bool) -> Result:
    return Result(NOW + timedelta(minutes=minute), 1000, 200, None if good else Failure.STATUS)


def after(results: str, probe: Probe) -> list[Standing]:
    """The standings after a row of results, one a minute: + good, - not."""
    standings = [Standing()]
    for n, sign in enumerate(results):
        standings.append(count(standings[-1], probe, a_result(n, good=sign == "+"), MINUTE + n))
    return standings[1:]


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        pytest.param("http://a.example", ("http", "a.example", 80, "/"), id="a host alone"),
        pytest.param("HTTPS://A.example:8443/x?y#z", ("https", "a.example", 8443, "/x?y"), id="all parts"),
        pytest.param("https://a.example?x=@", ("https", "a.example", 443, "/?x=@"), id="a query alone"),
        pytest.param("http://[2606::1]:81/", ("http", "2606::1", 81, "/"), id="IPv6"),
        pytest.param("http://[::ffff:1.2.3.4]/", ("http", "::ffff:1.2.3.4", 80, "/"), id="IPv4 in IPv6"),
    ],
)
def test_a_url_has_parts(url: str, parts: tuple[str, str, int, str]) -> None:
    found = target(url)

    assert (found.scheme, found.host, found.port, found.path) == parts


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://a.example/", "a.example"),
        ("https://a.example:80", "a.example:80"),
        ("http://[::1]:81/", "[::1]:81"),
    ],
)
def test_a_host_is_named_as_browsers_do(url: str, authority: str) -> None:
    assert target(url).authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/", "//a.example/", "a.example", "http://", "http:///x", "http://a.example:0/",
        "http://a.example:65536/", "http://a example/", "http://a.example/ x", "http://a.example/\r\nX: y",
        "http://user:secret@a.example/", "http://user@a.example", "http://é.example/", "http://a\\@b/",
        "http://\u017f.example/", "http://a.example/" + "x" * 1000, "http://a.example/\n", "http://[::1%eth0]/",
        "http://[1.2.3.4]/", "http://[1:2]/", "http://[:::]/", "http://[]/",
    ],
)  # fmt: skip
def test_what_is_no_url_of_ours_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        target(url)

    assert refused.value.field == "url"
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"id": "A"}, "id"), ({"component": ""}, "component"), ({"url": "x"}, "url"),
        ({"expected_status": 199}, "expected_status"), ({"expected_status": 600}, "expected_status"),
        ({"timeout_seconds": 0}, "timeout_seconds"), ({"timeout_seconds": 16}, "timeout_seconds"),
        ({"every_minutes": 0}, "every_minutes"), ({"every_minutes": 1441}, "every_minutes"),
        ({"failures_in_a_row": 0}, "failures_in_a_row"), ({"failures_in_a_row": 101}, "failures_in_a_row"),
        ({"status": ComponentStatus.UNDER_MAINTENANCE}, "status"),
        ({"text": " "}, "text"), ({"text": "x", "method": Method.HEAD}, "text"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_probe_is_refused_by_its_field(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        a_probe(**said)

    assert refused.value.field == field


def test_a_new_probe_is_due_at_once() -> None:
    assert is_due(a_probe(every_minutes=60), Standing(), MINUTE)


@pytest.mark.parametrize(("every", "due"), [(1, [1, 2, 3, 4, 5]), (3, [3, 4, 5])])
def test_a_probe_is_due_after_its_minutes(every: int, due: list[int]) -> None:
    standing = Standing(begun=MINUTE, ended=MINUTE)

    found = [n for n in range(6) if is_due(a_probe(every_minutes=every), standing, MINUTE + n)]

    assert found == due


def test_a_lost_run_is_made_up_for_and_a_running_one_is_not_doubled() -> None:
    lost = begin(Standing(begun=MINUTE - 60, ended=MINUTE - 60), MINUTE)

    assert [is_due(a_probe(every_minutes=60), lost, MINUTE + n) for n in range(3)] == [False, False, True]


def test_enough_failures_in_a_row_fire_and_one_good_result_ends_it() -> None:
    standings = after("--+---+", a_probe(failures_in_a_row=3))

    assert [standing.firing for standing in standings] == [False] * 5 + [True, False]
    assert [standing.failures for standing in standings] == [1, 2, 0, 1, 2, 3, 0]


def test_it_fails_since_the_first_failure_of_the_row() -> None:
    standings = after("-+---", a_probe(failures_in_a_row=3))

    assert [standing.failing_since for standing in standings] == [
        NOW, None, *[NOW + timedelta(minutes=2)] * 3,
    ]  # fmt: skip


def test_it_fires_on_when_more_failures_are_asked_for_meanwhile() -> None:
    (firing,) = after("-", a_probe(failures_in_a_row=1))

    still = count(firing, a_probe(failures_in_a_row=5), a_result(1, good=False), MINUTE + 1)

    assert still.firing


def test_a_result_counts_once_and_none_after_a_newer_one() -> None:
    probe = a_probe(failures_in_a_row=2)
    (once,) = after("-", probe)

    assert count(once, probe, a_result(0, good=False), MINUTE) == once
    assert count(once, probe, a_result(-1, good=True), MINUTE - 1) == once


def test_a_late_result_leaves_the_run_that_has_begun_since() -> None:
    running = begin(Standing(), MINUTE + 2)

    late = count(running, a_probe(), a_result(0, good=True), MINUTE)

    assert (late.begun, late.ended) == (MINUTE + 2, MINUTE)


def test_where_we_may_not_connect_nothing_is_said_of_the_component() -> None:
    refused = replace(a_result(1, good=False), failure=Failure.NOT_ALLOWED)
    (before,) = after("-", a_probe(failures_in_a_row=2))

    still = count(before, a_probe(failures_in_a_row=2), refused, MINUTE + 1)

    assert (refused.is_good, refused.counts) == (False, False)
    assert still == replace(before, begun=MINUTE + 1, ended=MINUTE + 1, last=refused)


@pytest.mark.parametrize("firing", [True, False])
@pytest.mark.parametrize("told", [True, False, None])
def test_the_alarms_are_told_what_they_do_not_surely_know(firing: bool, told: bool | None) -> None:
    assert wants_telling(Standing(firing=firing, told=told)) == (firing != told)


def test_what_the_alarms_know_is_in_doubt_as_soon_as_it_becomes_something_else() -> None:
    standings = after("+-+", a_probe(failures_in_a_row=1))

    assert [standing.told for standing in standings] == [False, None, None]


def test_set_up_anew_a_probe_has_another_alarm() -> None:
    assert a_probe(origin=7).fingerprint == "p/7"
    assert a_probe(origin=7).fingerprint != a_probe(origin=8).fingerprint


def test_what_the_alarms_were_told_is_kept() -> None:
    assert hear(Standing(firing=True), told=True) == Standing(firing=True, told=True)


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [(200, "all fine", None), (500, "fine", Failure.STATUS), (200, "Fine", Failure.TEXT)],
)
def test_an_answer_needs_its_status_and_its_text(status: int, body: str, failure: Failure | None) -> None:
    assert verdict(a_probe(text="fine"), status, body) == failure


def test_without_a_text_the_status_is_enough() -> None:
    assert verdict(a_probe(expected_status=404), 404, "") is None


def test_who_does_not_come_back_has_taken_all_its_time() -> None:
    result = unfinished(a_probe(timeout_seconds=7), NOW)

    assert result == Result(NOW, 7_000_000, failure=Failure.TIMEOUT)
    assert not result.is_good
    assert replace(result, failure=None).is_good
