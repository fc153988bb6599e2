"""What it costs to check a long record and its site: the command itself, as strangers run it."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

from bench import past
from bench.laptop import ROOT
from chalicelib.intake import statuspage
from chalicelib.local import shelves
from chalicelib.publishing.bucket import Bucket, ETag
from chalicelib.publishing.files import File
from chalicelib.stores import imports
from tests.worlds import World

COMPONENTS = 30
ENTRIES_AN_INCIDENT = 3
SHARE_OF_OURS = 4
"""Of so many incidents one was told here; the others were imported."""


class Spent(NamedTuple):
    """What a command took: seconds from start to end, those of a processor, the most memory in MiB."""

    seconds: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class FolderBucket(Bucket):
    """A bucket that is a folder, for one publisher."""

    folder: Path

    def get(self, key: str) -> tuple[bytes, ETag]:
        """Bytes and whether they are there."""
        path = self.folder / key
        return (path.read_bytes(), key) if path.is_file() else (b"", None)

    def etags(self, keys: Iterable[str]) -> dict[str, ETag]:
        """Nobody else puts anything."""
        return dict.fromkeys(keys)

    def put(self, files: Mapping[str, File], etags: Mapping[str, ETag]) -> dict[str, ETag]:
        """Write each."""
        return {key: self.put_one(key, file, None) for key, file in files.items()}

    def put_one(self, key: str, file: File, etag: ETag) -> ETag:
        """Write one."""
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.body)
        return key

    def listed(self, prefix: str) -> Iterator[dict[str, ETag]]:
        """Nothing is to be swept away."""
        yield from ()


def publish(folder: Path, *, entries: int) -> int:
    """Put a site with a record of so many entries into a folder; how many it came to."""
    incidents = entries // ENTRIES_AN_INCIDENT
    with shelves.opened():
        world = World()
        world.page()
        _bring(world, incidents - incidents // SHARE_OF_OURS)
        for n in range(incidents // SHARE_OF_OURS):
            world.pass_time(hours=2)
            affects = {f"component{n % COMPONENTS:03d}": "partial_outage"}
            world.open(f"ours{n}", f"Trouble {n} of ours", affects=affects)
            world.tell(f"ours{n}", "identified")
            world.tell(f"ours{n}", "resolved")
        bucket = FolderBucket(cast(Any, None), "", folder)
        return world.publisher(bucket).publish(seconds=float("inf")).head.seq


def _bring(world: World, incidents: int) -> None:
    step = timedelta(days=3650) / max(incidents, 1)
    told = past.history(incidents, end=world.at - timedelta(days=1), step=step)
    documents = [("incidents", told), ("summary", past.summary(COMPONENTS))]
    foreign = statuspage.read((name, json.dumps(document).encode()) for name, document in documents)
    imports.save(foreign, now=world.now)


def verify(folder: Path, *options: str) -> Spent:
    """Run the command on a folder, with nothing in its environment (Linux: memory in KiB)."""
    told = [
        sys.executable,
        "-c",
        _MEASURE,
        sys.executable,
        "-m",
        "chalicelib",
        "verify",
        str(folder),
        *options,
    ]
    done = subprocess.run(told, cwd=ROOT, env={}, check=True, capture_output=True)
    return Spent(*json.loads(done.stdout))


_MEASURE = """
import json, os, subprocess, sys, time
started = time.monotonic()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
spent = time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
print(json.dumps(spent))
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""In a small process of its own: what a process is born of counts to its memory."""
