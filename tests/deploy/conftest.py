"""An account for each test."""

from pathlib import Path

import pytest

from tests.deploy.accounts import REGION, Account, new_number


@pytest.fixture
def account(ministack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account in which nothing is; the test's own process has its credentials too."""
    found = Account(new_number(), ministack, tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", found.key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    return found
