"""What a first call does not need is not imported for it: cold starts stay short."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
IMPORTED = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(list(sys.modules)))
"""
HEAVY = {"boto3", "cvss", "feedgen", "icalendar", "jinja2", "lxml", "markdown_it", "s3transfer"}


@pytest.mark.parametrize(
    "modules",
    [
        pytest.param(["app"], id="the API"),
        pytest.param(["app", "chalicelib.triggers.table_changed"], id="a publisher that finds nothing to do"),
        pytest.param(["app", "chalicelib.triggers.minute_passed"], id="a minute in which nothing happens"),
    ],
)
def test_what_builds_the_site_is_not_imported_before_there_is_something_to_build(modules: list[str]) -> None:
    told = [sys.executable, "-c", IMPORTED, *modules]
    ran = subprocess.run(told, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, check=True)

    imported = set(json.loads(ran.stdout))

    assert "pynamodb" in imported
    assert imported & HEAVY == set()
