"""Take Candor out of AWS: `make destroy STAGE=prod REGION=eu-central-1`.

Table and bucket stay and are named, unless DATA=delete is said. The next run finishes what a killed one left.
"""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

import asked
import emptying
import parameters
import stacks
from stacks import HALF_MADE, ROOT, Place, Refused, say

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

DATA = ("Table", "Bucket")
RESOURCES = ROOT / ".chalice/resources.json"


def main() -> None:
    """Check, say what goes and what stays, do it, and say how it comes back."""
    told = _arguments()
    told.stack, said = asked.stack(told), parameters.read(told.params)
    if strange := sorted(said.keys() - set(DATA)):
        raise Refused(f"PARAMS names {strange[0]}: here it names Table and Bucket, which a stack left behind")
    place = asked.place(told)
    told.region = place.region
    standing = stacks.find(place, told.stack)
    if standing:
        stacks.check_ours(standing)
    names = named(place, standing, said) if standing else said
    _check(standing, told, names)
    if told.data:
        emptying.check(place, names, told.stack, stands=standing is not None)
    say(f"destroying stack {told.stack} in {place.region}, account {place.account}")
    _destroy(place, standing, told, names)


def _destroy(
    place: Place, standing: "StackTypeDef | None", told: argparse.Namespace, names: Mapping[str, str]
) -> None:
    """The stack first: while it stands, its functions write."""
    for key, name in names.items():
        say(f"{'deleting' if told.data else 'keeping'}: {key} {name}")
    if told.data and names:
        say(f"should this be interrupted: {_again(told, 'destroy', names, ' DATA=delete')}")
    if standing:
        stacks.delete(place, standing)
        say(f"deleted: stack {told.stack}")
    if told.data:
        emptying.delete(place, names)
    elif standing and names:
        before = parameters.declared(RESOURCES).kept(stacks.parameters(standing))
        say(f"to take them again: {_again(told, 'deploy', {**before, **names})}")


def named(place: Place, standing: "StackTypeDef", said: Mapping[str, str]) -> dict[str, str]:
    """Table and bucket of a stack, whether it is whole or half made; refuses others."""
    outputs = {key: name for key, name in stacks.outputs(standing).items() if key in DATA}
    found = stacks.held(place, standing) | outputs
    for key, name in said.items():
        if found.get(key) != name:
            has = found.get(key, "none")
            raise Refused(f"PARAMS names {key}={name}, but the {key} of {standing['StackName']} is {has}")
    return found


def _check(standing: "StackTypeDef | None", told: argparse.Namespace, names: Mapping[str, str]) -> None:
    """Refuse what cannot be destroyed now, or is not there; changes nothing."""
    if told.data not in ("", "delete"):
        raise Refused(f"DATA={told.data!r} is not understood: DATA=delete deletes table and bucket too")
    if standing is None and not told.data:
        raise Refused(f"there is no stack {told.stack} in {told.region}")
    if standing is None and not names:
        what = f"there is no stack {told.stack} in {told.region} any more to name its table and bucket"
        raise Refused(f'{what}: say them with PARAMS="Table=… Bucket=…"')
    status = standing["StackStatus"] if standing else ""
    if status.endswith("_IN_PROGRESS") and status not in (*HALF_MADE, "DELETE_IN_PROGRESS"):
        raise Refused(f"stack {told.stack} is {status}: wait until that is over, then destroy again")


def _again(told: argparse.Namespace, verb: str, names: Mapping[str, str], data: str = "") -> str:
    """The command line that goes on from here."""
    named = f" STACK={told.stack}" if told.stack != f"candor-{told.stage}" else ""
    return f"make {verb} STAGE={told.stage} REGION={told.region}{named}{data} {parameters.written(names)}"


def _arguments() -> argparse.Namespace:
    parser = asked.parser("Take Candor out of AWS.")
    parser.add_argument("--data", default="", help="delete: table and bucket too, with all that they hold")
    return parser.parse_args()


if __name__ == "__main__":
    asked.run("destroy", main)
