"""What is not a Statuspage document is refused by name: which document, which field, what is wrong."""

import json
from typing import Any

import pytest

from chalicelib.domain.errors import Invalid
from chalicelib.intake import statuspage
from chalicelib.intake.errors import Unreadable
from tests.statuspages import (
    Object,
    a_component,
    a_document,
    a_maintenance,
    a_summary,
    an_affect,
    an_incident,
    an_update,
    at,
    foreign,
)

LONG = "x" * 1_000_000


def told(**changes: Any) -> Object:
    """A summary whose one update is odd."""
    return a_summary(an_incident("slow", an_update("one", 10, **changes)))


def odd(**changes: Any) -> Object:
    """A summary whose one incident is odd."""
    return a_summary(an_incident(**changes))


def affecting(*affects: Object) -> Object:
    """A summary whose one update says this of components."""
    return told(affected_components=list(affects))


def planned(**changes: Any) -> Object:
    """A summary whose one maintenance is odd."""
    return {**a_summary(), "scheduled_maintenances": [a_maintenance(**changes)]}


def built(*components: Object) -> Object:
    """A summary of these components."""
    return a_summary(components=list(components))


def paged(**changes: Any) -> Object:
    """A summary of an odd page."""
    summary = a_summary()
    return {**summary, "page": {**summary["page"], **changes}}


def without(key: str, thing: Object) -> Object:
    """The same without a key."""
    return {name: value for name, value in thing.items() if name != key}


Case = tuple[Any, str, str]

DOCUMENTS: dict[str, Case] = {
    "a list": ([], "", "Expected `object`, got `array`"),
    "a maintenance: no object": (
        {**a_summary(), "scheduled_maintenances": [1]},
        "scheduled_maintenances[0]",
        "Expected `object`",
    ),
    "a maintenance: no updates": (
        planned(incident_updates=[]),
        "scheduled_maintenances[0].incident_updates",
        "must hold an update",
    ),
    "a maintenance: an incident's word": (
        planned(incident_updates=[an_update("one", 10)]),
        "scheduled_maintenances[0].incident_updates[0].status",
        "Invalid enum value",
    ),
    "a maintenance: ends before it starts": (
        planned(scheduled_until=at(0)),
        "scheduled_maintenances[0].ends_at",
        "must be after starts_at",
    ),
    "a maintenance: no start": (
        {**a_summary(), "scheduled_maintenances": [without("scheduled_for", a_maintenance())]},
        "scheduled_maintenances[0]",
        "missing required field `scheduled_for`",
    ),
    "a maintenance: a long name": (planned(name="x" * 301), "scheduled_maintenances[0].title", "at most 300"),
    "an empty object": ({}, "", "missing required field `page`"),
    "an error body": ({"status": 500, "error": "Internal Server Error"}, "", "`page`"),
    "nothing to import": (a_document(status={}), "", "holds neither"),
    "no list of components": (a_document(components={}), "components", "Expected `array`"),
    "no object for an incident": (a_document(incidents=[7]), "incidents[0]", "Expected `object`"),
    "an id that leads elsewhere": (paged(id="../x"), "page.id", "must be 1 to 64"),
    "a blank name": (paged(name=" "), "page.name", "must not be blank"),
    "an unknown zone": (paged(time_zone="Mars/Olympus"), "page.time_zone", "not an IANA"),
    "no time": (paged(updated_at="2026-10-05"), "page.updated_at", "Invalid RFC3339"),
    "no offset": (paged(updated_at="2026-10-05T20:00:00"), "page.updated_at", "timezone"),
    "year 1": (paged(updated_at="0001-01-01T00:00:00+14:00"), "page.updated_at", "years"),
    "year 9999": (paged(updated_at="9999-12-31T23:00:00-14:00"), "page.updated_at", "years"),
}
COMPONENTS: dict[str, Case] = {
    "an unknown status": (built(a_component(status="broken")), "[0].status", "Invalid enum"),
    "a status without an end": (built(a_component(status="\x1b[31m" + LONG)), "[0].status", "'\\x1b[31mxxx"),
    "a huge position": (built(a_component(position=2**70)), "[0].position", "Expected `int`"),
    "a fraction": (built(a_component(position=1.5)), "[0].position", "Expected `int`"),
    "a long name": (built(a_component(name=LONG)), "[0].name", "at most 300"),
    "a long description": (built(a_component(description=LONG)), "[0]", "too large"),
    "a long group": (built(a_component(group=True, description=LONG)), "[0]", "too large"),
    "the same twice": (built(a_component(), a_component()), "[1].id", "components[0]"),
    "its own group": (built(a_component(group_id="api")), "[0].group_id", "names no group"),
    "groups in a circle": (
        built(a_component("a", group=True, group_id="b"), a_component("b", group=True, group_id="a")),
        "[0].group_id",
        "in no group",
    ),
}
INCIDENTS: dict[str, Case] = {
    "an odd id": (a_summary(an_incident("Ä", an_update("one", 10))), "[0].id", "must be 1 to 64"),
    "an unknown impact": (odd(impact="tiny"), "[0].impact", "Invalid enum"),
    "null for a name": (odd(name=None), "[0].name", "Expected `str`, got `null`"),
    "no updates": (odd(incident_updates=[]), "[0].incident_updates", "must hold"),
    "an odd link": (odd(shortlink="javascript:alert(1)"), "[0].shortlink", "http"),
    "a long link": (odd(shortlink="https://" + LONG), "[0].shortlink", "2048"),
    "a list for text": (odd(reminder_intervals=[6]), "[0].reminder_intervals", "Expected"),
    "a long text": (odd(reminder_intervals=LONG), "[0].reminder_intervals", "<= 300"),
    "large": (odd(components=[a_component(f"c{n}") for n in range(50_000)]), "[0]", "too large"),
    "before 1970": (odd(created_at="1969-12-31T00:00:00Z"), "[0].created_at", "years"),
    "an odd component": (odd(components=[a_component("A B")]), "[0].components", "must be 1 to 64"),
    "the same twice": (a_summary(an_incident(), an_incident()), "[1].id", "incidents[0]"),
    "a missing key": (a_summary(without("impact", an_incident())), "[0]", "missing required field `impact`"),
}
UPDATES: dict[str, Case] = {
    "our own word": (told(status="suspected"), "[0].status", "Invalid enum"),
    "a maintenance's word": (told(status="scheduled"), "[0].status", "Invalid enum"),
    "a blank body": (told(body=" "), "[0].body", "must not be blank"),
    "a long body": (told(body=LONG), "[0]", "too large"),
    "a long id": (a_summary(an_incident("slow", an_update("x" * 65, 1))), "[0].id", "must be 1 to 64"),
    "a float for an id": (told(tweet_id=1.5e300), "[0].tweet_id", "Expected `int"),
    "text for truth": (told(deliver_notifications="yes"), "[0].deliver_notifications", "bool"),
    "an odd code": (affecting(an_affect("a/b", "operational")), "[0].affected_components", "1 to 64"),
    "an odd new status": (
        affecting(an_affect("api", "bad")),
        "[0].affected_components[0].new_status",
        "Invalid enum",
    ),
    "too many affects": (
        affecting(*[an_affect(f"c{n}", "operational") for n in range(5000)]),
        "[0]",
        "large",
    ),
    "the same twice": (
        a_summary(an_incident("slow", an_update("one", 10), an_update("one", 20))),
        "[1].id",
        "incident_updates[0]",
    ),
}
CASES = {
    **DOCUMENTS,
    **{f"component: {what}": (it, f"components{at}", why) for what, (it, at, why) in COMPONENTS.items()},
    **{f"incident: {what}": (it, f"incidents{at}", why) for what, (it, at, why) in INCIDENTS.items()},
    **{
        f"update: {what}": (it, f"incidents[0].incident_updates{at}", why)
        for what, (it, at, why) in UPDATES.items()
    },
}


@pytest.mark.parametrize(("document", "field", "reason"), CASES.values(), ids=CASES)
def test_the_document_and_the_field_are_named(document: Any, field: str, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        statuspage.read([("summary.json", json.dumps(document).encode())])

    assert refused.value.path == field
    assert str(refused.value).startswith(f"summary.json: {field}")
    assert reason in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<!DOCTYPE html><p>Not here", id="a page"),
        pytest.param(b'{"page": ', id="half"),
        pytest.param(b'{"page": {"id": NaN}}', id="NaN"),
        pytest.param(b'{"page": {"id": "\xff\xfe"}}', id="not UTF-8"),
        pytest.param(b'{"page": {"id": "\\ud800"}}', id="half a character"),
        pytest.param(b'{"x":' * 100_000, id="deep objects"),
        pytest.param(b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="deep lists"),
    ],
)
def test_what_is_not_json_is_named(text: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^incidents\.json: is not JSON that can be read: "):
        statuspage.read([("incidents.json", text)])


def test_two_pages_are_not_one() -> None:
    with pytest.raises(Invalid, match=r"^document 1: page\.id is other, but another document's is acme"):
        foreign(a_summary(), paged(id="other"))
