"""Put Candor into AWS, or bring it up to date: `make deploy STAGE=prod REGION=eu-central-1`.

Everything is looked at before anything is changed; each step may be repeated, and what a killed run left is
finished by the next.
"""

import argparse
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import artifacts
import asked
import built
import changes
import emptying
import heads
import package
import parameters
import sites
import stacks
import taken
from parameters import Declared
from stacks import ROOT, Place, Refused, say

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

TEMPLATE, ZIP = "sam.json", "deployment.zip"


def main() -> None:
    """Check, build, deploy, publish, and say where things are."""
    told = _arguments()
    stack, said = asked.stack(told), parameters.read(told.params)
    declared = parameters.declared(_template(told))
    declared.check(said)
    if told.built:
        built.check(Path(told.built, TEMPLATE), Path(told.built, ZIP), architecture=told.arch)
    place = asked.place(told, told.artifacts)
    checked(place, stack, declared, said)
    say(f"deploying stack {stack} to {place.region}, account {place.account}")
    with TemporaryDirectory() as fresh:
        out = Path(told.built) if told.built else _built(Path(fresh), told)
        deploy(place, stack, out / TEMPLATE, out / ZIP, said=said)
    _publish(place, stack)
    _announce(place, stack)


def deploy(
    place: Place, stack: str, template: Path, archive: Path, *, said: Mapping[str, str]
) -> dict[str, str]:
    """Bring a stack to this template, zip and parameters; gives its outputs.

    A parameter that is not said keeps its value; one that is new to the stack takes the template's.
    """
    declared = parameters.declared(template)
    declared.check(said)
    standing = checked(place, stack, declared, said)
    address = artifacts.upload(place, template, archive)
    before = stacks.parameters(standing) if standing else {}
    if standing and standing["StackStatus"] in stacks.HALF_MADE:
        _clear_away(place, standing)
        said, before = {**declared.kept(before), **said}, {}
    told = {**said, **_stream(place, declared.in_force(said, before))}
    changed = changes.apply(place, stack, template=address, told=declared.chosen(told, before))
    say(f"stack {stack}: {changed['StackStatus'] if changed else 'nothing to change'}")
    return stacks.outputs(stacks.settled(place, stack))


def checked(place: Place, stack: str, declared: Declared, said: Mapping[str, str]) -> "StackTypeDef | None":
    """The stack as it stands, if it does; refuses what would stop a deployment, and changes nothing."""
    standing = stacks.find(place, stack)
    if standing:
        stacks.check_ours(standing)
    status = standing["StackStatus"] if standing else ""
    if status in stacks.STUCK:
        how = "in CloudFormation's console choose Stack actions, Continue update rollback"
        raise Refused(f"stack {stack} is {status}: {how}, then deploy again")
    if status == "DELETE_FAILED":
        raise Refused(f"stack {stack} is {status}: finish that with make destroy, then deploy again")
    if status.endswith("_IN_PROGRESS") and status not in stacks.HALF_MADE:
        raise Refused(f"stack {stack} is {status}: wait until that is over, then deploy again")
    values = declared.in_force(said, stacks.parameters(standing) if standing else {})
    declared.check_rules({**values, parameters.FOUND: values.get("Table", "")})
    has = stacks.outputs(standing) if standing else {}
    taken.check(place, values, stack, has)
    if values.get("Heads"):
        heads.check(place, values["Heads"], values.get("Bucket") or has.get("Bucket", ""))
    _check_lag(place, said, taken.aim(values, stacks.parameters(standing) if standing else {}, has), has)
    if place.artifacts:
        artifacts.check(place, place.artifacts, f"the bucket {place.artifacts}")
    return standing


def _check_lag(place: Place, said: Mapping[str, str], aim: Mapping[str, str], has: Mapping[str, str]) -> None:
    """Refuse a table that lacks what the site shows, where either is another than before."""
    if aim.get("Bucket") and ("Table" in said or aim != {key: has.get(key, "") for key in aim}):
        sites.check_lag(place, aim["Bucket"], aim["Table"])


def _clear_away(place: Place, half: "StackTypeDef") -> None:
    """Delete a stack that was never whole, from where CloudFormation cannot go on; what it was told stays."""
    now = stacks.find(place, half["StackId"])  # while we uploaded, another run may have gone on with it
    if now and now["StackStatus"] not in stacks.HALF_MADE:
        raise Refused(f"stack {half['StackName']} is being deployed by somebody else ({now['StackStatus']})")
    say(f"stack {half['StackName']} is half made ({half['StackStatus']}): deleting it before making it anew")
    for type, name in stacks.delete(place, half):
        gone = emptying.delete_empty(place, type, name)
        say(f"deleted, as it was empty: {name} ({type})" if gone else f"kept: {name} ({type})")


def _stream(place: Place, in_force: Mapping[str, str]) -> dict[str, str]:
    """The stream of the table that is taken over, as a parameter; no table, no stream."""
    if parameters.FOUND not in in_force:
        return {}
    table = in_force.get("Table", "")
    protect = in_force.get("Protection") == "true"
    return {parameters.FOUND: taken.ready(place, table, protect=protect) if table else ""}


def _publish(place: Place, stack: str) -> None:
    """Everything once; the page's identity is stored with it at first use."""
    where = ["--stack", stack, "--region", place.region]
    ran = subprocess.run([sys.executable, "-m", "chalicelib", "publish", "--all", *where], cwd=ROOT)
    if ran.returncode:
        raise Refused(f"stack {stack} stands, but is not published yet (why stands above); deploy again")


def _announce(place: Place, stack: str) -> None:
    """Where page and API are, what the DNS needs, and the way to a first key."""
    standing = stacks.settled(place, stack)
    told, put_out = stacks.parameters(standing), stacks.outputs(standing)
    say(f"page: {put_out.get('SiteUrl', '')}")
    say(f"API:  {put_out.get('ApiUrl', '')}/api/v1")
    for name, target in (("Domain", "SiteDomain"), ("ApiDomain", "ApiTarget")):
        if told.get(name) and put_out.get(target):
            say(f"DNS:  {told[name]} CNAME {put_out[target]}")
    if told.get("Heads"):
        say(heads.told(place, told["Heads"]))
    program = Path(sys.executable)
    shown = program.relative_to(ROOT) if program.is_relative_to(ROOT) else program
    say(f"key:  {shown} -m chalicelib key create --stack {stack} --region {place.region} NAME")


def _built(out: Path, told: argparse.Namespace) -> Path:
    """The package, in this folder."""
    say("building the package")
    package.package(out, architecture=told.arch or _configured(), stage=told.stage)
    return out


def _configured() -> str:
    architecture: str = package.settings()["lambda_architecture"]
    return architecture


def _template(told: argparse.Namespace) -> Path:
    """Where the parameters are declared."""
    return Path(told.built, TEMPLATE) if told.built else ROOT / ".chalice/resources.json"


def _arguments() -> argparse.Namespace:
    parser = asked.parser("Put Candor into AWS, or bring it up to date.")
    parser.add_argument("--arch", default="", help="arm64 or x86_64 (default: as configured)")
    parser.add_argument("--artifacts", default="", help="a bucket for zip and template (default: our own)")
    parser.add_argument("--built", default="", help="a folder that `make package` filled (default: build)")
    told = parser.parse_args()
    if told.arch not in ("", *package.ARCHITECTURES):
        raise Refused(f"ARCH={told.arch!r} is none of {', '.join(package.ARCHITECTURES)}")
    return told


if __name__ == "__main__":
    asked.run("deploy", main)
