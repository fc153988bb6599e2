"""The grid stands where instances can be compared, and says of each cell how it is."""

from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.dossiers import today
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import ComponentStatus as C
from chalicelib.domain.uptime import Outage
from chalicelib.publishing import site
from chalicelib.publishing.grids import Cell, grid, history
from tests.builders import NOW, a_component, a_group, a_snapshot, a_story
from tests.publishing.reading import page
from tests.publishing.worlds import everything


def instances() -> Snapshot:
    """Two instances in Europe, one in America, one group that is none."""
    places = {"eu1": "Europe", "na1": "Americas", "eu2": "Europe"}
    groups = [a_group(id, region=region, position=n) for n, (id, region) in enumerate(places.items())]
    names = [(id, name) for id in places for name in ("API", "Web")]
    parts = [a_component(f"{id}-{name.lower()}", name=name, group=id) for id, name in names]
    return a_snapshot(
        groups=(*groups, a_group("tools", position=9)),
        components=(*parts[:-1], a_component("cli", name="API", group="tools")),
        open=(a_story(id="slow", affects={"eu1-api": C.MAJOR_OUTAGE}),),
    )


def test_instances_stand_by_region_with_a_cell_for_each_component() -> None:
    found = grid(instances())

    assert found is not None
    assert found.columns == ("API", "Web")
    assert [(region, [row.group.id for row in rows]) for region, rows in found.regions.items()] == [
        ("Europe", ["eu1", "eu2"]),
        ("Americas", ["na1"]),
    ]
    first, second = found.regions["Europe"]
    assert first.cells == (Cell("eu1-api", C.MAJOR_OUTAGE), Cell("eu1-web", C.OPERATIONAL))
    assert first.status is C.MAJOR_OUTAGE
    assert second.cells == (Cell("eu2-api", C.OPERATIONAL), None)
    assert found.groups == {"eu1", "eu2", "na1"}


def test_one_instance_alone_is_no_grid() -> None:
    snapshot = a_snapshot(
        groups=(a_group("eu1", region="Europe"), a_group("tools")),
        components=(a_component("a", name="API", group="eu1"), a_component("b", name="API", group="tools")),
    )

    assert grid(snapshot) is None


def test_without_groups_there_is_no_grid() -> None:
    assert grid(a_snapshot(components=(a_component(),))) is None


def test_of_components_with_the_same_name_the_cell_shows_the_worst_and_leads_to_it() -> None:
    snapshot = instances()
    twins = (
        a_component("eu2-second", name="API", group="eu2"),
        a_component("eu2-third", name="API", group="eu2"),
    )
    told = (a_story(id="down", affects={"eu2-second": C.MAJOR_OUTAGE}),)

    found = grid(replace(snapshot, components=(*snapshot.components, *twins), open=told))

    assert found is not None
    assert found.regions["Europe"][1].cells == (Cell("eu2-second", C.MAJOR_OUTAGE), None)


def test_the_history_of_instances_has_a_row_for_each_day_newest_first() -> None:
    yesterday = NOW - timedelta(days=1)
    out = {
        "na1-api": (Outage(C.PARTIAL_OUTAGE, yesterday, yesterday + timedelta(minutes=5)),),
        "cli": (Outage(C.MAJOR_OUTAGE, yesterday),),
    }
    snapshot = replace(instances(), outages=out)
    found = grid(snapshot)
    assert found is not None

    shown = history(found, snapshot)

    assert [group.id for group in shown.instances] == ["eu1", "eu2", "na1"]
    assert len(shown.days) == 30
    assert shown.days[0] == (today(NOW), (C.OPERATIONAL,) * 3)
    assert shown.days[1][1] == (C.OPERATIONAL, C.OPERATIONAL, C.PARTIAL_OUTAGE)


def test_an_instance_is_not_known_before_the_first_of_its_components_began() -> None:
    snapshot = instances()
    young = {"eu2-api": today(NOW) - timedelta(days=3), "na1-web": today(NOW), "na1-api": today(NOW)}
    parts = tuple(replace(it, start_date=young.get(it.id, it.start_date)) for it in snapshot.components)
    early = {"na1-api": (Outage(C.MAJOR_OUTAGE, NOW - timedelta(days=9), NOW - timedelta(days=8)),)}
    snapshot = replace(snapshot, components=parts, outages=early)
    found = grid(snapshot)
    assert found is not None

    days = history(found, snapshot).days

    assert [states[1:] for _, states in days[:5]] == [
        (C.OPERATIONAL, C.OPERATIONAL), *[(C.OPERATIONAL, None)] * 3, (None, None),
    ]  # fmt: skip
    assert [states[2] for _, states in days[8:10]] == [None, None]


def test_what_a_component_saw_before_it_began_was_no_outage_of_its_instance() -> None:
    snapshot = instances()
    parts = tuple(
        replace(it, start_date=today(NOW)) if it.id == "na1-api" else it for it in snapshot.components
    )
    early = {"na1-api": (Outage(C.MAJOR_OUTAGE, NOW - timedelta(days=2), NOW - timedelta(days=1)),)}
    snapshot = replace(snapshot, components=parts, outages=early)
    found = grid(snapshot)
    assert found is not None

    assert {states[2] for _, states in history(found, snapshot).days} == {C.OPERATIONAL}


def test_the_page_of_instances_leads_to_no_day_that_the_page_of_an_instance_lacks() -> None:
    out = {id: (Outage(C.MAJOR_OUTAGE, NOW - timedelta(days=20)),) for id in ("na1-api", "eu1-api")}
    young = [
        replace(it, start_date=today(NOW) - timedelta(days=2)) if it.id == "na1-api" else it
        for it in everything().components
    ]

    built = site.build(everything(outages=out, components=tuple(young)), site_url="https://acme.example")

    instances = page(built["instances/index.html"].body)
    links = [str(it["href"]) for it in instances.named("a") if "/#d" in str(it.get("href"))]
    days = [link[1:].split("#") for link in links]
    assert len(links) == 3 + 21
    assert [day for folder, day in days if day not in _rows(built[f"{folder}index.html"].body)] == []
    assert "Not there yet" in instances.text


def _rows(body: bytes) -> set[str | None]:
    return {row.get("id") for row in page(body).named("tr")}
