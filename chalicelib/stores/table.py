"""The one table: its keys, what each of them serves, and the few ways in which we read and write it.

| pk              | sk                      | holds                   | serves                             |
|-----------------|-------------------------|-------------------------|------------------------------------|
| PAGE            | PAGE                    | the page's identity     | page by itself                     |
| CATALOGUE       | ITEM#id                 | component or group      | one by id; all in one query        |
| CATALOGUE       | TOUCHED#shard           | last touches of 1/16    | with the components; bounded items |
| INCIDENT#id     | HEAD                    | incident                | one by id; many by batch           |
| INCIDENT#id     | UPDATE#seq              | update                  | a story, oldest first              |
| INCIDENT#id     | CORRECTION#seq          | how an update read      | with the story                     |
| INCIDENT#id     | FOLLOWUP#id             | follow-up               | with the story                     |
| PROMISES        | incident, #follow-up    | what is promised        | all that is promised, in one query |
| PROMISES        | KEPT                    | how many; the newest    | with them                          |
| FIGURES         | month                   | what its incidents add  | figures of a year, in one query    |
| MAINTENANCE#id  | HEAD, UPDATE#seq        | maintenance, update     | like an incident                   |
| HISTORY#month   | began_at#subject        | nothing                 | a period, newest first; lists      |
| MONTHS          | month                   | nothing                 | months in which anything began     |
| OPEN            | subject                 | what it affects, if due | what is open, in force; the clock  |
| FRONT           | FRONT                   | newest updates, stories | feeds, in one read                 |
| ADVISORY#id     | HEAD, UPDATE#seq        | advisory, its updates   | as those of incidents; drafts too  |
| ADVISORIES      | published_at#id         | advisory as in lists    | what is published, newest first    |
| DRAFTS          | far future#id           | advisory as in lists    | what is not; key holders alone     |
| NUMBERS         | year                    | last number given       | the next advisory's id             |
| COMPONENT#id    | published_at#id         | nothing                 | incidents of one component         |
| RECORD          | HEAD                    | end of the chain        | what the next entry follows        |
| RECORD#page     | seq                     | entry, body, salt       | entries after one; stream          |
| DAY#day         | component               | sums of its samples     | an open day; UTC, as all days are  |
| OPENDAYS        | day                     | when its first came     | the days that take samples         |
| DAYS            | day, day#part           | sums of all components  | closed days, a stretch in a query  |
| DAYS            | closings                | by which entry each was | whether another one has closed     |
| METRICS         | component               | metric of CloudWatch    | all that the minute fetches        |
| METRICS         | FETCHED                 | until when              | with them                          |
| SAMPLES#key     | number of a part        | what of it counted      | a batch sent again                 |
| OUTAGES         | month#incident#part     | its outages in a month  | uptime since a day, in a query     |
| OUTAGES         | any#incident or shard   | those that go on        | with them; bounded items           |
| PROBES          | id                      | probe                   | all that a minute needs, one query |
| PROBES          | ROUND                   | how the runs of all are | with them                          |
| ALARMS          | RULES, SENDER#source    | rules; secret, topics   | what an alarm means; who sent it   |
| ALARM#source    | fingerprint             | an alarm's last word    | whether a word is new              |
| UNMATCHED       | met_at_key              | where the alarm lies    | those that no rule knows           |
| SUSPECTED       | component               | what its alarms say     | joins; one suspicion a component   |
| QUIET           | component               | until when              | what the minute may retract        |
| REDACTED        | seq                     | who removed its words   | what remains of that entry         |
| REDACTING       | seq, FILES              | what is left of it      | the minute; in one query           |
| KEYS            | id                      | API key                 | check of a credential; list        |
| IDEMPOTENCY#key | hash of Idempotency-Key | answer, hash of body    | the same answer for a day          |

A value lies in `doc` as JSON (one decode instead of one per attribute; docs/decisions). Rows that hold
nothing are pointers, read strongly like everything else, which no index can be. There are no scans, and
no partition grows without bound but a component's list: months and pages of 100 entries cut the others.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec
from botocore.session import Session
from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.connection import Connection
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

T = TypeVar("T")
Key = tuple[str, str]

TRANSACTION_ITEMS = 100
RETRIED = frozenset(
    {
        "ConditionalCheckFailed",
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    }
)


class Item(Model):
    """One item of the table, of any kind."""

    class Meta:
        table_name = "candor"
        region = "us-east-1"
        host: str | None = None
        billing_mode = "PAY_PER_REQUEST"
        stream_view_type = "NEW_AND_OLD_IMAGES"
        connect_timeout_seconds = 2
        read_timeout_seconds = 5
        max_retry_attempts = 3
        max_pool_connections = 50

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    doc = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    kind = UnicodeAttribute(null=True)
    body = UnicodeAttribute(null=True)
    salt = UnicodeAttribute(null=True)
    expires = TTLAttribute(null=True)
    transactions = NumberAttribute(null=True)
    total_us = NumberAttribute(null=True)
    errors = NumberAttribute(null=True)
    samples = NumberAttribute(null=True)
    sources = UnicodeSetAttribute(null=True)
    closed = BooleanAttribute(null=True)


class Put(NamedTuple):
    """An item to store, if the condition on what stands there holds."""

    item: Item
    condition: Condition | None = None


class Moved(Exception):
    """The transaction was refused because something changed under it; nothing was written."""


class Shelf(Protocol):
    """What holds items in place of DynamoDB; each of these is what the function of its name does."""

    def get(self, pk: str, sk: str) -> Item | None: ...
    def get_many(self, keys: Iterable[Key]) -> list[Item]: ...
    def query(
        self, pk: str, where: Condition | None, *, newest: bool, limit: int | None
    ) -> Iterator[Item]: ...
    def write(self, puts: Iterable[Put], deletes: Iterable[Key]) -> None: ...
    def put_all(self, items: Iterable[Item]) -> None: ...


_shelf: Shelf | None = None


@contextmanager
def kept_on(shelf: Shelf) -> Iterator[None]:
    """Have everything of this process read and written there for a while."""
    global _shelf
    before, _shelf = _shelf, shelf
    try:
        yield
    finally:
        _shelf = before


def connect(*, name: str, region: str, host: str | None) -> None:
    """Point the table at its place; what was connected before is let go."""
    Item.Meta.table_name = name
    Item.Meta.region = region
    Item.Meta.host = host
    Item._connection = None


def create() -> None:
    """Create the table where it is missing (a laptop, a test; in AWS the template does)."""
    if not Item.exists():
        Item.create_table(wait=True)
        Item.update_ttl(ignore_update_ttl_errors=True)


def number(seq: int) -> str:
    """A record number as a key: sorts as numbers do."""
    return f"{seq:016d}"


def get(pk: str, sk: str) -> Item | None:
    """One item, read strongly."""
    if _shelf is not None:
        return _shelf.get(pk, sk)
    try:
        return Item.get(pk, sk, consistent_read=True)
    except Item.DoesNotExist:
        return None


def get_many(keys: Iterable[Key]) -> list[Item]:
    """The items of these keys that exist, read strongly, in no order."""
    if _shelf is not None:
        return _shelf.get_many(keys)
    wanted = list(dict.fromkeys(keys))
    return list(Item.batch_get(wanted, consistent_read=True)) if wanted else []


def query(
    pk: str,
    where: Condition | None = None,
    *,
    newest: bool = False,
    limit: int | None = None,
    only: Condition | None = None,
) -> Iterator[Item]:
    """The items of a partition in the order of their keys (or against it), read strongly.

    `only` spares the way of what does not fit, not the reading; a shelf gives all.
    """
    if _shelf is not None:
        return _shelf.query(pk, where, newest=newest, limit=limit)
    return iter(
        Item.query(
            pk,
            where,
            only,
            consistent_read=True,
            scan_index_forward=not newest,
            limit=limit,
            page_size=limit,
        )
    )


def stored(pk: str, sk: str, value: Any, *, version: int | None = None) -> Item:
    """An item that holds a domain value."""
    return Item(pk, sk, doc=encoded(value), version=version)


def pointer(pk: str, sk: str, value: str | None = None) -> Item:
    """An item that stands for another one."""
    return Item(pk, sk, doc=value)


def value(item: Item, type: type[T]) -> T:
    """The domain value that an item holds."""
    return decoded(item.doc, type)


def encoded(value: Any) -> str:
    """A domain value as JSON."""
    return msgspec.json.encode(value).decode()


def decoded(doc: str, type: type[T]) -> T:
    """The domain value that JSON of ours says."""
    return msgspec.json.decode(doc, type=type)


def new(item: Item) -> Put:
    """Store an item where none may stand yet."""
    return Put(item, Item.pk.does_not_exist())


def versioned(pk: str, sk: str, value: Any, *, version: int) -> Put:
    """Store the next version of a value read at `version` (0: not there yet)."""
    item = stored(pk, sk, value, version=version + 1)
    return Put(item, Item.version == version if version else Item.pk.does_not_exist())


def write(puts: Iterable[Put], deletes: Iterable[Key], *, token: str) -> None:
    """Write all or nothing; `Moved` if a condition failed or another writer was in the way.

    `token` makes a repeat by the network harmless (ClientRequestToken of TransactWriteItems).
    """
    if _shelf is not None:
        _shelf.write(puts, deletes)
        return
    try:
        with TransactWrite(connection=connection(), client_request_token=token) as transaction:
            for pk, sk in deletes:
                transaction.delete(Item(pk, sk))
            for put in puts:
                transaction.save(put.item, condition=put.condition)
    except TransactWriteError as refused:
        reasons = {reason.code for reason in refused.cancellation_reasons if reason}
        if reasons and reasons <= RETRIED:
            raise Moved(", ".join(sorted(reasons))) from refused
        raise (refused.cause or refused) from None  # AWS's own words, which PynamoDB's error leaves out


def put_all(items: Iterable[Item]) -> None:
    """Store pointers that are harmless before what they point to exists."""
    if _shelf is not None:
        _shelf.put_all(items)
    elif found := list({(item.pk, item.sk): item for item in items}.values()):
        with Item.batch_write() as batch:
            for item in found:
                batch.save(item)


def connection() -> Connection:
    """PynamoDB's connection behind the model: one client for everything, since each costs 150 ms to make."""
    return Item._get_connection().connection


def session() -> Session:
    """The session of that client, for clients of other AWS services."""
    return connection().session


def warm() -> None:
    """Make the client now, before many threads want it at once; nothing is asked of the table."""
    _ = connection().client
