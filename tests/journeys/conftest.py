"""What journeys share."""

from collections.abc import Iterator

import pytest

from chalicelib.publishing.bucket import Bucket
from tests.journeys.runtime import Runtime, running


@pytest.fixture
def laptop(bucket: Bucket) -> Iterator[Runtime]:
    """A laptop with a component, on which nothing was said yet."""
    with running(bucket) as runtime:
        runtime.say("/components", id="checkout", name="Checkout")
        yield runtime
