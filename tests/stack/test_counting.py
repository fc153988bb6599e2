"""The units that AWS bills for a request to the table, as its documentation counts them."""

from typing import Any

import pytest

from tests.stack.counting import operation, service_of, size, units

STRONG = {"ConsistentRead": True}
KB = 1024


def an_item(bytes_: int) -> dict[str, Any]:
    """An item of this size, of which one is its name."""
    return {"a": {"S": "x" * (bytes_ - 1)}}


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    item = {"name": {"S": "größer"}, "number": {"N": "1234"}}

    assert size(item) == 4 + 8 + 6 + 4


@pytest.mark.parametrize(
    ("name", "asked", "answered", "read"),
    [
        pytest.param("GetItem", STRONG, {"Item": an_item(4 * KB)}, 1, id="4 KB are one unit"),
        pytest.param("GetItem", STRONG, {"Item": an_item(4 * KB + 1)}, 2, id="a byte more is another"),
        pytest.param("GetItem", {}, {"Item": an_item(8 * KB)}, 1, id="half, if not strongly"),
        pytest.param("GetItem", STRONG, {}, 1, id="what is not there costs too"),
        pytest.param("Query", STRONG, {"Items": [an_item(KB)] * 5}, 2, id="a query counts all together"),
        pytest.param("Query", STRONG, {"Items": []}, 1, id="a query that finds nothing costs too"),
        pytest.param(
            "BatchGetItem",
            {"RequestItems": {"t": {"Keys": [{}] * 6, **STRONG}}},
            {"Responses": {"t": [an_item(KB)] * 5}},
            6,
            id="a batch counts each by itself",
        ),
    ],
)
def test_a_read_is_counted_by_what_it_read(
    name: str, asked: dict[str, Any], answered: dict[str, Any], read: float
) -> None:
    assert units(name, asked, answered) == (read, 0)


@pytest.mark.parametrize(
    "told", [{"CapacityUnits": 20.0}, [{"CapacityUnits": 12.0}, {"CapacityUnits": 8.0}]], ids=["one", "many"]
)
def test_a_write_is_counted_as_it_was_told(told: Any) -> None:
    assert units("TransactWriteItems", {}, {"ConsumedCapacity": told}) == (0, 20)


def test_what_was_refused_is_not_counted() -> None:
    assert units("PutItem", {}, {"__type": "ConditionalCheckFailedException"}) == (0, 0)


@pytest.mark.parametrize(
    ("method", "query", "target", "name"),
    [
        ("POST", b"", b"DynamoDB_20120810.GetItem", "GetItem"),
        ("POST", b"", b"AmazonSQS.SendMessage", "SendMessage"),
        ("PUT", b"", b"", "PutObject"),
        ("HEAD", b"", b"", "HeadObject"),
        ("GET", b"", b"", "GetObject"),
        ("GET", b"list-type=2&prefix=", b"", "ListObjectsV2"),
    ],
)
def test_an_operation_has_the_name_that_the_service_gives_it(
    method: str, query: bytes, target: bytes, name: str
) -> None:
    assert operation({"method": method, "query_string": query}, {b"x-amz-target": target}) == name


def test_a_request_says_for_whom_it_was_signed() -> None:
    signed = b"AWS4-HMAC-SHA256 Credential=ASIA1/20261123/us-east-1/s3/aws4_request, SignedHeaders=host"

    assert (service_of({b"authorization": signed}), service_of({})) == ("s3", "")
