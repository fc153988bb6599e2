"""Probes through the API: set up, changed, removed, refused by their field; and how they stand."""

from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.domain.probes import MOST_PROBES, Failure, Result, minute_of
from chalicelib.domain.times import iso
from chalicelib.stores import probes, record, table
from tests.api.callers import NOW, Api

URL = "https://shop.example/health"
SAID = {"id": "health", "component": "checkout", "url": URL}


@pytest.fixture
def shop(api: Api) -> Api:
    """The API with a component."""
    assert api.post("/components", {"id": "checkout", "name": "Checkout"}).status == 201
    return api


@pytest.fixture
def probed(shop: Api) -> Api:
    """The API with a component and a probe of it."""
    assert shop.post("/probes", SAID).status == 201
    return shop


def test_a_probe_is_set_up(shop: Api) -> None:
    told = shop.post("/probes", {**SAID, "method": "GET", "text": " ok ", "every_minutes": 5})

    assert (told.status, told.etag, told.headers["Location"]) == (201, '"1"', "/api/v1/probes/health")
    assert told.json == {
        **SAID, "method": "GET", "expected_status": 200, "text": "ok", "timeout_seconds": 10,
        "every_minutes": 5, "failures_in_a_row": 3, "status": "major_outage", "created_at": iso(NOW),
        "updated_at": iso(NOW),
    }  # fmt: skip
    assert shop.get("/probes/health").json == told.json
    assert shop.get("/probes").json == {"items": [told.json], "next": None}


def test_probes_are_listed_in_pages(probed: Api) -> None:
    for id in ("a", "z"):
        probed.post("/probes", {**SAID, "id": id})

    first = probed.get("/probes?limit=2").json
    rest = probed.get(f"/probes?limit=2&cursor={first['next']}").json

    assert [it["id"] for it in first["items"] + rest["items"]] == ["a", "health", "z"]


def test_a_repeat_sets_up_one(shop: Api) -> None:
    said = {"component": "checkout", "url": URL}

    replies = [shop.post("/probes", said, Idempotency_Key="k") for _ in range(2)]

    assert [reply.json["id"] for reply in replies] == ["id-1", "id-1"]
    assert list(probes.read().probes) == ["id-1"]


def test_a_dry_run_stores_nothing(shop: Api) -> None:
    head = record.head()

    shown = shop.post("/probes?dry_run=true", SAID)

    assert (shown.status, shown.json["url"], record.head()) == (200, URL, head)
    assert probes.read().probes == {}


def test_a_probe_is_changed_by_those_who_saw_it(probed: Api) -> None:
    changed = probed.patch("/probes/health", {"text": "fine", "timeout_seconds": 3}, If_Match='"1"')

    assert (changed.status, changed.etag) == (200, '"2"')
    assert (changed.json["text"], changed.json["timeout_seconds"], changed.json["url"]) == ("fine", 3, URL)
    assert probed.patch("/probes/health", {"text": None}, If_Match='"1"').status == 412
    assert probed.patch("/probes/health", {"text": None}).status == 428
    assert probed.patch("/probes/health", {"text": None}, If_Match="*").json["text"] is None


def test_a_probe_is_removed_once(probed: Api) -> None:
    removed = probed.delete("/probes/health")

    assert (removed.status, removed.json["id"]) == (200, "health")
    assert [probed.send(it, "/probes/health").status for it in ("DELETE", "GET")] == [404, 404]
    assert probed.get("/probes/health/result").status == 404


def test_its_result_can_be_looked_at(probed: Api) -> None:
    before = probed.get("/probes/health/result").json
    minute = minute_of(NOW)
    for n in range(3):
        probes.conclude(
            {probes.get("health").fingerprint: Result(NOW, 1234, 503, Failure.STATUS)}, minute + n
        )

    assert before == {
        "probe": "health", "at": None, "ms": None, "answered": None, "failure": None, "failures": 0,
        "failing_since": None, "firing": False,
    }  # fmt: skip
    assert probed.get("/probes/health/result").json == {
        "probe": "health", "at": iso(NOW), "ms": 1.234, "answered": 503, "failure": "status", "failures": 3,
        "failing_since": iso(NOW), "firing": True,
    }  # fmt: skip


REFUSED = [
    pytest.param({"url": "ftp://a.example/"}, "url", id="another scheme"),
    pytest.param({"url": "https://me:secret@a.example/"}, "url", id="a password"),
    pytest.param({"url": "https://a.example:99999/"}, "url", id="no port"),
    pytest.param({"url": "https://a.example/\nx: y"}, "url", id="a line's end"),
    pytest.param({"url": "http://127.0.0.1:9001/2018-06-01/runtime"}, "url", id="loopback"),
    pytest.param({"url": "http://169.254.169.254/latest/meta-data/"}, "url", id="metadata"),
    pytest.param({"url": "http://[::ffff:10.0.0.1]/"}, "url", id="mapped private"),
    pytest.param({"url": "http://[1.2.3.4]/"}, "url", id="brackets around IPv4"),
    pytest.param({"url": "http://[1:2]/"}, "url", id="brackets around nothing known"),
    pytest.param({"method": "POST"}, "method", id="a method that writes"),
    pytest.param({"method": "HEAD", "text": "ok"}, "text", id="a text without a body"),
    pytest.param({"text": " "}, "text", id="a blank text"),
    pytest.param({"expected_status": 100}, "expected_status", id="no final status"),
    pytest.param({"timeout_seconds": 16}, "timeout_seconds", id="too slow"),
    pytest.param({"timeout_seconds": 0}, "timeout_seconds", id="no time"),
    pytest.param({"every_minutes": 0}, "every_minutes", id="all the time"),
    pytest.param({"failures_in_a_row": 0}, "failures_in_a_row", id="no failure"),
    pytest.param({"status": "operational"}, "status", id="an alarm that all is well"),
    pytest.param({"component": "nope"}, "component", id="no component"),
    pytest.param({"id": "A b"}, "id", id="no id"),
    pytest.param({"headers": {}}, "headers", id="unknown field"),
]


@pytest.mark.parametrize(("said", "field"), REFUSED)
def test_what_cannot_be_is_refused_by_its_field(shop: Api, said: dict[str, Any], field: str) -> None:
    head = record.head()

    refused = shop.post("/probes", {**SAID, **said})

    assert (refused.status, refused.fields) == (400, [field]), refused.text
    assert "secret" not in refused.text
    assert "regex" not in refused.text
    assert record.head() == head


@pytest.mark.parametrize("url", ["HTTP://EXAMPLE.com", "Https://shop.example/Health"])
def test_a_scheme_has_no_case(shop: Api, url: str) -> None:
    made = shop.post("/probes", {**SAID, "url": url})

    assert (made.status, made.json["url"]) == (201, url)


@pytest.mark.parametrize(("said", "field"), [it for it in REFUSED if it.id != "no id"])
def test_nor_can_it_become_so(probed: Api, said: dict[str, Any], field: str) -> None:
    refused = probed.patch("/probes/health", said, If_Match="*")

    assert (refused.status, refused.fields) == (400, [field]), refused.text
    assert probed.get("/probes/health").etag == '"1"'


@pytest.mark.parametrize("missing", ["component", "url"])
def test_what_is_missing_is_named(shop: Api, missing: str) -> None:
    refused = shop.post("/probes", {name: it for name, it in SAID.items() if name != missing})

    assert (refused.status, refused.fields) == (400, [missing])


def test_a_component_that_was_retired_is_probed_no_more(shop: Api) -> None:
    assert shop.post("/components/checkout/retire", {"reason": "It is no more."}).status == 200

    assert shop.post("/probes", SAID).fields == ["component"]


def test_ids_and_room_are_limited(probed: Api) -> None:
    again = probed.post("/probes", SAID)
    probe = probes.get("health")
    table.put_all(table.stored(probes.PARTITION, f"p{n}", probe) for n in range(MOST_PROBES - 1))

    full = probed.post("/probes", {**SAID, "id": "one-more"})

    assert (again.status, again.fields, full.status) == (409, ["id"], 409)


def test_a_setting_allows_what_is_not_public(shop: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANDOR_PROBE_NETWORKS", "127.0.0.0/8")
    wiring.forget()

    assert shop.post("/probes", {**SAID, "url": "http://127.0.0.1:8000/"}).status == 201
