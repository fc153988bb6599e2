"""The OpenAPI 3.1 description, made from the operations and the types that they themselves work with."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec

from chalicelib.api import requests
from chalicelib.api.operations import Operation
from chalicelib.api.problems import CONTENT_TYPE, Problem
from chalicelib.api.requests import PREFIX
from chalicelib.stores.idempotency import Answer

Node = dict[str, Any]

VERSION = "1.0.0"
ABOUT = """The management API of a Candor status page. Every change that readers see is an entry of the public
record; of samples it is the day that they come to.

Send JSON and a key (`Authorization: Bearer KEY`). Refusals are problem documents (RFC 9457) that name
the field. A `POST` may carry an `Idempotency-Key`: within 24 hours the same request gets the same
answer again. Every `PATCH` must carry `If-Match` with the `ETag` that you saw. It takes the place of an
`Idempotency-Key`, which only a `POST` minds. With `?dry_run=true` a change is checked and previewed: 200,
nothing is stored. Lists come in pages: go on with `cursor` until `next` is null."""
REPEATED = """A repeat changes nothing twice: with the `ETag` that you saw it is refused with 412 (read what
stands, it may be yours), with `*` it finds all as it wants it. An `Idempotency-Key` has no meaning here."""
REFS = "#/components/schemas/{name}"
TEXT = {"type": "string"}
REFUSALS = {
    400: "Something in the request is wrong: `errors` names it.",
    401: "There is no key, or none of ours.",
    403: "The key lacks a scope.",
    404: "There is no such thing.",
    409: "Valid in itself, but not with what stands.",
    412: "`If-Match` names a version that has passed.",
    413: "The body has more than 64 KiB, or a batch or a message of alarms more than 1 MiB.",
    415: "The body is not sent as application/json; a batch may come as application/x-ndjson.",
    422: "The `Idempotency-Key` was used for another request.",
    428: "`If-Match` is missing.",
    500: "Our fault.",
    503: "Too many changes at once, or AWS is away: nothing was stored, send the same request again.",
}
REFUSAL_HEADERS = {
    401: {"WWW-Authenticate": {"required": True, "schema": TEXT}},
    403: {"WWW-Authenticate": {"required": True, "schema": TEXT}},
    503: {"Retry-After": {"required": True, "schema": {"type": "integer"}}},
}
ETAG = {"ETag": {"description": "The version, for `If-Match`.", "schema": TEXT}}
LOCATION = {
    "Location": {"description": "Where it is from now on.", "schema": {**TEXT, "format": "uri-reference"}}
}
AGAIN = {"description": "`true` on an answer given again.", "schema": {**TEXT, "const": "true"}}
PREVIEW = {
    "description": "What the answer would be, had this not been a dry run: nothing was stored.",
    "content": {"application/json": {"schema": {"type": "object"}}},
}
REPLAYED = {"Idempotent-Replayed": AGAIN}
ANYTHING: Node = {"*/*": {"schema": {}}}
KEY = {"type": "http", "scheme": "bearer", "bearerFormat": "candor_ID_SECRET"}


@cache
def answer(root: str) -> Answer:
    """The description as an answer."""
    return Answer(HTTPStatus.OK, msgspec.json.encode(description(root)).decode(), {})


def description(root: str = "") -> Node:
    """The description of the API whose paths lie under `root` on the host that serves it."""
    from chalicelib.api.routes import ALL  # the routes have this module's own one among them

    operations = [(routes.name, operation) for routes in ALL for operation in routes.operations]
    schemas = _Schemas([operation for _, operation in operations])
    paths: Node = {}
    for tag, operation in operations:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _operation(
            operation, tag, schemas
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Candor", "version": VERSION, "description": ABOUT},
        "servers": [{"url": root or "/"}],
        "tags": [{"name": routes.name} for routes in ALL],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": {str(status): _refusal(status) for status in REFUSALS},
            "securitySchemes": {"key": KEY},
        },
    }


class _Schemas:
    """The schemas of all bodies, answers and queries."""

    def __init__(self, operations: list[Operation]) -> None:
        types = {id(type): type for operation in operations for type in _types(operation)}
        found, components = msgspec.json.schema_components([*types.values(), Problem], ref_template=REFS)
        self._refs = dict(zip(types, found, strict=False))
        self._queries = {operation.query.__name__ for operation in operations}
        self._all = components

    @property
    def components(self) -> Node:
        """What the description publishes: parameters stand with their operations."""
        return {name: schema for name, schema in sorted(self._all.items()) if name not in self._queries}

    def ref(self, type: Any) -> Node:
        """The reference to a type."""
        return self._refs[id(type)]

    def parameters(self, query: Any) -> Mapping[str, Node]:
        """The schema of each parameter of a query."""
        found: Mapping[str, Node] = self._all[query.__name__].get("properties", {})
        return found


def _types(operation: Operation) -> Iterator[Any]:
    yield operation.answer
    yield operation.query
    if operation.body:
        yield operation.body


def _operation(operation: Operation, tag: str, schemas: _Schemas) -> Node:
    node: Node = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [tag],
        "parameters": [*_path(operation), *_query(operation, schemas), *_headers(operation)],
        "responses": _responses(operation, schemas),
    }
    if operation.scope is None:
        node["security"] = []
    else:
        told = f"Needs the scope `{operation.scope}`."
        node["description"] = f"{told} {REPEATED}" if operation.method == "PATCH" else told
    if operation.is_signed:
        node["description"] += f" Or that of the source, `{operation.scope}:SOURCE`."
        node["description"] += " Or, where the source signs what it sends, its signature; or its secret."
        node["requestBody"] = {"required": True, "content": ANYTHING}
    if operation.body:
        required = not operation.body.MAY_BE_EMPTY
        node["requestBody"] = {"required": required, "content": _content(operation, schemas)}
    return node


def _content(operation: Operation, schemas: _Schemas) -> Node:
    """What the body is, by its type; a batch also comes in lines."""
    example = operation.body.EXAMPLE if operation.body else {}
    schema = schemas.ref(operation.body)
    if not operation.many:
        return {"application/json": {"schema": schema, "example": example}}
    array = {"type": "array", "items": schema, "minItems": 1, "maxItems": operation.many}
    lines = msgspec.json.encode(example).decode() + "\n"
    return {
        "application/json": {"schema": array, "example": [example]},
        "application/x-ndjson": {"schema": TEXT, "example": lines},
    }


def _path(operation: Operation) -> Iterator[Node]:
    for name in re.findall(r"{(\w+)}", operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": {**TEXT, "pattern": operation.ids}}


def _query(operation: Operation, schemas: _Schemas) -> Iterator[Node]:
    for name, schema in schemas.parameters(operation.query).items():
        plain = _not_null({key: value for key, value in schema.items() if key != "description"})
        yield {"name": name, "in": "query", "description": _told(schema), "schema": plain}


def _told(schema: Node) -> str:
    """The description, which stands inside where a parameter may be absent."""
    found = [schema, *schema.get("anyOf", ())]
    return next((part["description"] for part in found if "description" in part), "")


def _not_null(schema: Node) -> Node:
    """A parameter is absent, never null."""
    if "anyOf" not in schema:
        return schema
    (plain,) = (part for part in schema["anyOf"] if part != {"type": "null"})
    return {key: value for key, value in plain.items() if key != "description"}


def _headers(operation: Operation) -> Iterator[Node]:
    if operation.method == "POST" and not operation.is_signed:
        told = "Makes a repeat harmless, for 24 hours (3 days where it brings samples)."
        told = f"{told} Any text of yours that is new for each request."
        schema = {**TEXT, "pattern": requests.IDEMPOTENCY_KEY}
        yield {"name": "Idempotency-Key", "in": "header", "description": told, "schema": schema}
    if operation.if_match is not None:
        told = "The `ETag` of the version that you decided on, or `*` for whichever there is."
        told = f"{told} Without it: 428." if operation.if_match else told
        node = {"name": "If-Match", "in": "header", "description": told}
        yield {**node, "schema": {**TEXT, "pattern": requests.IF_MATCH, "examples": ['"3"', "*"]}}


def _responses(operation: Operation, schemas: _Schemas) -> Node:
    content = {"application/json": {"schema": schemas.ref(operation.answer)}}
    told = HTTPStatus(operation.status).phrase
    given = {str(operation.status): {"description": told, "headers": _given(operation), "content": content}}
    if operation.method == "POST":
        given.setdefault("200", PREVIEW)
    refused = {str(status): {"$ref": f"#/components/responses/{status}"} for status in _refusals(operation)}
    return given | refused


def _given(operation: Operation) -> Node:
    """The headers of an answer."""
    if operation.is_signed:
        return {}
    if operation.method == "POST":
        return {**ETAG, **LOCATION, **REPLAYED}
    return ETAG if "{" in operation.path or operation.if_match else {}


def _refusals(operation: Operation) -> list[int]:
    """What an operation may be refused with."""
    found = {500}
    found |= {401, 403} if operation.scope else set()
    found |= {404} if "{" in operation.path else set()
    found |= {400}
    found |= {503} if operation.changes else set()
    found |= {409} if operation.body or operation.method == "DELETE" else set()
    found |= {413, 415} if operation.body else set()
    found |= {413} if operation.is_signed else {422} if operation.method == "POST" else set()
    found |= {412} if operation.if_match is not None else set()
    found |= {428} if operation.if_match else set()
    return sorted(found)


def _refusal(status: int) -> Node:
    content = {CONTENT_TYPE: {"schema": {"$ref": REFS.format(name="Problem")}}}
    return {"description": REFUSALS[status], "headers": REFUSAL_HEADERS.get(status, {}), "content": content}
