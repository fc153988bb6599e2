"""`make bench`: prints one line per figure and writes all of them to bench/results.json."""

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import alarms, coldstart, inprocess, journey, probing, samples, verification
from bench.laptop import ROOT, environment, laptop

RESULTS = Path(__file__).with_name("results.json")
PROCESSES = 9
ENTRIES = 100_000
BARE = """
from chalice import Chalice
app = Chalice("bare")
@app.route("/")
def index():
    return {}
"""
Figures = Iterator[tuple[str, float, str]]


def main() -> None:
    """Measure everything."""
    results: dict[str, Any] = {"machine": platform.platform(), "python": platform.python_version()}
    for part in (
        journeys, costs, numbers, record, builds, imports, coldstarts, probes, batches, suspicions,
        verifications, memory,
    ):  # fmt: skip
        for name, value, unit in part():
            results[name] = {"value": round(value, 3), "unit": unit}
            sys.stdout.write(f"{name:<52} {value:>12.2f} {unit}\n")
            sys.stdout.flush()
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


def journeys() -> Figures:
    """Accepted to visible, with a short past and with a long one, in one run."""
    medians: dict[int, float] = {}
    for incidents, years in ((200, 1.0), (10_000, 5.0)):
        with laptop() as found:
            name = f"visible, 30 components, {incidents} past incidents"
            yield f"{name}: import and publish", journey.fill(found, incidents=incidents, years=years), "s"
            for kind, said in journey.KINDS.items():
                measured = journey.measure(found, said)
                medians.setdefault(incidents, measured["median_ms"])
                for figure, value in measured.items():
                    yield f"{name}: {kind}{figure.removesuffix('_ms')}", value, "ms"
            for process in sorted(found.processes(), key=lambda process: process.name):
                yield f"peak memory of {process.name}, {incidents} past incidents", process.peak, "MiB"
    yield "visible: ratio of medians, 10,000 to 200 past incidents", medians[10_000] / medians[200], "x"


def suspicions() -> Figures:
    """An alarm's POST until the page shows it as suspected."""
    with laptop() as found:
        for figure, value in alarms.measure(found).items():
            yield f"alarm to suspected on the page: {figure.removesuffix('_ms')}", value, "ms"


def costs() -> Figures:
    """Requests, files and bytes of one update, warm and cold."""
    for name, found in inprocess.costs():
        for what, value in found.items():
            yield f"{name}: {what}", value, "bytes" if what == "bytes" else "count"


def numbers() -> Figures:
    """Reads of an update's publication where there are numbers."""
    for how, requests in inprocess.numbers():
        yield (
            f"publication of an update, 500 components x 90 days of numbers, {how}: table",
            requests,
            "count",
        )


def record() -> Figures:
    """What the record adds to each write: its entry and its head, in units of the table."""
    for what, units in inprocess.writes():
        yield f"write of {what}: table write units", units.all, "units"
        yield f"write of {what}: without the record", units.all - units.record, "units"


def builds() -> Figures:
    """Full build of 500 components, pure."""
    yield "full build, 500 components", inprocess.build_seconds(500) * 1000, "ms CPU"


def imports() -> Figures:
    """Import of app beside a bare Chalice app: CPU of fresh processes, the least of several, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "bare.py").write_text(BARE)
        bare, ours = [], []
        for _ in range(PROCESSES):
            bare.append(_import_ms("bare", folder))
            ours.append(_import_ms("app", str(ROOT)))
    yield "import of app", min(ours), "ms CPU"
    yield "import of a bare Chalice app", min(bare), "ms CPU"
    yield "import: ratio", min(ours) / min(bare), "x"


def coldstarts() -> Figures:
    """Import and first event of each function beside a bare Chalice app's with the same clients."""
    for found in coldstart.measured():
        yield f"cold start of {found.name}", found.ours.total, "ms CPU"
        yield f"cold start of {found.name}: bare app", found.bare.total, "ms CPU"
        yield f"cold start of {found.name}: ratio", found.ratio, "x"


def probes() -> Figures:
    """A minute of many probes."""
    yield from probing.measured()


def batches() -> Figures:
    """Samples accepted a second and core, apart from the engine's."""
    yield from samples.measured()


def verifications() -> Figures:
    """A site with a long record, checked by the command: the chain alone, and all that readers see."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = time.monotonic()
        entries = verification.publish(folder, entries=ENTRIES)
        yield "a site to verify: entries", entries, "count"
        yield "a site to verify: written and published", time.monotonic() - started, "s"
        for what, options in (("chain alone", ["--chain"]), ("chain and every file", [])):
            spent = verification.verify(folder, *options)
            yield f"verify {ENTRIES:,} entries, {what}", spent.seconds, "s"
            yield f"verify {ENTRIES:,} entries, {what}: CPU", spent.cpu, "s"
            yield f"verify {ENTRIES:,} entries, {what}: peak memory", spent.peak, "MiB"


def memory() -> Figures:
    """Peak memory of this process, which built 500 components."""
    yield "peak memory of the bench", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB"


def _import_ms(module: str, folder: str) -> float:
    code = (
        "import time; before = time.process_time(); "
        f"import {module}; print((time.process_time() - before) * 1000)"
    )
    told = [sys.executable, "-c", code]
    return float(subprocess.run(told, cwd=folder, env=environment(), check=True, capture_output=True).stdout)


if __name__ == "__main__":
    main()
