"""The deployable holds all that it runs on: unpacked and alone it answers and handles what AWS sends."""

import json
import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chalicelib.publishing.bucket import Bucket

ROOT = Path(__file__).resolve().parent.parent
HERE = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
LIMIT = 15_000_000
OURS = {"app.py", "__pycache__", "chalicelib", "templates"}
THEIRS = {
    "boto3", "botocore", "chalice", "dateutil", "feedgen", "jinja2", "jmespath", "lxml", "markdown_it",
    "markupsafe", "mdurl", "msgspec", "pynamodb", "s3transfer", "six.py", "tzdata", "urllib3",
}  # fmt: skip
pytestmark = pytest.mark.slow

ALONE = """
import json, sys, sysconfig
sys.path.insert(0, sys.argv[1])
import app
said = [getattr(app, call["function"])(call["event"], None) for call in json.load(sys.stdin)]
allowed = (sys.argv[1], sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
files = [module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None)]
strangers = [path for path in files if not path.startswith(allowed) or "site-packages" in path]
json.dump({"said": said, "strangers": strangers, "modules": len(files)}, sys.stdout)
"""


def build(folder: Path) -> Path:
    """The deployable for this machine, built from inside `folder` as a person would."""
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    subprocess.run(
        [sys.executable, str(ROOT / ".chalice/package.py"), "out", "--arch", HERE],
        cwd=folder,
        env=unmeasured,  # Chalice imports a copy of the app, which is gone when the figures are added up
        check=True,
    )
    return folder / "out"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deployable, built once."""
    return build(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def unpacked(out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands in /var/task on Lambda."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(out / "deployment.zip") as archive:
        archive.extractall(folder)
    return folder


def invoke(unpacked: Path, *calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Call functions of the unpacked `app` in a process that sees the standard library and the zip alone."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", ALONE, str(unpacked)],
        input=json.dumps([{"function": name, "event": event} for name, event in calls]),
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        check=True,
    )
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def request(method: str, path: str, body: str | None = None) -> dict[str, Any]:
    """A request as API Gateway hands it over (REST API, payload version 1.0)."""
    headers = {"Content-Type": "application/json"} if body else {}
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "httpMethod": method,
            "resourcePath": path,
            "path": f"/live{path}",
            "stage": "live",
            "requestId": "a-request",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": body,
        "isBase64Encoded": False,
    }


STREAM = {
    "Records": [
        {
            "eventID": "1",
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "eventVersion": "1.1",
            "awsRegion": "us-east-1",
            "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000001:table/candor/stream/1",
            "dynamodb": {"Keys": {"pk": {"S": "RECORD#00000000"}, "sk": {"S": "1"}}, "SequenceNumber": "1"},
        }
    ]
}
MINUTE = {
    "id": "1",
    "version": "0",
    "source": "aws.events",
    "detail-type": "Scheduled Event",
    "account": "000000000001",
    "region": "us-east-1",
    "time": "2026-11-23T00:00:00Z",
    "resources": [],
    "detail": {},
}


def test_the_zip_alone_answers_a_request_and_refuses_one_without_key(unpacked: Path, bucket: Bucket) -> None:
    document = ("app", request("GET", "/api/v1/openapi.json"))
    stranger = ("app", request("POST", "/api/v1/incidents", '{"title": "x", "body": "x"}'))

    answered, refused = invoke(unpacked, document, stranger)["said"]

    assert answered["statusCode"] == 200
    assert json.loads(answered["body"])["openapi"].startswith("3.1")
    assert refused["statusCode"] == 401
    assert refused["headers"]["Content-Type"] == "application/problem+json"


def test_the_zip_alone_handles_what_aws_triggers(unpacked: Path, bucket: Bucket) -> None:
    answer = invoke(unpacked, ("on_table_changed", STREAM), ("on_minute_passed", MINUTE))

    assert len(answer["said"]) == 2
    assert bucket.get("index.html")


def test_the_zip_alone_imports_nothing_from_outside(unpacked: Path, bucket: Bucket) -> None:
    answer = invoke(unpacked, ("app", request("GET", "/api/v1/openapi.json")), ("on_minute_passed", MINUTE))

    assert answer["modules"] > 100
    assert answer["strangers"] == []


def test_two_builds_from_different_folders_are_the_same_bytes(out: Path, tmp_path: Path) -> None:
    again = build(tmp_path)

    assert _sums(again) == _sums(out)  # says which file differs
    assert (again / "deployment.zip").read_bytes() == (out / "deployment.zip").read_bytes()
    assert (again / "sam.json").read_bytes() == (out / "sam.json").read_bytes()


def test_the_zip_is_small(out: Path) -> None:
    assert (out / "deployment.zip").stat().st_size <= LIMIT


def test_the_zip_holds_our_files_and_what_they_need_and_nothing_else(out: Path) -> None:
    with zipfile.ZipFile(out / "deployment.zip") as archive:
        paths = [Path(name) for name in archive.namelist()]

    roots = {path.parts[0] for path in paths}
    assert {root for root in roots if not root.endswith(".dist-info")} == OURS | THEIRS
    assert not [path for path in paths if path.is_relative_to("chalicelib/local")]


def test_every_template_of_ours_is_in_the_zip(out: Path) -> None:
    with zipfile.ZipFile(out / "deployment.zip") as archive:
        packed = {name for name in archive.namelist() if name.startswith("templates/")}

    assert packed == {str(path.relative_to(ROOT)) for path in ROOT.glob("templates/**/*") if path.is_file()}


def test_every_module_in_the_zip_has_byte_code_that_names_its_place_on_lambda(unpacked: Path) -> None:
    modules = [path for path in unpacked.rglob("*.py") if path.is_relative_to(unpacked / "chalicelib")]
    tag = sys.implementation.cache_tag

    compiled = [path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc" for path in modules]

    assert all(path.exists() for path in compiled)
    assert all(b"/var/task/chalicelib/" in path.read_bytes() for path in compiled)


def test_every_function_of_the_template_is_in_the_app(out: Path) -> None:
    resources = json.loads((out / "sam.json").read_text())["Resources"].values()
    functions = [it["Properties"] for it in resources if it["Type"] == "AWS::Serverless::Function"]

    named = {function["Handler"] for function in functions}

    assert named == {"app.app", "app.on_table_changed", "app.on_work_queued", "app.on_minute_passed"}


def _sums(out: Path) -> dict[str, int]:
    with zipfile.ZipFile(out / "deployment.zip") as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}
