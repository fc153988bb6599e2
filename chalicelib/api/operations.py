"""How the API is called: each operation is declared once, for Chalice to route and for OpenAPI to tell."""

import json
import logging
import re
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from chalice.app import Blueprint, Response

from chalicelib.api import access, batches, bodies, problems, queries, requests
from chalicelib.api.queries import Changing, Query
from chalicelib.api.requests import Asked
from chalicelib.api.types import ID
from chalicelib.domain.errors import NotFound
from chalicelib.domain.keys import Scope
from chalicelib.stores.idempotency import Answer

View = Callable[..., Answer]

_log = logging.getLogger("candor.api")


class Operation(NamedTuple):
    """One way to call the API.

    `path` is below /api/v1. `scope` None: anybody may. `answer` is the document that `status` carries.
    A view gets what was asked, then the body if there is one, else the query if it is a list's, then the
    ids of the path by name. `if_match`: whether a change must name the version that it is based on
    (None: there are no versions). `ids`: what the ids of the path look like. `many`: the body is a batch
    of at most so many of those that `body` describes, in an array or in lines. `is_signed`: a caller may
    be known by something else than a key, which the view sees to; it gets what was sent as it came.
    """

    method: str
    path: str
    view: View
    scope: Scope | None
    answer: Any
    status: int = 200
    body: type[bodies.Sent] | None = None
    query: type[Query] = Query
    if_match: bool | None = None
    ids: str = ID
    many: int = 0
    is_signed: bool = False

    @property
    def name(self) -> str:
        """What the operation does, as one word."""
        return self.view.__name__

    @property
    def summary(self) -> str:
        """What the operation does, in a sentence."""
        return (self.view.__doc__ or "").partition("\n")[0].rstrip(".")

    @property
    def changes(self) -> bool:
        """Whether it can store anything."""
        return self.method != "GET"

    def __call__(self, names: Mapping[str, str]) -> Answer:
        """Admit, read, and let the view answer."""
        request, wiring = requests.current()
        wiring.settings()
        caller = self._caller(requests.header(request, "authorization"))
        ids = self._ids(names)
        query = queries.read(request, self.query)
        asked = Asked(request, wiring, caller, dry_run=isinstance(query, Changing) and query.dry_run)
        return self.view(asked, *self._taken(asked, query), **ids)

    def _caller(self, authorization: str | None) -> access.Caller | None:
        """Who asks, where only those with a key may."""
        return access.caller(authorization, self.scope) if self.scope and not self.is_signed else None

    def _taken(self, asked: Asked, query: Query) -> list[Any]:
        """What the view gets beside what was asked; with a batch its query too, which says how to take it."""
        if self.body and self.many:
            is_lines = requests.is_lines(asked.request)
            raw = requests.sent(asked.request, requests.LARGEST_BATCH)
            return [batches.read(raw, self.body, most=self.many, is_lines=is_lines), query]
        if self.is_signed:
            return [requests.sent(asked.request, requests.LARGEST_BATCH), query]
        if self.body:
            return [bodies.read(_body(asked), self.body)]
        return [] if self.changes else [query]

    def _ids(self, names: Mapping[str, str]) -> dict[str, str]:
        """The ids of the path, decoded here since nobody else does; what is no id is the id of nothing."""
        ids = {name: unquote(value) for name, value in names.items()}
        for id in ids.values():
            if not re.fullmatch(self.ids, id):
                raise NotFound(_one_of(self.path.split("/")[1]), id)
        return ids


class Routes:
    """The operations on one kind of resource: to route, and to describe."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.operations: list[Operation] = []

    def blueprint(self) -> Blueprint:
        """The routes as Chalice registers them, once for each app."""
        blueprint = Blueprint(self.name)
        for operation in self.operations:
            route = blueprint.route(
                operation.path, methods=[operation.method], name=operation.name, content_types=[]
            )
            route(_answering(operation))
        return blueprint

    def get(self, path: str, **how: Any) -> Callable[[View], View]:
        """An operation that reads."""
        return self._registered("GET", path, {"scope": Scope.READ, **how})

    def post(self, path: str, **how: Any) -> Callable[[View], View]:
        """An operation that adds something."""
        return self._registered("POST", path, {"status": 201, "query": Changing, **how})

    def patch(self, path: str, **how: Any) -> Callable[[View], View]:
        """An operation that changes what the caller has seen."""
        return self._registered("PATCH", path, {"query": Changing, "if_match": True, **how})

    def delete(self, path: str, **how: Any) -> Callable[[View], View]:
        """An operation that ends something."""
        return self._registered("DELETE", path, {"query": Changing, **how})

    def _registered(self, method: str, path: str, how: dict[str, Any]) -> Callable[[View], View]:
        def register(view: View) -> View:
            self.operations.append(Operation(method=method, path=path, view=view, **how))
            return view

        return register


def respond(operation: Operation, names: Mapping[str, str]) -> Response:
    """Call an operation; whatever goes wrong becomes a problem document, here and nowhere else.

    An error of ours is answered too, and not raised: API Gateway would put a body of its own in place of
    ours, and nobody repeats a failed call. The gateway counts the 500 for the alarm, the log has the place.
    """
    began = time.perf_counter()
    error: Exception | None = None
    try:
        answer = operation(names)
    except Exception as risen:  # noqa: BLE001 - the one place that translates every error
        error, answer = risen, problems.answer_to(risen) or problems.failure()
    _note(operation, answer.status, error, ms=round((time.perf_counter() - began) * 1000))
    return response(answer)


def _one_of(several: str) -> str:
    """The word for one of a resource: incident, advisory."""
    return f"{several[:-3]}y" if several.endswith("ies") else several.removesuffix("s")


def _answering(operation: Operation) -> Callable[..., Response]:
    def answering(**names: str) -> Response:
        return respond(operation, names)

    return answering


def response(answer: Answer) -> Response:
    """An answer as Chalice sends it."""
    sent: dict[str, str | list[str]] = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Response(answer.body, {**sent, **answer.headers}, answer.status)


def _body(asked: Asked) -> bytes:
    requests.check_type(asked.request)
    return requests.sent(asked.request)


def _note(operation: Operation, status: int, error: Exception | None, *, ms: int) -> None:
    """One record per outcome: ids and numbers, never bodies, addresses or keys."""
    request, _ = requests.current()
    record = {
        "operation": operation.name, "status": status, "ms": ms, "request": request.context.get("requestId"),
    }  # fmt: skip
    if error is None or status != problems.FAILURE:
        _log.info(json.dumps(record))
        return
    failed = {"error": type(error).__name__, "beneath": _beneath(error), "denied": _denied(error)}
    _log.error(json.dumps({**record, **failed, "at": _places(error)}))


def _beneath(error: BaseException) -> str:
    """What lies beneath, in one word: AWS's code for it, or the kind of error."""
    while (under := error.__cause__ or error.__context__) is not None:
        error = under
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code") or type(error).__name__)


def _denied(error: BaseException) -> str | None:
    """The permission that AWS missed, if that is what went wrong; of its words nothing else."""
    found = re.search(r"not authorized to perform: (\w+:\w+)", str(error))
    if found is None:
        return _denied(error.__cause__) if error.__cause__ else None
    return found[1]


def _places(error: Exception) -> list[str]:
    """Where the error rose, innermost last; without its words, which can hold what was sent."""
    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
