"""The command line: what each verb is told, and its exit codes (0 done, 1 refused, 2 not understood)."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from chalicelib.config import WrongSetting
from chalicelib.domain.errors import Busy, Conflict, Invalid, NotFound
from chalicelib.domain.keys import Scope
from chalicelib.local import environment, errors, logs, verbs
from chalicelib.local.errors import Refused
from chalicelib.local.folders import PORT, Folder

_REFUSALS = (Refused, Invalid, NotFound, Conflict, Busy, WrongSetting)
_WHERE = """\
On a laptop each command finds the running instance through the folder .local, or starts the local AWS for
itself. With --stack NAME it works on what `make deploy` made, with the AWS credentials of the environment;
with AWS_ENDPOINT_URL or CANDOR_TABLE in the environment, there."""

Parser = argparse.ArgumentParser
Verb = Callable[[Folder, argparse.Namespace], None]


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; gives the exit code."""
    logs.set_up()
    told = _parser().parse_args(arguments)
    try:
        told.verb(Folder(told.local), told)
    except _REFUSALS as refusal:
        sys.stderr.write(f"candor: {refusal}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        reason = errors.surroundings(error) or errors.missing(error)
        if reason is None:
            raise
        sys.stderr.write(f"candor: {reason}\n")
        return 1
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="python -m chalicelib", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Candor, the status page: run it, feed it, look after it.", epilog=_WHERE,
    )  # fmt: skip
    parser.add_argument(
        "--local", type=Path, default=Path(".local"), metavar="FOLDER",
        help="where a laptop's data is (default: .local)",
    )  # fmt: skip
    nouns = parser.add_subparsers(required=True, metavar="VERB", title="verbs")
    _add_run(nouns)
    _add_key(nouns)
    _add_import(nouns)
    _add_samples(nouns)
    _add_publish(nouns)
    _add_verify(nouns)
    return parser


def _add_run(nouns: Any) -> None:
    does, example = "start page, API and a local AWS on this machine", "run --port 8080 --demo"
    run = _add(nouns, "run", does, example=example, verb=verbs.run)
    run.add_argument(
        "--port", type=int, default=environment.told("PORT") or PORT,
        help="where page and API are (default: the variable PORT, or 8000)",
    )  # fmt: skip
    run.add_argument(
        "--demo", action="store_true", default=environment.told("DEMO") not in ("", "0"),
        help="fill an empty table with a story to look at (default: when DEMO=1)",
    )  # fmt: skip


def _add_key(nouns: Any) -> None:
    key = nouns.add_parser(
        "key", help="create, list and revoke keys of the API", description="Keys of the API."
    )
    of_key = key.add_subparsers(required=True, metavar="VERB", title="verbs")
    does, example = "make a key and print it, once", "key create deploys --scope incidents:write"
    create = _add(of_key, "create", does, example=example, verb=verbs.create_key)
    create.add_argument("name", metavar="NAME", help="what it is for, so that you know it again")
    create.add_argument(
        "--scope", action="append", type=Scope, choices=list(Scope), metavar="SCOPE",
        help=f"what it may do, once for each (default: all but {Scope.RECORD_REDACT}): {', '.join(Scope)}",
    )  # fmt: skip
    _add_place(create)
    does = "list all keys, without their secrets"
    _add_place(_add(of_key, "list", does, example="key list --stack candor-prod", verb=verbs.list_keys))
    does, example = "end a key's validity", "key revoke 4f6k2m8q1z0x"
    revoke = _add(of_key, "revoke", does, example=example, verb=verbs.revoke_key)
    revoke.add_argument("id", metavar="ID", help="as `key list` shows it")
    _add_place(revoke)


def _add_import(nouns: Any) -> None:
    parser = nouns.add_parser(
        "import",
        help="take over another status page, security advisories, or our own record",
        description="What stands elsewhere: another status page, security advisories, our own record.",
    )
    of_import = parser.add_subparsers(required=True, metavar="FROM", title="from")
    does = "take over a page of Atlassian Statuspage from its public JSON; again changes only what differs"
    example = "import statuspage https://www.githubstatus.com/api/v2/{summary,incidents}.json"
    statuspage = _add(of_import, "statuspage", does, example=example, verb=verbs.import_statuspage)
    statuspage.add_argument(
        "sources", nargs="+", metavar="FILE|URL",
        help="summary.json, components.json, incidents.json, scheduled-maintenances.json of one page",
    )  # fmt: skip
    _add_place(statuspage)
    does = "take over security advisories from CSAF 2.0 documents; again adds only their new revisions"
    example = "import csaf https://vendor.example/.well-known/csaf/white/2026/vendor-2026-001.json"
    csaf = _add(of_import, "csaf", does, example=example, verb=verbs.import_csaf)
    csaf.add_argument("sources", nargs="+", metavar="FILE|URL", help="documents, each with one advisory")
    _add_place(csaf)
    does = "append what a restored table lost of the record that its page still shows; again does no harm"
    example = "import record https://status.example.com --stack candor-prod --table candor-prod-restored"
    record = _add(of_import, "record", does, example=example, verb=verbs.import_record)
    record.add_argument(
        "source", metavar="URL|FOLDER", help="the page's address, or its files as `aws s3 sync` brings them"
    )
    record.add_argument("--table", metavar="NAME", help="the restored table (default: the one in use)")
    _add_place(record)


def _add_samples(nouns: Any) -> None:
    does = (
        "count samples of a file: transactions and response times of components; again within three days "
        "changes nothing, and of a file that has only grown since what is new counts"
    )
    samples = _add(nouns, "samples", does, example="samples november.csv", verb=verbs.samples)
    samples.add_argument(
        "file", metavar="FILE.csv|ndjson",
        help="component, at, transactions, mean_ms or total_ms, errors: columns so named, or JSON lines",
    )  # fmt: skip
    samples.add_argument(
        "--partial", action="store_true", help="count what is right, whatever is wrong beside it"
    )
    _add_place(samples)


def _add_publish(nouns: Any) -> None:
    does = "bring the site to the end of the record"
    publish = _add(nouns, "publish", does, example="publish --all", verb=verbs.publish)
    publish.add_argument("--all", action="store_true", help="write every file anew, not only what is behind")
    _add_place(publish)


def _add_verify(nouns: Any) -> None:
    does = "check a site, ours or anybody's, against its own record; needs no key and no setting"
    example = "verify https://status.example.com --since 137:3f0c...e9"
    verify = _add(nouns, "verify", does, example=example, verb=verbs.verify)
    verify.add_argument("source", metavar="URL|FOLDER", help="the page's address, or a copy of its files")
    verify.add_argument(
        "--since", metavar="HEAD",
        help="a head that you kept, which the record must still contain: SEQ:HASH, a text with that in it, "
        "or a saved file",
    )  # fmt: skip
    verify.add_argument(
        "--chain", action="store_true", help="check the record alone, not what pages and feeds make of it"
    )


def _add_place(verb: Parser) -> None:
    """Where a verb works that works on a deployed stack too."""
    verb.add_argument("--stack", metavar="NAME", help="work on this deployed stack")
    verb.add_argument("--region", help="where the stack is (default: AWS_REGION, AWS_DEFAULT_REGION)")


def _add(nouns: Any, name: str, does: str, *, example: str, verb: Verb) -> Parser:
    """A verb that says what it does, with an example."""
    parser: Parser = nouns.add_parser(
        name, help=does, description=f"{does[0].upper()}{does[1:]}.",
        epilog=f"example:\n  python -m chalicelib {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.set_defaults(verb=verb)
    return parser
