"""How many samples one core accepts: batches of 1,000 over 50 components, through the API, on a real engine.

What counts is the CPU time of this process, all of it: the request, its key, the samples, the requests to
the table and their answers. The engine is a process of its own.
"""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from chalicelib.stores import table
from tests.api.callers import NOW, Api, a_key
from tests.engine import engine, settled

COMPONENTS = 50
SAMPLES = 1_000
BATCHES = 10
ROUNDS = 5


def measured() -> Iterator[tuple[str, float, str]]:
    """Samples accepted a second and core, and what a batch writes."""
    with engine(), settled():
        api = Api(a_key())
        api.told.page()
        for n in range(COMPONENTS):
            api.post("/components", {"id": f"c{n}", "name": f"Component {n}"})
        send(api, batch(0))
        writes = Written()
        send(api, batch(1))
        yield f"a batch of {SAMPLES:,} samples: table writes", writes.take(), "items"
        sent = iter([batch(n) for n in range(2, 2 + BATCHES * ROUNDS)])
        best = min(sum(seconds(api, next(sent)) for _ in range(BATCHES)) for _ in range(ROUNDS))
        yield "samples accepted", SAMPLES * BATCHES / best, "a CPU second"


def batch(number: int) -> str:
    """A batch as it is sent."""
    at = (NOW - timedelta(seconds=number)).isoformat()
    samples = [
        {"component": f"c{n % COMPONENTS}", "at": at, "transactions": n, "mean_ms": n / 8, "errors": n // 9}
        for n in range(SAMPLES)
    ]
    return json.dumps(samples)


def send(api: Api, body: str) -> None:
    """Send a batch, which is accepted."""
    reply = api.post("/samples", body)
    if reply.status != 200 or reply.json["counted"] != SAMPLES:
        raise RuntimeError(reply.text)


def seconds(api: Api, body: str) -> float:
    """CPU time of a batch."""
    before = time.process_time()
    send(api, body)
    return time.process_time() - before


class Written:
    """Counts the items that this process's transactions write."""

    def __init__(self) -> None:
        self._items = 0
        table.connection().client.meta.events.register("before-call.dynamodb", self._count)

    def take(self) -> int:
        """How many by now."""
        return self._items

    def _count(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        asked = json.loads(params["body"])
        self._items += len(asked.get("TransactItems", ()))
        self._items += sum(map(len, asked.get("RequestItems", {}).values())) if "Write" in model.name else 0
        self._items += model.name in ("PutItem", "UpdateItem", "DeleteItem")
