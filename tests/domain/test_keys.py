"""What a key may do."""

from datetime import UTC, datetime

import pytest

from chalicelib.domain.keys import OF_ONE_SOURCE, ORDINARY, Key, Scope

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("has", "needed", "expected"),
    [
        (Scope.ALARMS_SEND, Scope.ALARMS_SEND_GRAFANA, True),
        (Scope.ALARMS_SEND_GRAFANA, Scope.ALARMS_SEND_GRAFANA, True),
        (Scope.ALARMS_SEND_GENERIC, Scope.ALARMS_SEND_GRAFANA, False),
        (Scope.ALARMS_SEND_GRAFANA, Scope.ALARMS_SEND, False),
        (Scope.READ, Scope.ALARMS_SEND_GRAFANA, False),
        (Scope.ALARMS_SEND, Scope.ALARMS_WRITE, False),
    ],
)
def test_who_may_send_as_all_sources_may_as_each(has: Scope, needed: Scope, expected: bool) -> None:
    assert Key("k", "Key", (has,), "0" * 64, NOW).may(needed) is expected


def test_a_key_that_nobody_thought_about_needs_no_scope_of_one_source() -> None:
    assert not set(ORDINARY) & set(OF_ONE_SOURCE)
    assert all(Key("k", "Key", ORDINARY, "0" * 64, NOW).may(scope) for scope in OF_ONE_SOURCE)
