"""The folder `.local/`: what a laptop keeps between runs, and who is using it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from chalicelib.local.errors import Refused

PORT = 8000
WORK = "candor-work"
HEADS = "candor-heads"


@dataclass(frozen=True)
class Instance:
    """A run: the supervisor's process id, where its parts are found, who answers for security (settings)."""

    pid: int
    port: int
    endpoint: str
    table: str
    bucket: str
    site_url: str
    team: dict[str, str] = field(default_factory=dict)

    def settings(self) -> dict[str, str]:
        """The environment in which the code finds this instance."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "CANDOR_WORK": f"{self.endpoint}/000000000000/{WORK}",
            "CANDOR_HEADS": HEADS,
            **self.team,
            **self.names(),
        }

    def names(self) -> dict[str, str]:
        """What things are called, wherever they are."""
        return {
            "CANDOR_TABLE": self.table,
            "CANDOR_BUCKET": self.bucket,
            "CANDOR_SITE_URL": self.site_url,
        }


class Folder:
    """One laptop's data; two runs on the same folder would overwrite each other."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @property
    def key(self) -> Path:
        """The first API key, readable by its owner alone."""
        return self.path / "key"

    @contextmanager
    def held(self, doing: str) -> Iterator[None]:
        """Have the folder to ourselves, or refuse in one line that says who has it."""
        with self._lock_file() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as taken:
                raise Refused(self._holder()) from taken
            self.write("holder", f"{doing} (process {os.getpid()})")
            yield

    def write(self, name: str, text: str, mode: int = 0o600) -> None:
        """Replace a file of the folder as a whole."""
        draft = self.path / f"{name}.new"
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            file.write(text)
        draft.replace(self.path / name)

    def remember(self, instance: Instance) -> None:
        """Tell the other commands of this laptop where the instance is."""
        self.write("instance.json", json.dumps(asdict(instance), indent=1))

    def last(self) -> Instance | None:
        """The instance that ran last; it may still."""
        try:
            return Instance(**json.loads((self.path / "instance.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    @contextmanager
    def _lock_file(self) -> Iterator[int]:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as denied:
            raise Refused(f"Cannot write to {self.path}: {denied.strerror}.") from denied
        try:
            yield lock
        finally:
            os.close(lock)

    def _holder(self) -> str:
        try:
            holder = (self.path / "holder").read_text()
        except OSError:
            holder = "another command"
        return f"{self.path} is in use by {holder}."
