"""Settings: what is wrong stops the start and is named; what nobody set has a value or none."""

import json

import pytest

from chalicelib import config
from chalicelib.config import CHECKED, MissingSetting, WrongSetting
from chalicelib.local.stacks import SETTINGS
from tests.packages import ROOT

NEEDED = {"CANDOR_TABLE": "t", "CANDOR_BUCKET": "b", "CANDOR_SITE_URL": "https://status.example.com/"}
CONTACT, POLICY, LANGUAGES = CHECKED


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_needed_is_named_where_it_lacks(name: str) -> None:
    with pytest.raises(MissingSetting, match=name):
        config.read({**NEEDED, name: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(CONTACT, "not an address", id="no address"),
        pytest.param(CONTACT, "a@b.example, ,https://b.example", id="an address too few"),
        pytest.param(CONTACT, "http://b.example", id="a contact without encryption"),
        pytest.param(CONTACT, "a@b.example\nExpires: 2999-01-01T00:00:00Z", id="one more line"),
        pytest.param(CONTACT, "a@b.example\n", id="a line that ends"),
        pytest.param(CONTACT, "javascript:alert(1)", id="a script for a contact"),
        pytest.param(POLICY, "javascript:alert(1)", id="a script for a policy"),
        pytest.param(POLICY, "http://b.example/policy", id="a policy without encryption"),
        pytest.param(LANGUAGES, "xx yy!!", id="no languages"),
        pytest.param(LANGUAGES, "en,", id="a language too few"),
    ],
)
def test_what_security_txt_cannot_say_stops_the_start(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        config.read({**NEEDED, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (CONTACT, "security@acme.example, https://acme.example/report?to=us, tel:+1-201-555-0123"),
        (CONTACT, "mailto:security+status@acme.example"),
        (POLICY, "https://acme.example:8443/policy"),
        (LANGUAGES, "en, de-CH,zh-Hans"),
        (LANGUAGES, ""),
    ],
)
def test_what_it_can_say_is_taken(name: str, value: str) -> None:
    found = config.read({**NEEDED, name: value})

    assert (value or None) in (found.security_contact, found.security_policy, found.security_languages)


@pytest.mark.parametrize("name", CHECKED)
def test_the_deployment_refuses_what_the_start_does(name: str) -> None:
    parameters = json.loads((ROOT / ".chalice/resources.json").read_text())["Parameters"]
    [parameter] = [parameter for parameter, setting in SETTINGS.items() if setting == name]

    pattern, reason = CHECKED[name]
    said = parameters[parameter]
    assert (said["AllowedPattern"], said["ConstraintDescription"]) == (f"|{pattern}", reason)
