"""Single runs of probes against real hosts, well-behaved and hostile."""

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.addresses import networks
from chalicelib.domain.probes import Failure, Method, Probe, Result
from chalicelib.probing.checks import check
from chalicelib.probing.lines import LARGEST_ANSWER, LARGEST_HEAD, Address, Ways
from tests.probing.servers import Host, dripping, hanging, host, moved, ok, said, sent, serving

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
LOOPBACK = networks("127.0.0.0/8")
CERTIFICATE = Path(__file__).with_name("probe.example.pem")
"""With its key; for these tests alone, until 2126."""

LONG = b"x" * LARGEST_ANSWER
NOWHERE: list[Address] = [(socket.AF_INET, ("10.0.0.1", 80))]
SEMICOLONS = "\r\n ".join([";" * 60_000] * 8)
"""Which http.client, of a type with parts, and Python's email take minutes for."""


def a_probe(url: str, **more: Any) -> Probe:
    return Probe(**{"id": "p", "component": "api", "url": url, "created_at": NOW, "updated_at": NOW,
                    "timeout_seconds": 15, **more})  # fmt: skip


def run(url: str, ways: Ways = Ways(LOOPBACK), **more: Any) -> Result:  # noqa: B008
    return check(a_probe(url, **more), NOW, ways)


def resolving(*addresses: str) -> Ways:
    """Ways on which every name has these addresses; loopback is allowed."""

    def resolve(host: str, port: int) -> list[Address]:
        return [(socket.AF_INET6 if ":" in it else socket.AF_INET, (it, port)) for it in addresses]

    return Ways(LOOPBACK, resolve)


@pytest.fixture
def web() -> Iterator[Host]:
    answers = {
        "ok": ok(), "latin": ok("größer".encode("latin-1"), "Content-Type: text/html; charset=ISO-8859-1"),
        "punycode": ok(b"fine", "Content-Type: text/html; charset=punycode"),
        "quoted": ok("größer".encode("latin-1"), 'Content-Type: text/html;charset="ISO-8859-1"'),
        "far": ok("größer".encode(), f"Content-Type: text/html; x={'y' * 200}; charset=ISO-8859-1"),
        "typeless": ok("größer".encode()),
        "star": ok(b"fine", "Content-Type: text/plain; charset*1=b; charset*=x"),
        "mixed": ok(b"fine", "Content-Type: multipart/mixed; boundary*1=b; boundary*=x"),
        "semicolons": ok(b"fine", f'Content-Type: text/html; x="{SEMICOLONS}'),
        "parts": ok(b"fine", f'Content-Type: multipart/mixed; x="{SEMICOLONS}'),
        "head": ok(b"fine", *[f"X-{n}: {'y' * 1000}" for n in range(15)]),
        "large": ok(b"fine", *[f"X-{n}: {'y' * 1000}" for n in range(17)]),
        "early": said("HTTP/1.1 100 Continue", f"X: {'y' * LARGEST_HEAD}", "", "HTTP/1.1 200 OK"),
        "chunks": said("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=b"-8\r\nfine\r\n"),
        "long": ok(LONG + b"fine"), "gone": said("HTTP/1.1 410 Gone"), "once": moved("/ok"),
        "loop": moved("/loop"),
        "absent": said("HTTP/1.1 302 Found"), "file": moved("file:///etc/passwd"),
        "secret": moved("http://a:b@127.0.0.1/"), "odd": moved("http://[/"), "spaced": moved("/o k"),
        "metadata": moved("http://169.254.169.254/latest/meta-data/"), "hang": hanging(),
        "noise": sent(b"\x00\x01 what?\r\n"), "nothing": sent(b""),
        "cut": said("HTTP/1.1 200 OK", "Content-Length: 100", body=b"fine"),
        "broken": said("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=b"8\r\nfi"),
        "slow_head": dripping(b"X: y\r\n", b"HTTP/1.1 200 OK\r\n"),
        "slow_body": dripping(b"x", b"HTTP/1.1 200 OK\r\n\r\n"),
        "continued": dripping(b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01),
        "endless": dripping(b"x" * 65536, b"HTTP/1.1 200 OK\r\n\r\n", pause=0),
    }  # fmt: skip
    with host(**answers) as found:
        yield found


def test_a_good_answer_is_a_good_result(web: Host) -> None:
    result = run(web.url("/ok"), text="is fine")

    assert (result.at, result.status, result.failure) == (NOW, 200, None)
    assert 0 < result.total_us < 15_000_000
    assert f"GET /ok HTTP/1.1\r\n" in web.asked[0]  # noqa: F541
    assert f"Host: 127.0.0.1:{web.port}\r\n" in web.asked[0]


def test_the_head_alone_may_be_asked_for(web: Host) -> None:
    result = run(web.url("/ok"), method=Method.HEAD)

    assert (result.is_good, web.asked[0][:5]) == (True, "HEAD ")


@pytest.mark.parametrize(
    ("path", "more", "status", "failure"),
    [
        pytest.param("/gone", {}, 410, Failure.STATUS, id="another status"),
        pytest.param("/gone", {"expected_status": 410}, 410, None, id="a bad status that is expected"),
        pytest.param("/ok", {"text": "bad"}, 200, Failure.TEXT, id="a text that is not there"),
        pytest.param("/latin", {"text": "größer"}, 200, None, id="a text in another charset"),
        pytest.param("/punycode", {"text": "fine"}, 200, None, id="a charset that nobody means"),
        pytest.param("/quoted", {"text": "größer"}, 200, None, id="a charset in quotes"),
        pytest.param("/far", {"text": "größer"}, 200, None, id="a charset too far behind"),
        pytest.param("/typeless", {"text": "größer"}, 200, None, id="no charset"),
        pytest.param("/star", {"text": "fine"}, 200, None, id="a charset in numbered parts"),
        pytest.param("/mixed", {"text": "fine"}, None, Failure.NO_HTTP, id="what http.client stumbles over"),
        pytest.param("/semicolons", {"text": "fine"}, None, Failure.NO_HTTP, id="a type of many parts"),
        pytest.param("/parts", {}, None, Failure.NO_HTTP, id="a boundary behind many parts"),
        pytest.param("/head", {"text": "fine"}, 200, None, id="a long head"),
        pytest.param("/large", {}, None, Failure.NO_HTTP, id="a head that is too long"),
        pytest.param("/early", {}, None, Failure.NO_HTTP, id="heads that are too long together"),
        pytest.param("/chunks", {"text": "x"}, None, Failure.NO_HTTP, id="a negative chunk"),
        pytest.param("/long", {"text": "fine"}, 200, Failure.TEXT, id="a text too far behind"),
        pytest.param("/long", {}, 200, None, id="a long answer"),
        pytest.param("/once", {}, 200, None, id="a redirect"),
        pytest.param("/once", {"expected_status": 302}, 302, None, id="a redirect that is expected"),
        pytest.param("/absent", {}, 302, Failure.STATUS, id="a redirect to nowhere"),
        pytest.param("/loop", {}, None, Failure.REDIRECTS, id="redirects without end"),
        pytest.param("/file", {}, None, Failure.REDIRECTS, id="a redirect to a file"),
        pytest.param("/secret", {}, None, Failure.REDIRECTS, id="a redirect with a password"),
        pytest.param("/odd", {}, None, Failure.REDIRECTS, id="a redirect to no address"),
        pytest.param("/spaced", {}, 404, Failure.STATUS, id="a redirect with a space"),
        pytest.param("/metadata", {}, None, Failure.NOT_ALLOWED, id="a redirect to metadata"),
        pytest.param("/noise", {}, None, Failure.NO_HTTP, id="noise"),
        pytest.param("/nothing", {}, None, Failure.NO_HTTP, id="nothing"),
        pytest.param("/cut", {"text": "fine"}, 200, None, id="cut off behind the text"),
        pytest.param("/broken", {"text": "fine"}, None, Failure.NO_HTTP, id="cut off before it"),
        pytest.param("/hang", {}, None, Failure.TIMEOUT, id="silence"),
        pytest.param("/slow_head", {}, None, Failure.TIMEOUT, id="a head that drips"),
        pytest.param("/slow_body", {"text": "y"}, None, Failure.TIMEOUT, id="a body that drips"),
        pytest.param("/slow_body", {}, 200, None, id="a body that drips and that nobody reads"),
        pytest.param("/continued", {}, None, Failure.TIMEOUT, id="soon, soon, soon"),
        pytest.param("/endless", {"text": "y"}, 200, Failure.TEXT, id="a body without end"),
    ],
)
def test_an_answer_comes_to_a_result(
    web: Host, path: str, more: dict[str, Any], status: int | None, failure: Failure | None
) -> None:
    seconds = 1 if failure is Failure.TIMEOUT else 15

    result = run(web.url(path), timeout_seconds=seconds, **more)

    assert (result.status, result.failure) == (status, failure)
    assert result.total_us < (seconds + 3) * 1_000_000


def test_what_comes_after_the_timeout_was_not_in_time(web: Host) -> None:
    def slowly(host: str, port: int) -> list[Address]:
        """As a resolver, or a machine that is busy; a connection that then has no time left fails anyway."""
        time.sleep(1.1)
        return []

    nobody, private = Ways(LOOPBACK, slowly), Ways((), lambda *to: slowly(*to) or NOWHERE)
    assert run("http://a.example/", nobody, timeout_seconds=1).failure is Failure.TIMEOUT
    assert run("http://a.example/", private, timeout_seconds=1).failure is Failure.NOT_ALLOWED


def test_five_redirects_are_followed_and_no_sixth() -> None:
    answers = {f"r{n}": moved(f"/r{n - 1}") for n in range(1, 7)}
    with host(r0=ok(), **answers) as web:
        assert run(web.url("/r5")).is_good
        assert run(web.url("/r6")).failure is Failure.REDIRECTS


def test_nobody_listening_is_a_failure(web: Host) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    assert run(f"http://127.0.0.1:{port}/").failure is Failure.UNREACHABLE


def test_names_that_dns_cannot_have_are_a_failure() -> None:
    assert run(f"http://{'x' * 64}.example/").failure is Failure.UNREACHABLE
    assert run("http://a.example/", resolving()).failure is Failure.UNREACHABLE


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{}/ok", "http://localhost:{}/ok", "http://2130706433:{}/ok", "http://0x7f.1:{}/ok",
            "http://0177.0.0.1:{}/ok", "http://0:{}/ok", "http://[::ffff:127.0.0.1]:{}/ok"],
)  # fmt: skip
def test_loopback_is_never_connected_to_however_it_is_written(web: Host, url: str) -> None:
    result = run(url.format(web.port), Ways())

    assert result.failure is Failure.NOT_ALLOWED
    assert web.asked == []


def test_what_was_checked_is_what_is_connected_to(web: Host) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[Address]:
        """Allowed when first asked, metadata afterwards."""
        asked.append(host)
        return [(socket.AF_INET, ("127.0.0.1" if len(asked) == 1 else "169.254.169.254", port))]

    result = run(f"http://rebind.example:{web.port}/ok", Ways(LOOPBACK, rebinding))

    assert (result.is_good, asked) == (True, ["rebind.example"])


def test_a_name_that_is_private_too_is_not_connected_to(web: Host) -> None:
    result = run(f"http://both.example:{web.port}/ok", resolving("127.0.0.1", "10.0.0.1"))

    assert (result.failure, web.asked) == (Failure.NOT_ALLOWED, [])


def test_the_next_address_is_tried_when_one_takes_no_connection(web: Host) -> None:
    result = run(f"http://two.example:{web.port}/ok", resolving("127.0.0.2", "127.0.0.1"))

    assert result.is_good


def test_who_speaks_no_tls_fails_at_tls(web: Host) -> None:
    result = run(web.url("/ok").replace("http:", "https:"))

    assert result.failure is Failure.TLS


def test_a_handshake_that_hangs_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        result = run(f"https://127.0.0.1:{silent.getsockname()[1]}/", timeout_seconds=1)

    assert result.failure is Failure.TIMEOUT


@pytest.fixture
def secure() -> Iterator[Host]:
    """A host with the certificate of probe.example, which nobody else trusts."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(CERTIFICATE)
    with serving({"ok": ok()}, tls) as found:
        yield found


@pytest.mark.parametrize(
    ("name", "trusted", "failure"),
    [
        pytest.param("probe.example", True, None, id="its name, and trusted"),
        pytest.param("other.example", True, Failure.TLS, id="another name"),
        pytest.param("probe.example", False, Failure.TLS, id="not trusted"),
    ],
)
def test_a_certificate_is_held_against_name_and_trust(
    secure: Host, name: str, trusted: bool, failure: Failure | None
) -> None:
    ways = resolving("127.0.0.1")
    if trusted:
        ways = ways._replace(trust=lambda: ssl.create_default_context(cafile=CERTIFICATE))

    result = run(f"https://{name}:{secure.port}/ok", ways, text="fine")

    assert result.failure is failure


def test_certificates_are_checked_by_default() -> None:
    trust = Ways().trust()

    assert (trust.verify_mode, trust.check_hostname) == (ssl.CERT_REQUIRED, True)
