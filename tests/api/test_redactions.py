"""Words that must go are removed through the API, by keys that may do that and nothing but that."""

import logging
from typing import Any

import pytest

from chalicelib.domain.keys import ORDINARY, Scope
from chalicelib.domain.record import check_chain
from chalicelib.local import preparing
from chalicelib.stores import record, redactions
from tests.api.callers import Api, a_key
from tests.redactions import MARK, REASON, items_with, said

SECRET = "Jane-Doe-0815"
WHY = {"reason": REASON}


def told(api: Api) -> str:
    """An incident with the words as its title, and a component of a like name; where it loses them."""
    api.post("/components", {"id": "theirs", "name": f"{SECRET} Inc."})
    for id in ("one", "two"):
        affects = {"theirs": "major_outage"}
        api.post("/incidents", {"id": id, "title": "Down", "body": "We look.", "affects": affects})
    api.post("/incidents", {"id": "slow", "title": SECRET, "body": "We look."})
    return f"/record/{record.head().seq}/redact"


def test_the_words_are_gone_when_the_answer_comes(api: Api) -> None:
    path = told(api)

    reply = api.post(path, WHY)

    seq = record.head().seq
    assert (reply.status, reply.headers.get("Location")) == (200, None)
    assert reply.json == {
        "entry": seq, "entries": [seq - 1], "elsewhere": [seq - 3, seq - 2], "reason": REASON,
        "at": "2026-11-22T09:05:00.000Z",
    }  # fmt: skip
    assert api.get("/incidents/slow").json["title"] == MARK
    assert items_with(f'"{SECRET}') - items_with("Inc.") == set()
    entries = api.get(f"/record?after={seq - 2}").json["items"]
    assert [(it["kind"], it["body"] is None) for it in entries] == [
        ("incident.opened", True), ("entry.redacted", False),
    ]  # fmt: skip


def test_one_call_goes_through_all_that_names_a_component(api: Api) -> None:
    told(api)

    reply = api.post(f"/record/{said(SECRET).seq}/redact", WHY)

    assert reply.status == 200
    assert items_with("Inc.") == set()
    assert redactions.waiting().entries == []
    assert sum(entry.kind == "entry.redacted" for entry in record.entries(0)) == 3
    check_chain(record.entries(0))


def test_where_the_same_words_stay_is_said_before_and_after(api: Api) -> None:
    for id in ("one", "two"):
        told = {"id": id, "title": id, "body": f"{SECRET} called."}
        assert api.post("/incidents", told).status == 201
    first, second = record.head().seq - 1, record.head().seq

    shown = api.post(f"/record/{first}/redact?dry_run=true", WHY).json["elsewhere"]
    done = api.post(f"/record/{first}/redact", WHY).json["elsewhere"]
    then = api.post(f"/record/{second}/redact", WHY).json["elsewhere"]

    assert (shown, done, then) == ([second], [second], [])
    assert items_with(SECRET) == set()


def test_where_a_name_stands_as_another_text_is_said_too(api: Api) -> None:
    api.post("/components", {"id": "theirs", "name": SECRET})
    told = {"title": SECRET, "body": "Down.", "affects": {"theirs": "major_outage"}}
    api.post("/incidents", {"id": "one", **told})
    api.post("/incidents", {"id": "two", **told, "title": "Down"})
    last = record.head().seq

    named = api.post(f"/record/{last - 2}/redact", WHY).json["elsewhere"]

    assert named == [last - 1]
    assert api.post(f"/record/{last - 1}/redact", WHY).json["elsewhere"] == [last]
    assert items_with(SECRET) == set()


def test_a_preview_removes_nothing(api: Api) -> None:
    path = told(api)
    before = items_with("")

    reply = api.post(f"{path}?dry_run=true", WHY)

    assert (reply.status, reply.json["entries"]) == (200, [record.head().seq])
    assert items_with("") == before
    assert items_with(SECRET)


def test_a_repeat_gets_the_same_answer(api: Api) -> None:
    path = told(api)

    replies = [api.post(path, WHY, Idempotency_Key="k") for _ in range(2)] + [api.post(path, WHY)]

    assert [reply.status for reply in replies] == [200, 200, 200]
    assert replies[0].json == replies[1].json == replies[2].json
    assert sum(entry.kind == "entry.redacted" for entry in record.entries(0)) == 1
    assert items_with(f'"{SECRET}"', f'\\"{SECRET}\\"') == set()


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        pytest.param({}, 400, ["reason"], id="no reason"),
        pytest.param({"reason": " "}, 400, ["reason"], id="a blank one"),
        pytest.param({"reason": "a\nb"}, 400, ["reason"], id="two lines"),
        pytest.param({"reason": "a\u2028b"}, 400, ["reason"], id="two lines of another kind"),
        pytest.param({"reason": "x" * 201}, 400, ["reason"], id="a long one"),
        pytest.param({"reason": 7}, 400, ["reason"], id="a number"),
        pytest.param({"reason": f"it named {SECRET}!"}, 400, ["reason"], id="one that says it again"),
        pytest.param({**WHY, "words": ["x"]}, 400, ["words"], id="more than that"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_removed(
    body: Any, status: int, fields: list[str], api: Api
) -> None:
    path = told(api)
    before = record.head()

    reply = api.post(path, body)

    assert (reply.status, reply.fields) == (status, fields)
    assert SECRET not in reply.text
    assert record.head() == before


@pytest.mark.parametrize(
    ("seq", "status", "fields"),
    [
        pytest.param("99", 404, [], id="no such entry"),
        pytest.param("0", 404, [], id="no number of an entry"),
        pytest.param("x", 404, [], id="no number"),
        pytest.param("1", 409, ["seq"], id="an entry without public words"),
        pytest.param("last", 409, ["seq"], id="an entry that removes words"),
        pytest.param("4", 409, ["seq"], id="an entry that brought no words"),
    ],
)
def test_not_every_entry_can_lose_words(seq: str, status: int, fields: list[str], api: Api) -> None:
    api.post("/components", {"id": "theirs", "name": "Theirs"})
    api.patch("/components/theirs", {"position": 9}, If_Match="*")
    path = told(api)
    api.post(path, WHY)
    before = record.head()

    reply = api.post(f"/record/{before.seq if seq == 'last' else seq}/redact", WHY)

    assert reply.status == status
    assert [fault["field"] for fault in reply.json.get("errors", ())] == fields
    assert record.head() == before


def test_a_key_that_nobody_gave_this_right_to_may_not(api: Api) -> None:
    path = told(api)
    ordinary = Api(a_key(*ORDINARY, id="ordinary"), told=api.told)
    alone = Api(a_key(Scope.RECORD_REDACT, id="alone"), told=api.told)

    refused = ordinary.post(path, WHY)
    made = ordinary.post("/keys", {"name": "More", "scopes": ["record:redact"]})
    done = alone.post(path, WHY)

    assert (refused.status, made.status, done.status) == (403, 403, 200)
    assert 'scope="record:redact"' in refused.headers["WWW-Authenticate"]
    assert alone.get("/incidents").status == 403


def test_the_command_line_grants_it_by_name_alone(api: Api) -> None:
    path = told(api)
    ordinary, redactor = preparing.create_key("any"), preparing.create_key("lawyers", (Scope.RECORD_REDACT,))

    assert Api(ordinary, told=api.told).post(path, WHY).status == 403
    assert Api(redactor, told=api.told).post(path, WHY).status == 200


def test_no_log_holds_the_words(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    path = told(api)

    with caplog.at_level(logging.DEBUG, logger="candor"):
        api.post(path, {"reason": f"it named {SECRET}"})
        api.post(path, WHY)

    assert len(caplog.records) >= 2
    assert SECRET not in caplog.text
    assert REASON not in caplog.text
