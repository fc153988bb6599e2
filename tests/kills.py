"""How tests end a process at any of its requests to the table: before it is sent, or its answer seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.stores import table


class Killed(BaseException):
    """What a process meets that is ended."""


@contextmanager
def killed_at(request: int, *, answered: bool) -> Iterator[None]:
    """End what is done here at its n-th request to the table; `answered`: when it has done it already."""
    left = iter(range(request - 1))

    def kill(**_: Any) -> None:
        if next(left, None) is None:
            raise Killed

    events, moment = table.connection().client.meta.events, "after-call" if answered else "before-call"
    events.register(f"{moment}.dynamodb", kill)
    try:
        yield
    finally:
        events.unregister(f"{moment}.dynamodb", kill)
