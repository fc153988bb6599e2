"""What the API's tests share."""

import pytest

from tests.api.callers import Api, a_key


@pytest.fixture
def api(table: str) -> Api:
    """The API on a fresh table with its page, and a key that may do everything."""
    api = Api(a_key())
    api.told.page()
    return api
