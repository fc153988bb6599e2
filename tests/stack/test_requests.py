"""What an accepted update asks of table, bucket and queue on the deployed stack, from request to quiet.

The figures stand in bench/counted.json, from which `python -m bench.costs` computes what a month costs.
"""

import gzip
import json
import math
import os
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench import past
from tests.deploy.accounts import Account
from tests.events import MINUTE
from tests.packages import ROOT
from tests.stack import figures
from tests.stack.clouds import REGION, Cloud, until
from tests.stack.counting import COUNTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

COUNTED = ROOT / "bench/counted.json"
RENEW = "COUNTED=renew .venv/bin/python -m pytest tests/stack/test_requests.py"
BEAT = "heartbeat.json"
LOGS = "ApiLogs", "TableChangedLogs", "WorkQueuedLogs", "AlarmPublishedLogs", "MinutePassedLogs"
WORDS = "We say what we know of it. " * 8
FIRST = {"title": "Slow answers", "affects": {"component003": "partial_outage"}}
COLD, NEW, MORE, END, IDLE = OPERATIONS = (
    "a new incident, functions cold",
    "a new incident",
    "an update",
    "a resolution",
    "a minute in which nothing happens",
)
PAGE = "page of 30 components, gzip"
Figures = dict[str, Any]


@pytest.fixture(scope="module")
def cloud(account: Account, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A stack with 30 components and an incident on each of the last 60 days, on which no minute passes."""
    found = Cloud(account, built, "candor-requests")
    assert found.make("deploy", PARAMS="Protection=false") == 0, found.said
    found.aws("events").disable_rule(Name=found.resource("OnMinutePassedOnMinutePassedEvent"))
    found.key = found.create_key()
    paths = a_past(tmp_path_factory.mktemp("past"))
    told = [*map(str, paths), "--stack", found.stack, "--region", REGION]
    ran = found.account.command("import", "statuspage", *told)
    assert ran.returncode == 0, ran.stderr
    quiet(found)
    yield found
    assert found.make("destroy", DATA="delete") == 0, found.said


def a_past(folder: Path) -> list[Path]:
    """Statuspage's documents of it."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    documents = {
        "summary": past.summary(30),
        "incidents": past.history(60, end=yesterday, step=timedelta(days=1)),
    }
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    return [folder / f"{name}.json" for name in documents]


@pytest.fixture(scope="module")
def measured(cloud: Cloud) -> Figures:
    """Everything, counted once; where it is asked for, these are the figures from now on."""
    chill(cloud)
    found: Figures = {
        COLD: cost(cloud, lambda: say(cloud, "/incidents", id="one", **FIRST)),
        MORE: cost(cloud, lambda: say(cloud, "/incidents/one/updates", status="identified")),
        END: cost(cloud, lambda: say(cloud, "/incidents/one/updates", status="resolved")),
        NEW: cost(cloud, lambda: say(cloud, "/incidents", id="two", **FIRST)),
    }
    pass_minute(cloud)
    found[IDLE] = cost(cloud, lambda: pass_minute(cloud))
    page = len(gzip.compress(cloud.file("index.html")))
    found[PAGE] = {"bytes": math.ceil(page / 100) * 100}  # a byte more or less is the day's
    if os.environ.get("COUNTED") == "renew":
        COUNTED.write_text(json.dumps(found, indent=1) + "\n")
    return found


def chill(cloud: Cloud) -> None:
    """Let the next calls find no function that is warm: a changed one starts anew."""
    for logical in ("APIHandler", "OnTableChanged"):
        name = cloud.resource(logical)
        timeout = cloud.aws("lambda").get_function_configuration(FunctionName=name)["Timeout"]
        cloud.aws("lambda").update_function_configuration(FunctionName=name, Timeout=timeout + 1)


def say(cloud: Cloud, path: str, **body: Any) -> None:
    """Post, and wait until the publisher says that it has published it."""
    before = json.loads(cloud.file(BEAT))["head"]["seq"]
    reply = cloud.api("POST", path, {"body": WORDS, **body})
    assert reply.status == 201, reply.body
    until(lambda: json.loads(cloud.file(BEAT))["head"]["seq"] > before)


def pass_minute(cloud: Cloud) -> None:
    """Call the function of the minute, as if the last call had been in the minute before."""
    beat = json.loads(cloud.file(BEAT))
    earlier = datetime.fromisoformat(beat["as_of"]) - timedelta(minutes=1)
    beat["as_of"] = earlier.strftime("%Y-%m-%dT%H:%M:%SZ")
    cloud.aws("s3").put_object(Bucket=cloud.outputs["Bucket"], Key=BEAT, Body=json.dumps(beat).encode())
    assert cloud.invoke("OnMinutePassed", MINUTE) == ""


def cost(cloud: Cloud, happens: Callable[[], None]) -> Figures:
    """What something asks for until all is quiet, by service and operation; and the calls of functions."""
    counts(cloud, "POST")
    before = calls(cloud)
    happens()
    found: Figures = {"calls": 0, "table": {}, "bucket": {}, "queue": {}}
    for name, number in sorted(quiet(cloud).items()):
        service, _, operation = name.rpartition(".")
        (found[service] if service else found)[operation] = math.ceil(number)
    return {**found, "calls": calls(cloud) - before}


def counts(cloud: Cloud, method: str = "GET") -> dict[str, float]:
    """What was counted; a POST begins anew."""
    request = urllib.request.Request(cloud.account.endpoint + COUNTS, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        told: dict[str, float] = json.load(answer)
    return told


def quiet(cloud: Cloud) -> dict[str, float]:
    """What was counted, once nothing was added to it for a second."""
    now: dict[str, float] = counts(cloud)
    before = None
    while now != before:
        time.sleep(1)
        before, now = now, counts(cloud)
    return now


def calls(cloud: Cloud) -> int:
    """How often functions were called until now."""
    return sum(cloud.logged(group).count("START RequestId") for group in LOGS)


def flat(figures: Figures) -> Figures:
    """One number per service, and those that are one."""
    return {name: sum(it.values()) if isinstance(it, dict) else it for name, it in figures.items()}


@pytest.mark.parametrize("what", [*OPERATIONS, PAGE])
def test_it_costs_what_the_table_of_costs_is_computed_from(measured: Figures, what: str) -> None:
    now, then = flat(measured[what]), flat(json.loads(COUNTED.read_text())[what])
    figures.told[what] = ", ".join(f"{name} {number}" for name, number in now.items())

    other = {
        name: f"{now.get(name)}, it was {then.get(name)}" for name in {*now, *then} if differ(name, now, then)
    }
    assert other == {}, f"if that is meant: {RENEW}, and README's table anew"


def differ(name: str, now: Figures, then: Figures) -> bool:
    """Whether a figure is another by more than a fifth and by more than two."""
    before = then.get(name, 0)
    return bool(abs(now.get(name, 0) - before) > max(2, before / 5))


def test_a_minute_in_which_nothing_happens_puts_the_heartbeat_alone(measured: Figures) -> None:
    assert measured[IDLE]["bucket"]["PutObject"] == 1
    assert measured[IDLE].get("write_units", 0) == 0


def test_no_update_takes_a_way_over_the_queue(measured: Figures) -> None:
    assert {what: measured[what]["queue"] for what in OPERATIONS} == dict.fromkeys(OPERATIONS, {})
