"""What the tests of the stack measured, printed at the end of their run."""

import statistics
from collections import Counter

COUNTED = {"test_journey": "steps of the journey that held", "test_rights": "permissions tried"}
counted: Counter[str] = Counter()
seconds: dict[str, list[float]] = {}
told: dict[str, str] = {}


def took(what: str, how_long: float) -> None:
    """Something took so many seconds."""
    seconds.setdefault(what, []).append(how_long)


def lines() -> list[str]:
    """One line per figure."""
    found = [f"{what}: {number}" for what, number in counted.items()]
    for what, each in seconds.items():
        found.append(f"{what}: median {statistics.median(each) * 1000:.0f} ms of {len(each)}")
    return found + [f"{what}: {figure}" for what, figure in told.items()]
