"""What an operation costs: requests to table and bucket, files and bytes put, counted on the wire."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from chalicelib import wiring
from chalicelib.stores import table
from tests.stack.counting import size

WRITE_UNIT = 1024
"""Bytes of an item that one unit writes; a transaction takes two for each.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""


class Units(NamedTuple):
    """Units written to the table, and how many of them hold the record: its entries and its head."""

    all: int = 0
    record: int = 0

    def and_for(self, pk: str, units: int) -> "Units":
        """With those of one item more."""
        return Units(self.all + units, self.record + units * pk.startswith("RECORD"))


class Counted:
    """Counts the requests of this process's clients by operation, and the bytes of the files put."""

    def __init__(self) -> None:
        self.operations: Counter[str] = Counter()
        self.bytes = 0
        self.units = Units()
        for client in (wiring.s3(), table.connection().client):
            client.meta.events.register("before-call.*.*", self._count)

    def take(self) -> dict[str, int]:
        """What was counted since the last time."""
        of_table = sum(n for name, n in self.operations.items() if name in TABLE)
        files = self.operations["PutObject"]
        found = {
            "table": of_table,
            "bucket": self.operations.total() - of_table,
            "files": files,
            "bytes": self.bytes,
        }
        self.operations.clear()
        self.bytes, self.units = 0, Units()
        return found

    def _count(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        self.operations[model.name] += 1
        for pk, units in _written(model.name, params):
            self.units = self.units.and_for(pk, units)
        if model.name == "PutObject":
            body = params["body"]
            self.bytes += len(body if isinstance(body, bytes) else body.read() or b"")
            if not isinstance(body, bytes):
                body.seek(0)


TABLE = {"GetItem", "Query", "BatchGetItem", "TransactWriteItems", "BatchWriteItem", "PutItem", "Scan"}


def _written(name: str, params: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The partition of each item written, and its units, by the item as it is then."""
    if name == "TransactWriteItems":
        for it in json.loads(params["body"])["TransactItems"]:
            ((_, what),) = it.items()
            yield _partition(what.get("Item") or what["Key"]), 2 * _units(what.get("Item", {}))
    elif name == "BatchWriteItem":
        for its in json.loads(params["body"])["RequestItems"].values():
            for it in its:
                item = it.get("PutRequest", {}).get("Item", {})
                yield _partition(item or it["DeleteRequest"]["Key"]), _units(item)


def _partition(key: dict[str, Any]) -> str:
    return str(key["pk"]["S"])


def _units(item: dict[str, Any]) -> int:
    return max(1, math.ceil(size(item) / WRITE_UNIT))
