"""API Gateway on a laptop: routes, events and answers as in AWS, many at a time."""

import base64
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from chalice.app import Chalice, Response

from chalicelib.local.answers import Answer
from chalicelib.local.gateway import LARGEST_BODY, Gateway, Request, match

WRITERS = 20


def an_app(barrier: Barrier) -> Any:
    """An application of a few routes that show what they were called with."""
    app: Any = Chalice("shows", configure_logs=False, env={})

    def thing(id: str) -> Any:
        return app.current_request.to_dict() | {"id": id, "raw": app.current_request.raw_body.decode()}

    def special() -> Any:
        return {"special": True}

    def bodies() -> Any:
        shown = json.dumps({"hex": app.current_request.raw_body.hex()})
        return Response(shown, {"Set-Cookie": ["a=1", "b=2"]})

    def slow(id: str) -> Any:
        barrier.wait(10)
        return {"id": id, "asked": app.current_request.context["path"]}

    def breaks() -> Any:
        return Response(b"\xff", {"Content-Type": "text/plain"})

    def nothing() -> Any:
        return Response("", status_code=204)

    app.route("/api/v1/things/{id}", methods=["GET", "PATCH"])(thing)
    app.route("/api/v1/things/special", methods=["GET"])(special)
    app.route("/api/v1/bodies", methods=["POST"], content_types=["text/plain", "image/png"])(bodies)
    app.route("/api/v1/slow/{id}", methods=["GET"])(slow)
    app.route("/api/v1/breaks", methods=["GET"])(breaks)
    app.route("/api/v1/nothing", methods=["DELETE"])(nothing)
    return app


@pytest.fixture(scope="module")
def gateway() -> Gateway:
    return Gateway(an_app(Barrier(WRITERS)))


def request(method: str, path: str, **more: Any) -> Request:
    headers: Mapping[str, str] = more.pop("headers", {})
    return Request(method, path, more.pop("query", ""), headers, more.pop("body", b""))


def shown(answer: Answer) -> Any:
    assert answer.status == 200, answer
    return json.loads(answer.body)


def header(answer: Answer, name: str) -> list[str]:
    return [value for key, value in answer.headers if key.lower() == name.lower()]


def test_fixed_text_goes_before_a_variable() -> None:
    routes = {"/a/{x}": (), "/a/b": (), "/{y}/b": (), "/a/{x}/c": ()}

    assert match("/a/b", routes) == ("/a/b", {})
    assert match("/a/z", routes) == ("/a/{x}", {"x": "z"})
    assert match("/z/b", routes) == ("/{y}/b", {"y": "z"})
    assert match("/a/b/", routes) == ("/a/b", {})
    assert match("/a//c", routes) is None
    assert match("/a", routes) is None


def test_variables_keep_their_percent_signs_as_in_aws(gateway: Gateway) -> None:
    assert shown(gateway.answer(request("GET", "/api/v1/things/a%2Fb%20c")))["id"] == "a%2Fb%20c"


def test_a_query_is_decoded_and_may_repeat_a_name(gateway: Gateway) -> None:
    asked = shown(gateway.answer(request("GET", "/api/v1/things/x", query="a=1&a=%32&empty=&c=%C3%BC+z")))

    assert asked["query_params"] == {"a": "2", "empty": "", "c": "ü z"}


def test_headers_are_found_by_any_spelling(gateway: Gateway) -> None:
    asked = shown(gateway.answer(request("GET", "/api/v1/things/x", headers={"if-match": '"1"'})))

    assert asked["headers"]["if-match"] == '"1"'


@pytest.mark.parametrize(
    ("type", "body"),
    [
        pytest.param("text/plain", "grün\n".encode(), id="text"),
        pytest.param("text/plain", b"\xff\xfe", id="text that is no UTF-8"),
        pytest.param("image/png", b"\x89PNG", id="binary"),
    ],
)
def test_a_body_arrives_byte_for_byte(gateway: Gateway, type: str, body: bytes) -> None:
    answer = gateway.answer(request("POST", "/api/v1/bodies", headers={"content-type": type}, body=body))

    assert shown(answer)["hex"] == body.hex()
    assert header(answer, "Set-Cookie") == ["a=1", "b=2"]


def test_an_answer_is_json_unless_it_says_otherwise(gateway: Gateway) -> None:
    assert header(gateway.answer(request("GET", "/api/v1/things/special")), "Content-Type") == [
        "application/json"
    ]


def test_head_is_get(gateway: Gateway) -> None:
    assert gateway.answer(request("HEAD", "/api/v1/things/special")).status == 200


@pytest.mark.parametrize(
    ("asked", "status", "allow"),
    [
        pytest.param(request("GET", "/api/v1/unknown"), 404, [], id="unknown address"),
        pytest.param(request("PUT", "/api/v1/things/x"), 405, ["GET, HEAD, PATCH"], id="unknown method"),
        pytest.param(request("GET", "/api/v1/nothing"), 405, ["DELETE"], id="no GET, so no HEAD"),
        pytest.param(request("GET", "/api/v1/breaks"), 502, [], id="the function fails"),
        pytest.param(
            request("POST", "/api/v1/bodies", body=b"x" * (LARGEST_BODY + 1)), 413, [], id="too long a body"
        ),
    ],
)
def test_what_reaches_no_function_is_a_problem_document(
    gateway: Gateway, asked: Request, status: int, allow: list[str]
) -> None:
    answer = gateway.answer(asked)

    assert (answer.status, header(answer, "Allow")) == (status, allow)
    assert header(answer, "Content-Type") == ["application/problem+json"]
    assert json.loads(answer.body)["status"] == status
    assert b"Traceback" not in answer.body


def test_an_answer_without_a_body_has_no_length() -> None:
    gateway = Gateway(an_app(Barrier(1)))

    answer = gateway.answer(request("DELETE", "/api/v1/nothing"))

    assert answer.line() == "204 No Content"
    assert "Content-Length" not in dict(answer.full_headers())


def test_each_of_many_at_once_sees_its_own_request(gateway: Gateway) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        answers = pool.map(
            lambda n: shown(gateway.answer(request("GET", f"/api/v1/slow/{n}"))), range(WRITERS)
        )

    assert [(a["id"], a["asked"]) for a in answers] == [(str(n), f"/api/v1/slow/{n}") for n in range(WRITERS)]


def test_binary_answers_are_decoded() -> None:
    from chalicelib.local.gateway import answer_of

    body = base64.b64encode(b"\x89PNG").decode()

    assert answer_of({"statusCode": 200, "body": body, "isBase64Encoded": True}).body == b"\x89PNG"
