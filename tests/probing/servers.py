"""Hosts for probes, on loopback: one that answers as it is told, in ways good and bad."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field

TLS = b"\x16"  # how a handshake begins

Answer = Callable[[socket.socket], None]


@dataclass
class Host:
    """A real server; `answers` says by path what is done to the connection, `asked` what was asked."""

    port: int
    answers: dict[str, Answer]
    tls: ssl.SSLContext | None = None
    asked: list[str] = field(default_factory=list)

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def serve(self, connection: socket.socket) -> None:
        """One connection, from its request to its end."""
        with suppress(OSError), self._secured(connection) as connection:
            head = b""
            while b"\r\n\r\n" not in head and head[:1] != TLS and (more := connection.recv(4096)):
                head += more
            self.asked.append(head.decode("latin-1"))
            path = (*self.asked[-1].split(" "), "")[1]
            self.answers.get(path, said("HTTP/1.1 404 Not Found"))(connection)

    def _secured(self, connection: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(connection, server_side=True) if self.tls else connection


def host(**answers: Answer) -> AbstractContextManager[Host]:
    """A server whose paths are the names, with a slash before."""
    return serving(answers)


@contextmanager
def serving(answers: Mapping[str, Answer], tls: ssl.SSLContext | None = None) -> Iterator[Host]:
    """The same, with TLS or without."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        paths = {f"/{name}": answer for name, answer in answers.items()}
        found = Host(listening.getsockname()[1], paths, tls)
        threading.Thread(target=_accept, args=(listening, found), daemon=True).start()
        try:
            yield found
        finally:
            listening.shutdown(socket.SHUT_RDWR)


def said(*lines: str, body: bytes = b"") -> Answer:
    """An answer of these head lines."""
    return sent("\r\n".join([*lines, "", ""]).encode() + body)


def ok(body: bytes = b"All is fine.", *lines: str) -> Answer:
    """A good answer."""
    return said("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *lines, body=body)


def moved(to: str, status: int = 302) -> Answer:
    """A redirect."""
    return said(f"HTTP/1.1 {status} Moved", f"Location: {to}", "Content-Length: 0")


def sent(what: bytes) -> Answer:
    """Just these bytes."""
    return lambda connection: connection.sendall(what)


def hanging(seconds: float = 30) -> Answer:
    """Silence."""

    def hang(connection: socket.socket) -> None:
        connection.settimeout(seconds)
        connection.recv(1)

    return hang


def dripping(piece: bytes, begin: bytes = b"", *, pause: float = 0.05) -> Answer:
    """Always a little more, so that no single wait is long."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(begin)
        while True:
            connection.sendall(piece)
            time.sleep(pause)

    return drip


def _accept(listening: socket.socket, found: Host) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=found.serve, args=(connection,), daemon=True).start()
