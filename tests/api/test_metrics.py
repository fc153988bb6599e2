"""The metric of a component through the API: set, shown, ended, and never public."""

from typing import Any

import pytest
from pytest import param as case

from chalicelib.stores import metrics, record
from tests.api.callers import Api

PATH = "/components/api/metric"
TIMES = {"namespace": "AWS/ApiGateway", "name": "Latency", "dimensions": {"ApiName": "shop"}}
SAID = {"times": TIMES, "errors": {"namespace": "AWS/ApiGateway", "name": "5XXError"}}


@pytest.fixture
def api(api: Api) -> Api:
    """The API with a component."""
    api.post("/components", {"id": "api", "name": "API"})
    return api


def test_a_metric_is_set_shown_replaced_and_removed(api: Api) -> None:
    first = api.post(PATH, SAID)
    second = api.post(PATH, {"times": TIMES, "unit": "seconds"})

    assert (first.status, first.json["errors"]["dimensions"]) == (200, {})
    assert (second.json["unit"], second.json["errors"]) == ("seconds", None)
    assert api.get(PATH).json == second.json
    assert first.etag != second.etag

    assert api.delete(PATH).status == 200
    assert [api.get(PATH).status, api.delete(PATH).status] == [404, 404]


def test_it_stays_private(api: Api) -> None:
    head = record.head()

    api.post(PATH, SAID)

    assert record.head() == head


def test_a_preview_and_a_repeat_store_nothing(api: Api) -> None:
    assert api.post(f"{PATH}?dry_run=true", SAID).status == 200
    assert metrics.read().all == {}

    first, again = (api.post(PATH, SAID, Idempotency_Key="k1") for _ in range(2))
    assert (again.text, again.headers["Idempotent-Replayed"]) == (first.text, "true")
    assert metrics.get("api").version == 1


@pytest.mark.parametrize(
    ("said", "field"),
    [
        case({}, "times", id="no metric"),
        case({"times": {"name": "Latency"}}, "times.namespace", id="no namespace"),
        case({"times": {**TIMES, "name": " "}}, "times.name", id="a blank name"),
        case({"times": {**TIMES, "dimensions": {"": "x"}}}, "times.dimensions", id="a nameless dimension"),
        case({"times": TIMES, "unit": "hours"}, "unit", id="another unit"),
        case({"times": {**TIMES, "statistic": "p99"}}, "times.statistic", id="an unknown field"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(said: Any, field: str, api: Api) -> None:
    reply = api.post(PATH, said)

    assert (reply.status, reply.fields[0][: len(field)]) == (400, field)
    assert "regex" not in reply.text
    assert metrics.read().all == {}


def test_only_components_have_metrics(api: Api) -> None:
    api.post("/components", {"id": "old", "name": "Old"})
    assert api.post("/components/old/retire", {"reason": "It is no more."}).status == 200

    assert api.post("/components/nobody/metric", SAID).status == 404
    assert api.post("/components/old/metric", SAID).status == 409
