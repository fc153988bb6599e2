"""The description is held true: generated requests, good and bad, get what it promises."""

import gc
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from chalicelib.api import descriptions
from chalicelib.domain.keys import written
from tests.api.callers import SECRET, Api
from tests.api.servers import Start, wsgi

Case = schemathesis.Case[Any]

behind: list[Api] = []


def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """The API of the test that runs."""
    return wsgi(behind[-1])(environ, start)


schema = schemathesis.openapi.from_dict(descriptions.description())
schema.app = application


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:
    """A text as it is; what is none, as one line of JSON."""
    return (value if isinstance(value, str) else json.dumps(value)).encode(errors="replace")


@schema.auth()
class Known:
    """The caller of every request, but for those that try without or with a made-up key."""

    def get(self, case: Case, context: schemathesis.AuthContext) -> str:
        """Who it is."""
        return written("tester", SECRET)

    def set(self, case: Case, data: str, context: schemathesis.AuthContext) -> None:
        """How it is told."""
        case.headers["Authorization"] = f"Bearer {data}"


@pytest.fixture(scope="module", autouse=True)
def served(standing: Api) -> Iterator[None]:
    """Put the API on a table with something in it behind the schema.

    What is generated stays, two gigabytes: the collector of garbage need not walk through it ever after.
    """
    behind.append(standing)
    yield
    gc.collect()
    gc.freeze()


# Of requests whose shape is right some are refused all the same, as the design wants it: for a version that
# has passed (412), an Idempotency-Key used for another request (422), components that there are not (400).
@pytest.mark.exhaustive
@schema.parametrize()
@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_api_keeps_its_description(case: Case) -> None:
    in_part = case.query.get("partial") == "true"  # then what is wrong is listed in the answer
    less = [negative_data_rejection] if in_part else []
    case.call_and_validate(excluded_checks=[positive_data_acceptance, *less])
