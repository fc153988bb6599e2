"""What a person asks of deploy and destroy, and the one line that says why not."""

import argparse
import os
import re
import sys
from collections.abc import Callable

import boto3
from botocore.exceptions import BotoCoreError, ClientError, UnknownRegionError

import package
from stacks import Place, Refused, message_of, one_line, surroundings

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")


def parser(does: str) -> argparse.ArgumentParser:
    """What both are told. Blank is the same as left out: `make` passes what it has."""
    made = argparse.ArgumentParser(description=does)
    made.add_argument("--stage", default="", help="a stage of .chalice/config.json")
    made.add_argument("--region", default="", help="default: AWS_REGION, AWS_DEFAULT_REGION")
    made.add_argument("--stack", default="", help="default: candor-STAGE")
    made.add_argument(
        "--params",
        default="",
        metavar="'KEY=VALUE ...'",
        help="of the template; behind make, $ is written $$",
    )
    return made


def stack(told: argparse.Namespace) -> str:
    """The stack's name; the stage is one that is configured."""
    stages = package.settings()["stages"]
    if told.stage not in stages:
        wrong = f"there is no stage {told.stage!r}" if told.stage else "STAGE is missing"
        raise Refused(f"{wrong}: STAGE is one of {', '.join(stages)} (.chalice/config.json)")
    name: str = told.stack or f"candor-{told.stage}"
    if not _NAME.fullmatch(name):
        raise Refused(f"STACK={name!r} cannot name a stack: letters, digits and hyphens, a letter first")
    return name


def place(told: argparse.Namespace, artifacts: str = "") -> Place:
    """The region and account; credentials are tried."""
    region = told.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise Refused("REGION is missing (like REGION=eu-central-1), and so is AWS_REGION")
    try:
        boto3.Session().get_partition_for_region(region)
    except UnknownRegionError as error:
        raise Refused(f"REGION={region!r} is no region of AWS") from error
    found = Place(region, artifacts)
    _ = found.account
    return found


def run(name: str, main: Callable[[], None]) -> None:
    """Do it; whatever stands in the way is one line and exit code 1."""
    try:
        main()
    except (Refused, package.Refused) as refused:
        sys.exit(f"{name}: {refused}")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"{name}: {surroundings(error) or _refused(error)}")
    except KeyboardInterrupt:
        sys.stderr.write(
            f"\n{name}: interrupted; AWS ends what it has begun, and the next run goes on from there\n"
        )
        sys.exit(130)


def _refused(error: Exception) -> str:
    operation = getattr(error, "operation_name", "")
    return f"AWS refuses {operation}: {message_of(error)}" if operation else one_line(str(error))
