"""What tests stand on: one local AWS for the session, a fresh table and bucket for each test."""

import atexit
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from chalicelib.publishing.bucket import Bucket
from tests.engine import a_bucket, engine, settled
from tests.packages import build

atexit.register(gc.freeze)  # what msgspec made is not taken apart at the end: that may crash (its issue 717)

settings.register_profile(
    "candor", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("candor")


@pytest.fixture(scope="session")
def ministack() -> Iterator[str]:
    """The address of a local AWS."""
    with engine() as endpoint:
        yield endpoint


@pytest.fixture
def table(ministack: str) -> Iterator[str]:
    """A fresh table under the stores, and settings that name it; gives the table's name."""
    with settled() as name:
        yield name


@pytest.fixture
def bucket(table: str) -> Bucket:
    """A fresh bucket for the site, beside a fresh table."""
    return a_bucket()


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Zip and template for this machine, built once."""
    return build(tmp_path_factory.mktemp("package"))
