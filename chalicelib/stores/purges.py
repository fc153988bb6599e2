"""What is left to do when words are gone from the table: old versions of published files still hold them.

One item says up to which redaction they are to be deleted, and how far that is, by key: whoever is killed
leaves it as it was, and any minute goes on.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass

from chalicelib.stores import table
from chalicelib.stores.table import Item, Key, Put

KEY: Key = ("REDACTING", "FILES")


@dataclass(frozen=True)
class Purge:
    """Once the site stands at this entry, no old version may stay; up to the key `after` none is left."""

    seq: int
    after: str = ""
    done: bool = False


def wanted(seq: int) -> Put:
    """What to store with a redaction, of this number: all files once more, from the first on."""
    return Put(table.stored(*KEY, Purge(seq)))


def wanted_again(seq: int) -> tuple[Put, ...]:
    """The same for one that is said again, unless a later one was."""
    item = table.get(*KEY)
    return (wanted(seq),) if item is None or table.value(item, Purge).seq < seq else ()


def said(item: Item) -> Purge:
    """What an item says."""
    return table.value(item, Purge)


def go_on(before: Purge, after: Purge) -> None:
    """Note how far it is, unless another redaction began meanwhile."""
    put = Put(table.stored(*KEY, after), Item.doc == table.encoded(before))
    with suppress(table.Moved):
        table.write([put], (), token=secrets.token_hex(16))
