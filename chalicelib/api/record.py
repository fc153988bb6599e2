"""The record: every published fact, as the entries of its chain, and the words that had to leave it."""

import time
from contextlib import suppress

from chalicelib.api import answers, cursors, documents, queries
from chalicelib.api.changes import save
from chalicelib.api.operations import Routes
from chalicelib.api.record_bodies import NewRedaction
from chalicelib.api.requests import Asked
from chalicelib.domain.errors import Busy
from chalicelib.domain.keys import Scope
from chalicelib.domain.record import Moment
from chalicelib.stores import record, redactions, repeats
from chalicelib.stores.copies import Redaction
from chalicelib.stores.idempotency import Answer
from chalicelib.stores.record import Change

routes = Routes("record")
SEQ = r"^[1-9][0-9]{0,15}$"
SECONDS = 5.0


@routes.get("/record", query=queries.Entries, answer=documents.Listed[documents.Entry])
def list_entries(asked: Asked, query: queries.Entries) -> Answer:
    """List the entries of the record, oldest first."""
    after = int(query.cursor) if query.cursor else query.after
    found = record.entries(after, limit=query.limit + 1)
    listed = ((str(entry.seq), answers.entry(entry)) for entry in found)
    return answers.found(cursors.filled(listed, query.limit))


@routes.post(
    "/record/{seq}/redact", scope=Scope.RECORD_REDACT, body=NewRedaction, answer=documents.Redaction,
    status=200, ids=SEQ,
)  # fmt: skip
def redact_entry(asked: Asked, said: NewRedaction, seq: str) -> Answer:
    """Remove the words that an entry brought, wherever they stand: for law and leaked secrets, and for good.

    What stays is its digest, the chain, and a mark with the day and the reason, which is published. Texts
    go as a whole. What other entries say in other words stays, and what those about something else say in
    the same words: these are named. To repeat it changes nothing. What one call does not reach, and old
    versions of files, follow within minutes.
    """
    elsewhere = repeats.elsewhere(int(seq))

    def decide(moment: Moment) -> Change[Redaction]:
        return redactions.redact(int(seq), said.reason, moment=moment, elsewhere=elsewhere)

    given = save(asked, decide, lambda done: answers.found(answers.redaction(done)))
    if not asked.dry_run:
        _go_on(asked, int(seq))
    return given


def _go_on(asked: Asked, seq: int) -> None:
    """Do more of it while the caller waits; the minute does the rest."""
    until = time.monotonic() + SECONDS
    with suppress(Busy):
        while time.monotonic() < until:
            if record.append(lambda moment: redactions.go_on(seq, moment=moment), now=asked.now) is None:
                return
