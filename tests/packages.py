"""The deployable, built as a person would."""

import platform
import subprocess
import sys
from pathlib import Path

from tests.engine import unmeasured

ROOT = Path(__file__).resolve().parent.parent
HERE = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]


def build(folder: Path, *, architecture: str = HERE) -> Path:
    """Zip and template, built from inside `folder`; for this machine if nothing else is said."""
    subprocess.run(
        [sys.executable, str(ROOT / ".chalice/package.py"), "out", "--arch", architecture],
        cwd=folder,
        env=unmeasured(),
        check=True,
    )
    return folder / "out"
