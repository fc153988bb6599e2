"""The grid stands where instances can be compared, and says of each cell how it is."""

from datetime import timedelta

from chalicelib.domain.dossiers import today
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import ComponentStatus as C
from chalicelib.domain.uptime import Outage
from chalicelib.publishing.grids import Cell, grid, history
from tests.builders import NOW, a_component, a_group, a_snapshot, a_story


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


def test_the_history_of_instances_has_a_row_for_each_day_newest_first() -> None:
    snapshot = instances()
    found = grid(snapshot)
    assert found is not None
    yesterday = NOW - timedelta(days=1)
    out = {
        "na1-api": (Outage(C.PARTIAL_OUTAGE, yesterday, yesterday + timedelta(minutes=5)),),
        "cli": (Outage(C.MAJOR_OUTAGE, yesterday),),
    }
    members = {it.id: it.group or "" for it in snapshot.components}

    shown = history(found, out, members, NOW)

    assert [group.id for group in shown.instances] == ["eu1", "eu2", "na1"]
    assert len(shown.days) == 30
    assert shown.days[0] == (today(NOW), (C.OPERATIONAL,) * 3)
    assert shown.days[1][1] == (C.OPERATIONAL, C.OPERATIONAL, C.PARTIAL_OUTAGE)
