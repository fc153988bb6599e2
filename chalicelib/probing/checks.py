"""One run of a probe: its request, up to five redirects, and what the answer comes to."""

import re
import ssl
import time
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, cast
from urllib.parse import quote, urljoin

from chalicelib.domain.probes import Failure, Probe, Result, Target, target, verdict
from chalicelib.probing.lines import Failed, Line, Ways, connect

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
LARGEST_BODY = 256 * 1024
"""Bytes in which a text is looked for."""

HEADERS = {"User-Agent": "candor-probe", "Accept": "*/*", "Connection": "close"}
PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
CHARSETS = frozenset(
    {"iso-8859-1", "iso-8859-15", "windows-1252", "shift_jis", "euc-jp", "euc-kr", "gb18030"}
)
"""That are believed; all else is read as UTF-8. Some codecs of Python take hours for what they are sent."""

MOST_OF_TYPE = 200
"""Characters of a Content-Type in which its charset is looked for."""
_CHARSET = re.compile(r';[ \t]*charset[ \t]*=[ \t]*"?([a-z0-9_-]+)', re.IGNORECASE | re.ASCII)


def check(probe: Probe, at: datetime, ways: Ways) -> Result:
    """Run a probe once; whatever its host does becomes a result. `at`: when that is."""
    began = time.monotonic()
    status, failure = None, None
    try:
        status, failure = _asked(probe, ways, deadline=began + probe.timeout_seconds)
    except Failed as failed:
        failure = failed.failure
    except TimeoutError:
        failure = Failure.TIMEOUT
    except ssl.SSLError:
        failure = Failure.TLS
    except HTTPException:
        failure = Failure.NO_HTTP
    except (OSError, UnicodeError):  # the latter of names that DNS cannot have
        failure = Failure.UNREACHABLE
    took = time.monotonic() - began
    if took > probe.timeout_seconds and failure is not Failure.NOT_ALLOWED:
        failure = Failure.TIMEOUT  # whatever was said at last
    return Result(at, round(took * 1_000_000), status, failure)


def _asked(probe: Probe, ways: Ways, *, deadline: float) -> tuple[int, Failure | None]:
    """Status and verdict of the answer to which redirects lead; one that is expected is not followed."""
    url = probe.url
    for _ in range(MOST_REDIRECTS + 1):
        with connect(to := target(url), ways, deadline=deadline) as line:
            status, location, body = _heard(probe, to, line)
        if not location:
            return status, verdict(probe, status, body)
        url = _next(url, location)
    raise Failed(Failure.REDIRECTS)


def _heard(probe: Probe, to: Target, line: Line) -> tuple[int, str | None, str]:
    """Status of an answer; where it leads, if it is a redirect and not expected; else its body.

    Whatever http.client makes of what a host says (it has had TypeErrors): that was no HTTP.
    """
    try:
        answer = _answer(probe, to, line)
        line.end_head()
        is_redirect = answer.status in REDIRECTS and answer.status != probe.expected_status
        location = answer.getheader("Location") if is_redirect else None
        return answer.status, location, "" if location else _body(probe, answer)
    except (Failed, OSError):
        raise
    except Exception as odd:  # noqa: BLE001 - a host's words are no mistake of ours
        raise Failed(Failure.NO_HTTP) from odd


def _answer(probe: Probe, to: Target, line: Line) -> HTTPResponse:
    """The head of the answer; its body comes through the line."""
    connection = HTTPConnection(to.host, to.port)
    connection.sock = cast(Any, line)
    connection.request(probe.method.value, to.path, headers={**HEADERS, "Host": to.authority})
    return connection.getresponse()


def _body(probe: Probe, answer: HTTPResponse) -> str:
    """As much of the body as a text is looked for in; nothing where none is."""
    if probe.text is None:
        return ""
    said = _CHARSET.search((answer.getheader("Content-Type") or "")[:MOST_OF_TYPE])
    charset = said[1].lower() if said else ""
    return answer.read(LARGEST_BODY).decode(charset if charset in CHARSETS else "utf-8", "replace")


def _next(url: str, location: str) -> str:
    """Where a redirect leads; `Failed` if no probe goes there."""
    try:
        found = urljoin(url, quote(location, safe=PRINTABLE, encoding="latin-1"))
        target(found)
    except ValueError as wrong:
        raise Failed(Failure.REDIRECTS) from wrong
    return found
