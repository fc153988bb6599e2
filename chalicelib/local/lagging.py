"""A table that lacks what its site shows: a restored one, from which nothing may be published yet.

The functions would take the table's word and put the site back with it. Here a person is there to be told.
"""

import msgspec
from msgspec import Struct

from chalicelib.domain.record import Head
from chalicelib.local.errors import Refused
from chalicelib.publishing import paths, states
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import record


class _HeadFile(Struct):
    """What we read of `record/head.json`."""

    seq: int
    hash: str


def published(bucket: Bucket) -> Head:
    """The end of the record as the site shows it; where it shows none, as the publisher has it."""
    body, _ = bucket.get(paths.RECORD_HEAD)
    try:
        found = msgspec.json.decode(body, type=_HeadFile)
        return Head(found.seq, found.hash)
    except msgspec.MsgspecError:
        state, _ = states.get(bucket)
        return state.head if state else Head()


def check(bucket: Bucket, table: str) -> None:
    """Refuse where the connected table, called so, is behind the site or has another record.

    The site is read first: a table that is not behind cannot fall behind meanwhile.
    """
    head = published(bucket)
    if not head.seq:
        return
    entry = record.find(head.seq)
    if entry is None or entry.hash != head.hash:
        raise Refused(lack(head, f"the table {table}"))


def lack(head: Head, table: str) -> str:
    """The line that says so."""
    return f"the site stands at entry {head.seq}, which {table} does not have: run `import record` first"
