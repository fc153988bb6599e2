"""A storm: writers of every kind at once through HTTP while our processes are killed; nothing may be lost.

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
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bench import writers
from bench.laptop import JSON, Laptop, laptop
from bench.writers import Post, Told
from chalicelib.domain.record import Entry, Head, check_chain

KILLED = ("web", "pump")
PATIENCE_SECONDS = 60
SECONDS_BETWEEN_KILLS = 0.4
MOST_POSTS = 200
MARKS = 25
"""Of the fifty newest words in feeds: some are those of corrections."""


@dataclass
class Seen:
    """What the writers saw: seconds of each post from first try to answer, and what was refused.

    `accepted`: the subject's id and the page of each mark, in the order of each writer.
    """

    accepted: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    resent: int = 0


@dataclass(frozen=True)
class Writer:
    """One of them: of which kind, how much it sends at least, and what tells it that it may stop then."""

    number: int
    posts: int
    may_rest: Callable[[], bool]

    def story(self, n: int) -> str:
        """The id of the story to which its n-th word belongs."""
        return f"storm-{self.number}-{n // writers.STEPS}"


def main() -> int:
    """Run a storm as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--writers", type=int, default=20)
    parser.add_argument("--posts", type=int, default=2, help="words of each writer, the opening included")
    parser.add_argument("--kills", type=int, default=12)
    told = parser.parse_args()
    with laptop() as found:
        seen = storm(found, count=told.writers, posts=told.posts, kills=told.kills)
        wrong = [*seen.refused, *problems(found, seen)]
    p95 = statistics.quantiles(seen.seconds, n=20)[-1]
    sys.stdout.write(
        f"{told.writers} writers of {len(writers.KINDS)} kinds, {len(seen.accepted)} words accepted, "
        f"{len(seen.refused)} refused, {told.kills} kills, {seen.resent} sent again; "
        f"median {statistics.median(seen.seconds):.3f} s, p95 {p95:.3f} s, "
        f"longest {max(seen.seconds):.3f} s\n"
    )
    sys.stdout.write("\n".join(wrong) or "chain whole, every accepted word recorded and published once")
    sys.stdout.write("\n")
    return 1 if wrong else 0


def storm(found: Laptop, *, count: int, posts: int, kills: int) -> Seen:
    """So many writers open stories, each of its kind, and go on; meanwhile processes are killed in turns.

    A writer sends at least `posts` and goes on until the killing is over.
    """
    seen = Seen()
    with ThreadPoolExecutor(count + 1) as pool:
        killing = pool.submit(_kill, found, kills)
        written = [pool.submit(_write, found, Writer(n, posts, killing.done), seen) for n in range(count)]
        for one in [killing, *written]:
            one.result()
    return seen


def problems(found: Laptop, seen: Seen) -> list[str]:
    """What is wrong when all is quiet again: chain, pages, components and feeds."""
    found.await_published(PATIENCE_SECONDS)
    entries = list(_record(found))
    head = check_chain(entries, Head())
    wrong = [] if head.seq == len(entries) else ["the record has a gap"]
    wrong += _miscounted(entries, seen)
    pages: dict[str, str] = {}
    newest: dict[str, str] = {}
    for mark, (story, page) in seen.accepted.items():
        if page is None:
            newest[story] = mark
            continue
        shown = pages.get(page) or pages.setdefault(page, _body(found.get(page)))
        if shown.count(mark) != 1:
            wrong.append(f"{mark} stands {shown.count(mark)} times on {page}")
    for story, mark in newest.items():
        if mark not in str(found.ask(f"/components/{story}")["description"]):
            wrong.append(f"{mark} is not what {story} says last")
    return [*wrong, *_unheard(found, entries)]


def _miscounted(entries: list[Entry], seen: Seen) -> list[str]:
    """Where the record has more or fewer entries of a story than words of it were accepted."""
    recorded = Counter(entry.subject.partition("/")[2] for entry in entries)
    accepted = Counter(story for story, _ in seen.accepted.values())
    return [
        f"{story}: {count} words accepted, {recorded[story]} in the record"
        for story, count in accepted.items()
        if recorded[story] != count
    ]


def _unheard(found: Laptop, entries: list[Entry]) -> list[str]:
    """Which of the newest words that feeds tell are not in all of them."""
    spoken = [entry for entry in entries if entry.kind in writers.SPOKEN and not _is_corrected(entry)]
    marks = [_mark(entry) for entry in spoken[-MARKS:]]
    files = {path: found.get(path).decode() for path in ("/updates.atom", "/updates.rss", "/feed.json")}
    return [f"{mark} is not in {path}" for path, file in files.items() for mark in marks if mark not in file]


def _is_corrected(entry: Entry) -> bool:
    number = entry.subject.partition("/storm-")[2].partition("-")[0]
    return int(number) % len(writers.KINDS) == writers.CORRECTS


def _write(found: Laptop, writer: Writer, seen: Seen) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", found.port, timeout=PATIENCE_SECONDS)
    say = writers.KINDS[writer.number % len(writers.KINDS)]
    opened: dict[str, Any] = {}
    for n in range(MOST_POSTS):
        if n >= writer.posts and writer.may_rest():
            break
        mark, step = f"mark-{writer.number}-{n}-end", n % writers.STEPS
        post = say(Told(writer.story(n), step, mark, opened))
        started = time.monotonic()
        status, text = _insist(found, connection, post, mark, seen)
        seen.seconds.append(time.monotonic() - started)
        if status in (http.HTTPStatus.OK, http.HTTPStatus.CREATED):
            seen.accepted[mark] = (writer.story(n), post.page)
            opened = json.loads(text) if not step else opened
        else:
            seen.refused.append(f"{mark}: {status} {text[:200]}")
    connection.close()


def _insist(
    found: Laptop, connection: http.client.HTTPConnection, post: Post, mark: str, seen: Seen
) -> tuple[int, str]:
    """Send until there is an answer: a POST always with the same key, a PATCH is the same twice."""
    key = (found.folder / "key").read_text().strip()
    once = {"Idempotency-Key": mark} if post.method == "POST" else {"If-Match": "*"}
    headers = {**JSON, "Authorization": f"Bearer {key}", **once}
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            connection.request(post.method, f"/api/v1{post.path}", json.dumps(post.body), headers)
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
    """What readers see of a page; its head repeats the newest words for search engines.

    A summary and a list of promises repeat words too: what was said stands under the updates.
    """
    body = page.decode().partition("<body")[2]
    return body.partition("<h2>Updates</h2>")[2]


def _mark(entry: Entry) -> str:
    """The mark in an update's text."""
    text = str(json.loads(entry.body or "{}")["update"]["body"])
    return text.removeprefix("Word ").removesuffix(".")


if __name__ == "__main__":
    sys.exit(main())
