"""The client that only a laptop needs: Lambda reads the stream for us in AWS."""

from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config

from chalicelib import wiring

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient


def streams() -> "DynamoDBStreamsClient":
    """The client for the table's stream, at the place where the table is."""
    timeouts = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
    host = wiring.settings().dynamodb_url
    session = botocore.session.get_session()
    client: Any = session.create_client("dynamodbstreams", endpoint_url=host, config=timeouts)
    return cast("DynamoDBStreamsClient", client)
