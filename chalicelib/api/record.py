"""The record: every published fact, as the entries of its chain."""

from chalicelib.api import answers, cursors, documents, queries
from chalicelib.api.operations import Routes
from chalicelib.api.requests import Asked
from chalicelib.stores import record
from chalicelib.stores.idempotency import Answer

routes = Routes("record")


@routes.get("/record", query=queries.Entries, answer=documents.Listed[documents.Entry])
def list_entries(asked: Asked, query: queries.Entries) -> Answer:
    """List the entries of the record, oldest first."""
    after = int(query.cursor) if query.cursor else query.after
    found = record.entries(after, limit=query.limit + 1)
    listed = ((str(entry.seq), answers.entry(entry)) for entry in found)
    return answers.found(cursors.filled(listed, query.limit))
