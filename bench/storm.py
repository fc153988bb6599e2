"""A storm: many writers at once through HTTP while our processes are killed; nothing may be lost or doubled.

`python -m bench.storm --writers 200 --kills 12` prints what it found and exits 1 where something is wrong.
"""

import argparse
import http.client
import json
import os
import random
import signal
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bench.laptop import JSON, Laptop, laptop
from chalicelib.domain.record import Entry, Head, check_chain

KILLED = ("web", "pump")
PATIENCE_SECONDS = 60
SECONDS_BETWEEN_KILLS = 0.4
MOST_POSTS = 200


@dataclass
class Seen:
    """What the writers saw: seconds of each POST from first try to answer, and what was refused."""

    accepted: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    resent: int = 0


@dataclass(frozen=True)
class Writer:
    """One of them: how much it sends at least, and what tells it that it may stop then."""

    number: int
    posts: int
    may_rest: Callable[[], bool]


def main() -> int:
    """Run a storm as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--writers", type=int, default=20)
    parser.add_argument("--posts", type=int, default=2, help="updates of each writer, the opening included")
    parser.add_argument("--kills", type=int, default=12)
    told = parser.parse_args()
    with laptop() as found:
        seen = storm(found, writers=told.writers, posts=told.posts, kills=told.kills)
        wrong = [*seen.refused, *problems(found, seen)]
    cuts = statistics.quantiles(seen.seconds, n=20)
    sys.stdout.write(
        f"{told.writers} writers, {len(seen.accepted)} updates accepted, {len(seen.refused)} refused, "
        f"{told.kills} kills, {seen.resent} sent again; POST median {statistics.median(seen.seconds):.3f} s, "
        f"p95 {cuts[-1]:.3f} s, longest {max(seen.seconds):.3f} s\n"
    )
    sys.stdout.write("\n".join(wrong) or "chain whole, every accepted update published once")
    sys.stdout.write("\n")
    return 1 if wrong else 0


def storm(found: Laptop, *, writers: int, posts: int, kills: int) -> Seen:
    """Each writer opens an incident and adds updates to it; meanwhile processes are killed in turns.

    A writer sends at least `posts` and goes on until the killing is over.
    """
    seen = Seen()
    with ThreadPoolExecutor(writers + 1) as pool:
        killing = pool.submit(_kill, found, kills)
        written = [pool.submit(_write, found, Writer(n, posts, killing.done), seen) for n in range(writers)]
        for one in [killing, *written]:
            one.result()
    return seen


def problems(found: Laptop, seen: Seen) -> list[str]:
    """What is wrong when all is quiet again: chain, incident pages, index and feeds."""
    found.await_published(PATIENCE_SECONDS)
    entries = list(_record(found))
    head = check_chain(entries, Head())
    told = [entry for entry in entries if entry.kind.startswith("incident.")]
    wrong = [] if head.seq == len(entries) else ["the record has a gap"]
    if len(told) != len(seen.accepted):
        wrong.append(f"{len(seen.accepted)} updates accepted, {len(told)} in the record")
    newest = [_mark(entry) for entry in told[-50:]]
    files = {path: found.get(path).decode() for path in ("/updates.atom", "/updates.rss", "/feed.json")}
    for mark, incident in seen.accepted.items():
        page = files.setdefault(incident, _body(found.get(f"/incidents/{incident}/")))
        if page.count(mark) != 1:
            wrong.append(f"{mark} stands {page.count(mark)} times on /incidents/{incident}/")
    for path in ("/updates.atom", "/updates.rss", "/feed.json"):
        wrong += [f"{mark} is not in {path}" for mark in newest if mark not in files[path]]
    return wrong


def _write(found: Laptop, writer: Writer, seen: Seen) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", found.port, timeout=PATIENCE_SECONDS)
    incident = f"storm-{writer.number}"
    for n in range(MOST_POSTS):
        if n >= writer.posts and writer.may_rest():
            break
        mark = f"mark-{writer.number}-{n}-end"
        path = f"/api/v1/incidents/{incident}/updates" if n else "/api/v1/incidents"
        body: dict[str, Any] = {"status": "identified", "body": f"Word {mark}."}
        if not n:
            body = {"id": incident, "title": f"Storm {writer.number}", "body": f"Word {mark}."}
        started = time.monotonic()
        status, text = _insist(found, connection, path, body, seen)
        seen.seconds.append(time.monotonic() - started)
        if status == 201:
            seen.accepted[mark] = incident
        else:
            seen.refused.append(f"{mark}: {status} {text[:200]}")


def _insist(
    found: Laptop, connection: http.client.HTTPConnection, path: str, body: dict[str, Any], seen: Seen
) -> tuple[int, str]:
    """Send until there is an answer, always with the same Idempotency-Key."""
    key = (found.folder / "key").read_text().strip()
    headers = {**JSON, "Authorization": f"Bearer {key}", "Idempotency-Key": body["body"]}
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            connection.close()
            seen.resent += 1
            if time.monotonic() > until:
                return 0, "no answer"
            time.sleep(random.uniform(0.02, 0.2))


def _kill(found: Laptop, kills: int) -> None:
    for n in range(kills):
        time.sleep(SECONDS_BETWEEN_KILLS)
        kill(found, KILLED[n % len(KILLED)])


def kill(found: Laptop, name: str) -> None:
    """`kill -9` of one process of the tree; waits until there is one to kill."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        for process in found.processes():
            if process.name == name:
                os.kill(process.id, signal.SIGKILL)
                return
        time.sleep(0.02)
    raise RuntimeError(f"no process {name} to kill")


def _record(found: Laptop) -> list[Entry]:
    """All entries, as the API gives them."""
    entries, cursor = [], ""
    while True:
        page = found.ask(f"/record?limit=100{cursor}")
        entries += [_entry(item) for item in page["items"]]
        if page["next"] is None:
            return entries
        cursor = f"&cursor={page['next']}"


def _entry(item: dict[str, Any]) -> Entry:
    body = item.get("body")
    return Entry(
        seq=item["seq"], recorded_at=datetime.fromisoformat(item["recorded_at"]), kind=item["kind"],
        subject=item["subject"], digest=item["digest"], prev=item["prev"], body=body, salt=item.get("salt"),
    )  # fmt: skip


def _body(page: bytes) -> str:
    """What readers see of a page; its head repeats the newest words for search engines."""
    return page.decode().partition("<body")[2]


def _mark(entry: Entry) -> str:
    """The mark in an update's text."""
    text = str(json.loads(entry.body or "{}")["update"]["body"])
    return text.removeprefix("Word ").removesuffix(".")


if __name__ == "__main__":
    sys.exit(main())
