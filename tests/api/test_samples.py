"""Samples through the API: arrays and lines, refused by their index, counted once; and days to look at."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pytest import param as case

from chalicelib.domain.keys import Scope
from chalicelib.stores import days, record, sums, table
from chalicelib.triggers.closing import close_days
from tests.api.callers import NOW, PROBLEM, Api, a_key

LINES = "application/x-ndjson"
AT = "2026-11-22T09:00:00Z"
SAMPLE = {"component": "api", "at": AT, "transactions": 100, "mean_ms": 12.5, "errors": 1}
WRONG = [
    case({**SAMPLE, "component": "nobody"}, "component", id="no component"),
    case({**SAMPLE, "component": "No Good"}, "component", id="no id"),
    case({**SAMPLE, "at": "yesterday"}, "at", id="no time"),
    case({**SAMPLE, "at": "2026-11-22T09:00:00"}, "at", id="a time without an offset"),
    case({**SAMPLE, "at": "2026-11-22T09:30:00Z"}, "at", id="the future"),
    case({**SAMPLE, "at": "1969-11-22T09:30:00Z"}, "at", id="before there were computers to trust"),
    case({**SAMPLE, "transactions": -1}, "transactions", id="fewer than none"),
    case({**SAMPLE, "transactions": 1.5}, "transactions", id="half a transaction"),
    case({**SAMPLE, "transactions": 10**30}, "transactions", id="more than anybody counts"),
    case({**SAMPLE, "errors": 101}, "errors", id="more errors than transactions"),
    case({**SAMPLE, "mean_ms": -1}, "mean_ms", id="before it began"),
    case({**SAMPLE, "mean_ms": 10**9}, "mean_ms", id="longer than a day"),
    case({**SAMPLE, "mean_ms": "12"}, "mean_ms", id="a text for a number"),
    case({**SAMPLE, "total_ms": 1}, "mean_ms", id="both mean and total"),
    case({**SAMPLE, "mean_ms": None}, "mean_ms", id="neither mean nor total"),
    case({**SAMPLE, "mean_ms": None, "total_ms": 10**10}, "total_ms", id="a total that is no mean"),
    case({**SAMPLE, "sum": 1}, "sum", id="a field that is not known"),
    case("text", "body", id="no object"),
]


@pytest.fixture
def api(api: Api) -> Api:
    """The API with two components."""
    days.forget()
    api.post("/components", {"id": "api", "name": "API"})
    api.post("/components", {"id": "web", "name": "Web"})
    return api


def counted(day: str = "2026-11-22") -> dict[str, tuple[int, int, int, int]]:
    """The sums of a day."""
    from datetime import date

    return {id: tuple(it[:4]) for id, it in sums.read(date.fromisoformat(day)).items()}  # type: ignore[misc]


def lines(*said: Any) -> str:
    return "".join(json.dumps(one) + "\n" for one in said)


def test_a_byte_order_mark_before_samples_is_nothing(api: Api) -> None:
    array = api.post("/samples", "\ufeff" + json.dumps([SAMPLE]))
    as_lines = api.post("/samples", "\ufeff" + lines(SAMPLE, SAMPLE), Content_Type=LINES)

    assert (array.json["counted"], as_lines.json["counted"]) == (1, 2)


def test_an_array_and_lines_count_the_same(api: Api) -> None:
    said = [SAMPLE, {**SAMPLE, "component": "web", "mean_ms": None, "total_ms": 0.5}, SAMPLE]

    array = api.post("/samples", said)
    as_lines = api.post("/samples", lines(*said), Content_Type=LINES)

    assert (array.status, array.json) == (200, {"counted": 3, "refused": []})
    assert (as_lines.status, as_lines.json) == (200, array.json)
    assert counted() == {"api": (400, 5_000_000, 4, 4), "web": (200, 1000, 2, 2)}


def test_samples_enter_no_record(api: Api) -> None:
    head = record.head()

    api.post("/samples", [SAMPLE])

    assert record.head() == head


@pytest.mark.parametrize("type", ["application/json", LINES])
@pytest.mark.parametrize(("said", "field"), WRONG)
def test_a_wrong_sample_is_named_by_its_index_and_the_batch_is_refused_whole(
    type: str, said: Any, field: str, api: Api
) -> None:
    body = json.dumps([SAMPLE, said]) if type != LINES else lines(SAMPLE, said)

    reply = api.post("/samples", body, Content_Type=type)

    assert (reply.status, reply.headers["Content-Type"]) == (400, PROBLEM)
    assert reply.fields == [f"1.{field}"]
    assert counted() == {}


@pytest.mark.parametrize(("said", "field"), WRONG)
def test_in_part_what_is_right_counts_and_what_is_wrong_is_listed(said: Any, field: str, api: Api) -> None:
    reply = api.post("/samples?partial=true", [said, SAMPLE, said])

    assert reply.status == 200
    assert reply.json["counted"] == 1
    assert [(it["index"], it["field"]) for it in reply.json["refused"]] == [(0, field), (2, field)]
    assert counted() == {"api": (100, 1_250_000, 1, 1)}


@pytest.mark.parametrize(
    "body",
    [
        case("{}", id="an object"), case("[", id="broken"), case("[]", id="nothing"), case("", id="no body"),
        case(b"\xff\xfe", id="no text"), case("[" * 20_000, id="deep"),
        case(json.dumps([SAMPLE] * 5001), id="too many"),
    ],
)  # fmt: skip
def test_what_is_no_batch_is_refused(body: Any, api: Api) -> None:
    reply = api.post("/samples", body, Content_Type="application/json")

    assert reply.status == 400
    assert reply.headers["Content-Type"] == PROBLEM
    assert counted() == {}


def test_a_batch_may_be_large_but_not_larger(api: Api) -> None:
    few = api.post("/samples", [{**SAMPLE, "mean_ms": 1.0}] * 5000)
    many = api.post("/samples", json.dumps([SAMPLE]) + " " * 1024 * 1024, Content_Type="application/json")

    assert (few.status, few.json["counted"]) == (200, 5000)
    assert many.status == 413


def test_blank_lines_count_as_places(api: Api) -> None:
    body = "\n" + lines(SAMPLE) + "  \r\n" + lines({**SAMPLE, "errors": -1})

    reply = api.post("/samples?partial=true", body, Content_Type=LINES)

    assert reply.json["counted"] == 1
    assert [it["index"] for it in reply.json["refused"]] == [3]


def test_a_field_that_is_given_twice_is_named(api: Api) -> None:
    twice = '{"component": "api", "component": "web", "at": "2026-11-22T09:00:00Z", "transactions": 0}'

    reply = api.post("/samples", f"[{json.dumps(SAMPLE)}, {twice}]")

    assert reply.fields == ["1.component"]


@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "k1"}], ids=["by its body", "by its key"])
def test_the_same_batch_again_counts_once(headers: dict[str, str], api: Api) -> None:
    first = api.post("/samples", [SAMPLE], **headers)
    again = api.post("/samples", [SAMPLE], **headers)

    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.text == first.text
    assert counted()["api"][3] == 1


def test_a_key_used_for_another_batch_is_refused(api: Api) -> None:
    api.post("/samples", [SAMPLE], Idempotency_Key="k1")

    assert api.post("/samples", [SAMPLE, SAMPLE], Idempotency_Key="k1").status == 422
    assert api.post("/samples", [SAMPLE], Idempotency_Key="k2").json["counted"] == 1
    assert counted()["api"][3] == 2


@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "k1"}], ids=["by its body", "by its key"])
@pytest.mark.parametrize("wrong", [{"component": "nobody"}, {"errors": -1}], ids=["unknown", "no sample"])
@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_what_was_taken_in_part_is_not_refused_whole_afterwards(
    headers: dict[str, str], wrong: dict[str, Any], query: str, api: Api
) -> None:
    said = [SAMPLE, {**SAMPLE, **wrong}]
    whole = api.post("/samples", said, **headers)
    api.post("/samples?partial=true", said, **headers)

    again = api.post(f"/samples{query}", said, **headers)

    assert (whole.status, whole.fields) == (400, [f"1.{next(iter(wrong))}"])
    assert (again.status, again.fields) == (409, ["partial"])
    assert api.post("/samples?partial=true", said, **headers).json["counted"] == 1
    assert counted()["api"][3] == 1


def test_a_batch_in_which_all_is_right_is_the_same_in_part_and_whole(api: Api) -> None:
    first = api.post("/samples?partial=true", [SAMPLE])

    again = api.post("/samples", [SAMPLE])

    assert (again.status, again.text) == (200, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert counted()["api"][3] == 1


def test_where_nothing_counts_nothing_is_a_repeat(api: Api) -> None:
    said = [{**SAMPLE, "component": "nobody"}]

    replies = [api.post("/samples?partial=true", said) for _ in range(2)]

    assert [reply.json["counted"] for reply in replies] == [0, 0]
    assert not any("Idempotent-Replayed" in reply.headers for reply in replies)


def test_a_preview_counts_nothing(api: Api) -> None:
    reply = api.post("/samples?dry_run=true&partial=true", [SAMPLE, {**SAMPLE, "component": "nobody"}])

    assert (reply.status, reply.json["counted"], len(reply.json["refused"])) == (200, 1, 1)
    assert counted() == {}


def test_a_late_sample_is_a_conflict_that_names_index_and_day(api: Api) -> None:
    api.post("/samples", [SAMPLE])
    api.told.pass_time(days=2)
    close_days(api.told.now)

    reply = api.post("/samples", [{**SAMPLE, "at": "2026-11-24T09:00:00Z"}, SAMPLE], Idempotency_Key="late")
    both = api.post("/samples", [SAMPLE, {**SAMPLE, "errors": -1}])

    assert (reply.status, reply.fields) == (409, ["1.at"])
    assert "2026-11-22" in reply.json["detail"]
    assert both.status == 400


def test_samples_need_a_scope_of_their_own(api: Api) -> None:
    api.credential = a_key(Scope.READ, Scope.COMPONENTS_WRITE, id="other")

    assert api.post("/samples", [SAMPLE]).status == 403


def test_days_show_samples_outages_and_uptime(api: Api) -> None:
    api.post("/samples", [SAMPLE, {**SAMPLE, "transactions": 200, "mean_ms": 0.0005, "errors": 0}])
    affects = {"api": "major_outage"}
    api.post("/incidents", {"id": "down", "title": "Down", "body": "Down.", "affects": affects})
    api.told.pass_time(minutes=10)
    api.post("/incidents/down/updates", {"status": "resolved", "body": "Up."})

    shown = api.get("/components/api/days?from=2026-11-20").json

    assert shown["component"] == "api"
    assert shown["uptime"] == "99.3"
    assert [day["date"] for day in shown["days"]] == ["2026-11-20", "2026-11-21", "2026-11-22"]
    assert shown["days"][0]["mean_ms"] is None
    assert shown["days"][0]["final"] is False
    assert shown["days"][2] == {
        "date": "2026-11-22", "transactions": 300, "mean_ms": 4.167, "errors": 1, "partial_s": 0,
        "major_s": 600, "samples": 2, "source": "api", "final": False,
    }  # fmt: skip


def test_what_has_been_said_to_be_final_takes_no_sample_ever_after(api: Api) -> None:
    old = {**SAMPLE, "at": "2026-11-12T09:00:00Z"}
    before = api.get("/components/api/days?from=2026-11-12&to=2026-11-12").json["days"][0]
    first = api.post("/samples", [old]).status
    api.told.pass_time(hours=25)
    close_days(api.told.now)

    after = api.get("/components/api/days?from=2026-11-12&to=2026-11-12").json["days"][0]

    assert (before["final"], first) == (False, 200)
    assert (after["final"], api.post("/samples", [{**old, "transactions": 7}]).status) == (True, 409)


def test_a_closed_day_is_final_and_still_follows_its_incidents(api: Api) -> None:
    api.post("/samples", [SAMPLE])
    affects = {"api": "partial_outage"}
    api.post("/incidents", {"id": "down", "title": "Down", "body": "Down.", "affects": affects})
    api.told.pass_time(days=2)
    close_days(api.told.now)
    before = api.get("/components/api/days?from=2026-11-22&to=2026-11-22").json["days"][0]
    api.post("/incidents/down/retract", {"reason": "It was a test."})

    after = api.get("/components/api/days?from=2026-11-22&to=2026-11-22").json["days"][0]

    assert (before["final"], before["partial_s"]) == (True, 24 * 3600 - 9 * 3600 - 5 * 60)
    assert after == {**before, "partial_s": 0}


def test_days_are_ninety_by_default_and_a_year_at_most(api: Api) -> None:
    found = api.get("/components/web/days").json["days"]

    assert (len(found), found[-1]["date"]) == (90, NOW.date().isoformat())
    assert len(api.get("/components/web/days?from=2025-11-22&to=2026-11-22").json["days"]) == 366
    assert api.get("/components/web/days?from=2025-11-21&to=2026-11-22").fields == ["from"]
    assert api.get("/components/web/days?from=2026-11-23&to=2026-11-22").fields == ["to"]
    assert api.get("/components/web/days?from=tomorrow").fields == ["from"]
    assert api.get("/components/nobody/days").status == 404
    assert api.get("/components/web/days?to=0001-01-01").status == 400
    assert api.get("/components/web/days?from=2027-01-01&to=2027-01-02").json["uptime"] is None


def test_the_sender_of_a_slow_clock_may_be_minutes_ahead(api: Api) -> None:
    soon = (NOW + timedelta(minutes=4)).isoformat()

    assert api.post("/samples", [{**SAMPLE, "at": soon}]).json["counted"] == 1


def test_uptime_counts_from_the_day_when_a_component_began(api: Api) -> None:
    affects = {"web": "major_outage"}
    said = {"id": "down", "title": "Down", "body": "Down.", "affects": affects}
    api.post("/incidents", {**said, "started_at": "2026-11-22T00:05:00Z"})
    added = api.get("/components/web/days").json["uptime"]
    etag = api.get("/components/web").etag

    changed = api.patch("/components/web", {"start_date": "2020-01-01"}, If_Match=etag)

    assert changed.json["start_date"] == "2020-01-01"
    assert added == "62.5"
    assert api.get("/components/web/days").json["uptime"] == "99.58"
    assert api.post("/components", {"name": "x", "start_date": "today"}).fields == ["start_date"]


def test_too_many_at_once_is_told_and_the_same_batch_may_be_sent_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def conflict(**_: Any) -> None:
        raise table.Moved

    events = table.connection().client.meta.events
    events.register("before-call.dynamodb.TransactWriteItems", conflict)
    with monkeypatch.context() as patch:
        patch.setattr(record, "PATIENCE_SECONDS", 0.1)
        reply = api.post("/samples", [SAMPLE])
    events.unregister("before-call.dynamodb.TransactWriteItems", conflict)

    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
    assert api.post("/samples", [SAMPLE]).json["counted"] == 1
