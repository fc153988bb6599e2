"""A copy of a site, at its address or in a folder: what stands at each of its keys."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit

from chalicelib.intake import sources
from chalicelib.intake.errors import Unreadable
from chalicelib.publishing import paths

AT_ONCE = 8
_ABSENT = frozenset({403, 404, 410})


@dataclass(frozen=True)
class Copy:
    """Where it is, without a slash at the end."""

    source: str

    @property
    def is_address(self) -> bool:
        """Whether it is a site that readers look at, and that may change while we do."""
        return urlsplit(self.source).scheme in ("http", "https")

    def get(self, key: str) -> bytes | None:
        """The bytes of a file, or None where there is none."""
        try:
            return sources.read(f"{self.source}/{self._place(key)}")
        except Unreadable as unreadable:
            cause = unreadable.__cause__
            if isinstance(cause, FileNotFoundError | NotADirectoryError | IsADirectoryError):
                return None
            if isinstance(cause, HTTPError) and cause.code in _ABSENT:
                return None
            raise

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes | None]:
        """The bytes of some files, a few at once."""
        wanted = list(keys)
        if not self.is_address:
            return {key: self.get(key) for key in wanted}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(wanted, pool.map(self.get, wanted), strict=True))

    def listed(self) -> Iterator[str]:
        """Every key of a folder; nobody can list an address."""
        if self.is_address:
            return
        root = Path(self.source)
        yield from sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())

    def _place(self, key: str) -> str:
        """A page's address ends with its slash."""
        if not self.is_address:
            return key
        folder, _, name = key.rpartition("/")
        return quote(f"{folder}/".lstrip("/") if name == paths.INDEX else key)
