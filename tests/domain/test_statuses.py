"""The words for how things are."""

import pytest

from chalicelib.domain.statuses import (
    ComponentStatus,
    Impact,
    better,
    default_impact,
    graver,
    is_worse,
    roll_up,
    worst,
)

UP, MAINTAINED, DEGRADED, PARTIAL, MAJOR = ComponentStatus


@pytest.mark.parametrize(
    ("statuses", "indicator", "description"),
    [
        pytest.param([], "none", "All Systems Operational", id="no components"),
        pytest.param([UP, UP], "none", "All Systems Operational", id="all operational"),
        pytest.param([MAJOR, MAJOR], "critical", "Major System Outage", id="all major"),
        pytest.param([MAJOR], "critical", "Major System Outage", id="the only one major"),
        pytest.param([MAJOR, UP], "major", "Partial System Outage", id="any major"),
        pytest.param([MAJOR, PARTIAL], "major", "Partial System Outage", id="major and partial on all"),
        pytest.param([PARTIAL, PARTIAL], "major", "Partial System Outage", id="all partial"),
        pytest.param([PARTIAL] * 12 + [UP], "minor", "Minor Service Outage", id="12 of 13 partial"),
        pytest.param([PARTIAL, DEGRADED], "minor", "Minor Service Outage", id="partial and degraded"),
        pytest.param([DEGRADED, DEGRADED], "minor", "Partially Degraded Service", id="even all degraded"),
        pytest.param(
            [DEGRADED, MAINTAINED], "minor", "Partially Degraded Service", id="degraded beats maintenance"
        ),
        pytest.param([MAINTAINED, UP], "maintenance", "Service Under Maintenance", id="any maintenance"),
        pytest.param([MAINTAINED], "maintenance", "Service Under Maintenance", id="all maintenance"),
    ],
)
def test_the_headline_follows_from_the_components(
    statuses: list[ComponentStatus], indicator: str, description: str
) -> None:
    assert roll_up(statuses) == (indicator, description)


def test_statuses_are_ranked_from_operational_to_major_outage() -> None:
    assert [
        is_worse(one, other) for one, other in zip(list(ComponentStatus)[1:], ComponentStatus, strict=False)
    ] == [True] * 4
    assert not is_worse(UP, UP)
    assert better(PARTIAL, DEGRADED) is DEGRADED
    assert worst([DEGRADED, MAJOR, UP]) is MAJOR
    assert worst([]) is UP


@pytest.mark.parametrize(
    ("status", "impact"),
    [(UP, "none"), (MAINTAINED, "none"), (DEGRADED, "minor"), (PARTIAL, "major"), (MAJOR, "critical")],
)
def test_impact_follows_the_worst_state_that_is_set(status: ComponentStatus, impact: str) -> None:
    assert default_impact([UP, status]) == impact


def test_nothing_touched_has_no_impact() -> None:
    assert default_impact([]) is Impact.NONE


def test_the_graver_impact_wins() -> None:
    assert graver(Impact.MINOR, Impact.CRITICAL) is Impact.CRITICAL
