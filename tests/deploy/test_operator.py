"""The operator's commands on a deployed stack, from a machine that has credentials and nothing else."""

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout

import pytest

from chalicelib.local import commands, stacks
from chalicelib.local.errors import Refused
from tests.deploy.accounts import REGION, Account, deployed
from tests.local.test_commands import SUMMARY

STACK = "candor-prod"
PLACE = ("--stack", STACK, "--region", REGION)


@pytest.fixture
def made(account: Account) -> dict[str, str]:
    """The outputs of a stack that stands."""
    return deployed(account, STACK, Name="Acme")


def test_keys_are_made_listed_and_revoked_on_the_stack(account: Account, made: dict[str, str]) -> None:
    created = account.command("key", "create", *PLACE, "deploys", "--scope", "incidents:write")
    listed = account.command("key", "list", "--stack", STACK, AWS_REGION=REGION)
    id = listed.stdout.split()[0]
    revoked = account.command("key", "revoke", *PLACE, id)

    assert (created.returncode, created.stderr) == (0, "")
    assert id in created.stdout
    assert re.match(r"\w+  deploys  incidents:write  \S+  valid\n", listed.stdout)
    assert revoked.stdout == f"{id}  deploys  revoked\n"
    assert account.place.tables.scan(TableName=made["Table"])["Count"] > 0
    assert not (account.home / ".local").exists()


def test_the_page_is_published_from_here_with_the_stacks_name(account: Account, made: dict[str, str]) -> None:
    published = account.command("publish", "--all", *PLACE)

    assert published.returncode == 0, published.stderr
    page = account.place.buckets.get_object(Bucket=made["Bucket"], Key="index.html")["Body"].read()
    assert b"Acme" in page


def test_another_page_is_imported_into_the_stack(account: Account, made: dict[str, str]) -> None:
    document = account.home / "summary.json"
    document.write_text(json.dumps(SUMMARY))

    imported = account.command("import", "statuspage", *PLACE, str(document))

    assert imported.returncode == 0, imported.stderr
    assert "Imported 0 incidents" in imported.stdout


def test_the_stack_wins_over_what_the_environment_names(account: Account, made: dict[str, str]) -> None:
    listed = account.command("key", "list", *PLACE, CANDOR_TABLE="elsewhere", AWS_REGION="us-east-1")

    assert (listed.returncode, listed.stdout, listed.stderr) == (0, "", "")


@pytest.mark.parametrize("kind", ["record", "statuspage"])
@pytest.mark.parametrize(
    "address",
    [
        pytest.param("https://u:hunter2@127.0.0.1:9", id="user and password"),
        pytest.param("https://u:hun/hunter2@127.0.0.1:9", id="a slash in the password"),
        pytest.param("HTTP:u:hunter2@127.0.0.1", id="written wrong"),
        pytest.param("ftp://u:hunter2@127.0.0.1", id="another scheme"),
        pytest.param("https://u:hunter2@[", id="no address at all"),
    ],
)
def test_an_address_with_a_password_is_refused_and_not_repeated(kind: str, address: str) -> None:
    assert _said_of(kind, address) == (
        1,
        "candor: the address: holds an @: addresses with a user name or password are not read\n",
    )


def _said_of(kind: str, address: str) -> tuple[int, str]:
    """Exit code and all that is printed, on a terminal too: there the address is shown while it is read."""
    said = io.StringIO()
    said.isatty = lambda: True  # type: ignore[method-assign]
    with redirect_stderr(said), redirect_stdout(said):
        code = commands.main(["import", kind, address])
    return code, said.getvalue()


@pytest.mark.parametrize(
    ("arguments", "more", "why"),
    [
        pytest.param(["--stack", "nothing"], {}, "which region is the stack nothing in?", id="no region"),
        pytest.param([*PLACE], {}, f"there is no stack {STACK} in {REGION}", id="no such stack"),
        pytest.param(["--region", REGION], {}, "--region goes with --stack", id="a region alone"),
        pytest.param(
            [*PLACE],
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "no AWS credentials were found",
            id="no credentials",
        ),
        pytest.param([*PLACE], {"AWS_PROFILE": "nobody"}, "nobody", id="a profile that does not exist"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    account: Account, arguments: list[str], more: dict[str, str], why: str
) -> None:
    refused = account.command("key", "create", *arguments, "deploys", **more)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert re.fullmatch(f"candor: .*{re.escape(why)}.*\n", refused.stderr)


def test_a_stack_that_is_none_of_ours_is_refused() -> None:
    with pytest.raises(Refused, match="the stack other puts out no SiteUrl"):
        stacks.settings({"Table": "t", "Bucket": "b"}, "other")


def test_settings_follow_from_outputs_and_what_may_lack_is_left_out() -> None:
    outputs = {"Table": "t", "Bucket": "b", "SiteUrl": "https://s", "Distribution": "d"}

    assert stacks.settings(outputs, "ours") == {
        "CANDOR_TABLE": "t",
        "CANDOR_BUCKET": "b",
        "CANDOR_SITE_URL": "https://s",
    }
