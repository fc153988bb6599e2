"""Components, groups, pages, keys and times: what exists is valid."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain import keys, times
from chalicelib.domain.components import (
    Component,
    Direct,
    Group,
    Touch,
    direct_in_force,
    full_name,
    shown_updated_at,
    status_of,
)
from chalicelib.domain.errors import Invalid
from chalicelib.domain.keys import Key, Scope
from chalicelib.domain.pages import Page
from chalicelib.domain.statuses import ComponentStatus

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
API = Component("api", "API", NOW, NOW)
DOWN = replace(API, direct=Direct(ComponentStatus.MAJOR_OUTAGE, "a cable", NOW, seq=5))
KEY = Key("k", "deploys", (Scope.READ,), keys.hash_of("s3cret"), NOW)


def test_a_component_is_the_worst_of_what_is_in_force() -> None:
    partial = ComponentStatus.PARTIAL_OUTAGE

    assert status_of(API, None, ()) is ComponentStatus.OPERATIONAL
    assert status_of(API, None, [partial, ComponentStatus.OPERATIONAL]) is partial
    assert status_of(DOWN, None, [partial]) is ComponentStatus.MAJOR_OUTAGE


def test_a_direct_status_ends_when_an_incident_touches_the_component() -> None:
    assert direct_in_force(DOWN, Touch(4, NOW)) is ComponentStatus.MAJOR_OUTAGE
    assert direct_in_force(DOWN, Touch(6, NOW)) is ComponentStatus.OPERATIONAL


def test_a_component_changed_when_it_or_an_incident_last_changed_it() -> None:
    assert shown_updated_at(API, None) == NOW
    assert shown_updated_at(API, Touch(6, LATER)) == LATER


def test_grouped_components_are_named_with_their_group() -> None:
    assert full_name(API, None) == "API"
    assert full_name(API, Group("eu", "Europe", NOW, NOW)) == "Europe - API"


def test_a_group_is_production_sandbox_or_neither() -> None:
    assert Group("eu", "EU5", NOW, NOW, environment="sandbox").environment == "sandbox"
    with pytest.raises(Invalid, match="environment must be"):
        Group("eu", "EU5", NOW, NOW, environment="staging")


@pytest.mark.parametrize("id", ["", "A", "a_b", "a" * 65, "ä", "a/b"])
def test_ids_fit_into_addresses(id: str) -> None:
    with pytest.raises(Invalid, match="id must be"):
        Component(id, "API", NOW, NOW)


def test_a_page_has_a_name_and_a_zone() -> None:
    page = Page("p", "Example", "Europe/Berlin", "example.com,2026", "https://example.com", NOW, NOW)

    assert page.time_zone == "Europe/Berlin"
    for zone in ("Mars/Olympus", "", "../etc/passwd", "x" * 999, "localtime", "posixrules", "Factory"):
        with pytest.raises(Invalid, match="time_zone is not"):
            replace(page, time_zone=zone)
    with pytest.raises(Invalid, match="name must not be blank"):
        replace(page, name=" ")


def test_a_key_admits_its_secret_until_it_is_revoked() -> None:
    assert KEY.admits("s3cret")
    assert not KEY.admits("guess")
    assert not replace(KEY, revoked_at=NOW).admits("s3cret")


def test_a_key_has_scopes() -> None:
    with pytest.raises(Invalid, match="scopes"):
        replace(KEY, scopes=())


def test_a_credential_is_read_as_it_is_written() -> None:
    assert keys.read(keys.written("abc", "def")) == ("abc", "def")
    for wrong in ("", "candor_a", "other_a_b", "candor__b", "candor_a_b_c"):
        assert keys.read(wrong) is None


def test_instants_are_utc_to_the_millisecond() -> None:
    here = datetime(2026, 11, 22, 10, 0, 0, 123_999, tzinfo=ZoneInfo("Europe/Berlin"))

    assert times.instant(here) == datetime(2026, 11, 22, 9, 0, 0, 123_000, tzinfo=UTC)
    assert times.iso(here) == "2026-11-22T09:00:00.123Z"


def test_months_are_those_of_the_readers() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    start, end = times.month_span("2026-12", tokyo)

    assert times.month_of(datetime(2026, 11, 30, 15, 0, tzinfo=UTC), tokyo) == "2026-12"
    assert (times.iso(start), times.iso(end)) == ("2026-11-30T15:00:00.000Z", "2026-12-31T15:00:00.000Z")
    assert times.months_between("2026-11", "2027-01") == ["2027-01", "2026-12", "2026-11"]
    assert times.month_before("2026-01") == "2025-12"


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "november", "2026-11-01", "9999-12", "0001-01"])
def test_what_is_no_month_is_refused(month: str) -> None:
    with pytest.raises(Invalid, match="month is not"):
        times.month_span(month, ZoneInfo("Asia/Tokyo"))
