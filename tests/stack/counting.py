"""An emulated account that counts what the functions ask of table, bucket and queue, as AWS would bill it.

Run as `python -m tests.stack.counting`, with ministack's own environment. The functions are those that come
with a session token, since they have roles; the owner has none. `GET /_counts` tells what was counted since
the last `POST /_counts`: requests of each service by operation, the bytes put, the units read and written.
"""

import asyncio
import json
import math
import os
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

COUNTS = "/_counts"
READ_UNIT = 4096
"""Bytes that one read unit reads strongly, and half a unit otherwise.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""
SERVICES = {"dynamodb": "table", "s3": "bucket", "sqs": "queue"}
OF_BUCKETS = {"PUT": "PutObject", "HEAD": "HeadObject", "DELETE": "DeleteObject", "GET": "GetObject"}

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Json = dict[str, Any]


class Counting:
    """The emulator, with a count of what the functions ask of it."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app
        self._counted: defaultdict[str, float] = defaultdict(float)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        if scope.get("path") == COUNTS:
            await self._tell(scope["method"], send)
        elif b"x-amz-security-token" in headers:
            await self._count(scope, headers, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _count(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        asked, answered = bytearray(), bytearray()

        async def hear() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def say(message: Message) -> None:
            answered.extend(message.get("body", b""))
            await send(message)

        await self._app(scope, hear, say)
        service = SERVICES.get(service_of(headers))
        if service is None:
            return
        name = operation(scope, headers)
        self._counted[f"{service}.{name}"] += 1
        if service == "table":
            read, written = units(name, json.loads(asked), json.loads(answered))
            self._counted["read_units"] += read
            self._counted["write_units"] += written
        if name == "PutObject":
            self._counted["bytes"] += len(asked)

    async def _tell(self, method: str, send: Send) -> None:
        told = json.dumps(self._counted).encode()
        if method == "POST":
            self._counted.clear()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": told})


def service_of(headers: dict[bytes, bytes]) -> str:
    """The service that a request was signed for (Signature Version 4, credential scope)."""
    found = re.search(rb"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request", headers.get(b"authorization", b""))
    return found[1].decode() if found else ""


def operation(scope: Scope, headers: dict[bytes, bytes]) -> str:
    """What is asked for, by its name in the service's API."""
    if target := headers.get(b"x-amz-target"):
        return target.rpartition(b".")[2].decode()
    if scope["method"] == "GET" and b"list-type=2" in scope["query_string"]:
        return "ListObjectsV2"
    return OF_BUCKETS[scope["method"]]


def units(name: str, asked: Json, answered: Json) -> tuple[float, float]:
    """Units that a request to the table reads and writes.

    The emulator tells those that were written (one for each started KB of an item, the old or the new one,
    whichever is larger; twice that in a transaction), but takes every read for one unit: these are counted
    here from what it answered. What was refused is not counted.
    """
    if name in ("GetItem", "Query", "BatchGetItem"):
        whole = sum(map(_read_units, _read(name, asked, answered)))
        return whole if _is_strong(name, asked) else whole / 2, 0
    told = answered.get("ConsumedCapacity", [])
    return 0, sum(it["CapacityUnits"] for it in ([told] if isinstance(told, dict) else told))


def size(item: Json) -> int:
    """An item's bytes as DynamoDB bills them: names and values in UTF-8, a number's digits by twos.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Json) -> int:
    ((kind, held),) = value.items()
    return len(held) // 2 + 2 if kind == "N" else len(str(held).encode())


def _read_units(bytes_read: int) -> int:
    """What is not there costs one unit too."""
    return max(1, math.ceil(bytes_read / READ_UNIT))


def _read(name: str, asked: Json, answered: Json) -> Iterator[int]:
    """The bytes that are rounded up by themselves: those of an item, or of all that a query found."""
    if name == "GetItem":
        yield size(answered.get("Item", {}))
    elif name == "Query":
        yield sum(map(size, answered.get("Items", ())))
    else:
        found = [item for items in answered.get("Responses", {}).values() for item in items]
        wanted = sum(len(it["Keys"]) for it in asked["RequestItems"].values())
        yield from map(size, found)
        yield from [0] * (wanted - len(found))


def _is_strong(name: str, asked: Json) -> bool:
    told = asked["RequestItems"].values() if name == "BatchGetItem" else [asked]
    return all(it.get("ConsistentRead") for it in told)


def main() -> None:
    """Serve until told to end."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app  # type: ignore[import-untyped]

    config = Config()
    config.bind = [f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    asyncio.run(serve(Counting(app), config))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
