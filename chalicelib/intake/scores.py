"""CVSS vectors of any version, checked and scored by the library `cvss`."""

import re
from typing import Any

from chalicelib.domain.errors import Invalid
from chalicelib.domain.security import Score, Severity

LONGEST_VECTOR = 500
_VECTOR = r"(?:(CVSS:[34]\.[01])/)?[A-Za-z]{1,3}:[A-Za-z]{1,6}(?:/[A-Za-z]{1,3}:[A-Za-z]{1,6})*"


def score(field: str, vector: str) -> Score:
    """What a vector comes to; `Invalid` where it is none (FIRST: CVSS 2.0, 3.0, 3.1 and 4.0)."""
    found = re.fullmatch(_VECTOR, vector)
    if found is None or len(vector) > LONGEST_VECTOR or found[1] == "CVSS:4.1":
        raise Invalid(field, "must be a CVSS vector like CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
    made = _read(field, vector, found[1] or "")
    base, severity = made.scores()[0], str(made.severities()[0]).lower()
    return Score(vector, f"{float(base):.1f}", Severity(severity))


def _read(field: str, vector: str, prefix: str) -> Any:
    """The library's own object; imported at the first vector, since most requests have none."""
    import cvss  # type: ignore[import-untyped]
    from cvss.exceptions import CVSSError  # type: ignore[import-untyped]

    kind = cvss.CVSS4 if prefix == "CVSS:4.0" else cvss.CVSS3 if prefix else cvss.CVSS2
    try:
        return kind(vector)
    except CVSSError as wrong:
        raise Invalid(field, f"is not a CVSS vector: {wrong}"[:200]) from wrong
