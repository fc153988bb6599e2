"""Payloads that real systems sent, as they were recorded (data/SOURCES.md beside them)."""

from pathlib import Path

FOLDER = Path(__file__).parents[4] / "shared/data/alerts"
EVERY = sorted(path for path in FOLDER.glob("*/*.json"))


def payload(name: str) -> bytes:
    """What was sent: `folder/file`, without its ending."""
    return (FOLDER / f"{name}.json").read_bytes()
