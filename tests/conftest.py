"""What tests stand on: one local AWS for the session, a fresh table and bucket for each test."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from chalicelib import wiring
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import table as table_module

LOCAL_AWS = {
    "AWS_ACCESS_KEY_ID": "000000000001",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
}
SITE = "http://status.example.com"

settings.register_profile(
    "candor", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("candor")


def free_port() -> int:
    """A port of the loopback interface that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a local AWS; AWS_ENDPOINT_URL_DYNAMODB puts another engine under the table."""
    os.environ.update(LOCAL_AWS)
    if given := os.environ.get("AWS_ENDPOINT_URL"):
        yield given
        return
    folder, port = tmp_path_factory.mktemp("aws"), free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("ministack"))],
            env={**os.environ, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "TMPDIR": str(folder)},
            stdout=log, stderr=log,
        )  # fmt: skip
    os.environ["AWS_ENDPOINT_URL"] = endpoint
    try:
        await_endpoint(endpoint)
        yield endpoint
    finally:
        del os.environ["AWS_ENDPOINT_URL"]
        process.terminate()
        process.wait(10)


def await_endpoint(endpoint: str) -> None:
    """Wait until the local AWS answers."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the local AWS did not start")


@pytest.fixture
def table(ministack: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh table under the stores, and settings that name it; gives the table's name."""
    name = f"candor-{secrets.token_hex(6)}"
    for key, value in {
        "CANDOR_TABLE": name,
        "CANDOR_BUCKET": name,
        "CANDOR_SITE_URL": SITE,
        "CANDOR_PAGE_NAME": "Example",
    }.items():
        monkeypatch.setenv(key, value)
    wiring.forget()
    wiring.settings()
    table_module.create()
    yield name
    table_module.Item.delete_table()
    wiring.forget()


@pytest.fixture
def bucket(table: str) -> Bucket:
    """A fresh bucket for the site, beside a fresh table."""
    wiring.s3().create_bucket(Bucket=table)
    return wiring.bucket()
