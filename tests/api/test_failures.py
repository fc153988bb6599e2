"""What happens when it is our fault: one log record, one problem document, and nothing that leaks."""

import json
import logging

import pytest
from botocore.exceptions import ClientError
from chalice.app import Chalice, Response

from chalicelib.api.operations import Routes
from chalicelib.api.requests import Asked
from chalicelib.domain.errors import Busy
from chalicelib.domain.pages import Page
from chalicelib.stores.idempotency import Answer
from tests.api.callers import PROBLEM, Api, Told


class Failing(Told):
    """A wiring whose page cannot be had."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def page(self) -> Page:
        raise self.error


def failing(api: Api, error: Exception) -> Api:
    """The API over a wiring that fails."""
    return Api(api.credential, Failing(error))


def test_an_error_of_ours_is_a_problem_without_details(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "candor"):
        reply = failing(api, RuntimeError("secret words")).get("/page")

    assert (reply.status, reply.headers["Content-Type"]) == (500, PROBLEM)
    assert "secret" not in reply.text
    (logged,) = caplog.records
    told = json.loads(logged.message)
    assert logged.levelno == logging.ERROR
    assert (told["operation"], told["status"], told["error"], told["request"]) == (
        "get_page",
        500,
        "RuntimeError",
        "r1",
    )
    assert "test_failures.py" in told["at"][-1]
    assert "secret" not in logged.message


def test_the_log_says_what_aws_refused_and_not_in_its_words(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    words = (
        "User: arn:aws:sts::1:assumed-role/secret is not authorized to perform: dynamodb:GetItem on secret"
    )
    refused = ClientError({"Error": {"Code": "AccessDeniedException", "Message": words}}, "GetItem")
    error = RuntimeError("Failed to get item")
    error.__cause__ = refused

    with caplog.at_level(logging.INFO, "candor"):
        failing(api, error).get("/page")

    (logged,) = caplog.records
    told = json.loads(logged.message)
    assert (told["beneath"], told["denied"]) == ("AccessDeniedException", "dynamodb:GetItem")
    assert "secret" not in logged.message


def test_too_many_writers_are_told_to_come_again(api: Api) -> None:
    reply = failing(api, Busy("too many changes at once")).get("/page")

    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")


def test_each_outcome_is_one_log_record(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "candor"):
        api.post("/groups", {"name": "Confidential"})
        api.get("/groups/nope")

    told = [json.loads(logged.message) for logged in caplog.records]
    assert [(line["operation"], line["status"]) for line in told] == [
        ("create_group", 201),
        ("get_group", 404),
    ]
    assert "Confidential" not in caplog.text
    assert str(api.credential) not in caplog.text


def test_a_failure_of_chalice_itself_is_a_problem_too(api: Api) -> None:
    @api.app.route("/broken")
    def broken() -> Response:
        raise RuntimeError

    reply = api.app(
        {
            "requestContext": {"resourcePath": "/broken", "httpMethod": "GET"},
            "headers": {}, "multiValueQueryStringParameters": None, "pathParameters": None, "body": None,
            "stageVariables": None,
        },
        None,
    )  # fmt: skip

    assert (reply["statusCode"], reply["headers"]["Content-Type"]) == (500, PROBLEM)


def test_a_view_that_needs_a_caller_cannot_be_open_to_all(table: str) -> None:
    routes = Routes("careless")

    @routes.get("/careless", scope=None, answer=dict)
    def careless(asked: Asked, query: object) -> Answer:
        """Show who asks."""
        return Answer(200, asked.known.key.name)

    api = Api(None)
    api.app.register_blueprint(routes.blueprint(), url_prefix="/api/v1")

    assert api.get("/careless").status == 500


def test_the_routes_can_stand_on_several_apps(table: str) -> None:
    one, two = (Api(None, app=Chalice(name, configure_logs=False, env={})) for name in ("one", "two"))

    assert one.app.routes.keys() == two.app.routes.keys()
