"""The chain: what an entry commits to, and that every change of it is found."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.incidents import Draft, open_incident
from chalicelib.domain.record import Broken, Entry, Fact, Head, Moment, canonical, check_chain, facts, follow

NOW = datetime(2026, 11, 22, 9, 0, 0, 123_000, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def chain(count: int) -> list[Entry]:
    """A chain of so many entries."""
    told = [Fact("incident.opened", f"incident/{n}", {"n": n}) for n in range(count)]
    return follow(Head(), told, at=NOW, salts=[bytes([n]) * 32 for n in range(count)])


@given(JSON)
def test_canonical_json_is_that_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [1.5, 2**53, {"a": [0.0]}])
def test_what_has_no_single_written_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_the_first_entry_is_written_as_the_design_says() -> None:
    (entry,) = chain(1)
    link: dict[str, Any] = {
        "seq": 1,
        "recorded_at": "2026-11-22T09:00:00.123Z",
        "kind": "incident.opened",
        "subject": "incident/0",
        "digest": hashlib.sha256(bytes(32) + b'{"n":0}').hexdigest(),
        "prev": "0" * 64,
    }

    assert entry.hash == hashlib.sha256(rfc8785.dumps(link)).hexdigest()
    assert (entry.body, entry.salt) == ('{"n":0}', "00" * 32)


def test_a_private_fact_leaves_its_digest_alone() -> None:
    (entry,) = follow(Head(), [Fact("key.created", "key/1", {}, private=True)], at=NOW, salts=[bytes(32)])

    assert (entry.body, entry.salt) == (None, None)
    assert check_chain([entry]).seq == 1


def test_the_record_never_runs_backwards() -> None:
    head = Head(1, "0" * 64, NOW)

    (entry,) = follow(head, [Fact("k", "s", {})], at=NOW - timedelta(hours=1), salts=[bytes(32)])

    assert entry.recorded_at == NOW


def test_a_chain_may_be_checked_in_parts() -> None:
    entries = chain(5)

    assert check_chain(entries[3:], check_chain(entries[:3])) == check_chain(entries)


def spoil(entries: list[Entry], how: str) -> list[Entry]:
    """The chain after somebody changed it."""
    changed = {
        "body": replace(entries[1], body='{"n":9}'),
        "salt": replace(entries[1], salt="11" * 32),
        "kind": replace(entries[1], kind="incident.retracted"),
        "subject": replace(entries[1], subject="incident/9"),
        "time": replace(entries[1], recorded_at=NOW + timedelta(seconds=1)),
        "backwards": replace(entries[1], recorded_at=NOW - timedelta(seconds=1)),
        "digest": replace(entries[1], digest="0" * 64),
        "prev": replace(entries[1], prev="0" * 64),
    }
    if how == "dropped":
        return [entries[0], *entries[2:]]
    if how == "swapped":
        return [entries[0], entries[2], entries[1], *entries[3:]]
    if how == "repeated":
        return [*entries[:2], entries[1], *entries[2:]]
    return [entries[0], changed[how], *entries[2:]]


@pytest.mark.parametrize(
    "how",
    [
        "body",
        "salt",
        "kind",
        "subject",
        "time",
        "backwards",
        "digest",
        "prev",
        "dropped",
        "swapped",
        "repeated",
    ],
)
def test_every_change_of_the_past_is_found(how: str) -> None:
    with pytest.raises(Broken):
        check_chain(spoil(chain(4), how))


def test_values_are_written_without_storage_fields() -> None:
    story = open_incident(Draft("Errors", "b"), ids=("i", "u"), moment=Moment(NOW, 1), standings={})

    written = facts(story.incident)

    assert isinstance(written, dict)
    assert written["started_at"] == "2026-11-22T09:00:00.123Z"
    assert written["status"] == "investigating"
    assert written["affects"] == {}
    assert not {"version", "seq"} & written.keys()
    json.dumps(written)


def test_dates_and_great_numbers_are_written_as_texts() -> None:
    assert facts([date(2026, 1, 2), 2**60, 7, True]) == ["2026-01-02", str(2**60), 7, True]


def test_what_has_no_place_in_the_record_is_refused() -> None:
    with pytest.raises(TypeError, match="no place"):
        facts(1.5)
