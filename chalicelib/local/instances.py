"""Finding the running instance, or having one for the duration of a command."""

import os
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from urllib.parse import urlsplit

from chalicelib import wiring
from chalicelib.local import emulator, environment, preparing
from chalicelib.local.children import Child, listening
from chalicelib.local.errors import Refused
from chalicelib.local.folders import PORT, Folder, Instance

TABLE = "candor"
BUCKET = "candor-site"
TEAM = ("CANDOR_SECURITY_CONTACT", "CANDOR_SECURITY_POLICY", "CANDOR_SECURITY_LANGUAGES")
_START_SECONDS = 30.0

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextmanager
def connected(folder: Folder, doing: str) -> Iterator[None]:
    """Let a command find its table and bucket: where the environment says, or here on the laptop.

    Here that is the running instance, or else an emulator of our own that saves at the end.
    """
    if environment.is_elsewhere():
        elsewhere(folder)
        yield
    elif running := running_on(folder):
        use(running)
        yield
    else:
        with folder.held(doing), _own_emulator(folder):
            yield


def running_on(folder: Folder) -> Instance | None:
    """The instance that runs on this folder now, if one does."""
    last = folder.last()
    return last if last and _is_alive(last.pid) and answers(last.endpoint) else None


def use(instance: Instance) -> None:
    """Make this process find an instance, whatever its environment says."""
    environment.use(instance.settings())
    wiring.forget()
    wiring.settings()


def elsewhere(folder: Folder, port: int | None = None) -> Instance:
    """The place that the environment names; on an emulator, what it does not name is called as here."""
    instance = instance_on(folder, environment.told("AWS_ENDPOINT_URL"), port)
    if instance.endpoint:
        environment.use({name: said for name, said in instance.names().items() if not environment.told(name)})
    wiring.forget()
    wiring.settings()
    return instance


def instance_on(folder: Folder, endpoint: str, port: int | None = None) -> Instance:
    """An instance of this process; it keeps the site's last address, and who answered for security."""
    last = folder.last()
    port = port if port is not None else last.port if last else PORT
    site_url = environment.told("CANDOR_SITE_URL") or f"http://127.0.0.1:{port}"
    team = {name: said for name in TEAM if (said := environment.told(name))}
    return Instance(
        os.getpid(), port, endpoint, TABLE, BUCKET, site_url, team=team or (last.team if last else {})
    )


def emulator_socket(folder: Folder) -> socket.socket:
    """A socket for the emulator: on the port that it had last, if that is free."""
    last = folder.last()
    with suppress(OSError, ValueError):
        return listening((last and urlsplit(last.endpoint).port) or 0)
    return listening()


def emulator_on(folder: Folder, listener: socket.socket, revived: Callable[[], None] = lambda: None) -> Child:
    """The emulator as a child, not started yet."""
    return Child(
        "emulator", str(folder.path), settings=emulator.settings(folder.path, listener.getsockname()[1]),
        listens=listener, revived=revived,
    )  # fmt: skip


def endpoint_of(listener: socket.socket) -> str:
    """The address of what serves a socket."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def wait_for(endpoint: str, seconds: float = _START_SECONDS) -> None:
    """Return when the emulator answers; refuse when it does not come."""
    deadline = time.monotonic() + seconds
    while not answers(endpoint, deadline - time.monotonic()):
        if time.monotonic() > deadline:
            raise Refused("The emulator does not start; what it said stands above.")
        time.sleep(0.02)


def answers(endpoint: str, seconds: float = 5.0) -> bool:
    """Whether an emulator of ours is there."""
    try:
        with _direct.open(f"{endpoint}{emulator.CHANGES}", timeout=max(seconds, 0.1)) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def _own_emulator(folder: Folder) -> Iterator[None]:
    with closing(emulator_socket(folder)) as listener:
        instance = instance_on(folder, endpoint_of(listener))
        child = emulator_on(folder, listener)
        child.start()
        try:
            wait_for(instance.endpoint)
            use(instance)
            preparing.prepare()
            yield
        finally:
            child.stop()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
