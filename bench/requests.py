"""What an operation costs: requests to table and bucket, files and bytes put, counted on the wire."""

from collections import Counter
from typing import Any

from chalicelib import wiring
from chalicelib.stores import table


class Counted:
    """Counts the requests of this process's clients by operation, and the bytes of the files put."""

    def __init__(self) -> None:
        self.operations: Counter[str] = Counter()
        self.bytes = 0
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
        self.bytes = 0
        return found

    def _count(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        self.operations[model.name] += 1
        if model.name == "PutObject":
            body = params["body"]
            self.bytes += len(body if isinstance(body, bytes) else body.read() or b"")
            if not isinstance(body, bytes):
                body.seek(0)


TABLE = {"GetItem", "Query", "BatchGetItem", "TransactWriteItems", "BatchWriteItem", "PutItem", "Scan"}
