"""Documents by file name or address, as bytes, up to a size."""

import re
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from chalicelib.intake.errors import Unreadable

LARGEST_BYTES = 32 * 1024 * 1024
PATIENCE_SECONDS = 20
LONGEST_SECONDS = 120
"""Without a byte, and for all of a document: nobody keeps us waiting a byte at a time."""

_AT_ONCE = 64 * 1024
_ADDRESS = re.compile(r"\s*(https?:|[a-z][a-z0-9+.-]*:/)", re.IGNORECASE)


def refuse_credentials(source: str) -> None:
    """`Unreadable` for an address that may hold a password, in words that do not repeat it.

    Any @ counts: in an address that is written wrong, what stands before it may be one too.
    """
    if _ADDRESS.match(source) and "@" in source:
        raise Unreadable("the address", "", "holds an @: addresses with a user name or password are not read")


def read(source: str) -> bytes:
    """What a file or an http(s) address holds, or `Unreadable`."""
    refuse_credentials(source)
    try:
        is_address = urlsplit(source).scheme in ("http", "https")
        document = _fetched(source) if is_address else _held(source)
    except (OSError, ValueError, HTTPException) as failed:
        if isinstance(failed, HTTPError):
            failed.close()
        raise Unreadable(source, "", f"cannot be read: {_reason(failed)}") from failed
    if len(document) > LARGEST_BYTES:
        raise Unreadable(source, "", f"is larger than {LARGEST_BYTES // 1024**2} MiB")
    return document


def _held(name: str) -> bytes:
    with Path(name).open("rb") as file:
        return file.read(LARGEST_BYTES + 1)


def _fetched(address: str) -> bytes:
    request = Request(address, headers={"Accept": "application/json", "User-Agent": "candor-import"})  # noqa: S310
    until = time.monotonic() + LONGEST_SECONDS
    with _opener().open(request, timeout=PATIENCE_SECONDS) as answer:
        return b"".join(_pieces(answer, until))


def _pieces(answer: Any, until: float) -> Iterator[bytes]:
    """What is answered, until it is whole or too large."""
    size = 0
    while size <= LARGEST_BYTES and (piece := answer.read1(_AT_ONCE)):
        size += len(piece)
        yield piece
        if time.monotonic() > until:
            raise TimeoutError(f"it takes longer than {LONGEST_SECONDS} s")
    if size <= LARGEST_BYTES and answer.length:
        raise OSError(f"it ends {answer.length} bytes early")


def _opener() -> OpenerDirector:
    """Speaks HTTP alone: no redirect leads to a file or another protocol."""
    opener = OpenerDirector()
    for part in (
        ProxyHandler(), HTTPHandler(), HTTPSHandler(), HTTPRedirectHandler(), HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
    ):  # fmt: skip
        opener.add_handler(part)
    return opener


def _reason(failed: Exception) -> str:
    if isinstance(failed, URLError) and not hasattr(failed, "code"):
        failed = failed.reason if isinstance(failed.reason, Exception) else failed
    told = getattr(failed, "strerror", None) or str(failed) or type(failed).__name__
    return " ".join(told.split())
