"""Build what Lambda runs, the same bytes each time.

It is what `chalice package` makes, plus templates and byte-code (without it each cold start compiles every
module), minus what no function of ours reads.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import descriptions

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ((3, 11), (3, 14))
ARCHITECTURES = ("arm64", "x86_64")
CALLED = {"cloudwatch", "dynamodb", "s3", "sqs", "sts"}  # the AWS services whose descriptions botocore needs
LEFT_HOME = shutil.ignore_patterns("__pycache__", "*.pyc", "local", "__main__.py")  # for laptops only
UNUSED = (
    "bin",
    "*.data",
    "lxml/includes",
    "lxml/isoschematron",
    "**/*.py[ix]",
    "**/*.px[di]",
    "**/py.typed",
    "*/RECORD",
)
LAMBDA_ROOT = "/var/task"
OLDEST = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


class Refused(Exception):
    """Why there is no package; one line for a person."""


def main() -> None:
    """Build into the folder named on the command line; on refusal say why in one line and exit 1."""
    wanted = _arguments()
    try:
        package(wanted.out.resolve(), architecture=wanted.arch, stage=wanted.stage)
    except Refused as refused:
        sys.exit(f"package: {refused}")
    made = wanted.out / "deployment.zip"
    print(f"{made}: {made.stat().st_size / 1e6:.1f} MB for {wanted.arch}, beside it sam.json")


def package(out: Path, *, architecture: str, stage: str) -> None:
    """Write `deployment.zip` and `sam.json` into `out`; Lambda will run the Python that runs this."""
    if stage not in (stages := settings()["stages"]):
        raise Refused(f"there is no stage {stage} in .chalice/config.json, only {', '.join(stages)}")
    check_python(sys.version_info[:2])
    with tempfile.TemporaryDirectory() as folder:
        project, tree, fresh = (Path(folder, name) for name in ("project", "tree", "fresh"))
        lay_out(project, architecture=architecture)
        run_chalice(project, fresh, stage=stage)
        unpack(fresh / "deployment.zip", tree)
        trim(tree)
        compile_all(tree)
        out.mkdir(parents=True, exist_ok=True)
        write_zip(tree, out / "deployment.zip")
        shutil.copyfile(fresh / "sam.json", out / "sam.json")


def check_python(version: tuple[int, int]) -> None:
    """Refuse a Python that Lambda does not run, or we do not."""
    if not PYTHONS[0] <= version <= PYTHONS[1]:
        first, last, this = (".".join(map(str, it)) for it in (*PYTHONS, version))
        raise Refused(f"Lambda needs Python {first} to {last}, this is {this}")


def lay_out(project: Path, *, architecture: str) -> None:
    """The project as Chalice wants it: templates under vendor/, Chalice itself not a requirement."""
    (project / ".chalice").mkdir(parents=True)
    for name in ("app.py", "constraints.txt"):
        shutil.copyfile(ROOT / name, project / name)
    shutil.copytree(ROOT / ".chalice/policies", project / ".chalice/policies")
    shutil.copytree(ROOT / "chalicelib", project / "chalicelib", ignore=LEFT_HOME)
    shutil.copytree(ROOT / "templates", project / "vendor" / "templates", ignore=LEFT_HOME)
    compile_templates(project / "vendor" / "templates_compiled")
    required = (ROOT / "requirements.txt").read_text().splitlines(keepends=True)
    (project / "requirements.txt").write_text(
        "".join(line for line in required if not line.startswith("chalice"))
    )
    config = settings() | {"lambda_architecture": architecture}
    (project / ".chalice/config.json").write_text(json.dumps(config))
    (project / ".chalice/resources.json").write_text(json.dumps(resources()))


def compile_templates(folder: Path) -> None:
    """The templates as modules, which spares the first publication of each container their compilation."""
    code = "import pathlib, sys; from chalicelib.publishing import templates as found; "
    code += "found.compile_into(pathlib.Path(sys.argv[1]))"
    env = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, env=env, check=True)


def settings() -> dict[str, Any]:
    """What `.chalice/config.json` says."""
    read: dict[str, Any] = json.loads((ROOT / ".chalice/config.json").read_text())
    return read


def resources() -> dict[str, Any]:
    """What `.chalice/resources.json` says, with the code that it names by its file."""
    read: dict[str, Any] = json.loads((ROOT / ".chalice/resources.json").read_text())
    function = read["Resources"]["Paths"]["Properties"]
    function["FunctionCode"] = (ROOT / ".chalice" / function["FunctionCode"]).read_text()
    return read


def run_chalice(project: Path, out: Path, *, stage: str) -> None:
    """Let Chalice gather the wheels, all of them, and write zip and template."""
    chalice = Path(sys.executable).with_name("chalice")
    if not chalice.exists():
        raise Refused(f"there is no chalice beside {sys.executable}; `make package` installs it")
    options = ["--stage", stage, "--template-format", "json", "--merge-template", ".chalice/resources.json"]
    ran = subprocess.run(
        [sys.executable, str(chalice), "--project-dir", str(project), "package", *options, str(out)],
        env={**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if ran.returncode or "Could not install dependencies" in ran.stdout:  # the latter leaves exit code 0
        raise Refused(f"chalice failed:\n{ran.stdout.strip()}")


def unpack(archive: Path, tree: Path) -> None:
    """The files of the archive, under `tree`."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tree)


def trim(tree: Path) -> None:
    """Remove what no function of ours reads: most is botocore's description of AWS."""
    described = [*(tree / "botocore/data").iterdir(), *(tree / "boto3/data").iterdir()]
    for path in described:
        if path.is_dir() and path.name not in CALLED:
            shutil.rmtree(path)
    descriptions.shorten(tree / "botocore/data", CALLED)
    for path in [found for pattern in UNUSED for found in tree.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def compile_all(tree: Path) -> None:
    """Byte-code that is not checked against its source (there both are read-only); one seed, one result."""
    options = ["-q", "-f", "--invalidation-mode", "unchecked-hash", "-s", str(tree), "-p", LAMBDA_ROOT]
    subprocess.run(
        [sys.executable, "-m", "compileall", *options, str(tree)],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        check=True,
    )


def write_zip(tree: Path, archive: Path) -> None:
    """One order, one time, one mode: the same tree gives the same bytes."""
    with zipfile.ZipFile(archive, "w") as opened:
        for path in sorted(path for path in tree.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(tree).as_posix(), OLDEST)
            entry.external_attr = 0o644 << 16
            opened.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder for deployment.zip and sam.json")
    parser.add_argument("--arch", choices=ARCHITECTURES, default=settings()["lambda_architecture"])
    parser.add_argument("--stage", default="prod", help="stage in .chalice/config.json (default: prod)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
