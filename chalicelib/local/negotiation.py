"""Conditional requests and content codings: RFC 9110 §13.1 and §12.5.3 as pure functions."""

from datetime import datetime
from email.utils import parsedate_to_datetime


def is_unchanged(
    etag: str, modified: datetime, *, if_none_match: str | None, if_modified_since: str | None
) -> bool:
    """Whether the client has this already; an entity tag decides alone where one is given."""
    if if_none_match is not None:
        return _matches(etag, if_none_match)
    since = _instant(if_modified_since)
    return since is not None and modified.replace(microsecond=0) <= since


def weak(etag: str) -> str:
    """The tag of the same content in another coding, as CloudFront writes it when it compresses."""
    return etag if etag.startswith("W/") else f"W/{etag}"


def wants_gzip(accepted: str) -> bool:
    """Whether gzip is at least as welcome as the plain bytes (`Accept-Encoding`)."""
    weights = dict(_weight(part) for part in accepted.lower().split(",") if part.strip())
    anything = weights.get("*", 0.0)
    gzip = weights.get("gzip", weights.get("x-gzip", anything))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _weight(part: str) -> tuple[str, float]:
    coding, *parameters = (piece.strip() for piece in part.split(";"))
    weight = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            weight = _number(value)
    return coding, weight


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def _matches(etag: str, listed: str) -> bool:
    """Weak comparison (§8.8.3.2): `W/` counts for nothing."""
    tags = {tag.strip().removeprefix("W/") for tag in listed.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


def _instant(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None
