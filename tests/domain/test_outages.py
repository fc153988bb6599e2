"""Which outages an incident tells of: claimed times, the newest word, none where it was taken back."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.incidents import ImportedIncident, Incident, IncidentUpdate
from chalicelib.domain.outages import costs, outages_of, turned
from chalicelib.domain.statuses import ComponentStatus, IncidentStatus
from chalicelib.domain.updates import Affect
from chalicelib.domain.uptime import Outage
from tests.builders import an_incident, an_update

WELL, DEGRADED = ComponentStatus.OPERATIONAL, ComponentStatus.DEGRADED_PERFORMANCE
PARTIAL, MAJOR = ComponentStatus.PARTIAL_OUTAGE, ComponentStatus.MAJOR_OUTAGE
Told = tuple[int, str, dict[str, ComponentStatus]]


def at(minute: int) -> datetime:
    return datetime(2026, 11, 22, 9, minute, tzinfo=UTC)


def a_tale(*told: Told, start: int | None = None, **more: Any) -> tuple[Incident, list[IncidentUpdate]]:
    """An incident told by these: claimed minute, status, what it does."""
    held: dict[str, ComponentStatus] = {}
    updates = []
    for number, (minute, status, affects) in enumerate(told):
        before, held = held, {**held, **affects}
        listed = tuple(Affect(id, id, before.get(id, WELL), new) for id, new in held.items())
        updates.append(
            an_update(
                f"u{number}",
                status=IncidentStatus(status),
                happened_at=at(minute),
                recorded_at=at(number + 40),
                affects=listed,
                seq=number + 2,
            )  # fmt: skip
        )
    is_open = told[-1][1] not in ("resolved", "retracted", "postmortem")
    affects = {id: it for id, it in held.items() if it is not WELL} if is_open else {}
    incident = an_incident(
        status=IncidentStatus(told[-1][1]), started_at=at(told[0][0] if start is None else start),
        latest_at=at(told[-1][0]), affects=affects, **more,
    )  # fmt: skip
    return incident, updates


@pytest.mark.parametrize(
    ("told", "outages"),
    [
        pytest.param(
            [(0, "investigating", {"api": MAJOR}), (5, "identified", {"api": PARTIAL}), (9, "resolved", {})],
            {"api": (Outage(MAJOR, at(0), at(5)), Outage(PARTIAL, at(5), at(9)))},
            id="from word to word",
        ),
        pytest.param(
            [(0, "investigating", {"api": MAJOR}), (5, "monitoring", {})],
            {"api": (Outage(MAJOR, at(0)),)},
            id="what is not named stays",
        ),
        pytest.param(
            [(0, "investigating", {"api": DEGRADED}), (5, "resolved", {})], {}, id="degraded costs nothing"
        ),
        pytest.param(
            [(0, "investigating", {"api": MAJOR}), (5, "retracted", {"api": WELL})], {}, id="taken back"
        ),
        pytest.param(
            [(10, "investigating", {"api": MAJOR}), (20, "resolved", {}), (15, "postmortem", {})],
            {"api": (Outage(MAJOR, at(10), at(20)),)},
            id="told after its end",
        ),
        pytest.param(
            [(10, "investigating", {"api": MAJOR}), (20, "monitoring", {"api": WELL}),
             (5, "identified", {"api": PARTIAL})],
            {"api": (Outage(PARTIAL, at(5)),)},
            id="the newest word holds from its time on",
        ),
        pytest.param(
            [(0, "investigating", {"api": MAJOR}), (5, "resolved", {}),
             (9, "investigating", {"api": MAJOR}), (12, "resolved", {})],
            {"api": (Outage(MAJOR, at(0), at(5)), Outage(MAJOR, at(9), at(12)))},
            id="opened again",
        ),
        pytest.param([(0, "resolved", {"api": WELL})], {}, id="told when it was over"),
    ],
)  # fmt: skip
def test_outages_follow_what_the_updates_claim(
    told: list[Told], outages: dict[str, tuple[Outage, ...]]
) -> None:
    assert outages_of(*a_tale(*told)) == outages


def test_the_first_update_speaks_from_the_beginning_on_later_ones_from_their_own_time() -> None:
    incident, updates = a_tale(
        (5, "investigating", {"api": MAJOR}), (8, "identified", {"web": PARTIAL}), start=0
    )

    found = outages_of(incident, updates[::-1])

    assert found == {"api": (Outage(MAJOR, at(0)),), "web": (Outage(PARTIAL, at(8)),)}


def test_what_was_closed_or_set_right_elsewhere_costs_until_then() -> None:
    imported = ImportedIncident(at(0), at(30), "https://stspg.io/a", closed_elsewhere=True)
    incident, updates = a_tale((0, "investigating", {"api": MAJOR, "web": MAJOR}), imported=imported)

    closed = replace(incident, affects={})
    improved = replace(incident, affects={"api": PARTIAL, "web": MAJOR})

    assert outages_of(closed, updates)["api"] == (Outage(MAJOR, at(0), at(30)),)
    assert outages_of(improved, updates) == {
        "api": (Outage(MAJOR, at(0), at(30)), Outage(PARTIAL, at(30))), "web": (Outage(MAJOR, at(0)),)
    }  # fmt: skip
    assert outages_of(replace(closed, imported=None), updates) == {}


def test_an_update_costs_if_it_begins_or_ends_an_outage() -> None:
    _, updates = a_tale(
        (0, "investigating", {"api": DEGRADED}), (5, "identified", {"api": MAJOR}),
        (9, "resolved", {"api": WELL}),
        (10, "postmortem", {}),
    )  # fmt: skip

    assert [costs(update) for update in updates] == [False, True, True, False]


def test_saying_the_same_again_changes_nothing() -> None:
    before = (Outage(MAJOR, at(0), at(2)), Outage(MAJOR, at(5)))

    assert turned(before, MAJOR, at(9)) == before
    assert turned(before, WELL, at(9)) == (before[0], Outage(MAJOR, at(5), at(9)))
    assert turned(before, MAJOR, at(1)) == (Outage(MAJOR, at(0), at(1)), Outage(MAJOR, at(1)))
