"""The record in public files: what a stranger can check with a JSON reader and SHA-256 alone."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.record import Entry, Fact, Head, follow, head_of
from chalicelib.publishing import files, paths, record, site
from chalicelib.publishing.record import LARGEST_FILE
from tests.builders import a_snapshot

AT = datetime(2026, 11, 22, 9, 5, 0, 7000, tzinfo=UTC)
KIB = 1024


def a_chain(*bodies: int | None) -> list[Entry]:
    """Entries whose bodies have about so many bytes; None makes a private one."""
    facts = [
        Fact("incident.updated", "incident/i", {"text": "x" * (size or 0)}, private=size is None)
        for size in bodies
    ]
    return follow(Head(), facts, at=AT, salts=[bytes(32)] * len(facts))


def built(entries: list[Entry]) -> dict[str, files.File]:
    """The files of all of them."""
    return record.files(entries, head_of(entries[-1]))


def lines(file: files.File) -> list[dict[str, Any]]:
    """What a file says, line by line."""
    assert file.body.endswith(b"\n")
    return [json.loads(line) for line in file.body.split(b"\n")[:-1]]


def sha256(value: dict[str, Any]) -> str:
    """The hash of a link, as a stranger takes it."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_stranger_can_follow_and_check_the_chain() -> None:
    found = built(a_chain(*[10] * 120, None, *[10] * 130))
    head = json.loads(found["record/head.json"].body)

    prev, seq, name = "0" * 64, 0, head["first"]
    while seq < head["seq"]:
        for entry in lines(found[f"record/{name}"]):
            link = {key: value for key, value in entry.items() if key not in ("body", "salt")}
            assert (link["seq"], link["prev"]) == (seq + 1, prev)
            if "body" in entry:
                told = bytes.fromhex(entry["salt"]) + entry["body"].encode()
                assert hashlib.sha256(told).hexdigest() == link["digest"]
            prev, seq = sha256(link), link["seq"]
        name = f"entries/{seq + 1}.jsonl"

    assert (seq, prev) == (251, head["hash"])
    assert head["recorded_at"] == "2026-11-22T09:05:00.007Z"


def test_a_line_is_canonical_and_says_nothing_of_what_is_private() -> None:
    public, private = a_chain(1, None)

    assert record.line(public).decode() == (
        '{"body":"{\\"text\\":\\"x\\"}","digest":"' + public.digest + '","kind":"incident.updated","prev":"'
        + "0" * 64 + '","recorded_at":"2026-11-22T09:05:00.007Z","salt":"' + "00" * 32
        + '","seq":1,"subject":"incident/i"}\n'
    )  # fmt: skip
    assert json.loads(record.line(private)).keys().isdisjoint({"body", "salt"})


def test_a_line_ends_at_its_line_feed_alone() -> None:
    facts = [Fact("k", "s", {"text": "a\nb\r\u2028\u0085c"})]
    (entry,) = follow(Head(), facts, at=AT, salts=[bytes(32)])

    (told,) = lines(built([entry])["record/entries/1.jsonl"])

    assert json.loads(told["body"]) == {"text": "a\nb\r\u2028\u0085c"}


@pytest.mark.parametrize(
    ("sizes", "firsts"),
    [
        pytest.param([10] * 99, [1], id="the first hundred"),
        pytest.param([10] * 100, [1], id="a whole hundred"),
        pytest.param([10] * 101, [1, 101], id="one more"),
        pytest.param([100 * KIB] * 5, [1, 3, 5], id="cut by size"),
        pytest.param([100 * KIB] + [10] * 250, [1, 101, 201], id="one large among small ones"),
        pytest.param([10] * 99 + [100 * KIB] * 3, [1, 101], id="each hundred begins a file"),
        pytest.param([10, 300 * KIB, 10], [1, 2, 3], id="one that is too large stands alone"),
        pytest.param([300 * KIB] * 3, [1, 2, 3], id="all too large"),
    ],
)
def test_files_hold_a_hundred_entries_or_what_fits(sizes: list[int], firsts: list[int]) -> None:
    found = built(a_chain(*sizes))

    assert sorted(found) == sorted([paths.RECORD_HEAD, *map(paths.entries, firsts)])
    for first in firsts:
        told = lines(found[paths.entries(first)])
        assert told[0]["seq"] == first
        assert len(told) == 1 or len(found[paths.entries(first)].body) <= LARGEST_FILE


def test_a_file_is_filled_to_the_last_byte() -> None:
    def size(filler: int) -> int:
        return len(record.line(a_chain(10, filler)[1]))

    first = len(record.line(a_chain(10)[0]))
    fits = LARGEST_FILE - first - size(0)

    assert paths.entries(2) not in built(a_chain(10, fits))
    assert paths.entries(2) in built(a_chain(10, fits + 1))


def test_what_changes_by_redaction_alone_is_kept_for_an_hour() -> None:
    found = built(a_chain(*[10] * 100, 200 * KIB, 200 * KIB, 10))

    kept = {key: file.cache_control for key, file in found.items()}

    assert kept == {
        "record/entries/1.jsonl": files.HOUR,
        "record/entries/101.jsonl": files.HOUR,
        "record/entries/102.jsonl": files.LIVE,
        "record/head.json": files.LIVE,
    }
    assert {file.content_type for file in found.values()} == {files.JSON, files.JSON_LINES}


def test_the_head_stands_only_where_the_entries_reach_it() -> None:
    entries = a_chain(*[10] * 150)

    found = record.files(entries[:100], head_of(entries[-1]))

    assert list(found) == ["record/entries/1.jsonl"]
    assert record.files([], Head()) == {}


def test_the_site_has_the_record_before_its_index() -> None:
    entries = a_chain(*[10] * 3)
    snapshot = a_snapshot(head=head_of(entries[-1]), record=tuple(entries))

    found = site.build(snapshot, site_url="https://status.example.com")

    last = ["record/entries/1.jsonl", "record/head.json", "record/index.html", "index.html"]
    assert [key for key in found if key in last] == last
    assert set(found) == {*paths.FRONT, "record/entries/1.jsonl", "record/head.json"}


sizes = st.lists(st.sampled_from([None, 10, 60 * KIB, 130 * KIB, 270 * KIB]), min_size=101, max_size=130)


@settings(max_examples=20)
@given(sizes, st.data())
def test_a_hundred_is_cut_as_it_was_before_it_grew(bodies: list[int | None], data: st.DataObject) -> None:
    entries = a_chain(*bodies)
    end = data.draw(st.integers(1, len(entries)))
    begin = (end - 1) // 100 * 100

    before, after = built(entries[:end]), record.files(entries[begin:], head_of(entries[-1]))

    whole = built(entries)
    assert {**before, **after}.keys() == whole.keys()
    assert {key: whole[key] for key in after} == after
    open_end = max(first for key in before if (first := paths.first_entry_of(key)))
    for key in before.keys() - {paths.entries(open_end), paths.RECORD_HEAD}:
        assert before[key] == whole[key]


@pytest.mark.parametrize(
    ("key", "first"),
    [
        pytest.param("record/entries/101.jsonl", 101, id="a file of the record"),
        pytest.param("record/entries/0.jsonl", None, id="before the first entry"),
        pytest.param("record/entries/01.jsonl", None, id="written otherwise"),
        pytest.param("record/entries/x.jsonl", None, id="no number"),
        pytest.param(f"record/entries/{'9' * 5000}.jsonl", None, id="beyond all numbers"),
        pytest.param("record/head.json", None, id="the head"),
        pytest.param("101", None, id="a number"),
    ],
)
def test_a_file_of_the_record_is_known_by_its_name(key: str, first: int | None) -> None:
    assert paths.first_entry_of(key) == first


def test_a_redaction_changes_the_file_but_not_the_links() -> None:
    entries = a_chain(10, 20, 30)
    redacted = [entries[0], replace(entries[1], body=None, salt=None), entries[2]]

    before, after = built(entries), built(redacted)

    assert before[paths.RECORD_HEAD] == after[paths.RECORD_HEAD]
    assert ["body" in told for told in lines(after[paths.entries(1)])] == [True, False, True]
