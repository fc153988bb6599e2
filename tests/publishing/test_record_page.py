"""The record's page for people: what it explains, what it lists, and where it leads."""

import re
from datetime import UTC, datetime

import pytest

from chalicelib.domain.record import PRIVATE, Entry, Fact, Head, follow, head_of
from chalicelib.publishing import paths, record, site, templates
from chalicelib.stores.chapters import STEPS
from tests.builders import a_snapshot
from tests.publishing.reading import Reader, page

AT = datetime(2026, 11, 22, 9, 5, 0, 7000, tzinfo=UTC)
SITE = "https://status.example.com"
KIB = 1024


def a_record(*facts: Fact) -> list[Entry]:
    """The entries of these facts."""
    return follow(Head(), facts, at=AT, salts=[bytes(32)] * len(facts))


def a_fact(kind: str = "incident.updated", subject: str = "incident/slow", **body: object) -> Fact:
    """Something that was said of an incident."""
    told: dict[str, object] = {"incident": {"title": "Slow answers"}, "update": {"status": "identified"}}
    return Fact(kind, subject, body or told, private=kind in PRIVATE)  # type: ignore[arg-type]


def shown(entries: list[Entry]) -> Reader:
    """The page when these are all entries."""
    head = head_of(entries[-1]) if entries else Head()
    begin = record.newest_begin(head.seq)
    snapshot = a_snapshot(head=head, newest=tuple(entries[begin - 1 :]))
    return page(site.build(snapshot, site_url=SITE)[paths.RECORD].body)


def rows(reader: Reader) -> str:
    """The list of entries."""
    return reader.text.partition("Newest entries ")[2].partition(" Follow")[0]


def test_it_explains_the_record_in_ten_sentences() -> None:
    text = shown(a_record(a_fact())).text

    told = text[text.index("Everything that") : text.index("python -m")]
    assert len(re.findall(r"\.(?: |$)", told)) == 10


def test_it_gives_the_head_and_the_command_that_checks_it() -> None:
    entries = a_record(a_fact(), a_fact())

    reader = shown(entries)

    assert f"python -m chalicelib verify {SITE} --since 2:{entries[1].hash}" in reader.text
    assert "Entry 2 Recorded 22 Nov 2026, 09:05 UTC Fingerprint (SHA-256)" in reader.text
    links = [a["href"] for a in reader.named("a")]
    assert {"/record/entries/1.jsonl", "/record/head.json"} <= set(links)


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        pytest.param(a_fact(), "Incident updated: Slow answers, Identified", id="an update"),
        pytest.param(
            a_fact("component.created", "component/api", component={"name": "API"}),
            "Component added: API",
            id="a component",
        ),
        pytest.param(a_fact("update.imported", x=1), "Update imported: incident/slow", id="no title"),
        pytest.param(
            a_fact("key.created", "key/k1", name="secret"), "API key made (not public)", id="private"
        ),
        pytest.param(a_fact("x.y", "x/z", a="<b>"), "x.y", id="an unknown kind"),
        pytest.param(a_fact(incident={"title": "<b>&amp;"}), "Incident updated: <b>&amp;", id="hostile"),
    ],
)
def test_an_entry_is_told_in_plain_words(fact: Fact, words: str) -> None:
    reader = shown(a_record(fact))

    assert rows(reader) == f"Entry 1 22 Nov 2026, 09:05 UTC {words}"


def test_an_entry_without_the_words_it_had_says_so() -> None:
    from dataclasses import replace

    (entry,) = a_record(a_fact())

    reader = shown([replace(entry, body=None, salt=None)])

    assert rows(reader).endswith("Incident updated: incident/slow (words removed)")


def test_what_has_a_page_is_linked_and_nothing_else() -> None:
    facts = [a_fact(), a_fact("maintenance.announced", "maintenance/m1", x=1), a_fact("page.changed", "page")]

    links = [a["href"] for a in shown(a_record(*facts)).named("a")]

    assert {"/incidents/slow/", "/maintenances/m1/"} <= set(links)
    assert "/page/" not in links


@pytest.mark.parametrize(
    ("count", "first"),
    [
        pytest.param(1, 1, id="one"),
        pytest.param(50, 1, id="as many as it shows"),
        pytest.param(120, 71, id="a young hundred and the one before"),
        pytest.param(160, 111, id="a hundred that is old enough"),
    ],
)
def test_it_lists_the_newest_fifty_newest_first(count: int, first: int) -> None:
    reader = shown(a_record(*[a_fact()] * count))

    numbers = [int(n) for n in re.findall(r"Entry (\d+) 22 Nov", rows(reader))]
    assert numbers == list(range(count, first - 1, -1))


def test_each_entry_leads_to_the_file_in_which_it_stands() -> None:
    large = a_fact(text="x" * 100 * KIB)
    entries = a_record(*[a_fact()] * 100, *[large] * 5)

    reader = shown(entries)

    built = record.files(entries, head_of(entries[-1]))
    links = [a["href"] or "" for a in reader.named("a") if "entries" in (a["href"] or "")][1:]
    assert len(links) == 50
    for seq, link in zip(range(105, 55, -1), links, strict=True):
        assert f'"seq":{seq},'.encode() in built[link.removeprefix("/")].body


def test_a_page_without_a_record_says_so() -> None:
    assert rows(shown([])) == "Nothing has been entered yet."


def test_every_kind_of_entry_has_words() -> None:
    words = templates.environment().get_template("parts/words.html").module.record  # type: ignore[attr-defined]

    assert (STEPS.keys() | PRIVATE) - words.keys() == set()


def test_every_page_leads_to_the_record() -> None:
    for key, file in site.build(a_snapshot(), site_url=SITE).items():
        if key.endswith(".html") and key != paths.RECORD:
            assert "/record/" in [a["href"] for a in page(file.body).named("a")], key
