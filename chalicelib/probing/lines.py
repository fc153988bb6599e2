"""One connection to a foreign host: to an allowed address, until a deadline, with so many bytes at most.

A name is resolved once, and what it gave is both checked and connected to: a name that says something else
the next time (DNS rebinding) gains nothing. http.client waits as long for each piece as it is told for all
of them; here every wait is for what is left until the deadline.
"""

import io
import socket
import ssl
import time
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from chalicelib.domain.addresses import Network, is_allowed
from chalicelib.domain.probes import Failure, Target

LARGEST_HEAD = 16 * 1024
"""Bytes of the head, and of all that come before it: parsing it takes the square of its size."""
LARGEST_ANSWER = 512 * 1024
"""Bytes of head and body together; what is behind them is not read."""
MOST_ADDRESSES = 4

Address = tuple[socket.AddressFamily, Any]


class Failed(Exception):
    """Why there is no answer that could be judged."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a host, as the system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


@cache
def trust() -> ssl.SSLContext:
    """Whom to trust with TLS: those that this machine trusts. Made once, since it takes a while."""
    return ssl.create_default_context()


class Ways(NamedTuple):
    """How to get to hosts: networks that are allowed though not public, the resolver, whom to trust."""

    allowed: tuple[Network, ...] = ()
    resolve: Callable[[str, int], list[Address]] = resolve
    trust: Callable[[], ssl.SSLContext] = trust


class Line:
    """A connection, with what http.client asks of a socket; leaving its context hangs up."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._socket = connected
        self._deadline = deadline
        self._incoming = _Incoming(connected, deadline)

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def sendall(self, sent: bytes) -> None:
        """Send all of it."""
        self._socket.settimeout(left(self._deadline))
        self._socket.sendall(sent)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What comes in."""
        return io.BufferedReader(self._incoming)

    def end_head(self) -> None:
        """What comes in now is the body, of which there may be more."""
        self._incoming.end_head()

    def close(self) -> None:
        """Nothing yet: http.client closes as soon as it has read the head."""


class _Incoming(io.RawIOBase):
    """What comes in, piece by piece; nothing more once there is too much of it, and no head too large."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._socket = connected
        self._deadline = deadline
        self._room = LARGEST_HEAD
        self._in_head = True

    def readable(self) -> bool:
        return True

    def end_head(self) -> None:
        self._room += LARGEST_ANSWER - LARGEST_HEAD
        self._in_head = False

    def readinto(self, buffer: Any) -> int:
        if self._in_head and not self._room:
            raise Failed(Failure.NO_HTTP)
        self._socket.settimeout(left(self._deadline))
        count = self._socket.recv_into(memoryview(buffer)[: self._room]) if self._room else 0
        self._room -= count
        return count


def connect(to: Target, ways: Ways, *, deadline: float) -> Line:
    """A line to a target, with TLS if its scheme says so; `Failed` where it leads to what is not allowed.

    All addresses of the name must be allowed: one that is both public and private is up to something.
    """
    found = ways.resolve(to.host, to.port)
    if not found or not all(is_allowed(address[0], ways.allowed) for _, address in found):
        raise Failed(Failure.NOT_ALLOWED if found else Failure.UNREACHABLE)
    connected = _connected(found[:MOST_ADDRESSES], deadline)
    try:
        if to.scheme == "https":
            connected.settimeout(left(deadline))
            connected = ways.trust().wrap_socket(connected, server_hostname=to.host.rstrip("."))
    except BaseException:
        connected.close()
        raise
    return Line(connected, deadline)


def left(deadline: float) -> float:
    """The seconds until a deadline (`time.monotonic`); `TimeoutError` if there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _connected(addresses: list[Address], deadline: float) -> socket.socket:
    """A connection to the first address that takes one; each has its share of the time."""
    for n, (family, address) in enumerate(addresses, 1):
        connecting = socket.socket(family, socket.SOCK_STREAM)
        try:
            connecting.settimeout(left(deadline) / (len(addresses) - n + 1))
            connecting.connect(address)
        except OSError:
            connecting.close()
            if n == len(addresses):
                raise
        else:
            return connecting
    raise Failed(Failure.UNREACHABLE)
