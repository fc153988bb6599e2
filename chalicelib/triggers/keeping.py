"""Heads of days, copied to where nobody can change them: a bucket of their own, each written once."""

from dataclasses import replace

from chalicelib.domain.record import Head
from chalicelib.publishing import states
from chalicelib.publishing.bucket import Bucket, Overtaken
from chalicelib.publishing.heads import kept, kept_at
from chalicelib.publishing.states import Kept, State
from chalicelib.triggers.publication import Publisher


class Rewritten(Exception):
    """Another head was kept of a day than the record has now: one of the two is not the truth."""


def keep_heads(publisher: Publisher, heads: Bucket | None) -> int:
    """Copy the heads that the site shows since the last one that was copied; how many those were.

    Nothing is asked of any bucket while there is none. What a missed minute left is caught up, as far as the
    site shows heads. Written again, by two at once or after a death in between, a head is the same; the
    days behind one that is not (`Rewritten`) wait until somebody has looked.
    """
    state, etag = publisher.standing
    due = _due(state, heads.name) if heads and state else []
    if not (heads and state and due):
        return 0
    page = publisher.page().id
    try:
        for head in due:
            _keep(heads, page, head)
        done = replace(state, kept=Kept(heads.name, due[-1].seq))
        publisher.standing = done, states.put(publisher.bucket, done, etag)
    except Overtaken:
        return 0  # somebody else is at it; the next minute sees to it
    return len(due)


def _due(state: State, bucket: str) -> list[Head]:
    """The heads that are shown and not known to be in this bucket, oldest first."""
    after = state.kept.seq if state.kept and state.kept.bucket == bucket else 0
    return [head for head in state.days if after < head.seq <= (state.ended or 0)]


def _keep(heads: Bucket, page: str, head: Head) -> None:
    file, key = kept(head), kept_at(page, head)
    try:
        heads.put_one(key, file, None)
    except Overtaken:
        body, etag = heads.get(key)
        if etag is None:
            raise
        if body != file.body:
            told = f"s3://{heads.name}/{key} is another head than entry {head.seq} of the record"
            raise Rewritten(told) from None
