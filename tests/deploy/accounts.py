"""An account of AWS of one's own for a test, and the verbs of `make` as its owner types them."""

import os
import secrets
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import deploy
import stacks

ROOT = Path(__file__).parents[2]
SMALL = Path(__file__).with_name("small.json")
REGION: Final = "eu-central-1"
SECONDS = 90


@dataclass(frozen=True)
class Account:
    """Credentials of an emulated account, and a home without any settings of AWS."""

    key: str
    endpoint: str
    home: Path

    @property
    def place(self) -> stacks.Place:
        """The region in which the tests deploy; its clients have this account's credentials."""
        return stacks.Place(REGION)

    @property
    def built(self) -> Path:
        """The small template and an empty zip, as `make package` would leave them."""
        folder = self.home / "out"
        folder.mkdir(exist_ok=True)
        shutil.copyfile(SMALL, folder / "sam.json")
        zipfile.ZipFile(folder / "deployment.zip", "w").close()
        return folder

    def make(self, verb: str, **said: str) -> subprocess.CompletedProcess[str]:
        """`make VERB NAME=VALUE ...`; blank: left out; AWS_...: in the environment."""
        given = {"STAGE": "prod", "REGION": REGION, "BUILT": str(self.built), **said}
        words = [f"{name}={value}" for name, value in given.items() if value and not name.startswith("AWS_")]
        environment = self.environment() | {
            name: value for name, value in given.items() if name.startswith("AWS_")
        }
        tools = ["-o", ".venv/ready", f"IN={Path(sys.executable).parent}"]
        return self._run(["make", "--silent", *tools, verb, *words], environment)

    def command(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """The operator's command line, in a folder of their own."""
        program = [sys.executable, "-m", "chalicelib", "--local", str(self.home / ".local")]
        return self._run([*program, *arguments], self.environment() | more)

    def environment(self) -> dict[str, str]:
        """A shell in which this account's credentials are set and nothing else of AWS's."""
        others = ("AWS_", "CANDOR_", "MAKE", "MFLAGS")  # the make that runs the tests is not the owner's
        kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
        return kept | {
            "HOME": str(self.home),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @staticmethod
    def _run(words: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )


def deployed(account: Account, stack: str, **said: str) -> dict[str, str]:
    """The small stack, brought to these parameters within this process; gives its outputs."""
    out = account.built
    return deploy.deploy(account.place, stack, out / "sam.json", out / "deployment.zip", said=said)


def new_number() -> str:
    """The number of an account that nobody has used; on the emulator it is the access key too."""
    return str(secrets.randbelow(9 * 10**11) + 10**11)


def make_bucket(account: Account, name: str, *, versioned: bool = True) -> str:
    """A bucket of the account, as a person would make one for a site; gives the name."""
    place = account.place
    place.buckets.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if versioned:
        place.buckets.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name
