"""What a month costs in AWS: `python -m bench.costs` prints README's table.

Computed from what the stack test counted (counted.json), the deployable's own settings and a dated list of
prices (prices.json). Everything else that it takes for granted stands here, at the top.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
VIEWS = (1_000, 100_000, 10_000_000)
INCIDENTS, UPDATES = 30, 4
"""The first update finds functions that have to start, the others find them warm; the last is the end."""

MONTH_SECONDS = 730 * 3600
MINUTES = MONTH_SECONDS // 60
CALL_SECONDS = 0.05
START_SECONDS = 1.0
TABLE_SECONDS, BUCKET_SECONDS = 0.005, 0.03
"""A call computes for so long; one that starts takes so much more; so long it waits for table and bucket.

It waits for one request after the other here, though it puts eight files at a time.
"""
LOG_BYTES = 1024  # that Lambda itself writes of each call
TABLE_GB = 0.1  # ten years of so many incidents
ALARMS = 10  # that come and go, each with two mails
VIEW_REQUESTS = 1  # the page is one file
VIEW_HEADERS = 1024
EDGES, FRESH_SECONDS = 13, 10  # CloudFront's regional caches, each of which asks S3 that often at most
POLLERS, POLL_SECONDS = 5, 20
"""Lambda's own, which ask the queue of work whether there is any.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html: five, where the concurrency has a
maximum; a long poll takes at most 20 seconds. The stream's are free.
"""
GB = 1024**3

Usage = dict[str, dict[str, float]]


def read(name: str) -> Any:
    """A JSON file, by its path from the root."""
    return json.loads((ROOT / name).read_text())


def happenings() -> dict[str, int]:
    """How often each counted operation happens in a month."""
    return {
        "a new incident, functions cold": INCIDENTS,
        "an update": INCIDENTS * (UPDATES - 2),
        "a resolution": INCIDENTS,
        "a minute in which nothing happens": MINUTES,
    }


def usage(views: int) -> Usage:
    """What a month uses of each service, in the units of the price list."""
    counted = read("bench/counted.json")
    total: defaultdict[str, float] = defaultdict(float)
    for what, times in happenings().items():
        for unit, number in used(counted[what], starts="cold" in what).items():
            total[unit] += times * number
    said = INCIDENTS * UPDATES
    misses = min(views, EDGES * MONTH_SECONDS / FRESH_SECONDS) * VIEW_REQUESTS
    view_bytes = counted["page of 30 components, gzip"]["bytes"] + VIEW_HEADERS
    return {
        "Lambda": {"calls": total["calls"], "GB-seconds, arm64": total["seconds"] * memory_gb()},
        "DynamoDB": {
            "write units": total["write_units"], "read units": total["read_units"],
            "GB stored": TABLE_GB, "GB with point-in-time recovery": TABLE_GB,
        },
        "S3": {
            "PUT, LIST": total["puts"], "GET, HEAD": total["gets"] + misses,
            "GB stored": total["bytes"] / GB,  # an old version stays for a month
        },
        "CloudFront": {
            "requests": views * VIEW_REQUESTS, "GB to readers": views * view_bytes / GB,
            "function calls": views * VIEW_REQUESTS,
        },
        "API Gateway": {"requests": said},
        "SQS": {"requests": total["queue"] + POLLERS * MONTH_SECONDS / POLL_SECONDS},
        "CloudWatch": {"metrics in alarms": alarm_metrics(), "GB of logs": total["calls"] * LOG_BYTES / GB},
        "X-Ray": {"traces": total["calls"]},
        "SNS": {"messages": ALARMS * 2, "mails": ALARMS * 2},
    }  # fmt: skip


def used(counted: dict[str, Any], *, starts: bool) -> dict[str, float]:
    """What one operation uses."""
    bucket = counted["bucket"]
    puts = sum(number for name, number in bucket.items() if name.startswith(("Put", "List")))
    table, files = sum(counted["table"].values()), sum(bucket.values())
    call = CALL_SECONDS + (START_SECONDS if starts else 0)
    return {
        **{name: counted[name] for name in ("calls", "read_units", "write_units", "bytes")},
        "seconds": counted["calls"] * call + table * TABLE_SECONDS + files * BUCKET_SECONDS,
        "puts": puts,
        "gets": files - puts - bucket.get("DeleteObject", 0),  # to delete is free
        "queue": sum(counted["queue"].values()),
    }


def memory_gb() -> float:
    """What each function is given."""
    return float(read(".chalice/config.json")["lambda_memory_size"]) / 1024


def alarm_metrics() -> int:
    """The metrics that alarms look at; each counts by itself where an alarm computes with several."""
    resources = read(".chalice/resources.json")["Resources"].values()
    alarms = [it["Properties"] for it in resources if it.get("Type") == "AWS::CloudWatch::Alarm"]
    return sum(
        sum("MetricStat" in it for it in alarm.get("Metrics", [{"MetricStat": 1}])) for alarm in alarms
    )


def cost(service: dict[str, Any], used: dict[str, float], *, free: bool = False) -> float:
    """What a service costs, with or without what is always free."""
    prices: dict[str, dict[str, float]] = service["prices"]
    assert used.keys() == prices.keys(), "each price is used, and each use has a price"
    return sum(
        max(0, number - (prices[unit].get("free", 0) if free else 0))
        * prices[unit]["usd"]
        / prices[unit]["per"]
        for unit, number in used.items()
    )


def table() -> str:
    """The table in Markdown: a row for each service, a column for each number of views."""
    services = read("bench/prices.json")["services"]
    months = [usage(views) for views in VIEWS]
    rows = [["AWS service", "paid for", *(f"{views // 1000:,} thousand views" for views in VIEWS)]]
    rows += [["---", "---", *("---:" for _ in VIEWS)]]
    for name, service in services.items():
        costs = [cost(service, month[name]) for month in months]
        rows.append([f"[{name}]({service['page']})", paid_for(service), *map(dollars, costs)])
    for words, free in (("**a month**", False), ("less what is always free", True)):
        sums = [sum(cost(it, month[name], free=free) for name, it in services.items()) for month in months]
        rows.append([words, "", *(dollars(it) if free else f"**{dollars(it)}**" for it in sums)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def section() -> str:
    """README's part of this, as it stands there."""
    known = sorted(it["known"][:7] for it in read("bench/prices.json")["services"].values())
    words = (
        f"In US dollars, in us-east-1, with 30 components and {INCIDENTS} incidents of {UPDATES} updates",
        "each, as `python -m bench.costs` computes it from the requests that the stack test counts and from",
        f"[prices](bench/prices.json) that were known between {known[0]} and {known[-1]}:",
    )
    return "\n".join((*words, "", table()))


def paid_for(service: dict[str, Any]) -> str:
    """The units and their prices in dollars."""
    return "; ".join(
        f"{unit} {price['usd']:g}{' a million' if price['per'] == 1_000_000 else ''}"
        for unit, price in service["prices"].items()
    )


def dollars(amount: float) -> str:
    """Two decimals; what is less than a cent is not nothing."""
    return f"{amount:.2f}" if amount >= 0.005 else "< 0.01"


def main() -> None:
    """Print it."""
    sys.stdout.write(section() + "\n")


if __name__ == "__main__":
    main()
