"""The independent checks beside the repository (../shared/checks), where they are and are installed."""

import os
import subprocess
from pathlib import Path

import pytest

CHECKS = Path(__file__).parents[2] / "shared" / "checks"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
INSTALLED = Path(os.environ.get("CHECKS_HOME") or _CACHE / "candor-checks")
PATIENCE_SECONDS = 300


def check(name: str, *targets: str, tools: tuple[str, ...] = ()) -> str:
    """Run one on addresses or files; the figure that it prints last, and a failure with all of it otherwise.

    Skips where the check is not here or its tools are not installed: tests fetch nothing.
    """
    script = CHECKS / f"{name}.sh"
    lacking = [tool for tool in tools if not (INSTALLED / f".stamp-{tool}").exists()]
    if not script.exists():
        pytest.skip(f"the check is not here: {script}")
    if lacking:
        pytest.skip(f"{name} has never been run here, its tools are not installed: {', '.join(lacking)}")
    done = subprocess.run(
        [str(script), *targets], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    said = f"{done.stdout}\n{done.stderr}"
    if done.returncode == 2:
        pytest.skip(f"{name} could not run here: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, said
    return done.stdout.strip().rpartition("\n")[2]
