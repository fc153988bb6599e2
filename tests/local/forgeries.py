"""For tests of verify: a site that shows everything as a folder, and random changes of it."""

import json
import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from chalicelib.domain.record import Entry, digest, head_of
from chalicelib.domain.security import Team
from chalicelib.publishing import paths, states
from chalicelib.publishing import record as record_files
from tests.engine import a_bucket, settled
from tests.recoveries import a_long_history, synced, written
from tests.worlds import World

LATER = datetime(2026, 11, 23, 18, 0, 30, tzinfo=UTC)
TEAM = Team("security@example.com", "https://example.com/policy", "en, de")
STEPS_BEFORE = 50

READ = re.compile(r"\.(html|rss|atom|json)$")
WORDS = {
    "html": re.compile(r'(?:>|href="/|datetime="|href="http|aria-label=")([^<>"]*)'),
    "rss": re.compile(r'(?:>|href=")([^<>"]*)'),
    "atom": re.compile(r'(?:>|href=")([^<>"]*)'),
    "json": re.compile(r'(?<=[:\[, ])("(?:[^"\\]|\\.)*"(?!:)|[\w.]+)'),
}
HIDDEN = re.compile(r"<(style|script)[^>]*>.*?</\1>|data:[^\"]*", re.DOTALL)
BELIEVED = re.compile(rb'^(?:Policy|Preferred-Languages): .*|"version":".*"', re.MULTILINE)
"""What stands in no record: settings, and which code built the site. `verify` says so of them."""

PAGES = [
    (b"</main>", b"<p>All is well.</p></main>"),
    (b"<main ", b"<main hidden "),
    (b"<head>", b'<head><meta http-equiv="refresh" content="0;url=https://evil.example/">'),
    (b"<head>", b'<head><base href="https://evil.example/">'),
    (b"<body", b'<body onload="all()"'),
    (b"</h1>", b"</h1><script>all()</script>"),
    (b"<h1", b"<!--><p>All is well.</p><!-- --><h1"),
    (b"</h1>", b"</h1><template>"),
    (b"</h1>", b'</h1><bdo dir="rtl">'),
    (b"<h1>", b'<h1 style="display:none">'),
    (b"</h1>", b"</h1><textarea>"),
    (b"<!doctype html>", b""),
]
"""Changes of a page that readers see, whichever code built it."""

FEEDS = [
    (b"<title>", b"All is well.<title>"),
    (b"</title>", b"</title>All is well."),
    (b"</title>", b"</title><!-- -->All is well."),
    (b"?>", b'?><?xml-stylesheet href="https://evil.example/"?>'),
    (b"<title>", b"<title xmlns='urn:x'>"),
    (b"</title>", b"</title><title>All is well</title>"),
]
DOCUMENTS = [
    (b"{", b'{"x":{},'),
    (b"{", b'{"x":1,'),
    (b"[]", b'["x"]'),
    (b"true", b'"true"'),
    (b'":"', b'":"\\u200b'),
]


class Edit(NamedTuple):
    """A change of some files (None: gone), the one that is to be named, and which entries may be."""

    files: dict[str, bytes | None]
    named: str
    entries: range


def a_site(folder: Path) -> Path:
    """A site that shows all that can be said; in a folder beside it, `earlier`, how it stood before."""
    with settled():
        bucket, world = a_bucket(), World(at=LATER)
        publisher = replace(world.publisher(bucket), team=TEAM)
        for n, _ in enumerate(a_long_history()):
            if n == STEPS_BEFORE:
                publisher.publish(seconds=60)
                synced(folder / "earlier", bucket)
        publisher.publish(seconds=60)
        return synced(folder / "site", bucket)


def of_another_version(folder: Path) -> None:
    """Have the site say that other code built it, which gives it other looks."""
    beat = json.loads((folder / paths.HEARTBEAT).read_bytes())
    text = json.dumps({**beat, "version": "another"}, separators=(",", ":"))
    (folder / paths.HEARTBEAT).write_text(text)
    for page in folder.rglob("*.html"):
        body = page.read_bytes().replace(b' class="', b'  class="v2 ').replace(b"<ul", b"\n<ul")
        page.write_bytes(body.replace(b"</style>", b"main{color:red}</style>"))
    for document in [*folder.glob("api/**/*.json"), folder / "feed.json"]:
        held = json.loads(document.read_bytes())
        document.write_text(json.dumps(dict(reversed(held.items())), ensure_ascii=False, indent=1))


class Forger:
    """Makes one random change after the other to what a site's files hold."""

    def __init__(self, site: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        keys = [path.relative_to(site).as_posix() for path in sorted(site.rglob("*")) if path.is_file()]
        self.files = {key: (site / key).read_bytes() for key in keys if key != states.KEY}
        earlier = site.parent / "earlier"
        self.old = {key: path.read_bytes() for key in self.files if (path := earlier / key).exists()}
        self.records = [key for key in self.files if key.startswith("record/entries/")]
        self.read = [key for key in self.files if READ.search(key) and key != paths.HEARTBEAT]
        self.head = int(json.loads(self.files[paths.RECORD_HEAD])["seq"])

    def byte_of_an_entry(self) -> Edit:
        """Any byte of the record's files."""
        key = self.chance.choice(self.records)
        at = self.chance.randrange(len(self.files[key]))
        line = (paths.first_entry_of(key) or 1) + self.files[key][:at].count(b"\n")
        return Edit({key: self._other_byte(key, at)}, key, range(line - 1, line + 2))

    def lines(self) -> Edit:
        """Entries dropped, swapped or repeated, within a file or from one into the other."""
        way = self.chance.choice(["drop", "swap", "repeat", "bring"])
        fewest = 2 if way == "swap" else 1
        key = self.chance.choice([it for it in self.records if self.files[it].count(b"\n") >= fewest])
        lines = self.files[key].splitlines(keepends=True)
        first, at = paths.first_entry_of(key) or 1, self.chance.randrange(len(lines))
        other = self.chance.randrange(len(lines))
        match way:
            case "drop":
                del lines[at]
            case "swap":
                at, other = min(at, other - (at == other)), max(at, other)
                lines[at], lines[other] = lines[other], lines[at]
            case "repeat":
                lines.insert(at, lines[at])
            case _:
                lines.insert(at, self.files[self.records[0]].splitlines(keepends=True)[other % 40])
        return Edit({key: b"".join(lines)}, key, range(first + min(at, other), first + max(at, other) + 2))

    def visible_character(self) -> Edit:
        """Any character that a reader sees on a page, in a feed, in a document."""
        key = self.chance.choice(self.read)
        text = self.files[key].decode()
        is_page = key.endswith("html")
        hidden = {n for it in HIDDEN.finditer(text) for n in range(*it.span())} if is_page else set()
        stretches = [it.span(1) for it in WORDS[key.rpartition(".")[2]].finditer(text)]
        places = [n for span in stretches for n in range(*span) if text[n].isalnum() and n not in hidden]
        at = self.chance.choice(places)
        other = self.chance.choice([c for c in "abcxyzABC0123456789é" if c != text[at]])
        return self._edit(key, (text[:at] + other + text[at + 1 :]).encode())

    def byte_of_a_list(self) -> Edit:
        """Any byte of what is neither page nor feed: calendar, hashes, lists, the heartbeat."""
        key = self.chance.choice([key for key in self.files if not READ.search(key)] + [paths.HEARTBEAT] * 4)
        body = self.files[key]
        believed = {n for it in BELIEVED.finditer(body) for n in range(*it.span())}
        return self._edit(key, self._other_byte(key, self.chance.choice([*{*range(len(body))} - believed])))

    def byte_of_anything(self) -> Edit:
        """Any byte of any file, seen or not."""
        key = self.chance.choice([*self.files.keys() - {paths.HEARTBEAT, paths.SECURITY_TXT}])
        return self._edit(key, self._other_byte(key, self.chance.randrange(len(self.files[key]))))

    def words_brought_in(self) -> Edit:
        """What no single character does: words, elements, attributes, orders."""
        while True:
            key = self.chance.choice(self.read)
            ways = PAGES if key.endswith("html") else DOCUMENTS if key.endswith("json") else FEEDS
            before, after = self.chance.choice(ways)
            if before in self.files[key]:
                return self._edit(key, self.files[key].replace(before, after, 1))

    def files_moved(self) -> Edit:
        """Files gone, brought in, as they were before, or in place of one another."""
        key, other = self.chance.sample([*self.files], 2)
        match self.chance.choice(["gone", "brought in", "before", "another's", "empty"]):
            case "gone":
                return self._edit(key, None)
            case "brought in":
                return self._edit(f"{other}.html", self.files[other])
            case "before" if changed := [it for it in self.old if self.old[it] != self.files[it]]:
                key = self.chance.choice(sorted(changed))
                return self._edit(key, self.old[key])
            case "another's" if self.files[key] != self.files[other]:
                return self._edit(key, self.files[other])
        return self._edit(key, b"")

    def _edit(self, key: str, body: bytes | None) -> Edit:
        return Edit({key: body}, key, range(self.head + 2))

    def _other_byte(self, key: str, at: int) -> bytes:
        body = bytearray(self.files[key])
        body[at] = self.chance.choice([b for b in range(256) if b != body[at]])
        return bytes(body)


def rewrite(folder: Path, entries: list[Entry], at: int) -> None:
    """Have the record say something else at one place, with a chain that holds."""
    changed: list[Entry] = []
    for n, entry in enumerate(entries):
        prev = changed[-1].hash if changed else entry.prev
        after = replace(entry, prev=prev)
        if n == at and entry.body is None:
            after = replace(after, digest="ab" * 32)
        elif n == at:
            body = re.sub(r'"(body|title|name)":"', r'"\1":"Not ', entry.body or "", count=1)
            after = replace(after, body=body, salt="ab" * 32, digest=digest(b"\xab" * 32, body))
        changed.append(after)
    put_record(folder, changed)


def put_record(folder: Path, entries: list[Entry]) -> None:
    """Have the copy's record be these."""
    built = record_files.files(entries, head_of(entries[-1]))
    written(folder, {key: file.body for key, file in built.items()})
