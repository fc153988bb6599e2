"""A package made earlier: refused in one line where Lambda could not run it."""

import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import built
import package
from stacks import Refused

NATIVE = "lxml/etree.cpython-311-x86_64-linux-gnu.so"
X86, ARM = 62, 183


def elf(machine: int) -> bytes:
    """The first bytes of a shared object, in little-endian order."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HH", 3, machine)


def a_package(
    folder: Path, files: dict[str, bytes], *, runtime: str = "python3.11", machine: str = "x86_64"
) -> tuple[Path, Path]:
    """Template and zip."""
    function = {"Type": built.FUNCTION, "Properties": {"Runtime": runtime, "Architectures": [machine]}}
    template, archive = folder / "sam.json", folder / "deployment.zip"
    template.write_text(json.dumps({"Resources": {"F": function, "T": {"Type": "AWS::SNS::Topic"}}}))
    with zipfile.ZipFile(archive, "w") as opened:
        for name, body in files.items():
            opened.writestr(name, body)
    return template, archive


@pytest.mark.parametrize("architecture", ["", "x86_64"])
@pytest.mark.parametrize("name", [NATIVE, "cryptography/_rust.abi3.so"])
def test_what_lambda_can_run_is_taken(tmp_path: Path, architecture: str, name: str) -> None:
    template, archive = a_package(tmp_path, {name: elf(X86), "app.py": b""})

    built.check(template, archive, architecture=architecture)


@pytest.mark.parametrize(
    ("told", "architecture", "why"),
    [
        pytest.param(
            {"runtime": "python3.12"}, "", f"{NATIVE} is for python3.11, .* python3.12", id="Python"
        ),
        pytest.param({"machine": "arm64"}, "", f"{NATIVE} is for x86_64, .* arm64", id="machine"),
        pytest.param({}, "arm64", r"ARCH=arm64 is asked for, .*sam\.json is for x86_64", id="ARCH"),
    ],
)
def test_what_does_not_go_together_is_named(
    tmp_path: Path, told: dict[str, str], architecture: str, why: str
) -> None:
    template, archive = a_package(tmp_path, {NATIVE: elf(X86)}, **told)

    with pytest.raises(Refused, match=why):
        built.check(template, archive, architecture=architecture)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(elf(ARM), "is for arm64", id="arm under an x86 name"),
        pytest.param(elf(243), "is for machine 243", id="a machine that Lambda does not have"),
        pytest.param(b"\xcf\xfa\xed\xfe" + bytes(30), "is for another system", id="a Mac's"),
        pytest.param(b"", "is for another system", id="empty"),
    ],
)
def test_the_file_itself_counts_and_not_its_name(tmp_path: Path, body: bytes, why: str) -> None:
    template, archive = a_package(tmp_path, {NATIVE: body})

    with pytest.raises(Refused, match=f"{NATIVE} {why}"):
        built.check(template, archive, architecture="")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        pytest.param(lambda zip: zip.unlink(), "the package has no .*deployment.zip", id="no zip"),
        pytest.param(
            lambda zip: zip.write_bytes(b"zip"), "cannot read the zip .*deployment.zip", id="not one"
        ),
        pytest.param(
            lambda zip: zip.with_name("sam.json").unlink(), "cannot read the template", id="no template"
        ),
    ],
)
def test_what_is_missing_or_spoiled_is_named(
    tmp_path: Path, spoil: Callable[[Path], object], why: str
) -> None:
    template, archive = a_package(tmp_path, {})
    spoil(archive)

    with pytest.raises(Refused, match=why):
        built.check(template, archive, architecture="")


@pytest.mark.slow
def test_what_we_build_ourselves_is_taken(request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue("package")

    built.check(folder / "sam.json", folder / "deployment.zip", architecture="")


@pytest.mark.parametrize("version", [(3, 10), (3, 15), (2, 7), (4, 0)])
def test_a_python_that_lambda_does_not_run_is_refused(version: tuple[int, int]) -> None:
    told = ".".join(map(str, version))

    with pytest.raises(package.Refused, match=rf"^Lambda needs Python 3\.11 to 3\.14, this is {told}$"):
        package.check_python(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_a_python_that_lambda_runs_is_taken(version: tuple[int, int]) -> None:
    package.check_python(version)
