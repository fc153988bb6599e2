"""The template's parameters: what a person said of them, and what CloudFormation is told."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stacks import MARK, Refused

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef

FOUND = MARK  # by us, of the table that `Table` names
EXAMPLE = "PARAMS=\"Name='Acme Cloud' TimeZone=Europe/Berlin\""


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
    quoted = shlex.quote(words) if set(words) & set('"\\`$!') else f'"{words}"'
    return f"PARAMS={quoted.replace('$', '$$')}"


def declared(template: Path) -> "Declared":
    """What a template says of its parameters."""
    try:
        document: dict[str, Any] = json.loads(template.read_text())
    except (OSError, ValueError) as error:
        raise Refused(f"cannot read the template {template}: {error}") from error
    return Declared(document.get("Parameters", {}), document.get("Rules", {}))


@dataclass(frozen=True)
class Declared:
    """The parameters of a template, by name, and the rules that CloudFormation holds them to."""

    known: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Mapping[str, Any]]

    def check(self, said: Mapping[str, str]) -> None:
        """Refuse what the template does not know or would refuse, before anything is changed."""
        for key, value in said.items():
            if key not in self.known:
                names = ", ".join(sorted(self.known))
                raise Refused(f"PARAMS names {key}, which the template does not know: {names}")
            if key == FOUND:
                raise Refused(f"PARAMS names {FOUND}, which deploy finds by itself: give Table=NAME")
            _check_value(key, value, self.known[key])

    def check_rules(self, values: Mapping[str, str]) -> None:
        """Refuse values that do not go together; a rule in other words than ours is left to AWS."""
        for rule in self.rules.values():
            if _holds(rule.get("RuleCondition", True), values) is not True:
                continue
            for it in rule.get("Assertions", []):
                if _holds(it["Assert"], values) is False:
                    raise Refused(it.get("AssertDescription", "PARAMS do not go together"))

    def in_force(self, said: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
        """The values that a stack will have which had those before."""
        defaults = {key: str(it.get("Default", "")) for key, it in self.known.items()}
        return defaults | {key: value for key, value in {**before, **said}.items() if key in defaults}

    def kept(self, before: Mapping[str, str]) -> dict[str, str]:
        """What a stack was told otherwise than the template says by itself, so that it can be told again."""
        return {
            key: value
            for key, value in before.items()
            if key in self.known and key != FOUND and value != str(self.known[key].get("Default", ""))
        }

    def chosen(self, said: Mapping[str, str], before: Mapping[str, str]) -> list["ParameterTypeDef"]:
        """What was said now; else what the stack has; what is new to the stack is left to the template."""
        chosen: list[ParameterTypeDef] = []
        for key, declaration in self.known.items():
            if key in said:
                chosen.append({"ParameterKey": key, "ParameterValue": said[key]})
            elif key in before:
                chosen.append({"ParameterKey": key, "UsePreviousValue": True})
            elif "Default" not in declaration:
                raise Refused(f'the template needs a value for {key}: PARAMS="{key}=…"')
        return chosen


def _check_value(key: str, value: str, declaration: Mapping[str, Any]) -> None:
    allowed, pattern = declaration.get("AllowedValues"), declaration.get("AllowedPattern")
    if allowed is not None and value not in map(str, allowed):
        raise Refused(f"{key}={value!r} is none of {', '.join(map(str, allowed))}")
    if pattern is not None and not re.fullmatch(pattern, value):
        why = declaration.get("ConstraintDescription") or f"it does not match {pattern}"
        raise Refused(f"{key}={value!r} will not do: {why}")


def _holds(condition: Any, values: Mapping[str, str]) -> bool | None:
    """Whether a rule's condition holds; None if it is said in words that we do not evaluate."""
    match condition:
        case True:
            return True
        case {"Fn::Not": [inner]}:
            held = _holds(inner, values)
            return None if held is None else not held
        case {"Fn::Equals": [left, right]}:
            both = _value(left, values), _value(right, values)
            return None if None in both else both[0] == both[1]
    return None


def _value(term: Any, values: Mapping[str, str]) -> str | None:
    if isinstance(term, dict):
        return values.get(term.get("Ref", ""))
    return str(term)
