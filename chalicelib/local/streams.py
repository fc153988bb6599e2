"""The table's stream, read as Lambda's event source mapping reads it."""

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

Record = dict[str, Any]


class Ended(Exception):
    """There is no such stream, or it goes on elsewhere: open it again."""


class Stream:
    """What is written to a table from the moment of opening on."""

    def __init__(self, client: "DynamoDBStreamsClient", table: str) -> None:
        self._client = client
        self._arn = _arn(client, table)
        self._iterators = [self._latest(shard) for shard in self._shards()]

    def take(self) -> list[Record]:
        """The records since the last call, each as Lambda would hand it over."""
        return [record for place in range(len(self._iterators)) for record in self._take_from(place)]

    def _take_from(self, place: int) -> Iterator[Record]:
        while True:
            page = self._client.get_records(ShardIterator=self._iterators[place])
            yield from ({**_plain(record), "eventSourceARN": self._arn} for record in page["Records"])
            if "NextShardIterator" not in page:
                raise Ended(self._arn)
            self._iterators[place] = page["NextShardIterator"]
            if not page["Records"]:
                return

    def _shards(self) -> list[str]:
        shards = self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]
        return [s["ShardId"] for s in shards if "EndingSequenceNumber" not in s["SequenceNumberRange"]]

    def _latest(self, shard: str) -> str:
        found = self._client.get_shard_iterator(
            StreamArn=self._arn, ShardId=shard, ShardIteratorType="LATEST"
        )
        return found["ShardIterator"]


def is_entry(record: Record) -> bool:
    """The filter of the event source mapping: only inserts of record entries wake the publisher."""
    keys = record["dynamodb"]["Keys"]
    return bool(record["eventName"] == "INSERT" and keys["pk"]["S"].startswith("RECORD#"))


def _arn(client: "DynamoDBStreamsClient", table: str) -> str:
    for stream in client.list_streams(TableName=table)["Streams"]:
        return stream["StreamArn"]
    raise Ended(table)


def _plain(value: Any) -> Any:
    """JSON as Lambda gets it: instants in seconds since 1970, bytes in base64."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.timestamp()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
