"""What the API's tests share."""

from collections.abc import Iterator

import pytest

from chalicelib import wiring
from chalicelib.stores import table as table_module
from tests.api.callers import SITE, Api, a_key
from tests.engine import a_table

PLANNED = {
    "title": "New disks", "body": "We change disks.", "availability": "read_only",
    "starts_at": "2026-11-22T22:00:00Z", "ends_at": "2026-11-22T23:30:00Z",
}  # fmt: skip
HOLE = {"title": "A hole", "category": "vulnerability", "summary": "There is one.", "actions": "Update."}
SAID = {"title": "Slow", "body": "We look into it."}


@pytest.fixture
def api(table: str) -> Api:
    """The API on a fresh table with its page, and a key that may do everything."""
    return made()


@pytest.fixture(scope="module")
def standing(ministack: str) -> Iterator[Api]:
    """The API with one thing of each kind, for tests that store nothing."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"TABLE": "standing", "BUCKET": "standing", "SITE_URL": SITE}.items():
            patch.setenv(f"CANDOR_{name}", value)
        wiring.forget()
        wiring.settings()
        a_table()
        yield with_something(made())
        wiring.settings()
        table_module.Item.delete_table()
    wiring.forget()


def made() -> Api:
    """The API with its page, and a key that may do everything."""
    api = Api(a_key())
    api.told.page()
    return api


def with_something(api: Api) -> Api:
    """The API with a component, a group, an incident, a maintenance, the draft of an advisory and a probe."""
    api.post("/components", {"id": "checkout", "name": "Checkout"})
    api.post("/groups", {"id": "eu5", "name": "EU5"})
    api.post("/incidents", {"id": "slow", **SAID})
    api.post("/maintenances", {"id": "disks", **PLANNED})
    api.post("/advisories", {"id": "hole", **HOLE})
    api.post("/probes", {"id": "health", "component": "checkout", "url": "https://shop.example/health"})
    return api
