"""Conditional requests and content codings, by the letter of RFC 9110."""

from datetime import UTC, datetime

import pytest

from chalicelib.local.negotiation import is_unchanged, wants_gzip, weak

MODIFIED = datetime(2026, 11, 22, 9, 5, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("if_none_match", "expected"),
    [
        pytest.param('"abc"', True, id="the same tag"),
        pytest.param('"abd"', False, id="another tag"),
        pytest.param('"x", W/"abc" , "y"', True, id="one of a list, compared weakly"),
        pytest.param("*", True, id="a star is any file"),
        pytest.param("", False, id="an empty list is none"),
    ],
)
def test_an_entity_tag_decides_whether_the_client_has_the_file(if_none_match: str, expected: bool) -> None:
    assert is_unchanged('"abc"', MODIFIED, if_none_match=if_none_match, if_modified_since=None) is expected


def test_the_tag_of_the_compressed_file_is_known_again() -> None:
    assert is_unchanged('"abc"', MODIFIED, if_none_match=weak('"abc"'), if_modified_since=None)


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        pytest.param("Sun, 22 Nov 2026 09:05:00 GMT", True, id="the same second"),
        pytest.param("Sun, 22 Nov 2026 09:04:59 GMT", False, id="a second before"),
        pytest.param("yesterday", False, id="what is no date is ignored"),
        pytest.param("Sun, 22 Nov 2026 09:05:00", False, id="a date without a zone is ignored"),
        pytest.param(None, False, id="nothing asked"),
    ],
)
def test_without_a_tag_the_date_decides(since: str | None, expected: bool) -> None:
    assert is_unchanged('"abc"', MODIFIED, if_none_match=None, if_modified_since=since) is expected


def test_a_date_counts_for_nothing_beside_a_tag() -> None:
    since = "Sun, 22 Nov 2026 09:05:00 GMT"

    assert not is_unchanged('"abc"', MODIFIED, if_none_match='"old"', if_modified_since=since)


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        pytest.param("gzip", True, id="plain"),
        pytest.param("br, GZIP;q=0.5", True, id="weighted, in capitals"),
        pytest.param("gzip;q=0", False, id="forbidden"),
        pytest.param("gzip; Q=0.000", False, id="forbidden in other letters"),
        pytest.param("*", True, id="anything"),
        pytest.param("*;q=0", False, id="nothing"),
        pytest.param("br, *;q=0.1, gzip;q=0", False, id="forbidden beside anything"),
        pytest.param("gzip;q=0.2, identity;q=0.9", False, id="plain bytes rather"),
        pytest.param("x-gzip", True, id="the old name"),
        pytest.param("gzip;q=lots", False, id="a weight that is none"),
        pytest.param("br, deflate", False, id="not named"),
        pytest.param("", False, id="nothing asked"),
    ],
)
def test_gzip_is_sent_where_it_is_welcome(accepted: str, expected: bool) -> None:
    assert wants_gzip(accepted) is expected
