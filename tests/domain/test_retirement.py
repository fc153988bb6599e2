"""Components and groups leave the page without being deleted, and may come back."""

from dataclasses import replace

import pytest

from chalicelib.domain.components import Direct, Retired, check_changeable, retire_component, retire_group
from chalicelib.domain.errors import Conflict
from chalicelib.domain.statuses import ComponentStatus
from tests.builders import NOW, a_component, a_group

UP, DEGRADED = ComponentStatus.OPERATIONAL, ComponentStatus.DEGRADED_PERFORMANCE
MAINTAINED = ComponentStatus.UNDER_MAINTENANCE


def test_a_component_is_retired_with_its_direct_status() -> None:
    before = a_component(direct=Direct(DEGRADED, "Slow.", NOW, 3))

    after = retire_component(before, " Replaced. ", at=NOW, affects=[UP])

    assert after == replace(before, direct=None, retired=Retired(NOW, "Replaced."))


def test_a_component_that_something_open_affects_stays() -> None:
    with pytest.raises(Conflict, match="id is affected by something open"):
        retire_component(a_component(), "", at=NOW, affects=[UP, DEGRADED])


def test_a_component_that_something_announced_will_affect_stays() -> None:
    with pytest.raises(Conflict, match="id is part of an announced maintenance"):
        retire_component(a_component(), "", at=NOW, affects=[], planned=[UP, MAINTAINED])

    assert retire_component(a_component(), "", at=NOW, affects=[], planned=[UP]).retired


def test_a_group_is_retired_when_nothing_is_in_it() -> None:
    gone = a_component("old", group="europe", retired=Retired(NOW))

    after = retire_group(a_group(), "", at=NOW, components=[gone, a_component("api", group="asia")])

    assert after.retired == Retired(NOW, "")
    with pytest.raises(Conflict, match="id has components"):
        retire_group(a_group(), "", at=NOW, components=[a_component(group="europe")])


def test_what_is_retired_is_retired_once() -> None:
    with pytest.raises(Conflict, match="id is retired already"):
        retire_group(a_group(retired=Retired(NOW)), "", at=NOW, components=[])


def test_what_is_retired_changes_only_by_coming_back() -> None:
    gone = a_component(retired=Retired(NOW))

    check_changeable(gone, returns=True)
    check_changeable(a_component(), returns=False)
    with pytest.raises(Conflict, match="id is retired: bring it back"):
        check_changeable(gone, returns=False)
