"""The queue of work, taken from as Lambda's event source mapping does."""

from typing import TYPE_CHECKING, Any

from chalicelib import wiring

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

Event = dict[str, Any]


class Queue:
    """One message at a time; one that is not done comes again."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url
        self._receipt = ""

    def take(self) -> Event | None:
        """The event of the next message, if one waits."""
        found = self._client.receive_message(QueueUrl=self._url, MaxNumberOfMessages=1)
        for message in found.get("Messages", ()):
            self._receipt = message["ReceiptHandle"]
            return {"Records": [_record(message)]}
        return None

    def done(self) -> None:
        """The message taken last does not come again."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=self._receipt)

    def again(self) -> None:
        """The message taken last waits in the queue as if nobody had taken it."""
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=self._receipt, VisibilityTimeout=0
        )


def work() -> Queue | None:
    """The queue that the settings name, if they do."""
    url = wiring.settings().work
    return Queue(wiring.sqs(), url) if url else None


def _record(message: "MessageTypeDef") -> Event:
    return {
        "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"],
        "attributes": {}, "messageAttributes": {}, "eventSource": "aws:sqs", "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:work",
    }  # fmt: skip
