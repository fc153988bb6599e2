"""What is joined once per container: settings, clients, the clock, new ids, chance."""

import secrets
import string
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, cast

from botocore.config import Config

from chalicelib import config
from chalicelib.domain.pages import Page
from chalicelib.domain.times import instant
from chalicelib.stores import pages, table

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

    from chalicelib.intake.metrics import CloudWatch
    from chalicelib.publishing.bucket import Bucket

ID_LENGTH = 12
SECRET_BYTES = 32


@cache
def settings() -> config.Settings:
    """The settings of this process; the table is connected with them."""
    found = config.read()
    table.connect(name=found.table, region=found.region, host=found.dynamodb_url)
    return found


def now() -> datetime:
    """The clock, in UTC, to the millisecond."""
    return instant(datetime.now(UTC))


def new_id() -> str:
    """A new id: 12 characters of a-z and 0-9, 62 bits."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(ID_LENGTH))


def new_secret() -> str:
    """A new secret of 256 bits, in hex."""
    return secrets.token_hex(SECRET_BYTES)


def fetch(address: str) -> bytes:
    """What AWS serves at an https address."""
    from chalicelib.intake.alarms.fetching import fetch

    return fetch(address)


@cache
def s3() -> "S3Client":
    """The client for the site's bucket.

    It is made by the table's session: boto3, with another session of its own, is a sixth of a cold start.
    """
    found = settings()
    timeouts = Config(
        connect_timeout=2,
        read_timeout=10,
        retries={"max_attempts": 3, "mode": "standard"},
        max_pool_connections=32,
    )
    made = table.session().create_client("s3", region_name=found.region, config=timeouts)
    return cast("S3Client", made)


@cache
def bucket() -> "Bucket":
    """The site's bucket."""
    from chalicelib.publishing.bucket import Bucket

    return Bucket(s3(), settings().bucket)


def heads() -> "Bucket | None":
    """The bucket of heads of days, where there is one."""
    from chalicelib.publishing.bucket import Bucket

    return Bucket(s3(), found) if (found := settings().heads) else None


def queue_work() -> None:
    """Have publishing go on in a call of its own; without a queue the next minute goes on."""
    if (queue := settings().work) is not None:
        sqs().send_message(QueueUrl=queue, MessageBody="publish")


@cache
def sqs() -> "SQSClient":
    """The client for the queue of work, of the table's session too."""
    found = settings()
    return cast("SQSClient", table.session().create_client("sqs", region_name=found.region))


@cache
def cloudwatch() -> "CloudWatch":
    """The client for metrics, of the table's session too."""
    found = settings()
    timeouts = Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 2, "mode": "standard"})
    made = table.session().create_client("cloudwatch", region_name=found.region, config=timeouts)
    return cast("CloudWatch", made)


def cloudformation(region: str) -> "CloudFormationClient":
    """The client for the stacks of a region (the operator's commands alone)."""
    import boto3

    return boto3.client("cloudformation", region_name=region)


def page() -> Page:
    """The page; at first use the one that the settings describe is stored."""
    found = settings()

    def first(at: datetime) -> Page:
        return pages.first_page(
            id=new_id(),
            name=found.page_name,
            time_zone=found.time_zone,
            site_url=found.site_url,
            at=at,
        )

    return pages.get(first, now=now)


def forget() -> None:
    """Read the settings again at the next use (tests, and commands that find their place late)."""
    for made in (settings, s3, sqs, bucket, cloudwatch):
        made.cache_clear()
