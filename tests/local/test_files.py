"""The published files over HTTP, from a real bucket."""

import gzip
import json

import pytest

from chalicelib import wiring
from chalicelib.local.answers import Answer
from chalicelib.local.files import Files, is_public
from chalicelib.publishing.bucket import Bucket

PAGE = b"<!doctype html><p>" + b"All systems operational. " * 100
LOST = b"<p>There is no such page."


@pytest.fixture
def files(bucket: Bucket) -> Files:
    """A site of a few files."""
    put(bucket, "index.html", PAGE, "text/html; charset=utf-8", cache="max-age=5")
    put(bucket, "404.html", LOST, "text/html; charset=utf-8")
    put(bucket, "incidents/x/index.html", b"<p>X", "text/html; charset=utf-8")
    put(bucket, "api/v2/summary.json", json.dumps({"page": "p" * 2000}).encode(), "application/json")
    put(bucket, "history.rss", b"<rss/>", "application/rss+xml")
    put(bucket, "badge.png", b"\x89PNG" * 500, "image/png")
    put(bucket, "grüße/a b.txt", b"hello", "text/plain; charset=utf-8")
    put(bucket, ".publisher/state.json", b"{}", "application/json")
    put(bucket, ".well-known/security.txt", b"Contact:", "text/plain")
    return Files(wiring.s3(), bucket.name)


def put(bucket: Bucket, key: str, body: bytes, type: str, *, cache: str = "no-cache") -> None:
    wiring.s3().put_object(Bucket=bucket.name, Key=key, Body=body, ContentType=type, CacheControl=cache)


def header(answer: Answer, name: str) -> str | None:
    found = [value for key, value in answer.headers if key.lower() == name.lower()]
    assert len(found) < 2, f"{name} twice"
    return found[0] if found else None


def test_the_root_is_its_index_as_it_was_put(files: Files) -> None:
    answer = files.answer("GET", "/", {})

    assert (answer.status, answer.body) == (200, PAGE)
    assert header(answer, "Content-Type") == "text/html; charset=utf-8"
    assert header(answer, "Cache-Control") == "max-age=5"
    assert header(answer, "X-Content-Type-Options") == "nosniff"
    assert header(answer, "Access-Control-Allow-Origin") is None
    assert header(answer, "Last-Modified")


def test_a_directory_without_its_slash_is_sent_there(files: Files) -> None:
    answer = files.answer("GET", "/incidents/x", {})

    assert (answer.status, header(answer, "Location")) == (301, "/incidents/x/")
    assert files.answer("GET", "/incidents/x/", {}).body == b"<p>X"


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/security/CSA-2026-0001/", "/security/csa-2026-0001/"),
        ("/security/CSA-2026-0001", "/security/csa-2026-0001/"),
        ("/security/advisories.ATOM", "/security/advisories.atom"),
    ],
)
def test_an_advisory_is_found_whatever_the_case_of_its_id(files: Files, path: str, to: str) -> None:
    answer = files.answer("GET", path, {})

    assert (answer.status, header(answer, "Location")) == (301, to)


def test_a_path_that_names_another_host_leads_nowhere(files: Files) -> None:
    assert files.answer("GET", "//evil.example", {}).status == 404


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/incidents/", "/.publisher/state.json", "/./.publisher/state.json", "/a/../index.html"],
)
def test_what_is_not_there_for_readers_is_the_404_page(files: Files, path: str) -> None:
    answer = files.answer("GET", path, {})

    assert (answer.status, answer.body) == (404, LOST)


def test_a_file_that_is_gone_is_gone_at_once(files: Files, bucket: Bucket) -> None:
    assert files.answer("GET", "/history.rss", {}).status == 200

    wiring.s3().delete_object(Bucket=bucket.name, Key="history.rss")

    assert files.answer("GET", "/history.rss", {}).status == 404


def test_a_file_that_is_put_anew_is_shown_at_once(files: Files, bucket: Bucket) -> None:
    before = files.answer("GET", "/", {})

    put(bucket, "index.html", b"<p>Major outage", "text/html")

    after = files.answer("GET", "/", {"if-none-match": header(before, "ETag") or ""})
    assert (after.status, after.body) == (200, b"<p>Major outage")


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_who_has_the_file_already_is_told_so(files: Files, coding: str) -> None:
    asked = {"accept-encoding": coding}
    first = files.answer("GET", "/", asked)

    second = files.answer("GET", "/", {**asked, "if-none-match": header(first, "ETag") or ""})

    assert (second.status, second.body) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert header(second, name) == header(first, name)


def test_text_is_compressed_under_a_tag_of_its_own(files: Files) -> None:
    plain, coded = files.answer("GET", "/", {}), files.answer("GET", "/", {"accept-encoding": "gzip"})

    assert gzip.decompress(coded.body) == plain.body
    assert header(coded, "Content-Encoding") == "gzip"
    assert header(coded, "ETag") == f"W/{header(plain, 'ETag')}"
    assert header(plain, "Vary") == header(coded, "Vary") == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/badge.png", "/incidents/x/"])
def test_pictures_and_short_texts_are_not_compressed(files: Files, path: str) -> None:
    answer = files.answer("GET", path, {"accept-encoding": "gzip"})

    assert header(answer, "Content-Encoding") is None
    assert header(answer, "Vary") is None


@pytest.mark.parametrize("path", ["/api/v2/summary.json", "/history.rss"])
def test_programs_of_other_sites_may_read_json_and_feeds(files: Files, path: str) -> None:
    assert header(files.answer("GET", path, {}), "Access-Control-Allow-Origin") == "*"


def test_any_character_may_stand_in_a_path(files: Files) -> None:
    assert files.answer("GET", "/grüße/a b.txt", {}).body == b"hello"


def test_files_can_only_be_read(files: Files) -> None:
    answer = files.answer("POST", "/", {})

    assert (answer.status, header(answer, "Allow")) == (405, "GET, HEAD")


def test_before_the_first_publication_there_is_a_plain_404(bucket: Bucket) -> None:
    answer = Files(wiring.s3(), bucket.name).answer("GET", "/", {})

    assert (answer.status, header(answer, "Content-Type")) == (404, "application/problem+json")


def test_only_the_well_known_folder_of_those_with_a_dot_is_public() -> None:
    assert is_public(".well-known/security.txt")
    assert not is_public(".publisher/state.json")
