"""Recovery from the command line: reads the published record, appends what lacks, tells how it went."""

from collections.abc import Callable

from chalicelib import wiring
from chalicelib.intake import record as published
from chalicelib.intake.record import PublishedRecord
from chalicelib.local import environment
from chalicelib.stores import record, recovery
from chalicelib.stores.recovery import Restored
from chalicelib.stores.remains import Remains

EVERY = 100

Show = Callable[[str], None]
"""Shows a line in place of the one before; a blank one takes it away."""


def read(source: str, show: Show) -> PublishedRecord:
    """The published record's end; `Unreadable` where there is none."""
    show(f"reading {source}")
    found = published.read(source)
    show("")
    return found


def use(table: str) -> None:
    """Work on this table, whichever the other settings belong to."""
    environment.use({"CANDOR_TABLE": table})
    wiring.forget()
    wiring.settings()


def restore(found: PublishedRecord, show: Show) -> Restored:
    """Check all that is to be appended, then append it where the settings lead; else nothing is written."""

    def progress(seq: int) -> None:
        show(f"appending entry {seq} of {found.head.seq}")

    first = recovery.first_wanted(found.head)
    remains = Remains()
    for seq in recovery.check(found.entries(first), remains):
        if seq % EVERY == 0:
            show(f"checking entry {seq} of {found.head.seq}")
    if remains.believed:
        whole = Remains()
        for entry in found.entries(1):
            whole.see(entry)
        whole.check(found.entries(1))
    restored = recovery.restore(found.entries(first), remains, progress=progress)
    show("")
    return restored


def summary(restored: Restored) -> str:
    """What it came to, in one sentence."""
    count = "1 entry" if restored.entries == 1 else f"{restored.entries} entries"
    line = f"Appended {count} ({restored.private} private), the record stands at {record.head().seq}"
    if not restored.keys:
        return line
    return f"{line}; keys made since have to be made anew: {', '.join(restored.keys)}"
