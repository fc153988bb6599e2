"""What cannot be read, by the document's name and the field's path."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.domain.errors import Invalid

LONGEST_REASON = 200


class Unreadable(Invalid):
    """A document that is not what it should be; nothing of it is taken, little of it quoted."""

    def __init__(self, document: str, field: str, reason: str) -> None:
        shown = reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}..."
        super().__init__(f"{document}: {field}" if field else f"{document}:", shown)
        self.document = document
        self.path = field


@contextmanager
def naming(document: str, field: str) -> Iterator[None]:
    """Says of what the domain refuses in this block where it stands."""
    try:
        yield
    except Invalid as invalid:
        raise Unreadable(document, f"{field}.{invalid.field}".strip("."), invalid.reason) from invalid
