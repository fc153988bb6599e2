"""The sums of open days in the table: added to by many at once, all or nothing, until they are closed.

DynamoDB adds by itself (`ADD`), so nobody reads before writing; what is closed refuses.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from pynamodb.exceptions import TransactWriteError

from chalicelib.domain.samples import Numbers, Pair
from chalicelib.stores import table
from chalicelib.stores.table import Item, Key, Moved, Put

PARTITION = "DAY#"
KEPT = timedelta(days=90)
"""So long the sums of a closed day stay; its numbers have been copied by then."""
_ADDED = {name: f":{name}" for name in ("transactions", "total_us", "errors", "samples", "sources")}
_ADD = "ADD " + ", ".join(f"#{name} {value}" for name, value in _ADDED.items())
_NAMES = {f"#{name}": name for name in (*_ADDED, "closed")}
_CLOSE = "SET #closed = :closed, #expires = :expires"
_REFUSED = "ConditionalCheckFailed"


class Closed(Exception):
    """Some of the sums take no more samples; nothing was added."""

    def __init__(self, pairs: Collection[Pair]) -> None:
        super().__init__(f"{len(pairs)} sums are closed")
        self.pairs = frozenset(pairs)


class Marked(Exception):
    """The marker stands already; nothing was added."""


def read(day: date) -> dict[str, Numbers]:
    """The sums of all components of a day, read strongly."""
    return {item.sk: _numbers(item) for item in table.query(PARTITION + day.isoformat())}


def add(sums: Mapping[Pair, Numbers], marker: Put) -> None:
    """Add sums and store the marker, all or nothing; `Closed`, `Marked` or `Moved` where that cannot be."""
    pairs = list(sums)
    updates = [_added(pair, sums[pair]) for pair in pairs]
    marked = marker.item.get_save_kwargs_from_instance(condition=marker.condition)
    reasons = _write([marked], updates)
    if _REFUSED in reasons[:1]:
        raise Marked
    closed = [pair for pair, reason in zip(pairs, reasons[1:], strict=False) if reason == _REFUSED]
    if closed:
        raise Closed(closed)
    if reasons:
        raise Moved(", ".join(sorted(filter(None, set(reasons)))))


def close(day: date, components: Iterable[str], expires: float) -> None:
    """Have these components of a day refuse from here on, also those without a sum; 100 at most."""
    partition = PARTITION + day.isoformat()
    values = {":closed": {"BOOL": True}, ":expires": {"N": str(int(expires))}}
    updates = [
        {
            "TableName": Item.Meta.table_name,
            "Key": _key((partition, component)),
            "UpdateExpression": _CLOSE,
            "ExpressionAttributeNames": {"#closed": "closed", "#expires": "expires"},
            "ExpressionAttributeValues": values,
        }
        for component in components
    ]
    if reasons := _write([], updates):
        raise Moved(", ".join(sorted(filter(None, set(reasons)))))


def standing(day: date) -> dict[str, bool]:
    """The components that have sums on a day, and whether each of them refuses."""
    return {item.sk: bool(item.closed) for item in table.query(PARTITION + day.isoformat())}


def _write(puts: list[dict[str, Any]], updates: list[dict[str, Any]]) -> list[str | None]:
    """Write all or nothing; the reason of each one against it, none where all is written."""
    try:
        table.connection().transact_write_items([], [], puts, updates, secrets.token_hex(16))
    except TransactWriteError as refused:
        reasons = [reason.code if reason else None for reason in refused.cancellation_reasons]
        if not reasons or not {code for code in reasons if code} <= table.RETRIED:
            raise (refused.cause or refused) from None
        return reasons
    return []


def _added(pair: Pair, numbers: Numbers) -> dict[str, Any]:
    values = {
        _ADDED[name]: {"SS": list(value)} if isinstance(value, tuple) else {"N": str(value)}
        for name, value in zip(_ADDED, numbers, strict=True)
    }
    return {
        "TableName": Item.Meta.table_name,
        "Key": _key((PARTITION + pair.day.isoformat(), pair.component)),
        "UpdateExpression": _ADD,
        "ConditionExpression": "attribute_not_exists(#closed)",
        "ExpressionAttributeNames": _NAMES,
        "ExpressionAttributeValues": values,
    }


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def _numbers(item: Item) -> Numbers:
    counts = (item.transactions, item.total_us, item.errors, item.samples)
    transactions, total_us, errors, samples = (int(count or 0) for count in counts)
    return Numbers(transactions, total_us, errors, samples, tuple(sorted(item.sources or ())))
