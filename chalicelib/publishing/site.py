"""The site as a function: a snapshot in, every file that follows from it out."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from chalicelib.domain.record import Head
from chalicelib.domain.security import NOBODY, Team
from chalicelib.domain.snapshot import Snapshot
from chalicelib.publishing import paths
from chalicelib.publishing.files import PULSE, File, json_file
from chalicelib.publishing.heads import head_document
from chalicelib.publishing.localtimes import machine

HEARTBEAT_HOLDS = timedelta(minutes=3)
_CODE = Path(__file__).parents[1]
_TEMPLATES = _CODE.parent / "templates"


def build(snapshot: Snapshot, *, site_url: str, team: Team = NOBODY) -> dict[str, File]:
    """Every file that this snapshot calls for, by its key; details come before the index.

    Each page depends on nothing but its own part of the snapshot, so what a small snapshot builds is byte
    for byte what a full one builds at the same `as_of`.
    """
    # Not before there is something to build: most calls find nothing, and these cost a fifth of a cold start.
    from chalicelib.publishing import (
        calendars,
        daily,
        dossiers,
        pages,
        record,
        security,
        statuspage,
        statuspage_feeds,
        trust,
        updates,
    )

    frame = pages.Frame(snapshot.page, site_url)
    files = pages.told(frame, snapshot)
    files |= security.files(snapshot, frame, team)
    files |= dossiers.all_files(frame, snapshot)
    files |= pages.instances(frame, snapshot)
    files |= pages.months(frame, snapshot)
    files[paths.HISTORY] = pages.history(frame, snapshot)
    files[paths.NOT_FOUND] = pages.not_found(frame)
    files |= statuspage.files(snapshot, site_url)
    files |= statuspage_feeds.files(snapshot, site_url)
    files |= updates.files(snapshot, site_url)
    files |= trust.files(snapshot, frame)
    files |= calendars.files(snapshot, site_url)
    files |= record.files(snapshot.record, snapshot.head)
    files |= daily.files(snapshot, site_url)
    files[paths.RECORD] = pages.record(frame, snapshot)
    files[paths.INDEX] = pages.index(frame, snapshot)
    return files


def heartbeat(head: Head, as_of: datetime, built_by: str | None = None) -> File:
    """`heartbeat.json`: the site stood at this head in this minute, built by this version or another."""
    minute = as_of.replace(second=0, microsecond=0)
    document = {
        "as_of": machine(minute),
        "valid_until": machine(minute + HEARTBEAT_HOLDS),
        "head": head_document(head),
        "version": version() if built_by is None else built_by,
    }
    return json_file(document, cache_control=PULSE)


@cache
def version() -> str:
    """A digest over all that turns a snapshot into bytes: templates, publishing code, the rules beneath."""
    digest = hashlib.sha256()
    for name, path in sorted(_sources()):
        digest.update(f"{name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _sources() -> Iterator[tuple[str, Path]]:
    for root, pattern in [
        (_TEMPLATES, "**/*.*"),
        (_CODE / "publishing", "*.py"),
        (_CODE / "domain", "*.py"),
    ]:
        for path in root.glob(pattern):
            yield f"{root.name}/{path.relative_to(root).as_posix()}", path
