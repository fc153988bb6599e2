"""A deployed stack as the place where a command works: what the stack puts out, made settings."""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import ClientError

from chalicelib import wiring
from chalicelib.local import environment, instances
from chalicelib.local.errors import Refused, message_of
from chalicelib.local.folders import Folder

SETTINGS = {
    "Table": "CANDOR_TABLE",
    "Bucket": "CANDOR_BUCKET",
    "SiteUrl": "CANDOR_SITE_URL",
    "PageName": "CANDOR_PAGE_NAME",
    "TimeZone": "CANDOR_TIME_ZONE",
    "Work": "CANDOR_WORK",
    "Heads": "CANDOR_HEADS",
    "SecurityContact": "CANDOR_SECURITY_CONTACT",
    "SecurityPolicy": "CANDOR_SECURITY_POLICY",
    "SecurityLanguages": "CANDOR_SECURITY_LANGUAGES",
}
NEEDED = ("Table", "Bucket", "SiteUrl")


@contextmanager
def connected(folder: Folder, told: argparse.Namespace, doing: str) -> Iterator[None]:
    """Let a command find its table and bucket: the stack's that it names, or else as ever."""
    if told.stack:
        use(told.stack, told.region)
        yield
    elif told.region:
        raise Refused("--region goes with --stack")
    else:
        with instances.connected(folder, doing):
            yield


def use(stack: str, region: str | None) -> None:
    """Make this process find a stack, whatever else its environment names."""
    where = region or environment.told("AWS_REGION") or environment.told("AWS_DEFAULT_REGION")
    if not where:
        raise Refused(f"which region is the stack {stack} in? Say --region, or set AWS_REGION")
    found = settings(put_out(stack, where), stack)
    environment.use({**found, "AWS_REGION": where, "AWS_DEFAULT_REGION": where})
    wiring.forget()
    wiring.settings()


def settings(outputs: Mapping[str, str], stack: str) -> dict[str, str]:
    """The settings that a stack's outputs give; those that we can do without may lack."""
    if lacking := [name for name in NEEDED if not outputs.get(name)]:
        raise Refused(f"the stack {stack} puts out no {lacking[0]}: it is none of ours, or half made")
    return {setting: outputs[name] for name, setting in SETTINGS.items() if outputs.get(name)}


def put_out(stack: str, region: str) -> dict[str, str]:
    """A stack's outputs, by name."""
    try:
        found = wiring.cloudformation(region).describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in message_of(error):
            raise Refused(f"there is no stack {stack} in {region}") from error
        raise
    return {it["OutputKey"]: it["OutputValue"] for it in found.get("Outputs", [])}
