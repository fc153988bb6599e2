"""`run`: one process that starts the emulator, the web server and the pump, and keeps them going."""

import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from chalicelib.local import environment, instances, preparing
from chalicelib.local.children import Child, listening
from chalicelib.local.errors import Refused
from chalicelib.local.folders import Folder, Instance
from chalicelib.local.lifelines import Ending
from chalicelib.local.logs import fault, note

_FIRST_PAGE_SECONDS = 60.0
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(folder: Folder, *, port: int, demo: bool) -> None:
    """Everything on this machine, until Ctrl-C or SIGTERM."""
    Ending(*_ENDS)
    held = folder.held(f"Candor at http://127.0.0.1:{port}")
    with held, _site_socket(port) as site, _aws(folder, port) as instance:
        if demo:
            _tell_story(folder, instance)
        with _web_and_pump(site):
            credential = _prepare(folder, instance)
            _wait_for_the_page(port)
            _announce(folder, instance, credential)
            while True:
                signal.pause()


@contextmanager
def _aws(folder: Folder, port: int) -> Iterator[Instance]:
    """The emulator; or nothing, where the environment names another place."""
    if environment.is_elsewhere():
        yield instances.elsewhere(folder, port)
        return
    with closing(instances.emulator_socket(folder)) as listener:
        instance = instances.instance_on(folder, instances.endpoint_of(listener), port)
        instances.use(instance)
        folder.remember(instance)
        with _going(instances.emulator_on(folder, listener, revived=lambda: _restore(folder))):
            yield instance


@contextmanager
def _web_and_pump(site: socket.socket) -> Iterator[None]:
    """The web server ends first, so that nothing new comes while the pump ends."""
    with _going(Child("pump")), _going(Child("web", listens=site)):
        yield


@contextmanager
def _going(child: Child) -> Iterator[None]:
    child.start()
    try:
        yield
    finally:
        for end in _ENDS:
            signal.signal(end, signal.SIG_IGN)
        child.stop()


def _prepare(folder: Folder, instance: Instance) -> str | None:
    """Make what is missing; the key to show. Nothing is made in real AWS, whose template does it."""
    if not instance.endpoint:
        return None
    _stand(instance)
    return preparing.first_key(folder)


def _tell_story(folder: Folder, instance: Instance) -> None:
    """Before anything else is in the record, whose entries can only go forward in time."""
    from chalicelib.local import demo, story

    if not instance.endpoint:
        return
    _stand(instance)
    if demo.tell() and not instance.team:
        answering = replace(instance, team=story.TEAM)
        if folder.last() == instance:
            folder.remember(answering)
        instances.use(answering)


def _stand(instance: Instance) -> None:
    if not environment.is_elsewhere():
        instances.wait_for(instance.endpoint)
    preparing.prepare()


def _restore(folder: Folder) -> None:
    """After the emulator's death: what it had not saved may be table and key."""
    try:
        preparing.prepare()
        preparing.first_key(folder)
    except Exception as error:  # noqa: BLE001 - it may die again meanwhile; then this comes again, too
        fault("run", "not prepared", error)


@contextmanager
def _site_socket(port: int) -> Iterator[socket.socket]:
    try:
        site = listening(port)
    except (OSError, OverflowError) as taken:
        raise Refused(
            f"Port {port} is taken or not ours to take; choose another, from 1024 to 65535: PORT=8080."
        ) from taken
    with site:
        yield site


def _wait_for_the_page(port: int) -> None:
    """Give the pump the time for its first publication."""
    deadline = time.monotonic() + _FIRST_PAGE_SECONDS
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline:
        try:
            direct.open(f"http://127.0.0.1:{port}/", timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)
    note("run", "no page yet", port=port)


def _announce(folder: Folder, instance: Instance, credential: str | None) -> None:
    key = (
        f"{credential}   (also in {folder.key})"
        if credential
        else "see `python -m chalicelib key create --help`"
    )
    sys.stdout.write(f"""
Candor is running; Ctrl-C ends it.

  page   http://127.0.0.1:{instance.port}/
  API    http://127.0.0.1:{instance.port}/api/v1
  key    {key}

""")
    sys.stdout.flush()
