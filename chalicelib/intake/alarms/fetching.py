"""What stands at an https address: little, soon, and from nowhere else."""

from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

LARGEST_BYTES = 64 * 1024
PATIENCE_SECONDS = 5
Connect = Callable[..., HTTPConnection]


def fetch(address: str, connect: Connect = HTTPSConnection) -> bytes:
    """What is served there; `OSError` if it is nothing, too much, or somewhere else."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("only https addresses are fetched")
    connection = connect(parts.hostname, parts.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", f"{parts.path or '/'}?{parts.query}".removesuffix("?"))
        answer = connection.getresponse()
        found = answer.read(LARGEST_BYTES + 1)
    except HTTPException as broken:
        raise OSError(f"{parts.hostname} does not speak HTTP") from broken
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK or len(found) > LARGEST_BYTES:
        raise OSError(f"{parts.hostname} answers {answer.status} with {len(found)} bytes")
    return found
