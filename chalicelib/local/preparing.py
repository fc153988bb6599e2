"""What must stand before a laptop can serve: bucket, queue, table, a first key."""

from chalicelib import wiring
from chalicelib.domain.keys import ORDINARY, Scope, written
from chalicelib.local.folders import WORK, Folder
from chalicelib.stores import keys, record, table

FIRST_KEY = "laptop"


def prepare() -> None:
    """Create buckets, queue and table where they are missing."""
    found = wiring.settings()
    wiring.s3().create_bucket(Bucket=found.bucket)
    if found.heads:
        wiring.s3().create_bucket(Bucket=found.heads, ObjectLockEnabledForBucket=True)
    if found.work:
        wiring.sqs().create_queue(QueueName=WORK)
    table.create()


def create_key(name: str, scopes: tuple[Scope, ...] = ORDINARY) -> str:
    """A new key; what is returned is the only time that its secret is seen."""
    id, secret = wiring.new_id(), wiring.new_secret()
    record.append(
        lambda moment: keys.create(id, name, scopes=scopes, secret=secret, moment=moment), now=wiring.now
    )
    return written(id, secret)


def first_key(folder: Folder) -> str | None:
    """The key in `.local/key`, made now if the table has none; None if the owner keeps theirs elsewhere."""
    if not keys.all_keys():
        folder.write(folder.key.name, create_key(FIRST_KEY) + "\n")
    return folder.key.read_text().strip() if folder.key.exists() else None
