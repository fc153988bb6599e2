"""Events as AWS hands them to the functions."""

from typing import Any

Event = dict[str, Any]

STREAM: Event = {
    "Records": [
        {
            "eventID": "1",
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "eventVersion": "1.1",
            "awsRegion": "us-east-1",
            "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000001:table/candor/stream/1",
            "dynamodb": {"Keys": {"pk": {"S": "RECORD#00000000"}, "sk": {"S": "1"}}, "SequenceNumber": "1"},
        }
    ]
}
WORK: Event = {
    "Records": [
        {
            "messageId": "1",
            "receiptHandle": "1",
            "body": "publish",
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000001:work",
            "awsRegion": "us-east-1",
        }
    ]
}
MINUTE: Event = {
    "id": "1",
    "version": "0",
    "source": "aws.events",
    "detail-type": "Scheduled Event",
    "account": "000000000001",
    "region": "us-east-1",
    "time": "2026-11-23T00:00:00Z",
    "resources": [],
    "detail": {},
}


def request(method: str, path: str, body: str | None = None, *, key: str | None = None) -> Event:
    """A request as API Gateway hands it over (REST API, payload version 1.0)."""
    headers = {"Content-Type": "application/json"} if body else {}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "httpMethod": method,
            "resourcePath": path,
            "path": f"/live{path}",
            "stage": "live",
            "requestId": "a-request",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": body,
        "isBase64Encoded": False,
    }
