"""A package made earlier: whether zip and template are there and are for the same Python and machine."""

import json
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stacks import Refused

FUNCTION = "AWS::Serverless::Function"
MACHINES = {62: "x86_64", 183: "arm64"}  # ELF's numbers
DEFAULT = "x86_64"  # where a function names no architecture (AWS SAM)
_TAG = re.compile(r"\.cpython-(\d)(\d+)[-.]")


def check(template: Path, archive: Path, *, architecture: str) -> None:
    """Refuse a package that Lambda could not run, or not on the architecture asked for (blank: any)."""
    functions = list(_functions(template))
    for machine in sorted({machine for _, machine in functions}):
        if architecture not in ("", machine):
            raise Refused(f"ARCH={architecture} is asked for, but the package {template} is for {machine}")
    if not archive.is_file():
        raise Refused(f"the package has no {archive}: make it with make package")
    try:
        with zipfile.ZipFile(archive) as opened:
            for name, (python, machine) in _binaries(opened):
                _check_binary(f"{archive}: {name}", python, machine, functions)
    except (zipfile.BadZipFile, OSError) as error:
        raise Refused(f"cannot read the zip {archive}: {error}") from error


def _check_binary(what: str, python: str, machine: str, functions: list[tuple[str, str]]) -> None:
    for runtime, architecture in functions:
        if python and runtime.startswith("python") and python != runtime:
            raise Refused(f"{what} is for {python}, but the template's Runtime is {runtime}")
        if machine != architecture:
            raise Refused(f"{what} is for {machine}, but the template's Architectures are {architecture}")


def _functions(template: Path) -> Iterator[tuple[str, str]]:
    """Runtime and architecture of each function; what it does not say, the globals do."""
    try:
        document: dict[str, Any] = json.loads(template.read_text())
    except (OSError, ValueError) as error:
        raise Refused(f"cannot read the template {template}: {error}") from error
    shared = document.get("Globals", {}).get("Function", {})
    for resource in document.get("Resources", {}).values():
        if resource.get("Type") == FUNCTION:
            told = shared | resource.get("Properties", {})
            yield told.get("Runtime", ""), told.get("Architectures", [DEFAULT])[0]


def _binaries(archive: zipfile.ZipFile) -> Iterator[tuple[str, tuple[str, str]]]:
    """The compiled modules, each with the Python (blank: any) and the machine that it is for."""
    for name in archive.namelist():
        if name.endswith(".so"):
            with archive.open(name) as opened:
                head = opened.read(20)
            found = _TAG.search(name)
            yield name, (f"python{found[1]}.{found[2]}" if found else "", _machine(head))


def _machine(head: bytes) -> str:
    """The machine that an ELF header names (System V ABI, chapter 4: `e_machine`)."""
    if len(head) < 20 or not head.startswith(b"\x7fELF"):
        return "another system"
    order = ">" if head[5] == 2 else "<"
    (number,) = struct.unpack_from(f"{order}H", head, 18)
    return MACHINES.get(number, f"machine {number}")
