"""`/.well-known/security.txt` (RFC 9116): how to reach who answers for security, until when that holds."""

from collections.abc import Iterator
from datetime import datetime

from chalicelib.domain.security import Team
from chalicelib.domain.times import instant, month_of, month_span
from chalicelib.publishing import paths
from chalicelib.publishing.files import TEXT, File
from chalicelib.publishing.localtimes import machine
from chalicelib.publishing.pages import Frame

RENEWED_AHEAD = 2


def files(team: Team, frame: Frame, as_of: datetime) -> dict[str, File]:
    """The file, where there is somebody to reach."""
    if not team.contact:
        return {}
    text = "".join(f"{line}\n" for line in _lines(team.contact, team, frame, as_of))
    return {paths.SECURITY_TXT: File(text.encode(), TEXT)}


def _lines(contact: str, team: Team, frame: Frame, as_of: datetime) -> Iterator[str]:
    yield from (f"Contact: {address}" for address in addresses(contact))
    yield f"Expires: {machine(_expires(frame, as_of))}"
    yield f"Canonical: {frame.site_url}/{paths.SECURITY_TXT}"
    if team.policy:
        yield f"Policy: {team.policy}"
    if team.languages:
        yield f"Preferred-Languages: {team.languages}"
    yield f"CSAF: {frame.site_url}/{paths.CSAF_METADATA}"


def addresses(contacts: str) -> tuple[str, ...]:
    """The contacts of a setting as they are written here."""
    return tuple(_address(one.strip()) for one in contacts.split(","))


def _address(contact: str) -> str:
    """A contact as the URI that it has to be (section 2.5.3)."""
    return contact if ":" in contact else f"mailto:{contact}"


def _expires(frame: Frame, as_of: datetime) -> datetime:
    """The end of the month after this one: so it changes once a month, and what dies expires."""
    end = instant(as_of)
    for _ in range(RENEWED_AHEAD):
        end = month_span(month_of(end, frame.local.zone), frame.local.zone)[1]
    return end
