"""One emulated account for all tests of the stack, and one package."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.accounts import Account
from tests.engine import started
from tests.stack import figures
from tests.stack.clouds import for_the_emulator

ROOT_KEY = "test"  # the emulator's owner, in the account whose API needs no credentials to be found
COUNTING = sys.executable, "-m", "tests.stack.counting"


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account that enforces what its roles may do, and counts what they ask for."""
    with started(*COUNTING, AUTH="true", AWS_ACCESS_KEY_ID=ROOT_KEY) as endpoint:
        yield Account(ROOT_KEY, endpoint, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def built(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, with a template that the emulator takes."""
    folder = tmp_path_factory.mktemp("built")
    shutil.copyfile(package / "deployment.zip", folder / "deployment.zip")
    template = for_the_emulator(json.loads((package / "sam.json").read_text()))
    (folder / "sam.json").write_text(json.dumps(template))
    return folder


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what held."""
    module = Path(report.nodeid.partition("::")[0]).stem
    if report.when == "call" and report.passed and module in figures.COUNTED:
        figures.counted[figures.COUNTED[module]] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures that the tests took, in any run that took some."""
    if lines := figures.lines():
        terminalreporter.section("the deployed stack")
        for line in lines:
            terminalreporter.write_line(line)
