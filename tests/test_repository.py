"""What the house style says of the repository itself: sizes, purposes, pins, parts that know each other."""

import ast
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app import app
from bench import costs
from chalicelib.api.descriptions import description

ROOT = Path(__file__).resolve().parent.parent
MODULES = [path for path in [ROOT / "app.py", *sorted(ROOT.glob("chalicelib/**/*.py"))] if path.exists()]
TEMPLATES = sorted(path for path in ROOT.glob("templates/**/*") if path.is_file())
LINES_OF_A_FILE = 300
LINES_OF_A_FUNCTION = 40

each_module = pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))


@each_module
def test_every_module_opens_with_a_sentence_of_purpose(module: Path) -> None:
    purpose = (ast.get_docstring(ast.parse(module.read_text())) or "").partition("\n\n")[0]

    assert re.search(r"[.:]$", purpose), "the docstring's first paragraph is a sentence"
    assert len(purpose.split()) >= 4


@each_module
def test_no_file_is_longer_than_one_subject(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= LINES_OF_A_FILE


@each_module
def test_no_function_is_longer_than_a_screen(module: Path) -> None:
    functions = [
        node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.FunctionDef)
    ]

    long = {it.name: lines for it in functions if (lines := _lines(it)) > LINES_OF_A_FUNCTION}

    assert long == {}


def test_every_setting_is_explained_in_the_readme() -> None:
    explained = (ROOT / "README.md").read_text()

    assert {name for name in _settings() if name not in explained} == set()


def test_every_setting_reaches_the_functions_on_aws() -> None:
    template = (ROOT / ".chalice/resources.json").read_text()

    assert {name for name in _settings() if f'"{name}"' not in template} == set()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_template_is_used_by_a_page_or_another_template(template: Path) -> None:
    name = template.relative_to(ROOT / "templates").as_posix().removeprefix("assets/")
    users = [*ROOT.glob("chalicelib/**/*.py"), *(path for path in TEMPLATES if path != template)]

    assert any(name in user.read_text() for user in users)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_exact_and_says_what_it_is_for(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]

    assert [line for line in lines if not re.fullmatch(r"[\w.\[\],-]+==\S+ +# \w.+", line)] == []


def test_every_package_that_a_requirement_brings_along_is_pinned() -> None:
    pinned = {name for file in ROOT.glob("*.txt") for name in _pins(file)}

    brought = {canonicalize_name(found) for found in _brought_along(pinned)}

    assert brought - pinned == set()


def test_the_readme_says_what_a_month_costs_as_it_is_computed() -> None:
    assert f"## What it costs a month\n\n{costs.section()}\n" in (ROOT / "README.md").read_text()


def test_every_route_is_in_the_description_of_the_api() -> None:
    routed = {(path, method) for path, methods in app.routes.items() for method in methods}
    paths = description()["paths"]

    described = {(path, method.upper()) for path, operations in paths.items() for method in operations}

    assert described == routed


def test_ci_does_nothing_that_the_readme_does_not() -> None:
    verbs = re.findall(r"^make \w+$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    readme = (ROOT / "README.md").read_text()

    assert verbs == ["make check", "make test"]
    assert all(verb in readme for verb in verbs)


def _lines(function: ast.FunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _settings() -> set[str]:
    """The names of our own settings; those that start with AWS_ are AWS's."""
    names = set(re.findall(r'"(CANDOR_[A-Z_]+)"', (ROOT / "chalicelib/config.py").read_text()))
    assert names, "config.py reads settings"
    return names


def _pins(file: Path) -> Iterator[str]:
    for name in re.findall(r"^([\w.-]+)(?:\[.*\])?==", file.read_text(), re.MULTILINE):
        yield canonicalize_name(name)


def _brought_along(names: set[str]) -> Iterator[str]:
    """What the installed packages of these names require, extras aside."""
    for name in names:
        for wanted in map(Requirement, metadata.requires(name) or ()):
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                yield wanted.name
