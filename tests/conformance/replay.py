"""Replays every recorded summary.json, each into an empty store (`make replay`)."""

import re
import sys
import time
from collections import Counter

from tests.conformance import recorded
from tests.engine import engine, settled


def main() -> int:
    """Print how many documents come out equal and where others do not; 1 if any does not."""
    if not recorded.DATA.is_dir():
        print(f"skipped: the recorded documents are not here: {recorded.DATA}")
        return 0
    began, fields = time.monotonic(), Counter[str]()
    with engine(), settled():
        equal, count = _replay(fields)
    print(f"{equal} of {count} documents equal, {time.monotonic() - began:.0f} s")
    for field, times in fields.most_common():
        print(f"{times:6} {field}")
    return 0 if equal == count else 1


def _replay(fields: Counter[str]) -> tuple[int, int]:
    equal = count = 0
    for page in recorded.PAGES:
        for document in recorded.summaries(page):
            different = _fields(document)
            fields.update(different)
            equal, count = equal + (not different), count + 1
            _show(f"{page}: {equal} of {count}")
            recorded.empty_table()
    _show("")
    return equal, count


def _fields(document: recorded.Document) -> set[str]:
    """The fields that differ, whatever their place in lists."""
    recorded.take_in(document)
    different = recorded.differences(document, recorded.written(document["page"]["url"]))
    return {re.sub(r"\[\d+\]", "[]", path).split(":")[0] for path in different}


def _show(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
