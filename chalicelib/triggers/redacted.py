"""What a redaction changes among the files: all that told the words, and the record's own, however old."""

from collections.abc import Iterable
from datetime import tzinfo

from chalicelib.domain.record import Entry
from chalicelib.domain.redactions import REDACTED
from chalicelib.domain.subjects import ADVISORY, INCIDENT, kind_of
from chalicelib.domain.times import month_of
from chalicelib.publishing.record import ENTRIES_A_FILE, hundred
from chalicelib.stores import copies, heads, record
from chalicelib.stores.snapshots import Wanted


def wanted(entries: Iterable[Entry], zone: tzinfo) -> Wanted:
    """Where it is listed that something was told of, beside its own page; in one read, if words were removed.

    What others speak of by its name stands anywhere: of this the page's identity tells, and all is built.
    """
    about = {entry.subject for entry in entries if entry.kind == REDACTED}
    told = heads.get_many(about) if about else {}
    months = (month_of(head.started_at, zone) for it, head in told.items() if kind_of(it) != ADVISORY)
    return Wanted(months=frozenset(months), figures=any(kind_of(it) == INCIDENT for it in told))


def hundreds(entries: Iterable[Entry]) -> frozenset[int]:
    """The hundreds of the record in which entries have lost words."""
    told = (entry for entry in entries if entry.kind == REDACTED and entry.body)
    return frozenset(hundred(seq) for entry in told for seq in copies.remains_in(entry))


def earlier(hundreds: Iterable[int], shown: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The entries of these hundreds that lie before what is shown anyway."""
    begin = hundred(shown[0].seq) if shown else 0
    spans = (
        (one * ENTRIES_A_FILE + 1, (one + 1) * ENTRIES_A_FILE) for one in sorted(hundreds) if one < begin
    )
    return tuple(entry for span in spans for entry in record.entries_between(*span))
