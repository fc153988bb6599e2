"""The command line: what it helps with, refuses, and does without a running instance."""

import json
from pathlib import Path

import pytest

from chalicelib.local.commands import main
from tests.local.laptops import command

SUMMARY = {
    "page": {
        "id": "acme", "name": "Acme", "url": "https://status.acme.example", "time_zone": "Etc/UTC",
        "updated_at": "2026-11-20T10:00:00.000Z",
    },
    "components": [],
    "incidents": [],
    "scheduled_maintenances": [],
    "status": {"indicator": "none", "description": "All Systems Operational"},
}  # fmt: skip


@pytest.mark.parametrize(
    "verb",
    [
        "",
        "run",
        "key",
        "key create",
        "key list",
        "key revoke",
        "import",
        "import statuspage",
        "import csaf",
        "samples",
        "publish",
    ],  # fmt: skip
)
def test_every_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*verb.split(), "--help"])

    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert "usage: python -m chalicelib" in said
    assert verb in ("", "key", "import") or "example:" in said


@pytest.mark.parametrize(
    "wrong", ["", "fly", "key create", "key create x --scope everything", "run --port x"]
)
def test_what_is_not_understood_ends_with_two(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong.split())

    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_commands_work_without_a_running_instance_and_keep_what_they_did(tmp_path: Path) -> None:
    folder, document = tmp_path / ".local", tmp_path / "summary.json"
    document.write_text(json.dumps(SUMMARY))

    imported = command(folder, "import", "statuspage", str(document))
    published = command(folder, "publish", "--all")

    assert (imported.returncode, published.returncode) == (0, 0), imported.stderr + published.stderr
    assert "Imported 0 incidents" in imported.stdout
    assert "files written; the site stands at entry" in published.stdout
    assert "Acme" in next(folder.glob("s3/**/summary.json")).read_text()


@pytest.mark.parametrize(
    ("arguments", "more", "reason"),
    [
        pytest.param(
            ["import", "statuspage", "/missing.json"], {}, "/missing.json", id="a document that is not there"
        ),
        pytest.param(
            ["key", "list"], {"CANDOR_TABLE": "t"}, "the setting CANDOR_", id="half of the settings"
        ),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    tmp_path: Path, arguments: list[str], more: dict[str, str], reason: str
) -> None:
    refused = command(tmp_path / ".local", *arguments, **more)

    assert (refused.returncode, refused.stderr.count("\n"), refused.stdout) == (1, 1, "")
    assert refused.stderr.startswith("candor: ")
    assert reason in refused.stderr


@pytest.mark.parametrize(
    ("verb", "more", "reason"),
    [
        pytest.param("key list", {}, "there is no table 'nothing' in us-east-1", id="list without a table"),
        pytest.param(
            "key create x", {}, "there is no table 'nothing' in us-east-1", id="create without a table"
        ),
        pytest.param(
            "publish", {}, "there is no bucket 'nothing' in us-east-1", id="publish without a bucket"
        ),
        pytest.param(
            "key list", {"AWS_ACCESS_KEY_ID": ""}, "no AWS credentials were found", id="without credentials"
        ),
        pytest.param(
            "key list", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "http://127.0.0.1:9", id="nobody answers"
        ),
    ],
)
def test_what_the_environment_names_and_is_not_there_is_named_in_one_line(
    ministack: str, tmp_path: Path, verb: str, more: dict[str, str], reason: str
) -> None:
    told = {
        "AWS_ENDPOINT_URL": ministack, "AWS_ACCESS_KEY_ID": "000000000001", "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path),
        "CANDOR_TABLE": "nothing", "CANDOR_BUCKET": "nothing", "CANDOR_SITE_URL": "http://status.example.com",
    }  # fmt: skip

    refused = command(tmp_path / ".local", *verb.split(), **{**told, **more})

    assert (refused.returncode, refused.stderr.count("\n"), refused.stdout) == (1, 1, "")
    assert refused.stderr.startswith("candor: ")
    assert reason in refused.stderr


def test_a_key_that_does_not_exist_cannot_be_revoked(tmp_path: Path) -> None:
    refused = command(tmp_path / ".local", "key", "revoke", "nobody")

    assert (refused.returncode, refused.stderr) == (1, "candor: no key has the id 'nobody'\n")
