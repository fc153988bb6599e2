"""Duties that do not wait for each other: one that fails stops none behind it."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from chalicelib.domain.errors import Busy

T = TypeVar("T")


def each(duties: Iterable[Callable[[], T]]) -> list[T]:
    """What they come to, in order; the first error rises when all others are done.

    `Busy` rises at once: it is true of the whole table, and whoever comes next would wait as long.
    """
    done, failed = list[T](), None
    for duty in duties:
        try:
            done.append(duty())
        except Busy:
            raise
        except Exception as error:  # noqa: BLE001 - it rises when the others are done
            failed = failed or error
    if failed:
        raise failed
    return done
