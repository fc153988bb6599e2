"""The template's parameters: what a person said of them, and what CloudFormation is told."""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stacks import Refused

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef

FOUND = "TableStream"  # by us, of the table that `Table` names
EXAMPLE = "PARAMS=\"Name='Acme Cloud' Domain=status.acme.example\""


def read(said: str) -> dict[str, str]:
    """What `Key=Value ...` says, quoted as in a shell; refuses what is not that."""
    try:
        words = shlex.split(said)
    except ValueError as error:
        raise Refused(f"PARAMS has a quote without its end: {said} (like {EXAMPLE})") from error
    pairs = [word.partition("=") for word in words]
    for (key, equals, _), word in zip(pairs, words, strict=True):
        if not (key and equals):
            raise Refused(f"PARAMS holds {word!r}, which is not Key=Value (like {EXAMPLE})")
    keys = [key for key, _, _ in pairs]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise Refused(f"PARAMS names {twice[0]} twice")
    return {key: value for key, _, value in pairs}


def written(parameters: Mapping[str, str]) -> str:
    """PARAMS as `make` and a shell read it back."""
    words = shlex.join(f"{key}={value}" for key, value in parameters.items())
    quoted = shlex.quote(words) if set(words) & set("'\"\\`$") else f'"{words}"'
    return f"PARAMS={quoted.replace('$', '$$')}"


def declared(template: Path) -> dict[str, dict[str, Any]]:
    """The parameters of a template, by name."""
    try:
        document: dict[str, Any] = json.loads(template.read_text())
    except (OSError, ValueError) as error:
        raise Refused(f"cannot read the template {template}: {error}") from error
    found: dict[str, dict[str, Any]] = document.get("Parameters", {})
    return found


def check(said: Mapping[str, str], known: Mapping[str, dict[str, Any]]) -> None:
    """Refuse what the template does not know or would refuse, before anything is changed."""
    for key, value in said.items():
        if key not in known:
            raise Refused(f"PARAMS names {key}, which the template does not know: {', '.join(sorted(known))}")
        if key == FOUND:
            raise Refused(f"{FOUND} is found by deploy itself: give Table=NAME")
        allowed, pattern = known[key].get("AllowedValues"), known[key].get("AllowedPattern")
        if allowed is not None and value not in map(str, allowed):
            raise Refused(f"{key}={value!r} is none of {', '.join(map(repr, map(str, allowed)))}")
        if pattern is not None and not re.fullmatch(pattern, value):
            why = known[key].get("ConstraintDescription") or f"does not match {pattern}"
            raise Refused(f"{key}={value!r}: {why}")


def chosen(
    said: Mapping[str, str], known: Mapping[str, dict[str, Any]], before: Mapping[str, str]
) -> list["ParameterTypeDef"]:
    """What was said now; else what the stack has; what is new to the stack is left to the template."""
    chosen: list[ParameterTypeDef] = []
    for key, declaration in known.items():
        if key in said:
            chosen.append({"ParameterKey": key, "ParameterValue": said[key]})
        elif key in before:
            chosen.append({"ParameterKey": key, "UsePreviousValue": True})
        elif "Default" not in declaration:
            raise Refused(f'the template needs a value for {key}: PARAMS="{key}=…"')
    return chosen


def in_force(
    said: Mapping[str, str], known: Mapping[str, dict[str, Any]], before: Mapping[str, str]
) -> dict[str, str]:
    """The values that the stack will have."""
    defaults = {key: str(declaration.get("Default", "")) for key, declaration in known.items()}
    return defaults | {key: value for key, value in (dict(before) | dict(said)).items() if key in known}
