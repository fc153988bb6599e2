"""The whole API on an app: its routes, and what surrounds every request."""

from collections.abc import Callable
from http import HTTPStatus

from chalice.app import Chalice, Request, Response

from chalicelib.api import (
    advisories,
    alarms,
    components,
    groups,
    incidents,
    keys,
    maintenances,
    metrics,
    openapi,
    pages,
    postmortems,
    probes,
    problems,
    record,
    requests,
    samples,
)
from chalicelib.api.operations import response
from chalicelib.api.requests import PREFIX, Wiring

Respond = Callable[[Request], Response]

MODULES = (
    *(groups, components, incidents, postmortems, maintenances, advisories),
    *(alarms, samples, metrics, probes, record, keys, pages, openapi),
)
ALL = tuple(module.routes for module in MODULES)


def register(app: Chalice, wiring: Wiring) -> None:
    """Put the API on an app. Clock, ids and settings are the wiring's, so that a test can give its own."""
    app.register_middleware(_around(app, wiring), "http")
    for routes in ALL:
        app.register_blueprint(routes.blueprint(), url_prefix=PREFIX)


def _around(app: Chalice, wiring: Wiring) -> Callable[[Request | None, Respond], Response]:
    def around(request: Request | None, get_response: Respond) -> Response:
        if request is None or request.path not in app.routes:
            return response(problems.problem(HTTPStatus.NOT_FOUND, "There is nothing at this address."))
        with requests.at_hand(request, wiring):
            return _in_our_words(get_response(request))

    return around


def _in_our_words(given: Response) -> Response:
    """What Chalice itself refuses (a method, a failure outside of our views) as a problem document too."""
    if not isinstance(given.body, dict):
        return given
    status = HTTPStatus(given.status_code)
    allowed = {"Allow": str(given.headers["Allow"])} if "Allow" in given.headers else {}
    return response(problems.problem(status, f"{status.description}.", headers=allowed))
