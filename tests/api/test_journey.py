"""An operator's day through the API: components, an incident, its updates, the record of all of it."""

import json

from chalicelib.domain.record import check_chain
from chalicelib.stores import record
from tests.api.callers import NOW, Api

STARTED = "2026-11-22T10:00:00.123456+01:00"


def with_component(api: Api, id: str = "checkout", **more: object) -> None:
    """Add a component."""
    assert api.post("/components", {"id": id, "name": id.title(), **more}).status == 201


def open_incident(api: Api, id: str = "slow", **more: object) -> None:
    """Open an incident."""
    body = {"id": id, "title": "Slow", "body": "We look into it.", **more}
    assert api.post("/incidents", body).status == 201


def test_an_incident_is_opened_with_its_first_update(api: Api) -> None:
    with_component(api)
    said = {"title": " Checkout is slow ", "body": "Looking.", "affects": {"checkout": "partial_outage"}}

    told = api.post("/incidents", {**said, "id": "slow", "started_at": STARTED})

    assert told.status == 201
    assert told.headers["Location"] == "/api/v1/incidents/slow"
    assert told.etag == '"1"'
    assert told.json == api.get("/incidents/slow").json
    incident = told.json
    (update,) = incident.pop("updates")
    assert incident == {
        "id": "slow", "title": "Checkout is slow", "status": "investigating", "impact": "major",
        "affects": {"checkout": "partial_outage"}, "resolved_at": None, "next_update_by": None, "version": 1,
        "components": ["checkout"], "started_at": "2026-11-22T09:00:00.123Z",
        "published_at": incident["published_at"], "updated_at": incident["published_at"], "detected_at": None,
        "acknowledged_at": incident["published_at"], "monitoring_at": None, "source": "person",
        "backfilled": False, "imported": False, "next": None, "postmortem": None, "postmortem_due": None,
        "follow_ups": [], "amendments": [], "postmortem_first_due": None,
    }  # fmt: skip
    assert update == {
        "id": "id-1", "status": "investigating", "body": "Looking.", "happened_at": incident["published_at"],
        "recorded_at": incident["published_at"], "next_update_by": None, "entry": 4,
        "follow_up": None, "promises": None, "corrected_at": None,
        "affects": [
            {"component": "checkout", "name": "Checkout", "old": "operational", "new": "partial_outage"}
        ],
    }  # fmt: skip


def test_updates_carry_the_story_to_its_end(api: Api) -> None:
    with_component(api)
    open_incident(api, affects={"checkout": "degraded_performance"})

    worse = api.post(
        "/incidents/slow/updates",
        {"status": "identified", "body": "Worse.", "affects": {"checkout": "major_outage"}},
    )
    ended = api.post("/incidents/slow/updates", {"status": "resolved", "body": "Over."})

    assert (worse.status, ended.status) == (201, 201)
    assert worse.json["incident"] == {
        "id": "slow", "title": "Slow", "status": "identified", "impact": "critical",
        "affects": {"checkout": "major_outage"}, "resolved_at": None, "next_update_by": None, "version": 2,
    }  # fmt: skip
    assert ended.json["affects"][0]["new"] == "operational"
    assert ended.json["incident"]["resolved_at"] == ended.json["recorded_at"]
    assert ended.etag == api.get("/incidents/slow").etag == '"3"'
    bodies = [update["body"] for update in api.get("/incidents/slow").json["updates"]]
    assert bodies == ["Over.", "Worse.", "We look into it."]


def test_updates_of_a_long_story_come_in_pages(api: Api) -> None:
    open_incident(api)
    for n in range(4):
        api.post("/incidents/slow/updates", {"status": "investigating", "body": f"Word {n}."})

    first = api.get("/incidents/slow?limit=3").json
    rest = api.get(f"/incidents/slow?limit=3&cursor={first['next']}").json

    bodies = [update["body"] for update in first["updates"] + rest["updates"]]
    assert bodies == ["Word 3.", "Word 2.", "Word 1.", "Word 0.", "We look into it."]
    assert rest["next"] is None


def test_a_component_shows_what_is_in_force_about_it(api: Api) -> None:
    with_component(api, position=2, description="Paying")
    before = api.get("/components/checkout")
    open_incident(api, affects={"checkout": "partial_outage"})

    after = api.get("/components/checkout")

    assert before.json["status"] == "operational"
    assert after.json["status"] == "partial_outage"
    assert after.json["updated_at"] == api.get("/incidents/slow").json["published_at"]
    assert before.etag != after.etag
    assert api.get("/components").json["items"] == [after.json]


def test_a_status_is_stated_directly_and_withdrawn(api: Api) -> None:
    with_component(api)
    stated = api.patch(
        "/components/checkout", {"status": "degraded_performance", "note": " Slow disk. "}, If_Match="*"
    )
    noted = api.patch("/components/checkout", {"note": "New disk."}, If_Match=stated.etag)
    withdrawn = api.patch("/components/checkout", {"status": None}, If_Match=noted.etag)

    assert stated.json["status"] == "degraded_performance"
    assert stated.json["direct"]["note"] == "Slow disk."
    assert noted.json["direct"] == {**stated.json["direct"], "note": "New disk."}
    assert (withdrawn.json["status"], withdrawn.json["direct"]) == ("operational", None)


def test_groups_hold_components(api: Api) -> None:
    made = api.post("/groups", {"id": "eu5", "name": "EU5", "region": "EMEA", "environment": "production"})
    with_component(api, group="eu5")

    changed = api.patch("/groups/eu5", {"release": "Winter '27", "region": None}, If_Match=made.etag)
    loose = api.patch("/components/checkout", {"group": None}, If_Match="*")

    assert made.headers["Location"].endswith("/api/v1/groups/eu5")
    assert changed.json == {
        **made.json,
        "release": "Winter '27",
        "region": None,
        "updated_at": changed.json["updated_at"],
    }
    assert api.get("/groups/eu5").json == changed.json == api.get("/groups").json["items"][0]
    assert loose.json["group"] is None


def test_lists_stand_in_the_order_of_the_page(api: Api) -> None:
    for id, position in (("c", 1), ("b", 2), ("a", 1), ("d", 0)):
        with_component(api, id, position=position)

    first = api.get("/components?limit=3").json
    rest = api.get(f"/components?limit=3&cursor={first['next']}").json

    assert [item["id"] for item in first["items"] + rest["items"]] == ["d", "c", "a", "b"]
    assert rest["next"] is None


def test_incidents_are_listed_by_what_is_asked(api: Api) -> None:
    with_component(api)
    open_incident(api, "i1", started_at="2026-09-30T23:30:00Z")
    open_incident(api, "i2", started_at="2026-10-05T00:00:00Z", affects={"checkout": "major_outage"})
    open_incident(api, "i3", started_at="2026-10-06T00:00:00Z", status="resolved")
    open_incident(api, "i4", affects={"checkout": "major_outage"})

    def ids(query: str) -> list[str]:
        return [item["id"] for item in api.get(f"/incidents?{query}").json["items"]]

    assert ids("") == ["i4", "i3", "i2", "i1"]
    assert ids("month=2026-10") == ["i3", "i2"]
    assert ids("open=true") == ["i4", "i2", "i1"]
    assert ids("open=false") == ["i3"]
    assert ids("component=checkout") == ["i4", "i2"]
    assert ids("component=checkout&month=2026-10&open=true") == ["i2"]
    assert ids("component=checkout&month=2026-09") == []
    assert ids("component=nope") == []


def test_every_list_of_incidents_can_be_walked(api: Api) -> None:
    with_component(api)
    for n in range(5):
        open_incident(
            api, f"i{n}", affects={"checkout": "major_outage"}, started_at=f"2026-10-0{n + 1}T00:00:00Z"
        )

    for query in (
        "",
        "open=true&",
        "month=2026-10&",
        "component=checkout&",
        "component=checkout&month=2026-10&",
    ):
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = api.get(f"/incidents?{query}limit=2{cursor and f'&cursor={cursor}'}").json
            seen += [item["id"] for item in page["items"]]
            cursor = page["next"]
        assert seen == ["i4", "i3", "i2", "i1", "i0"], query


def test_months_are_those_of_the_pages_zone(api: Api) -> None:
    open_incident(api, "late", started_at="2026-09-30T23:30:00Z")
    page = api.get("/page")

    api.patch("/page", {"time_zone": "Europe/Berlin"}, If_Match=page.etag)

    assert [item["id"] for item in api.get("/incidents?month=2026-10").json["items"]] == ["late"]


def test_title_and_impact_are_put_right(api: Api) -> None:
    open_incident(api)

    said = {"title": "Slower", "impact": "minor", "reason": "It got worse."}
    changed = api.patch("/incidents/slow", said, If_Match='"1"')
    same = api.patch("/incidents/slow", {"title": "Slower"}, If_Match='"2"')
    silent = api.patch("/incidents/slow", {"title": "All is fine", "impact": "none"}, If_Match='"2"')

    assert (silent.status, silent.fields) == (400, ["reason"])

    assert (changed.json["title"], changed.json["impact"], changed.etag) == ("Slower", "minor", '"2"')
    assert (same.status, same.json, same.etag) == (200, changed.json, '"2"')


def test_the_page_is_renamed(api: Api) -> None:
    page = api.get("/page")

    renamed = api.patch("/page", {"name": "Acme"}, If_Match=page.etag)

    assert renamed.json == {**page.json, "name": "Acme"}
    assert api.get("/page").etag == renamed.etag != page.etag


def test_the_record_tells_all_and_can_be_checked(api: Api) -> None:
    with_component(api)
    open_incident(api)

    first = api.get("/record?limit=3").json
    rest = api.get(f"/record?cursor={first['next']}").json["items"]
    entries = first["items"] + rest

    assert [entry["kind"] for entry in entries] == [
        "key.created",
        "page.created",
        "component.created",
        "incident.opened",
    ]
    assert [entry["seq"] for entry in api.get("/record?after=2").json["items"]] == [3, 4]
    assert [entry["hash"] for entry in entries[:-1]] == [entry["prev"] for entry in entries[1:]]
    assert json.loads(entries[-1]["body"])["incident"]["title"] == "Slow"
    assert (entries[0]["body"], entries[0]["salt"]) == (None, None)
    assert check_chain(record.entries(0)).hash == entries[-1]["hash"]


def test_a_chosen_id_or_a_made_one(api: Api) -> None:
    assert api.post("/groups", {"name": "Loose"}).json["id"] == "id-1"
    assert api.post("/incidents", {"title": "t", "body": "b", "id": None}).json["id"] == "id-2"


def test_the_clock_comes_in_with_the_wiring(api: Api) -> None:
    api.told.at = NOW.replace(year=2027)

    assert api.post("/groups", {"name": "Later"}).json["created_at"] == "2027-11-22T09:05:00.000Z"
