"""The child that serves site and API with waitress, on a socket that the supervisor holds.

Run as `python -m chalicelib.local.web FD`.
"""

import socket
import sys

from waitress.server import create_server

from chalicelib import wiring
from chalicelib.local import lifelines, logs
from chalicelib.local.files import Files
from chalicelib.local.gateway import Gateway
from chalicelib.local.server import Server
from chalicelib.stores import table

THREADS = 64
CONNECTIONS = 2000
_LARGEST_BODY = 64 * 1024 * 1024  # beyond, waitress refuses by itself; up to here the gateway explains


def main(fd: int) -> None:
    """Serve until told to end; requests in hand are answered first."""
    lifelines.Ending()
    lifelines.hold_on()
    create_server(
        application(), sockets=[socket.socket(fileno=fd)], threads=THREADS, connection_limit=CONNECTIONS,
        asyncore_use_poll=True, max_request_body_size=_LARGEST_BODY, ident=None,
    ).run()  # fmt: skip


def application() -> Server:
    """The application's routes, and its bucket; clients are made here, before many threads want them."""
    import app

    settings = wiring.settings()
    table.warm()
    return Server(Files(wiring.s3(), settings.bucket), Gateway(app.app))


if __name__ == "__main__":
    logs.set_up()
    main(int(sys.argv[1]))
