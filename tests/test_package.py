"""The deployable holds all that it runs on: unpacked and alone it answers and handles what AWS sends."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chalicelib.publishing.bucket import Bucket
from tests.packages import ROOT, build
from tests.stack import figures

LIMIT = 15_000_000
AARCH64 = 183
OURS = {"app.py", "__pycache__", "chalicelib", "templates", "templates_compiled"}
THEIRS = {
    "boto3", "botocore", "chalice", "cvss", "dateutil", "feedgen", "icalendar", "jinja2", "jmespath", "lxml",
    "markdown_it", "markupsafe", "mdurl", "msgspec", "pynamodb", "s3transfer", "six.py",
    "typing_extensions.py", "tzdata", "urllib3",
}  # fmt: skip
pytestmark = pytest.mark.slow

ALONE = """
import importlib, json, sys, sysconfig
sys.path.insert(0, sys.argv[1])

class Context:
    aws_request_id = "1"

    def get_remaining_time_in_millis(self):
        return 60_000

def called(handler, event):
    module, name = handler.split(".")
    return getattr(importlib.import_module(module), name)(event, Context())

said = [called(*call) for call in json.load(sys.stdin)]
allowed = (sys.argv[1], sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
files = [module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None)]
strangers = [path for path in files if not path.startswith(allowed) or "site-packages" in path]
json.dump({"said": said, "strangers": strangers, "modules": len(files)}, sys.stdout)
"""


@pytest.fixture(scope="module")
def unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands in /var/task on Lambda."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(package / "deployment.zip") as archive:
        archive.extractall(folder)
    return folder


def invoke(unpacked: Path, *calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Call functions of the unpacked `app` in a process that sees the standard library and the zip alone."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", ALONE, str(unpacked)],
        input=json.dumps(calls),
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

WORK = {
    "Records": [
        {
            "messageId": "1",
            "receiptHandle": "1",
            "body": "publish",
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000001:work",
            "awsRegion": "us-east-1",
        }
    ]
}
ALARM = {
    "Records": [
        {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": "arn:aws:sns:us-east-1:000000000001:alarms:1",
            "Sns": {"Type": "Notification", "MessageId": "1", "Subject": None, "Message": "text",
                    "MessageAttributes": {}},
        }
    ]
}  # fmt: skip
HANDLERS = {
    "app.app": request("GET", "/api/v1/openapi.json"),
    "app.on_table_changed": STREAM,
    "app.on_work_queued": WORK,
    "app.on_alarm_published": ALARM,
    "app.on_minute_passed": MINUTE,
}


def test_the_zip_alone_answers_a_request_and_refuses_one_without_key(unpacked: Path, bucket: Bucket) -> None:
    document = ("app.app", request("GET", "/api/v1/openapi.json"))
    stranger = ("app.app", request("POST", "/api/v1/incidents", '{"title": "x", "body": "x"}'))

    answered, refused = invoke(unpacked, document, stranger)["said"]

    assert answered["statusCode"] == 200
    assert json.loads(answered["body"])["openapi"].startswith("3.1")
    assert refused["statusCode"] == 401
    assert refused["headers"]["Content-Type"] == "application/problem+json"


def test_the_zip_alone_handles_what_aws_triggers(unpacked: Path, bucket: Bucket) -> None:
    answer = invoke(unpacked, ("app.on_table_changed", STREAM), ("app.on_minute_passed", MINUTE))

    assert len(answer["said"]) == 2
    assert bucket.get("index.html")


def test_the_zip_alone_imports_nothing_from_outside(unpacked: Path, bucket: Bucket) -> None:
    answer = invoke(
        unpacked, ("app.app", request("GET", "/api/v1/openapi.json")), ("app.on_minute_passed", MINUTE)
    )

    assert answer["modules"] > 100
    assert answer["strangers"] == []


def test_two_builds_from_different_folders_are_the_same_bytes(package: Path, tmp_path: Path) -> None:
    again = build(tmp_path)

    assert _sums(again) == _sums(package)  # says which file differs
    assert (again / "deployment.zip").read_bytes() == (package / "deployment.zip").read_bytes()
    assert (again / "sam.json").read_bytes() == (package / "sam.json").read_bytes()


def test_a_package_for_arm64_holds_its_machine_code_and_no_other(tmp_path: Path) -> None:
    with zipfile.ZipFile(build(tmp_path, architecture="arm64") / "deployment.zip") as archive:
        libraries = {
            name: archive.read(name) for name in archive.namelist() if name.endswith(".so") or ".so." in name
        }

    assert libraries
    assert {name for name, code in libraries.items() if _machine(code) != AARCH64} == set()


def test_the_zip_is_small(package: Path) -> None:
    with zipfile.ZipFile(package / "deployment.zip") as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    size = (package / "deployment.zip").stat().st_size

    figures.told["the zip"] = f"{size / 1e6:.1f} MB, unpacked {unpacked / 1e6:.1f} MB"
    assert size <= LIMIT


def test_the_zip_holds_our_files_and_what_they_need_and_nothing_else(package: Path) -> None:
    with zipfile.ZipFile(package / "deployment.zip") as archive:
        paths = [Path(name) for name in archive.namelist()]

    roots = {path.parts[0] for path in paths}
    assert {root for root in roots if not root.endswith(".dist-info")} == OURS | THEIRS
    assert not [path for path in paths if path.is_relative_to("chalicelib/local")]


def test_every_template_of_ours_is_in_the_zip(package: Path) -> None:
    with zipfile.ZipFile(package / "deployment.zip") as archive:
        packed = {name for name in archive.namelist() if name.startswith("templates/")}

    assert packed == {str(path.relative_to(ROOT)) for path in ROOT.glob("templates/**/*") if path.is_file()}


def test_every_template_is_in_the_zip_as_a_module_with_byte_code(package: Path) -> None:
    with zipfile.ZipFile(package / "deployment.zip") as archive:
        names = [name for name in archive.namelist() if name.startswith("templates_compiled/")]

    expected = len(list(ROOT.glob("templates/**/*.html")))
    assert len([name for name in names if name.endswith(".py")]) == expected
    assert len([name for name in names if name.endswith(".pyc")]) == expected


def test_every_module_in_the_zip_has_byte_code_that_names_its_place_on_lambda(unpacked: Path) -> None:
    modules = [path for path in unpacked.rglob("*.py") if path.is_relative_to(unpacked / "chalicelib")]
    tag = sys.implementation.cache_tag

    compiled = [path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc" for path in modules]

    assert all(path.exists() for path in compiled)
    assert all(b"/var/task/chalicelib/" in path.read_bytes() for path in compiled)


@pytest.mark.parametrize("handler", HANDLERS)
def test_each_handler_of_the_template_works_in_a_process_of_its_own(
    handler: str, package: Path, unpacked: Path, bucket: Bucket
) -> None:
    resources = json.loads((package / "sam.json").read_text())["Resources"].values()
    named = {it["Properties"]["Handler"] for it in resources if it["Type"] == "AWS::Serverless::Function"}

    (answer,) = invoke(unpacked, (handler, HANDLERS[handler]))["said"]

    assert named == set(HANDLERS)
    assert json.dumps(answer)
    assert answer is None or answer["statusCode"] == 200


def _machine(code: bytes) -> int:
    """The machine that an ELF file is for (`e_machine`, System V ABI, ELF header)."""
    assert code[:4] == b"\x7fELF"
    return int.from_bytes(code[18:20], "little")


def _sums(package: Path) -> dict[str, int]:
    with zipfile.ZipFile(package / "deployment.zip") as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}
