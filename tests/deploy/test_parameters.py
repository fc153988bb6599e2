"""PARAMS: read as a shell reads, refused before anything is asked of AWS, written so that it reads back."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

import parameters
from parameters import Declared
from stacks import Refused
from tests.deploy.accounts import SMALL

KNOWN: dict[str, dict[str, Any]] = {
    "Name": {},
    "Size": {"Default": "1", "AllowedValues": ["1", "2"]},
    "Mail": {"AllowedPattern": "|.+@.+"},
}
RULES: dict[str, dict[str, Any]] = {
    "MailHasName": {
        "RuleCondition": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Mail"}, ""]}]},
        "Assertions": [
            {
                "Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Name"}, ""]}]},
                "AssertDescription": "A Mail needs a Name",
            }
        ],
    },
    "InOtherWords": {"Assertions": [{"Assert": {"Fn::Contains": [["1"], {"Ref": "Size"}]}}]},
}
DECLARED = Declared({**KNOWN, "TableStream": {}}, RULES)
VALUES = some.text(some.characters(codec="utf-8", exclude_categories=["C", "Z"]) | some.just(" "))


@pytest.mark.parametrize(
    ("said", "read"),
    [
        pytest.param("", {}, id="nothing"),
        pytest.param("Name=Acme Size=2", {"Name": "Acme", "Size": "2"}, id="two"),
        pytest.param("Name='Acme Cloud'", {"Name": "Acme Cloud"}, id="quoted, with a blank"),
        pytest.param("Name=", {"Name": ""}, id="blank is a value"),
        pytest.param("Name=a=b", {"Name": "a=b"}, id="the first sign of equality counts"),
    ],
)
def test_params_are_read_as_a_shell_reads(said: str, read: dict[str, str]) -> None:
    assert parameters.read(said) == read


@pytest.mark.parametrize(
    ("said", "why"),
    [
        pytest.param("Name='Acme", "quote", id="a quote without its end"),
        pytest.param("Acme Cloud", "'Acme'", id="no Key=Value"),
        pytest.param("=x", "'=x'", id="no key"),
        pytest.param("Name=a Name=b", "Name twice", id="twice the same"),
        pytest.param("Nmae=a", "Nmae", id="unknown"),
        pytest.param("Size=3", "Size='3' is none of 1, 2", id="a value that is not allowed"),
        pytest.param("Mail=nobody", "Mail='nobody'", id="a value of another form"),
        pytest.param("TableStream=arn", "give Table=NAME", id="what deploy finds by itself"),
    ],
)
def test_what_params_cannot_say_is_refused_in_one_line(said: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        DECLARED.check(parameters.read(said))

    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        pytest.param({"Name": "", "Mail": "a@b"}, True, id="one without the other"),
        pytest.param({"Name": "x", "Mail": "a@b"}, False, id="both"),
        pytest.param({"Name": "", "Mail": ""}, False, id="neither"),
    ],
)
def test_what_does_not_go_together_is_refused_as_the_templates_rule_says(
    values: dict[str, str], refused: bool
) -> None:
    try:
        DECLARED.check_rules({**values, "Size": "1"})
        said = ""
    except Refused as why:
        said = str(why)

    assert said == ("A Mail needs a Name" if refused else "")


def test_what_is_not_said_keeps_its_value_and_what_is_new_is_left_to_the_template() -> None:
    declared = Declared({"Said": {}, "Kept": {}, "New": {"Default": "1"}}, {})

    chosen = declared.chosen({"Said": "b"}, before={"Said": "a", "Kept": "a", "Gone": "a"})

    assert chosen == [
        {"ParameterKey": "Said", "ParameterValue": "b"},
        {"ParameterKey": "Kept", "UsePreviousValue": True},
    ]
    assert declared.in_force({"Said": "b"}, {"Kept": "a", "Gone": "a"}) == {
        "Said": "b",
        "Kept": "a",
        "New": "1",
    }


def test_what_a_stack_was_told_is_told_again_without_what_goes_without_saying() -> None:
    declared = Declared({"Name": {"Default": "Candor"}, "Size": {"Default": "1"}, "TableStream": {}}, {})

    kept = declared.kept({"Name": "Acme", "Size": "1", "TableStream": "arn", "Gone": "x"})

    assert kept == {"Name": "Acme"}


def test_a_parameter_without_any_value_is_asked_for() -> None:
    with pytest.raises(Refused, match="needs a value for Name"):
        Declared({"Name": {}}, {}).chosen({}, before={})


def test_a_template_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="nowhere"):
        parameters.declared(tmp_path / "nowhere")

    assert "Table" in parameters.declared(SMALL).known


@given(some.dictionaries(some.sampled_from(["Name", "Table"]), VALUES, min_size=1))
def test_what_is_written_reads_back(values: dict[str, str]) -> None:
    written = parameters.written(values)

    assert parameters.read(_as_make_hands_it_over(written)) == values


def _as_make_hands_it_over(word: str) -> str:
    """What a shell, and then make, take away."""
    told = subprocess.run(["sh", "-c", f"printf %s {word}"], capture_output=True, check=True).stdout
    return told.decode().removeprefix("PARAMS=").replace("$$", "$")


def test_make_and_a_shell_hand_over_what_was_written(tmp_path: Path) -> None:
    values = {"Name": 'It\'s "$HOME" & `more`; $(all) #1 \\', "Table": "plain"}
    (tmp_path / "Makefile").write_text('show:\n\t@printf %s "$$PARAMS"\n')

    shown = subprocess.run(
        ["sh", "-c", f"make --silent -C {tmp_path} --no-print-directory show {parameters.written(values)}"],
        capture_output=True, env=dict(os.environ), text=True, check=True,
    )  # fmt: skip

    assert parameters.read(shown.stdout) == values
