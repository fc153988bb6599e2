"""The description says what the API does: every route, from the types that the routes themselves use."""

import re
from typing import Any, get_args

import msgspec
import pytest

from chalicelib.api import bodies, descriptions, types
from chalicelib.api.bodies import OpeningStatus, StatedImpact
from chalicelib.api.component_bodies import Environment
from chalicelib.api.operations import Operation
from chalicelib.api.problems import CONTENT_TYPE
from chalicelib.api.requests import PREFIX
from chalicelib.api.routes import ALL
from chalicelib.domain.components import ENVIRONMENTS
from chalicelib.domain.incidents import OPENING, STATED_IMPACTS
from tests.api.callers import Api

OPERATIONS = [operation for routes in ALL for operation in routes.operations]
each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """The description."""
    return descriptions.description()


def node(description: dict[str, Any], operation: Operation) -> dict[str, Any]:
    """What the description says of an operation."""
    found: dict[str, Any] = description["paths"][PREFIX + operation.path][operation.method.lower()]
    return found


def test_every_route_is_described(standing: Api) -> None:
    described = standing.get("/openapi.json").json["paths"]

    routed = {(path, method.lower()) for path, methods in standing.app.routes.items() for method in methods}
    assert {(path, method) for path, methods in described.items() for method in methods} == routed


def test_the_address_is_the_one_that_was_asked(standing: Api) -> None:
    described = standing.get("/openapi.json").json

    assert described["openapi"] == "3.1.0"
    assert described["servers"] == [{"url": "/"}]
    assert descriptions.description("/live")["servers"] == [{"url": "/live"}]


@each_operation
def test_each_operation_is_described_whole(description: dict[str, Any], operation: Operation) -> None:
    told = node(description, operation)

    assert told["summary"]
    assert told["operationId"] == operation.name
    assert str(operation.status) in told["responses"]
    assert all(part["description"] for part in told["parameters"] if part["in"] != "path")
    assert (told.get("security") == []) == (operation.scope is None)
    assert operation.scope is None or operation.scope in told["description"]
    assert ("requestBody" in told) == (operation.body is not None or operation.is_signed)


@each_operation
def test_each_change_says_that_if_match_takes_the_place_of_an_idempotency_key(
    description: dict[str, Any], operation: Operation
) -> None:
    told = node(description, operation)
    headers = {part["name"] for part in told["parameters"] if part["in"] == "header"}

    assert ("Idempotency-Key" in headers) == (operation.method == "POST" and not operation.is_signed)
    assert ("Idempotency-Key" in told.get("description", "")) == (operation.method == "PATCH")
    assert operation.method != "PATCH" or "If-Match" in headers


@each_operation
def test_refusals_are_problem_documents(description: dict[str, Any], operation: Operation) -> None:
    refusals = [status for status in node(description, operation)["responses"] if status >= "4"]

    assert {"400", "500"} <= set(refusals)
    for status in refusals:
        assert list(description["components"]["responses"][status]["content"]) == [CONTENT_TYPE]


@pytest.mark.parametrize("body", [operation.body for operation in OPERATIONS if operation.body])
def test_each_example_is_a_good_body(body: type[bodies.Sent]) -> None:
    told = msgspec.to_builtins(bodies.read(msgspec.json.encode(body.EXAMPLE), body).stated())

    assert {name: told[name] for name in body.EXAMPLE} == body.EXAMPLE


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    text = msgspec.json.encode(description).decode()

    for _, kind, name in set(re.findall(r'"(#/components/(\w+)/(\w+))"', text)):
        assert name in description["components"][kind]


def test_the_words_of_the_schemas_are_those_of_the_rules() -> None:
    assert set(get_args(OpeningStatus)) == OPENING
    assert set(get_args(StatedImpact)) == STATED_IMPACTS
    assert get_args(Environment) == ENVIRONMENTS


@pytest.mark.parametrize("pattern", [types.LINE, types.TEXT])
@pytest.mark.parametrize("text", ["", " ", "\t\n", "\u0000", "\u0085", "\u00a0", "\u3000"])
def test_what_the_patterns_call_blank_is_blank(pattern: str, text: str) -> None:
    assert re.search(pattern, text) is None
