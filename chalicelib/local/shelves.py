"""A table in a file that is gone when it is closed: what the stores need of DynamoDB, for one user.

Nobody else writes, so the conditions of a transaction hold as they are.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from typing import NamedTuple, cast

from pynamodb.expressions.condition import Condition

from chalicelib.stores import table
from chalicelib.stores.table import Item, Key, Put

_MADE = """
CREATE TABLE items (
  pk TEXT, sk TEXT, doc TEXT, version INTEGER, kind TEXT, body TEXT, salt TEXT, PRIMARY KEY (pk, sk)
) WITHOUT ROWID
"""
_PUT = "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)"
_GET = "SELECT * FROM items WHERE pk = ? AND sk = ?"
_ASCENDING = "SELECT * FROM items WHERE pk = ? AND sk >= ? AND sk <= ? ORDER BY sk LIMIT ?"
_DESCENDING = "SELECT * FROM items WHERE pk = ? AND sk >= ? AND sk <= ? ORDER BY sk DESC LIMIT ?"
_LAST = "\U0010ffff"

Row = tuple[str, str, str | None, float | None, str | None, str | None, str | None]


class Shelf:
    """Items on disk, in the order of their keys."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def get(self, pk: str, sk: str) -> Item | None:
        """One item."""
        row = self._database.execute(_GET, (pk, sk)).fetchone()
        return _item(row) if row else None

    def get_many(self, keys: Iterable[Key]) -> list[Item]:
        """Those of these keys that there are."""
        return [item for key in dict.fromkeys(keys) if (item := self.get(*key)) is not None]

    def query(self, pk: str, where: Condition | None, *, newest: bool, limit: int | None) -> Iterator[Item]:
        """Those of a partition, in order or against it."""
        first, last, beside = _stretch(where)
        most = -1 if limit is None else limit + (beside is not None)
        rows = self._database.execute(_DESCENDING if newest else _ASCENDING, (pk, first, last, most))
        found = (_item(row) for row in rows.fetchall() if row[1] != beside)
        return islice(found, limit)

    def write(self, puts: Iterable[Put], deletes: Iterable[Key]) -> None:
        """Store and remove."""
        self._database.executemany("DELETE FROM items WHERE pk = ? AND sk = ?", list(deletes))
        self.put_all(put.item for put in puts)

    def put_all(self, items: Iterable[Item]) -> None:
        """Store."""
        self._database.executemany(_PUT, map(_row, items))

    def held(self, start: str) -> Iterator[tuple[str, str]]:
        """What the items hold whose second key begins so, after the first key of each."""
        asked = "SELECT pk, doc FROM items WHERE sk >= ? AND sk <= ?"
        return ((pk, doc) for pk, doc in self._database.execute(asked, (start, start + _LAST)) if doc)


@contextmanager
def opened() -> Iterator[Shelf]:
    """An empty shelf in place of the table, for a while."""
    with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(_MADE)
        database.execute("BEGIN")
        shelf = Shelf(database)
        with table.kept_on(shelf):
            yield shelf


def _stretch(where: Condition | None) -> tuple[str, str, str | None]:
    """A condition on the second key: from where, to where, and which one of these not."""
    if where is None:
        return "", _LAST, None
    first, *others = (str(value.value["S"]) for value in where.values[1:])
    match where.operator:
        case "BETWEEN":
            return first, others[0], None
        case "begins_with":
            return first, first + _LAST, None
        case "<" | "<=":
            return "", first, first if where.operator == "<" else None
        case ">" | ">=":
            return first, _LAST, first if where.operator == ">" else None
    raise NotImplementedError(where.operator)


class _Held(NamedTuple):
    """An item to read: making one of PynamoDB's takes longer than all else that is done with it."""

    pk: str
    sk: str
    doc: str | None
    version: float | None
    kind: str | None
    body: str | None
    salt: str | None
    expires: None = None


def _item(row: Row) -> Item:
    return cast(Item, _Held(*row))


def _row(item: Item) -> Row:
    return item.pk, item.sk, item.doc, item.version, item.kind, item.body, item.salt
