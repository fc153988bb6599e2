"""One line per outcome on standard error: `2026-11-22T09:05:00Z part outcome key=value ...`."""

import json
import logging
import sys
import time
from typing import Any


class _Lines(logging.Formatter):
    """UTC to the second, the part that speaks, and what it says."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%SZ"
    default_msec_format = None


def set_up() -> None:
    """Send everything from warnings up, and our own from info up, to standard error."""
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(_Lines("%(asctime)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[lines], level=logging.WARNING)
    logging.getLogger("candor").setLevel(logging.INFO)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue is no fault


def note(who: str, outcome: str, /, **facts: Any) -> None:
    """Report what a part of the laptop did; facts are ids and numbers, never bodies or keys."""
    logging.getLogger(f"candor.{who}").info(_line(outcome, facts))


def fault(who: str, outcome: str, error: BaseException, /, **facts: Any) -> None:
    """Report what went wrong, with the place in our code where it did."""
    facts |= {"error": type(error).__name__, "said": str(error), "at": _place(error)}
    logging.getLogger(f"candor.{who}").error(_line(outcome, facts))


def _line(outcome: str, facts: dict[str, Any]) -> str:
    return " ".join([outcome, *(f"{name}={_word(value)}" for name, value in facts.items())])


def _word(value: Any) -> str:
    """A value as one word: quoted where it would not be one."""
    text = str(value)
    return text if text.isprintable() and not set(text) & {" ", '"', "="} and text else json.dumps(text)


def _place(error: BaseException) -> str:
    """`file:line` where the error rose."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
