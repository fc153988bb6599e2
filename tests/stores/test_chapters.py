"""What entries say is understood whole, or refused before anything is written."""

import json
from typing import Any

import pytest

from chalicelib.domain.errors import Invalid
from chalicelib.domain.record import Entry, Fact, Head, canonical, facts, follow
from chalicelib.stores import catalogue, chapters, incidents, record, sayings
from tests.builders import NOW, a_component, an_incident, an_update
from tests.recoveries import a_long_history


def an_entry(kind: str, subject: str, body: Any) -> Entry:
    """A public entry that says this."""
    (entry,) = follow(Head(), [Fact(kind, subject, body)], at=NOW, salts=[bytes(32)])
    return entry


def of_component(**changes: Any) -> Entry:
    """An entry about a component, changed."""
    return an_entry("component.created", "component/api", {"component": {**_said(a_component()), **changes}})


def of_incident(**changes: Any) -> Entry:
    """An entry about an incident with its update, changed."""
    body = {"incident": {**_said(an_incident()), **changes}, "update": _said(an_update())}
    return an_entry("incident.opened", "incident/slow", body)


def _said(value: Any) -> dict[str, Any]:
    return json.loads(canonical(facts(value)))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        pytest.param(an_entry("page.noted", "page", {}), "of a kind that this version", id="an unknown kind"),
        pytest.param(
            an_entry("key.created", "key/k", {"name": "x"}), "of a kind", id="a private kind in public"
        ),
        pytest.param(of_component(colour="red"), "says more than this version", id="an unknown field"),
        pytest.param(of_component(seq=7), "says more than", id="a field of ours"),
        pytest.param(
            of_component(id="web"), "component/api but speaks of component/web", id="another subject"
        ),
        pytest.param(an_entry("page.changed", "page", {}), "page but speaks of None", id="nothing said"),
        pytest.param(
            an_entry("update.imported", "incident/x", {}), "speaks of None", id="an update not said"
        ),
        pytest.param(an_entry("key.revoked", f"key/{'x' * 65}", {}), "nothing can be", id="a long subject"),
        pytest.param(an_entry("update.imported", "INCIDENT#x", {}), "nothing can be", id="no subject"),
        pytest.param(
            of_component(name=" "), "cannot be understood: .*name must not be blank", id="a blank name"
        ),
        pytest.param(of_component(position="1"), "cannot be understood", id="a number that is a text"),
        pytest.param(of_component(direct=[]), "cannot be understood", id="a direct status of another shape"),
        pytest.param(
            of_component(created_at="2026-11-22T09:05:00"), "says more", id="a time without its zone"
        ),
        pytest.param(of_component(created_at="2026-11-22T10:05:00+01:00"), "says more", id="another zone"),
        pytest.param(of_incident(status="odd"), "cannot be understood: Invalid enum", id="an unknown status"),
        pytest.param(of_incident(affects={"api": "worse"}), "cannot be understood", id="an unknown affect"),
        pytest.param(of_incident(impact_stated=1), "cannot be understood", id="a number that means yes"),
        pytest.param(an_entry("incident.opened", "page", []), "cannot be understood", id="a list"),
        pytest.param(an_entry("incident.opened", "page", "x"), "cannot be understood", id="a text"),
    ],
)
def test_what_is_not_understood_whole_is_refused(entry: Entry, reason: str) -> None:
    with pytest.raises(Invalid, match=rf"^entry 1 .*{reason}") as refused:
        chapters.check(entry)

    assert len(str(refused.value)) < 300


def test_a_body_deeper_than_any_is_refused() -> None:
    entry = of_component()
    deep = Entry(1, NOW, entry.kind, entry.subject, entry.digest, entry.prev, '{"page":' * 50_000)

    with pytest.raises(Invalid, match="cannot be understood"):
        chapters.check(deep)


def test_an_entry_from_before_a_field_was_known_is_understood() -> None:
    said = _said(a_component())
    del said["showcase"]

    chapters.check(an_entry("component.created", "component/api", {"component": said}))


def test_what_is_private_is_not_asked_what_it_says() -> None:
    (entry,) = follow(Head(), [Fact("subscriber.gone", "s/1", {}, private=True)], at=NOW, salts=[bytes(32)])

    chapters.check(entry)

    assert chapters.again([entry]).puts == ()


def test_great_numbers_come_back_as_numbers() -> None:
    from chalicelib.domain.updates import ImportedUpdate

    update = an_update(imported=ImportedUpdate(NOW, NOW, tweet_id=2**62))

    body = sayings.read(an_entry("update.imported", "incident/slow", {"update": facts(update)}))

    assert body.update == update


def test_every_entry_is_understood_as_it_was_meant(table: str) -> None:
    for _ in a_long_history():
        last = record.find(record.head().seq)
        assert last is not None
        chapters.check(last)
        id = last.subject.partition("/")[2]
        if last.body and last.kind.startswith("component.") and not last.kind.endswith("elsewhere"):
            assert catalogue.component(id).direct == _direct(last)
        if last.body and last.kind == "incident.updated":
            assert sayings.read(last).update is not None
            assert incidents.get(id).title == json.loads(last.body)["incident"]["title"]


def _direct(entry: Entry) -> Any:
    component = sayings.read(entry).component
    return component and component.direct
