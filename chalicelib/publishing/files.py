"""What a published file is, and how long a reader's machine may keep it."""

import json
from dataclasses import dataclass
from typing import Any

# Ten seconds of freshness, a minute in which an old copy may stand while a new one is fetched, and a day in
# which it may stand when nothing else can be reached: an old page says more than an error.
LIVE = "public, max-age=10, stale-while-revalidate=60, stale-if-error=86400"
# What changes by a redaction alone.
HOUR = "public, max-age=3600, stale-if-error=86400"
# What says that we are alive is worth nothing when it is old.
PULSE = "no-cache"

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
CSV = "text/csv; charset=utf-8"
CALENDAR = "text/calendar; charset=utf-8"
JSON_LINES = "application/x-ndjson; charset=utf-8"
JSON_FEED = "application/feed+json; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"


@dataclass(frozen=True)
class File:
    """Bytes, and the headers that they are served with."""

    body: bytes
    content_type: str
    cache_control: str = LIVE


def json_file(document: Any, *, content_type: str = JSON, cache_control: str = LIVE) -> File:
    """A document as Statuspage writes it: no blanks, UTF-8 as it is; what UTF-8 cannot say becomes `?`."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return File(text.encode(errors="replace"), content_type, cache_control)
