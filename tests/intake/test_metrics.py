"""What CloudWatch says becomes samples: page by page, minute by minute, and nothing that cannot be."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.domain.metrics import Metric, Series, Unit
from chalicelib.domain.samples import LONGEST_MS, MOST_TRANSACTIONS, Sample
from chalicelib.intake.metrics import Unanswered, fetch

BEGIN = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
END = BEGIN + timedelta(minutes=5)
LATENCY = Series("AWS/ApiGateway", "Latency", {"Stage": "live", "ApiName": "shop"})
FAILED = Series("AWS/ApiGateway", "5XXError")


class Answering:
    """Answers with these pages, one for each request."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages, self.asked = list(pages), list[dict[str, Any]]()

    def get_metric_data(self, **asked: Any) -> Any:
        self.asked.append(asked)
        return self.pages.pop(0)


def values(id: str, *found: float, start: datetime = BEGIN, status: str = "Complete") -> dict[str, Any]:
    times = [start + timedelta(minutes=n) for n in range(len(found))]
    return {"Id": id, "Timestamps": times, "Values": list(found), "StatusCode": status}


def a_page(*results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"MetricDataResults": list(results), **more}


def a_metric(component: str = "api", **more: Any) -> Metric:
    return Metric(component, LATENCY, BEGIN, **more)


def test_each_minute_becomes_a_sample_in_microseconds() -> None:
    client = Answering(a_page(values("n0", 4.0, 0.0, 2.0), values("t0", 0.1, 0.0, 3.5), values("e0", 1.0)))

    found = fetch(client, [a_metric(unit=Unit.SECONDS, errors=FAILED)], BEGIN, END)

    assert found == {
        "api": [
            Sample("api", BEGIN, 4, 100_000, 1),
            Sample("api", BEGIN + timedelta(minutes=2), 2, 3_500_000, 0),
        ]
    }


def test_what_is_asked_names_metric_statistic_and_minutes() -> None:
    client = Answering(a_page())

    fetch(client, [a_metric(errors=FAILED), a_metric("web")], BEGIN, END)

    (asked,) = client.asked
    assert (asked["StartTime"], asked["EndTime"]) == (BEGIN, END)
    queries = {query["Id"]: query["MetricStat"] for query in asked["MetricDataQueries"]}
    assert {id: query["Stat"] for id, query in queries.items()} == {
        "n0": "SampleCount", "t0": "Sum", "e0": "Sum", "n1": "SampleCount", "t1": "Sum"
    }  # fmt: skip
    assert queries["n0"]["Metric"]["Dimensions"] == [
        {"Name": "ApiName", "Value": "shop"}, {"Name": "Stage", "Value": "live"}
    ]  # fmt: skip
    assert {query["Period"] for query in queries.values()} == {60}


def test_an_answer_in_pages_is_put_together() -> None:
    first = a_page(values("n0", 1.0, status="PartialData"), NextToken="more")
    last = a_page(values("n0", 2.0, start=BEGIN + timedelta(minutes=1)), values("t0", 5.0, 7.0))
    client = Answering(first, last)

    found = fetch(client, [a_metric()], BEGIN, END)["api"]

    assert [(sample.transactions, sample.total_us) for sample in found] == [(1, 5000), (2, 7000)]
    assert client.asked[1]["NextToken"] == "more"


def test_values_that_no_sample_can_have_are_cut_or_left_out() -> None:
    outside = values("n0", 9.0, start=END)
    counts = values("n0", 1e12, 1.0, -3.0)
    client = Answering(a_page(outside, counts, values("t0", -1.0, 1e30), values("e0", 1e15, 7.0)))

    first, second = fetch(client, [a_metric(errors=FAILED)], BEGIN, END)["api"]

    assert (first.transactions, first.total_us, first.errors) == (MOST_TRANSACTIONS, 0, MOST_TRANSACTIONS)
    assert (second.total_us, second.errors) == (LONGEST_MS * 1000, 1)


def test_what_cloudwatch_cannot_say_is_no_answer() -> None:
    with pytest.raises(Unanswered, match="InternalError"):
        fetch(Answering(a_page(values("n0", status="InternalError"))), [a_metric()], BEGIN, END)


class Choosy(Answering):
    """Refuses a request in which a metric has this name, with this code."""

    def __init__(self, code: str = "ValidationError", wrong: str = "wrong") -> None:
        super().__init__()
        self.code, self.wrong = code, wrong

    def get_metric_data(self, **asked: Any) -> Any:
        self.asked.append(asked)
        queries = asked["MetricDataQueries"]
        if any(query["MetricStat"]["Metric"]["MetricName"] == self.wrong for query in queries):
            raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "GetMetricData")
        return a_page(*(values(query["Id"], 2.0) for query in queries))


def test_a_setting_that_cloudwatch_refuses_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    metrics = [a_metric(f"c{n}") for n in range(9)]
    metrics[4] = Metric("bad", Series("AWS/X", "wrong"), BEGIN)
    client = Choosy()

    found = fetch(client, metrics, BEGIN, END)

    assert {id for id, samples in found.items() if samples} == {f"c{n}" for n in range(9) if n != 4}
    assert len(client.asked) < 9
    assert [record.__dict__["component"] for record in caplog.records] == ["bad"]


def test_what_cloudwatch_refuses_for_now_is_asked_again_by_the_next_minute() -> None:
    client = Choosy("Throttling", wrong=LATENCY.name)

    with pytest.raises(ClientError):
        fetch(client, [a_metric(), a_metric("web")], BEGIN, END)

    assert len(client.asked) == 1


def test_nothing_is_asked_for_no_metrics() -> None:
    assert fetch(Answering(), [], BEGIN, END) == {}
