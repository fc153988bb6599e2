"""Components and groups leave the page through the API, and come back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.stores import record
from tests.api.callers import Api
from tests.api.conftest import with_something

GONE = {"reason": "Replaced."}


@pytest.fixture
def catalogue(api: Api) -> Api:
    """The API with a component in a group and one that is loose."""
    with_something(api)
    api.post("/components", {"id": "search", "name": "Search", "group": "eu5"})
    return api


def refused(api: Api, path: str, said: Mapping[str, Any] | None = None) -> tuple[int, list[str]]:
    """Status and fields of a refusal; nothing was stored."""
    head = record.head()
    reply = (
        api.post(path, said or {})
        if path.endswith(("retire", "updates"))
        else api.patch(path, said, If_Match="*")
    )
    assert record.head() == head
    return reply.status, reply.fields


def test_a_component_is_retired_and_stays_readable(catalogue: Api) -> None:
    gone = catalogue.post("/components/search/retire", GONE)

    assert (gone.status, gone.json["retired"]["reason"]) == (200, "Replaced.")
    assert gone.json["retired"]["at"] == gone.json["updated_at"]
    assert catalogue.get("/components/search").json == gone.json
    assert "search" in [item["id"] for item in catalogue.get("/components").json["items"]]
    assert catalogue.get("/record?limit=100").json["items"][-1]["kind"] == "component.retired"


@pytest.mark.parametrize("said", [{}, {"reason": ""}, {"reason": " \n"}], ids=["none", "empty", "blank"])
@pytest.mark.parametrize("path", ["/components/checkout/retire", "/groups/eu5/retire"])
def test_a_reason_has_to_be_given(catalogue: Api, path: str, said: dict[str, str]) -> None:
    assert refused(catalogue, path, said) == (400, ["reason"])


def test_what_an_announced_maintenance_is_to_affect_is_not_retired(catalogue: Api) -> None:
    start = catalogue.told.at + timedelta(days=2)
    period = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat()}
    held = {"affects": {"search": "under_maintenance"}}
    said = {"title": "t", "body": "b", "availability": "available", **period, **held}
    assert catalogue.post("/maintenances", {"id": "search-disks", **said}).status == 201

    assert refused(catalogue, "/components/search/retire", GONE) == (409, ["id"])
    catalogue.post("/maintenances/search-disks/updates", {"status": "cancelled", "body": "Not now."})

    assert catalogue.post("/components/search/retire", GONE).status == 200


def test_a_group_is_retired_after_its_components(catalogue: Api) -> None:
    assert refused(catalogue, "/groups/eu5/retire", GONE) == (409, ["id"])
    catalogue.post("/components/search/retire", GONE)

    assert catalogue.post("/groups/eu5/retire", GONE).json["retired"]["reason"] == "Replaced."
    assert catalogue.get("/record?limit=100").json["items"][-1]["kind"] == "group.retired"
    assert catalogue.post("/components", {"name": "x", "group": "eu5"}).fields == ["group"]


def test_what_an_open_incident_affects_is_not_retired(catalogue: Api) -> None:
    catalogue.post(
        "/incidents", {"id": "down", "title": "t", "body": "b", "affects": {"search": "major_outage"}}
    )

    assert refused(catalogue, "/components/search/retire", GONE) == (409, ["id"])
    catalogue.post("/incidents/down/updates", {"status": "resolved", "body": "Over."})
    assert catalogue.post("/components/search/retire", GONE).status == 200


def test_what_is_retired_is_not_spoken_of_any_more_but_keeps_its_name(catalogue: Api) -> None:
    held = {"search": "degraded_performance"}
    catalogue.post("/incidents", {"id": "down", "title": "t", "body": "b", "affects": held})
    catalogue.post(
        "/incidents/down/updates", {"status": "monitoring", "body": "b", "affects": {"search": "operational"}}
    )
    catalogue.post("/components/search/retire", GONE)

    fresh = catalogue.post("/incidents", {"title": "t", "body": "b", "affects": held})
    known = catalogue.post("/incidents/down/updates", {"status": "resolved", "body": "Over."})

    assert (fresh.status, fresh.fields) == (400, ["affects.search"])
    assert [affect["name"] for affect in known.json["affects"]] == ["EU5 - Search"]


def test_nothing_new_is_said_of_what_is_retired_by_what_held_it(catalogue: Api) -> None:
    well, work = {"affects": {"search": "operational"}}, {"affects": {"search": "under_maintenance"}}
    start = catalogue.told.at + timedelta(days=2)
    period = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat()}
    said = {"title": "t", "body": "b"}
    catalogue.post("/incidents", {"id": "down", **said, **well})
    catalogue.post("/maintenances", {"id": "later", **said, "availability": "available", **period, **well})
    catalogue.post("/components/search/retire", GONE)

    worse = {"status": "identified", "body": "b", "affects": {"search": "major_outage"}}
    assert refused(catalogue, "/incidents/down/updates", worse) == (400, ["affects.search"])
    planned = {"status": "scheduled", "body": "b", **work}
    assert refused(catalogue, "/maintenances/later/updates", planned) == (400, ["affects.search"])
    assert catalogue.post("/incidents/down/updates", {"status": "resolved", "body": "Over."}).status == 201


def test_what_is_retired_comes_back_and_changes_no_other_way(catalogue: Api) -> None:
    catalogue.post("/components/search/retire", GONE)
    assert refused(catalogue, "/components/search", {"name": "Find"}) == (409, ["id"])
    assert refused(catalogue, "/components/search/retire", GONE) == (409, ["id"])
    assert refused(catalogue, "/components/checkout", {"retired": True}) == (400, ["retired"])

    back = catalogue.patch("/components/search", {"retired": False, "name": "Find"}, If_Match="*")

    assert (back.json["retired"], back.json["name"]) == (None, "Find")
    assert catalogue.get("/record?limit=100").json["items"][-1]["kind"] == "component.changed"


def test_a_component_does_not_come_back_into_a_group_that_is_gone(catalogue: Api) -> None:
    catalogue.post("/components/search/retire", GONE)
    catalogue.post("/groups/eu5/retire", GONE)

    assert refused(catalogue, "/components/search", {"retired": False}) == (400, ["group"])
    catalogue.patch("/groups/eu5", {"retired": False}, If_Match="*")
    assert catalogue.patch("/components/search", {"retired": False}, If_Match="*").status == 200


def test_an_id_is_not_given_twice(catalogue: Api) -> None:
    catalogue.post("/components/search/retire", GONE)

    assert catalogue.post("/components", {"id": "search", "name": "x"}).fields == ["id"]


def test_a_retirement_is_previewed_repeated_and_minds_the_version(catalogue: Api) -> None:
    head = record.head()

    preview = catalogue.post("/components/search/retire?dry_run=true", GONE)
    stale = catalogue.post("/components/search/retire", GONE, If_Match='"9"')
    assert (preview.status, preview.json["id"], stale.status) == (200, "search", 412)
    assert record.head() == head
    once = catalogue.post("/components/search/retire", GONE, Idempotency_Key="k")

    again = catalogue.post("/components/search/retire", GONE, Idempotency_Key="k")

    assert (once.status, again.text) == (200, once.text)
    assert record.head().seq == head.seq + 1
