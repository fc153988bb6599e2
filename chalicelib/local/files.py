"""The published files over HTTP, as S3 behind CloudFront serves them: straight from the bucket."""

import gzip
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import ClientError

from chalicelib.local.answers import Answer, problem
from chalicelib.local.negotiation import is_unchanged, wants_gzip, weak

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MISSING = ("404", "NoSuchKey", "NoSuchBucket")
_SMALLEST = 1000  # CloudFront compresses nothing smaller
_REMEMBERED = 500
_ADVISORIES = "/security/"  # their ids are shown in capitals, and their pages are in lower case


@dataclass(frozen=True)
class File:
    """An object of the bucket as a reader gets it."""

    etag: str
    modified: datetime
    type: str
    cache: str
    body: bytes

    @cached_property
    def gzipped(self) -> bytes | None:
        """The body compressed, where that is worth it."""
        is_text = self.type.startswith("text/") or any(
            kind in self.type for kind in ("json", "xml", "javascript")
        )
        return gzip.compress(self.body, 6, mtime=0) if is_text and len(self.body) >= _SMALLEST else None

    def headers(self, etag: str) -> tuple[tuple[str, str], ...]:
        """What stands on the file, whether it is sent whole or not at all."""
        given = [
            ("Content-Type", self.type), ("ETag", etag), ("X-Content-Type-Options", "nosniff"),
            ("Last-Modified", format_datetime(self.modified.astimezone(UTC), usegmt=True)),
        ]  # fmt: skip
        if self.cache:
            given.append(("Cache-Control", self.cache))
        if "json" in self.type or "xml" in self.type:
            given.append(("Access-Control-Allow-Origin", "*"))
        if self.gzipped:
            given.append(("Vary", "Accept-Encoding"))
        return tuple(given)


class Files:
    """The site. What was read is kept by its ETag, and the bucket asked each time whether it still holds."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._known: OrderedDict[str, File] = OrderedDict()
        self._turn = threading.Lock()

    def answer(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        """The file at a path; for a directory its index, for anything else the 404 page."""
        if method not in ("GET", "HEAD"):
            return problem(
                HTTPStatus.METHOD_NOT_ALLOWED, "Published files can only be read.", (("Allow", "GET, HEAD"),)
            )
        key = path[1:] + ("index.html" if path.endswith("/") else "")
        if not is_public(key):
            return self._lost(headers)
        if path.startswith(_ADVISORIES) and path != path.lower():
            is_file = "." in path.rpartition("/")[2]
            return _moved(path.lower() + ("" if is_file or path.endswith("/") else "/"))
        if file := self._read(key):
            return _conditional(file, headers)
        if not path.endswith("/") and self._read(f"{key}/index.html"):
            return _moved(f"{path}/")
        return self._lost(headers)

    def _lost(self, headers: Mapping[str, str]) -> Answer:
        page = self._read("404.html")
        if page is None:
            return problem(HTTPStatus.NOT_FOUND, "There is no such page.")
        return _sent(page, headers, HTTPStatus.NOT_FOUND)

    def _read(self, key: str) -> File | None:
        known = self._known.get(key)
        condition = {"IfNoneMatch": known.etag} if known else {}
        try:
            got = self._s3.get_object(Bucket=self._bucket, Key=key, **condition)  # type: ignore[arg-type]
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _MISSING:
                self._forget(key)
                return None
            if code in ("304", "NotModified"):
                return known
            raise
        type, cache = got["ContentType"], got.get("CacheControl", "")
        return self._keep(key, File(got["ETag"], got["LastModified"], type, cache, got["Body"].read()))

    def _keep(self, key: str, file: File) -> File:
        with self._turn:
            self._known[key] = file
            self._known.move_to_end(key)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return file

    def _forget(self, key: str) -> None:
        with self._turn:
            self._known.pop(key, None)


def is_public(key: str) -> bool:
    """Whether readers may see an object: what begins with a dot is the publisher's, but for /.well-known/."""
    if any(part in ("", ".", "..") for part in key.split("/")):
        return False
    return not key.startswith(".") or key.startswith(".well-known/")


def _moved(path: str) -> Answer:
    return Answer(HTTPStatus.MOVED_PERMANENTLY, (("Location", quote(path)),))


def _conditional(file: File, headers: Mapping[str, str]) -> Answer:
    known = {
        "if_none_match": headers.get("if-none-match"),
        "if_modified_since": headers.get("if-modified-since"),
    }
    if not is_unchanged(file.etag, file.modified, **known):
        return _sent(file, headers, HTTPStatus.OK)
    is_coded = file.gzipped and wants_gzip(headers.get("accept-encoding", ""))
    etag = weak(file.etag) if is_coded else file.etag
    return Answer(HTTPStatus.NOT_MODIFIED, tuple(h for h in file.headers(etag) if h[0] != "Content-Type"))


def _sent(file: File, headers: Mapping[str, str], status: HTTPStatus) -> Answer:
    coded = file.gzipped
    if coded and wants_gzip(headers.get("accept-encoding", "")):
        return Answer(status, (*file.headers(weak(file.etag)), ("Content-Encoding", "gzip")), coded)
    return Answer(status, file.headers(file.etag), file.body)
