"""The deployable, built as a person would."""

import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]


def build(folder: Path, *, architecture: str = HERE) -> Path:
    """Zip and template, built from inside `folder`; for this machine if nothing else is said."""
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    subprocess.run(
        [sys.executable, str(ROOT / ".chalice/package.py"), "out", "--arch", architecture],
        cwd=folder,
        env=unmeasured,  # Chalice imports a copy of the app, which is gone when the figures are added up
        check=True,
    )
    return folder / "out"
