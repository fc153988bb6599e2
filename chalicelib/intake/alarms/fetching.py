"""What stands at an https address: little, soon, and from nowhere else."""

import socket
from collections.abc import Callable
from concurrent.futures import Future
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Thread
from urllib.parse import SplitResult, urlsplit

LARGEST_BYTES = 64 * 1024
PATIENCE_SECONDS = 5
"""For all of it: the name, the connection, the answer."""
Connect = Callable[..., HTTPConnection]
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class Nothing(OSError):
    """There is no such host, or nothing at this address: to ask again later is of no use."""


def fetch(address: str, connect: Connect = HTTPSConnection, *, seconds: float = PATIENCE_SECONDS) -> bytes:
    """What is served there; `OSError` if it is too much, elsewhere, or not there in time; or `Nothing`.

    It is asked for in a thread, which is left behind then: the time of http.client is for each wait alone.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("only https addresses are fetched")
    asked = Future[bytes]()

    def ask() -> None:
        try:
            asked.set_result(_answered(connect(parts.hostname, parts.port, timeout=seconds), parts))
        except Exception as error:  # noqa: BLE001 - it rises where it is waited for
            asked.set_exception(error)

    Thread(target=ask, daemon=True).start()
    return asked.result(seconds)


def _answered(connection: HTTPConnection, parts: SplitResult) -> bytes:
    try:
        connection.request("GET", f"{parts.path or '/'}?{parts.query}".removesuffix("?"))
        with connection.getresponse() as answer:
            found = answer.read(LARGEST_BYTES + 1)
    except HTTPException as broken:
        raise OSError(f"{parts.hostname} does not speak HTTP") from broken
    except socket.gaierror as unknown:
        raise (Nothing if unknown.errno == socket.EAI_NONAME else OSError)(
            f"no {parts.hostname}"
        ) from unknown
    finally:
        connection.close()
    if 400 <= answer.status < 500 and answer.status not in _LATER:
        raise Nothing(f"{parts.hostname} answers {answer.status}")
    if answer.status != HTTPStatus.OK or len(found) > LARGEST_BYTES:
        raise OSError(f"{parts.hostname} answers {answer.status} with {len(found)} bytes")
    return found
