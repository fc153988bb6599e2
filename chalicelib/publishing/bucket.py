"""The site's bucket: files put under the condition that nobody else has put them meanwhile."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chalicelib.publishing.files import File

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

AT_ONCE = 8
_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
_OVERTAKEN = frozenset({"412", "409", "PreconditionFailed", "ConditionalRequestConflict"})

ETag = str | None
"""What stood at a key when it was looked at; None where nothing did."""


class Overtaken(Exception):
    """Another publisher has put this file since its ETag was read."""


@dataclass(frozen=True)
class Bucket:
    """One bucket; safe to use from several threads."""

    s3: "S3Client"
    name: str

    def get(self, key: str) -> tuple[bytes, ETag]:
        """Bytes and ETag of a file; empty and None where there is none."""
        try:
            found = self.s3.get_object(Bucket=self.name, Key=key)
            return found["Body"].read(), found["ETag"]
        except ClientError as error:
            _only(error, _ABSENT)
            return b"", None

    def etags(self, keys: Iterable[str]) -> dict[str, ETag]:
        """What stands at each of these keys."""
        wanted = list(keys)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(wanted, pool.map(self._etag, wanted), strict=True))

    def put(self, files: Mapping[str, File], etags: Mapping[str, ETag]) -> dict[str, ETag]:
        """Put files where what stood there still does; `Overtaken` where it does not.

        Files whose bytes stand there already are left alone. Returns the ETags after.
        """
        wanted = list(files)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = pool.map(lambda key: self.put_one(key, files[key], etags[key]), wanted)
            return dict(zip(wanted, done, strict=True))

    def put_new(self, files: Mapping[str, File]) -> dict[str, ETag]:
        """Put files where nothing stands; returns the ETags of those that were put."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = pool.map(lambda key: self._put_if_absent(key, files[key]), files)
            return {key: etag for key, etag in zip(files, done, strict=True) if etag}

    def put_one(self, key: str, file: File, etag: ETag) -> ETag:
        """Put one file; see `put`."""
        if etag == _etag_of(file.body):
            return etag
        try:
            return self._conditional_put(key, file, etag)
        except ClientError as error:
            _only(error, _OVERTAKEN | _ABSENT)
            raise Overtaken(key) from error

    def _put_if_absent(self, key: str, file: File) -> ETag:
        try:
            return self.put_one(key, file, None)
        except Overtaken:
            return None

    def listed(self, prefix: str) -> Iterator[dict[str, ETag]]:
        """The files whose keys begin so, with their ETags, up to a thousand at a time."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        for page in pages:
            yield {found["Key"]: found["ETag"] for found in page.get("Contents", ())}

    def remove(self, key: str, etag: ETag) -> None:
        """Remove a file if it is still the one that was seen."""
        try:
            self.s3.delete_object(Bucket=self.name, Key=key, IfMatch=etag or "")
        except ClientError as error:
            _only(error, _OVERTAKEN | _ABSENT)

    def _conditional_put(self, key: str, file: File, etag: ETag) -> ETag:
        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        put = self.s3.put_object(
            Bucket=self.name, Key=key, Body=file.body, ContentType=file.content_type,
            CacheControl=file.cache_control, **condition,  # type: ignore[arg-type]
        )  # fmt: skip
        return put["ETag"]

    def _etag(self, key: str) -> ETag:
        try:
            return self.s3.head_object(Bucket=self.name, Key=key)["ETag"]
        except ClientError as error:
            _only(error, _ABSENT)
            return None


def _etag_of(body: bytes) -> str:
    """The ETag that S3 gives to a file put whole without KMS: its MD5, quoted."""
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def _only(error: ClientError, codes: Collection[str]) -> None:
    """Let every error rise but these."""
    if error.response.get("Error", {}).get("Code") not in codes:
        raise error
