"""Cold start of each function: CPU of import and first event, beside a bare Chalice app and the same clients.

Both lie unpacked and with byte-code as Lambda has them, and run by turns in fresh processes that see nothing
else; the least of many counts. `python bench/coldstart.py [FOLDER]` takes an unpacked bundle or builds one.
"""

import compileall
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any, NamedTuple

import boto3

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.inprocess import a_past
from chalicelib import wiring
from chalicelib.domain.keys import Scope
from chalicelib.local.preparing import create_key
from chalicelib.publishing import paths, states
from chalicelib.stores import record, table
from tests.engine import a_bucket, engine, settled
from tests.events import MINUTE, STREAM, WORK, Event, request
from tests.packages import build
from tests.worlds import World

PROCESSES = 15
OURS = {"app.py", "chalicelib", "templates", "templates_compiled", "__pycache__"}
CHILD = """
import json, sys, time

class Context:
    def get_remaining_time_in_millis(self):
        return 60_000

folder, module, function = sys.argv[1:]
event = json.load(sys.stdin)
sys.path.insert(0, folder)
began = time.process_time()
app = __import__(module)
imported = time.process_time()
said = getattr(app, function)(event, Context())
ended = time.process_time()
json.dump({"import": imported - began, "event": ended - imported, "said": said}, sys.stdout)
"""
OLD_PULSE = b'{"as_of":"2000-01-01T00:00:00Z","head":{"seq":0}}'


class Spent(NamedTuple):
    """CPU milliseconds of one cold start."""

    importing: float
    answering: float

    @property
    def total(self) -> float:
        """Both."""
        return self.importing + self.answering


class Figure(NamedTuple):
    """The cheapest cold start of each."""

    name: str
    ours: Spent
    bare: Spent

    @property
    def ratio(self) -> float:
        """How many times the bare one."""
        return self.ours.total / self.bare.total


@dataclass(frozen=True)
class Bundles:
    """The two unpacked deployables."""

    ours: Path
    bare: Path


@dataclass(frozen=True)
class Case:
    """One first event. `prepare` makes it what its name says, `check` that it was."""

    name: str
    function: str
    event: Event
    prepare: Callable[[], object]
    check: Callable[[Any], bool]
    bare: str = "bare_publisher"


def main() -> None:
    """Print one line per first event."""
    for found in measured(Path(sys.argv[1]) if len(sys.argv) > 1 else None):
        ours, bare = (
            f"{spent.total:6.1f} = {spent.importing:5.1f} + {spent.answering:5.1f}"
            for spent in (found.ours, found.bare)
        )
        print(f"{found.name:<44} ours {ours}   bare {bare} ms CPU   {found.ratio:.2f}x", flush=True)


def measured(unpacked: Path | None = None) -> Iterator[Figure]:
    """The figure of each case; without an unpacked deployable one is built."""
    with engine(), settled(), bundles(unpacked) as both, bare_table():
        for case in cases(both):
            pairs = [(ours(case, both), bare(case, both)) for _ in range(PROCESSES)]
            yield Figure(case.name, *(min(spent, key=_total) for spent in zip(*pairs, strict=True)))


def cases(both: Bundles) -> Iterator[Case]:
    """Each function with what it is mostly called for, in a page of 30 components and 200 incidents."""
    a_bucket()
    world = a_past(wiring.now() - timedelta(hours=12))
    world.open("now", "Now", affects={"c1": "major_outage"})
    key = create_key("bench", tuple(Scope))
    said = json.dumps({"title": "Slow", "body": "We look into it.", "affects": {"c1": "partial_outage"}})
    get = request("GET", "/api/v1/components", key=key)
    asked = Case("app: GET /components", "app", get, _nothing, _ok, bare="bare_api")
    yield asked
    yield replace(
        asked, name="app: POST /incidents", event=request("POST", "/api/v1/incidents", said, key=key)
    )
    minute = Case("on_minute_passed: nothing but the heartbeat", "on_minute_passed", MINUTE, _age, _beats)
    while not _at_head(None):
        call(both.ours, "app", minute.function, MINUTE)
    yield minute
    yield Case("on_table_changed: already published", "on_table_changed", STREAM, _nothing, _at_head)
    yield Case("on_work_queued: nothing left to do", "on_work_queued", WORK, _nothing, _at_head)
    tell = _teller(world)
    yield Case("on_table_changed: one update to publish", "on_table_changed", STREAM, tell, _at_head)


def ours(case: Case, both: Bundles) -> Spent:
    """One cold start of ours, checked."""
    case.prepare()
    spent, said = call(both.ours, "app", case.function, case.event)
    if not case.check(said):
        raise RuntimeError(f"{case.name}: this did not happen: {said}")
    return spent


def bare(case: Case, both: Bundles) -> Spent:
    """One cold start of the bare app."""
    spent, said = call(both.bare, case.bare, case.function, case.event)
    if case.function == "app" and not _ok(said):
        raise RuntimeError(f"{case.name}: the bare app failed: {said}")
    return spent


def call(folder: Path, module: str, function: str, event: Event) -> tuple[Spent, Any]:
    """What a fresh process that sees the standard library and the folder alone spends and answers."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", CHILD, str(folder), module, function],
        input=json.dumps(event),
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        check=True,
    )
    told = json.loads(ran.stdout)
    return Spent(told["import"] * 1000, told["event"] * 1000), told["said"]


@contextmanager
def bundles(unpacked: Path | None) -> Iterator[Bundles]:
    """Ours, and beside it the same packages, file by file, under apps that do next to nothing."""
    with tempfile.TemporaryDirectory() as folder:
        own = unpacked or _built(Path(folder))
        other = Path(folder, "bare")
        shutil.copytree(own, other, ignore=lambda at, names: OURS & set(names) if Path(at) == own else ())
        for name in {"boto3", "s3transfer"} - {path.name for path in other.iterdir()}:
            shutil.copytree(Path(boto3.__file__).parents[1] / name, other / name)
        for name in ("bare_api.py", "bare_publisher.py"):
            shutil.copyfile(Path(__file__).with_name(name), other / name)
        compiled = compileall.compile_dir(
            other, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
        )
        if not compiled:
            raise RuntimeError("the bare apps cannot be compiled")
        yield Bundles(own.resolve(), other)


@contextmanager
def bare_table() -> Iterator[None]:
    """A table of one attribute with one item, for the bare apps."""
    client, name = table.connection().client, f"{wiring.settings().table}-bare"
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    os.environ["BARE_TABLE"] = name
    try:
        client.put_item(TableName=name, Item={"id": {"S": "first"}})
        yield
    finally:
        del os.environ["BARE_TABLE"]
        client.delete_table(TableName=name)


def _built(folder: Path) -> Path:
    with zipfile.ZipFile(build(folder) / "deployment.zip") as archive:
        archive.extractall(folder / "ours")
    return folder / "ours"


def _total(spent: Spent) -> float:
    return spent.total


def _teller(world: World) -> Callable[[], object]:
    """Says something new each time that it is called."""
    words = iter(("investigating", "identified") * PROCESSES)
    return lambda: world.tell("now", next(words))


def _nothing() -> None:
    """Everything is prepared."""


def _age() -> None:
    """Make the heartbeat older than this minute."""
    wiring.s3().put_object(Bucket=wiring.settings().bucket, Key=paths.HEARTBEAT, Body=OLD_PULSE)


def _ok(said: Any) -> bool:
    return said["statusCode"] in (200, 201)


def _beats(said: Any) -> bool:
    return wiring.bucket().get(paths.HEARTBEAT)[0] != OLD_PULSE


def _at_head(said: Any) -> bool:
    """Whether the site stands at the end of the record."""
    state, _ = states.get(wiring.bucket())
    return state is not None and state.rebuild is None and state.seq == record.head().seq


if __name__ == "__main__":
    main()
