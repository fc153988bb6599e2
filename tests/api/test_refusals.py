"""Bad input: each is refused with the right status, names what is wrong, and leaves nothing behind."""

import json
from typing import Any

import pytest
from pytest import param as case

from chalicelib import wiring
from chalicelib.stores import record
from tests.api.callers import PROBLEM, Api
from tests.api.conftest import SAID

WELL = "operational"
LATER = "2999-01-01T00:00:00Z"
WHOLE = "the request's body"
NEXT = {"status": "investigating", "body": "Still looking."}
TWICE = '{"title": "t", "body": "b", "affects": {"a": "operational", "a": "operational"}}'
DEEP = '{"title": "t", "body": "b", "affects": ' + '{"a": ' * 8_000 + "1" + "}" * 8_001


def refused(api: Api, method: str, path: str, body: Any, **headers: str) -> tuple[int, list[str]]:
    """Send what is refused: the status and the fields that the problem names; nothing was stored."""
    wiring.settings()
    before = record.head()
    reply = api.send(method, path, body, headers)
    problem = reply.json
    assert reply.headers["Content-Type"] == PROBLEM
    assert problem["status"] == reply.status
    assert (
        {"type", "title", "status", "detail"}
        <= problem.keys()
        <= {"type", "title", "status", "detail", "errors"}
    )
    assert "Traceback" not in reply.text
    assert record.head() == before
    return reply.status, [fault["field"] for fault in problem.get("errors", [])]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        case({**SAID, "tittle": "x"}, "tittle", id="an unknown field"),
        case({"body": "x"}, "title", id="a missing title"),
        case({**SAID, "title": 5}, "title", id="a title of the wrong type"),
        case({**SAID, "title": None}, "title", id="no title"),
        case({**SAID, "title": " \t "}, "title", id="a blank title"),
        case({**SAID, "title": "\u0000"}, "title", id="an invisible title"),
        case({**SAID, "title": "two\nlines"}, "title", id="a title of two lines"),
        case({**SAID, "title": "x" * 301}, "title", id="a title that is too long"),
        case({**SAID, "body": "\n\n"}, "body", id="a blank body"),
        case({**SAID, "body": "\u0001\u0002"}, "body", id="an invisible body"),
        case({**SAID, "body": "x" * 25_001}, "body", id="a body that is too long"),
        case({**SAID, "id": "No Good"}, "id", id="an id with other characters"),
        case({**SAID, "id": "x" * 65}, "id", id="an id that is too long"),
        case({**SAID, "id": "x\n"}, "id", id="an id with a line end"),
        case({**SAID, "id": ""}, "id", id="an empty id"),
        case({**SAID, "impact": "huge"}, "impact", id="an unknown impact"),
        case({**SAID, "impact": "maintenance"}, "impact", id="an impact of imports alone"),
        case({**SAID, "status": "postmortem"}, "status", id="a status that opens nothing"),
        case({**SAID, "affects": {"nope": "major_outage"}}, "affects.nope", id="an unknown component"),
        case({**SAID, "affects": {"eu5": "major_outage"}}, "affects.eu5", id="a group as a component"),
        case({**SAID, "affects": {"checkout": "broken"}}, "affects.checkout", id="an unknown state"),
        case({**SAID, "affects": {"checkout": WELL, "b": 1}}, "affects.b", id="a number as a state"),
        case({**SAID, "affects": {"a b": "operational"}}, "affects.a b", id="a component that is no id"),
        case({**SAID, "affects": []}, "affects", id="affects as a list"),
        case({**SAID, "affects": dict.fromkeys(map(str, range(501)), WELL)}, "affects", id="too many"),
        case({**SAID, "started_at": "2026-11-22T09:00:00"}, "started_at", id="a time without an offset"),
        case({**SAID, "started_at": "2026-11-22"}, "started_at", id="a day as a time"),
        case({**SAID, "started_at": "yesterday"}, "started_at", id="no time at all"),
        case({**SAID, "started_at": 1763802300}, "started_at", id="a number as a time"),
        case({**SAID, "started_at": "0001-01-01T00:00:00+14:00"}, "started_at", id="a time before time"),
        case({**SAID, "started_at": "1969-12-31T23:59:59Z"}, "started_at", id="a time before computers"),
        case({**SAID, "started_at": LATER}, "started_at", id="a start in the future"),
        case({**SAID, "detected_at": LATER}, "detected_at", id="a detection in the future"),
        case(
            {**SAID, "started_at": "2026-11-01T00:00:00Z", "detected_at": "2026-10-31T00:00:00Z"},
            "detected_at",
            id="a detection before the start",
        ),
        case({**SAID, "next_update_by": "2020-01-01T00:00:00Z"}, "next_update_by", id="a stale promise"),
        case({**SAID, "next_update_by": "9999-12-31T23:59:59-14:00"}, "next_update_by", id="no promise"),
        case({**SAID, "status": "resolved", "next_update_by": LATER}, "next_update_by", id="a late promise"),
    ],
)  # fmt: skip
def test_an_incident_is_refused_by_field(standing: Api, said: dict[str, Any], field: str) -> None:
    assert refused(standing, "POST", "/incidents", said) == (400, [field])


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        case("", WHOLE, id="nothing"),
        case("{", WHOLE, id="broken JSON"),
        case('{"title": "t", "body": "b"} x', WHOLE, id="more than JSON"),
        case("[]", WHOLE, id="a list"),
        case("null", WHOLE, id="null"),
        case("\ufeff{}", WHOLE, id="a byte order mark"),
        case(b'{"title": "\xff", "body": "b"}', WHOLE, id="no UTF-8"),
        case(b'{"title": "t", "body": "b", "\xff": 1}', WHOLE, id="no UTF-8 in a name"),
        case('{"title": "t", "body": "\\ud800"}', WHOLE, id="half a surrogate pair"),
        case('{"title": "t", "body": NaN}', WHOLE, id="NaN"),
        case('{"title": "t", "body": "b", "title": "u"}', "title", id="a field given twice"),
        case(TWICE, "a", id="a component given twice"),
        case(DEEP, "affects", id="deep nesting"),
        case('{"title": ' + "[" * 20_000, "title", id="deep and broken"),
        case('{"title": "t", "body": "b", "' + "x" * 5000 + '": 1}', "x" * 100, id="a long unknown name"),
    ],
)  # fmt: skip
def test_a_body_is_refused_that_is_not_what_it_should(standing: Api, raw: str | bytes, field: str) -> None:
    assert refused(standing, "POST", "/incidents", raw) == (400, [field])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        case({"impact": "huge"}, "must be critical, major, minor or none", id="of its own"),
        case({"affects": {"checkout": "off"}}, "must be operational, under_maintenance, ", id="inside"),
    ],
)  # fmt: skip
def test_a_word_that_is_not_allowed_is_told_those_that_are(
    standing: Api, said: dict[str, Any], words: str
) -> None:
    assert standing.post("/incidents", {**SAID, **said}).json["errors"][0]["reason"].startswith(words)


def test_a_request_without_a_body_is_told_so(standing: Api) -> None:
    told = standing.post("/incidents", "").json["detail"]

    assert told == "the request's body is empty, and must be JSON"


@pytest.mark.parametrize("number", ["-1", "2147483648", "1" * 5000, "1e400", "1.5", "true", '"1"'])
def test_a_position_is_a_number_in_bounds(standing: Api, number: str) -> None:
    assert refused(standing, "POST", "/groups", f'{{"name": "x", "position": {number}}}') == (
        400,
        ["position"],
    )


def test_a_whole_number_may_have_a_point(standing: Api) -> None:
    assert standing.post("/groups?dry_run=true", '{"name": "x", "position": 2.0}').json["position"] == 2


def test_a_text_with_half_a_surrogate_is_refused_wherever_it_comes_from(standing: Api) -> None:
    assert refused(standing, "POST", "/incidents", '{"title": "\ud800"}') == (400, [])


def test_a_body_has_at_most_64_kib(standing: Api) -> None:
    just = json.dumps({"name": "x", "description": ""})
    fits = just + " " * (64 * 1024 - len(just))

    assert standing.post("/groups?dry_run=true", fits).status == 200
    assert refused(standing, "POST", "/groups", fits + " ") == (413, [])
    assert refused(standing, "PATCH", "/groups/eu5", "{" * 70_000, If_Match="*") == (413, [])


@pytest.mark.parametrize(
    "type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "*/*", ""]
)
def test_a_body_is_json_and_says_so(standing: Api, type: str) -> None:
    assert refused(standing, "POST", "/incidents", SAID, Content_Type=type) == (415, [])


def test_a_content_type_may_name_its_charset_or_be_absent(standing: Api) -> None:
    for headers in ({"Content_Type": "Application/JSON; charset=utf-8"}, {}):
        assert standing.post("/groups?dry_run=true", '{"name": "x"}', **headers).status == 200


@pytest.mark.parametrize(
    ("said", "status", "field"),
    [
        case({"body": "x"}, 400, "status", id="a missing status"),
        case({**NEXT, "status": "over"}, 400, "status", id="an unknown status"),
        case({**NEXT, "happened_at": LATER}, 400, "happened_at", id="what will have happened"),
        case({**NEXT, "happened_at": "2020-01-01T00:00:00Z"}, 400, "happened_at", id="before the beginning"),
        case({**NEXT, "affects": {"nope": "operational"}}, 400, "affects.nope", id="an unknown component"),
        case(
            {**NEXT, "status": "resolved", "affects": {"checkout": "major_outage"}},
            400, "affects.checkout", id="an end that leaves something broken",
        ),
        case({**NEXT, "status": "suspected"}, 409, "status", id="a step that there is not"),
        case({**NEXT, "title": "x"}, 400, "title", id="an unknown field"),
    ],
)  # fmt: skip
def test_an_update_is_refused_by_field(standing: Api, said: dict[str, Any], status: int, field: str) -> None:
    assert refused(standing, "POST", "/incidents/slow/updates", said) == (status, [field])


@pytest.mark.parametrize(
    ("method", "path", "said", "status", "field"),
    [
        case("POST", "/components", {"name": "x", "group": "nope"}, 400, "group", id="an unknown group"),
        case("POST", "/components", {"name": "x", "id": "eu5"}, 409, "id", id="an id of a group"),
        case("POST", "/groups", {"name": "x", "id": "eu5"}, 409, "id", id="a taken id"),
        case("POST", "/incidents", {**SAID, "id": "slow"}, 409, "id", id="a taken incident id"),
        case("POST", "/groups", {"name": "x", "environment": "x"}, 400, "environment", id="no environment"),
        case("PATCH", "/components/checkout", {"group": "checkout"}, 400, "group", id="no group"),
        case("PATCH", "/components/checkout", {"status": "bad"}, 400, "status", id="an unknown status"),
        case("PATCH", "/components/checkout", {"note": "x"}, 409, "note", id="a note on nothing"),
        case("PATCH", "/components/checkout", {"name": None}, 400, "name", id="a name taken away"),
        case("PATCH", "/incidents/slow", {"impact": None}, 400, "impact", id="an impact taken away"),
        case("PATCH", "/incidents/slow", {"status": "resolved"}, 400, "status", id="a quiet end"),
        case("PATCH", "/page", {"time_zone": "Mars/Base"}, 400, "time_zone", id="an unknown zone"),
        case("PATCH", "/page", {"time_zone": "../../etc/passwd"}, 400, "time_zone", id="a path as a zone"),
        case("PATCH", "/page", {"time_zone": "x\u0000"}, 400, "time_zone", id="a zone with a zero"),
        case("PATCH", "/page", {"time_zone": ""}, 400, "time_zone", id="an empty zone"),
        case("POST", "/keys", {"name": "x", "scopes": []}, 400, "scopes", id="a key for nothing"),
        case("POST", "/keys", {"name": "x", "scopes": ["read", "root"]}, 400, "scopes.1", id="no scope"),
    ],
)  # fmt: skip
def test_other_bodies_are_refused_by_field(
    standing: Api, method: str, path: str, said: dict[str, Any], status: int, field: str
) -> None:
    headers = {"If_Match": "*"} if method == "PATCH" else {}

    assert refused(standing, method, path, said, **headers) == (status, [field])


@pytest.mark.parametrize(
    "id", ["nope", "%00", "a%2Fb", "a%20b", "%ff", "%D8%00", "x" * 3000, "..", "Slow", "slow%0A"]
)
@pytest.mark.parametrize("kind", ["incidents", "components", "groups"])
def test_what_there_is_not_is_not_found(standing: Api, kind: str, id: str) -> None:
    assert refused(standing, "GET", f"/{kind}/{id}", None) == (404, [])
    assert refused(standing, "PATCH", f"/{kind}/{id}", {}, If_Match="*") == (404, [])


def test_ids_in_paths_are_decoded(standing: Api) -> None:
    assert standing.get("/incidents/sl%6fw").json["id"] == "slow"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        case("limit=0", "limit", id="a page of nothing"),
        case("limit=101", "limit", id="a page that is too long"),
        case("limit=ten", "limit", id="a limit that is no number"),
        case("limit=", "limit", id="an empty limit"),
        case("limit=1&limit=2", "limit", id="two limits"),
        case("open=yes", "open", id="neither true nor false"),
        case("open=1", "open", id="one for true"),
        case("month=2026-13", "month", id="a month that there is not"),
        case("month=0000-01", "month", id="a year that there is not"),
        case("month=11-2026", "month", id="a month written elsewhere"),
        case("component=A%20B", "component", id="a component that is no id"),
        case("cursor=x", "cursor", id="a made-up cursor"),
        case("cursor=%F0%9F%98%80", "cursor", id="a cursor of other letters"),
        case("cursor=12", "cursor", id="a cursor of another list"),
        case("cursor=" + "A" * 600, "cursor", id="a cursor that is too long"),
        case("opne=true", "opne", id="an unknown parameter"),
        case("dry_run=true", "dry_run", id="a parameter of changes"),
    ],
)  # fmt: skip
def test_a_list_is_refused_by_parameter(standing: Api, query: str, field: str) -> None:
    assert refused(standing, "GET", f"/incidents?{query}", None) == (400, [field])


@pytest.mark.parametrize("query", ["after=-1", "after=99999999999999999999", "after=x", "cursor=-1"])
def test_the_record_is_read_from_a_number_on(standing: Api, query: str) -> None:
    status, fields = refused(standing, "GET", f"/record?{query}", None)

    assert (status, fields) == (400, [query.partition("=")[0]])


def test_months_at_the_ends_of_time_do_no_harm(standing: Api) -> None:
    for month in ("0001-01", "9999-12"):
        assert standing.get(f"/incidents?month={month}").status in (200, 400)


def test_unknown_addresses_and_methods_are_problems_too(standing: Api) -> None:
    assert refused(standing, "GET", "/nothing", None) == (404, [])
    assert refused(standing, "DELETE", "/page", None) == (405, [])
    assert standing.send("PUT", "/page").headers["Allow"] == "GET, PATCH"
    assert "/api/v1/nothing" not in standing.app.routes


def test_an_event_that_is_no_request_is_answered(standing: Api) -> None:
    answer = standing.app({"requestContext": {}}, None)

    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (404, PROBLEM)
