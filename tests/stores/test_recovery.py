"""A restored table gets back what the page still shows, whole, whatever interrupts or repeats it."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.record import PRIVATE, Entry, Fact, Head, check_chain
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import imports, keys, record, recovery
from chalicelib.stores.record import Change
from chalicelib.stores.recovery import Restored
from chalicelib.stores.remains import Remains
from chalicelib.triggers.publication import Publisher
from tests.api.callers import a_key
from tests.engine import settled
from tests.recoveries import Items, a_long_history, another_table, dump, fill, items
from tests.redactions import items_with
from tests.statuspages import a_summary, an_incident, an_update, foreign
from tests.triggers.test_publication import whole
from tests.worlds import SITE, World

pytestmark = pytest.mark.usefixtures("table")

STEPS = 91
SHARED = {"FRONT", "FIGURES"}
"""Of what several entries write the number of writes depends on how many go into one transaction."""
PARTITIONS = {
    "PAGE", "CATALOGUE", "INCIDENT", "HISTORY", "MONTHS", "OPEN", "FRONT", "COMPONENT", "RECORD", "KEYS",
    "IDEMPOTENCY", "ADVISORY", "ADVISORIES", "NUMBERS", "PROMISES", "MAINTENANCE", "FIGURES",
    "REDACTED", "REDACTING", "DAY", "DAYS", "SAMPLES", "OUTAGES",
}  # fmt: skip
LOST = ("IDEMPOTENCY#", "KEYS")
PASSING = ("DAY#", "SAMPLES#")
TAKEN_BACK = ("We looked.", '"Wider.', "Mail\\", "A hole", "Put right.", "It dug deep.")


class History(NamedTuple):
    """A table after each step of a long history; what it holds in the end, and its record."""

    tables: list[list[dict[str, Any]]]
    end: Items
    entries: list[Entry]


@pytest.fixture(scope="module")
def history(ministack: str) -> History:
    """The long history, told once."""
    with settled():
        return History([dump() for _ in a_long_history()], items(), list(record.entries(0)))


def restore(entries: Sequence[Entry], progress: Callable[[int], None] = lambda seq: None) -> Restored:
    """Check and restore from these published entries."""
    head = Head(entries[-1].seq, entries[-1].hash, entries[-1].recorded_at)
    wanted = entries[recovery.first_wanted(head) - 1 :]
    remains = Remains()
    list(recovery.check(wanted, remains))
    return recovery.restore(wanted, remains, progress=progress)


def differences(found: Items, wanted: Items, *, versions: bool = True) -> dict[Any, Any]:
    """Where a recovered table differs, but for what no page shows and how often what many share was written.

    A key and the answer to a repeat come back only where they stood before. The sums of a day do not come
    back, but what it was closed with.
    """
    different = {}
    for key in wanted.keys() | found.keys():
        one, other = found.get(key, {}), wanted.get(key, {})
        if key[0].startswith(PASSING):
            continue
        if key[0].startswith(LOST) and not (one and other):
            continue
        if key[0] in SHARED or not versions:
            one, other = _unversioned(one), _unversioned(other)
        if one != other:
            different[key] = (one, other)
    return different


def _unversioned(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _unversioned(inner) for name, inner in value.items() if name != "version"}


def test_the_history_says_everything_that_can_be_said(history: History) -> None:
    from chalicelib.stores import chapters

    kinds = {entry.kind for entry in history.entries}

    assert kinds == chapters.STEPS.keys() | {"key.created"}
    assert len(history.tables) == STEPS
    partitions = {key[0].partition("#")[0] for key in history.end}
    assert partitions == PARTITIONS


@pytest.mark.exhaustive
@pytest.mark.parametrize("step", range(STEPS))
def test_wherever_a_table_was_cut_it_is_as_it_was(step: int, history: History) -> None:
    with another_table(history.tables[step]):
        stood = record.head().seq

        restored = restore(history.entries)

        assert differences(items(), history.end) == {}
        assert restored.entries == len(history.entries) - stood
        assert record.head().hash == check_chain(record.entries(0)).hash


def test_a_table_that_was_lost_as_a_whole_comes_back(history: History) -> None:
    with another_table([]):
        restored = restore(history.entries)

        assert differences(items(), history.end) == {}
        private = [entry for entry in history.entries if entry.body is None]
        assert restored == Restored(len(history.entries), len(private), ("tester",))


def test_a_second_recovery_changes_nothing(history: History) -> None:
    with another_table(history.tables[-12]):
        restore(history.entries)
        before = items()

        again = restore(history.entries)

        assert again == Restored()
        assert items() == before


@pytest.mark.exhaustive
@pytest.mark.parametrize("step", range(STEPS - 1))
def test_what_a_backup_tore_is_mended(step: int, history: History) -> None:
    before, after = history.tables[step], history.tables[step + 1]
    chance = random.Random(step)
    held = {_key(item): item for item in before}
    torn = [item for item in after if held.get(_key(item)) != item]
    gone = held.keys() - {_key(item) for item in after}
    held |= {_key(item): item for item in torn if chance.random() < 0.5}
    held = {key: item for key, item in held.items() if key not in gone or chance.random() < 0.5}

    with another_table(list(held.values())):
        restore(history.entries)

        assert differences(items(), history.end, versions=False) == {}


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def test_a_revoked_key_does_not_come_back(history: History) -> None:
    made = next(n for n, held in enumerate(history.tables) if any(_key(i) == ("KEYS", "early") for i in held))
    with another_table(history.tables[made]):
        assert keys.find("early").revoked_at is None  # type: ignore[union-attr]

        restore(history.entries)

        assert keys.find("early").revoked_at is not None  # type: ignore[union-attr]
        assert not keys.find("early").admits("e4")  # type: ignore[union-attr]


class Killed(Exception):
    """The recovery was killed."""


def killed_after(transactions: int) -> Callable[[int], None]:
    """Progress that ends everything after so many transactions."""
    left = iter(range(transactions - 1))

    def progress(seq: int) -> None:
        if next(left, None) is None:
            raise Killed

    return progress


@pytest.mark.exhaustive
def test_what_was_killed_anywhere_completes_when_run_again(history: History) -> None:
    for transactions in range(1, 100, 3):
        with another_table(history.tables[22]):
            try:
                restore(history.entries, killed_after(transactions))
            except Killed:
                check_chain(record.entries(0))
                restore(history.entries)
                assert differences(items(), history.end) == {}
            else:
                break
    assert transactions > 5


def test_two_recoveries_at_once_share_the_work(history: History) -> None:
    with another_table(history.tables[5]), ThreadPoolExecutor(2) as pool:
        stood = record.head().seq
        done = [pool.submit(restore, history.entries) for _ in range(2)]
        restored = [one.result() for one in done]

        assert sum(one.entries for one in restored) == len(history.entries) - stood
        assert differences(items(), history.end, versions=False) == {}


def test_a_living_api_is_left_alone_and_nothing_is_forked(history: History) -> None:
    def speak(seq: int) -> None:
        record.append(lambda moment: Change(None, (Fact("page.noted", "page", {}),)), now=World().now)

    with another_table(history.tables[5]):
        with pytest.raises(Conflict, match="goes on otherwise than the published one at entry"):
            restore(history.entries, speak)

        last = check_chain(record.entries(0))
        assert last == record.head()
        assert last.seq < len(history.entries)


def test_a_table_that_went_on_by_itself_is_left_alone(history: History) -> None:
    with another_table(history.tables[5]):
        record.append(lambda moment: Change(None, (Fact("page.noted", "page", {}),)), now=World().now)
        before = items()

        with pytest.raises(Conflict, match="the record of the table has another entry"):
            restore(history.entries)

        assert items() == before


def test_the_record_of_another_page_is_refused(history: History) -> None:
    with another_table([]):
        World().page()
        before = items()

        with pytest.raises(Conflict, match="it is of another page"):
            restore(history.entries)
        with pytest.raises(Conflict, match="has another entry 0|has another entry 1 "):
            restore([replace(history.entries[0], kind="page.noted")])

        assert items() == before


def test_a_table_that_lost_nothing_gets_nothing(history: History) -> None:
    with another_table(history.tables[-1]):
        before = items()

        assert restore(history.entries) == Restored()
        assert restore(history.entries[:50]) == Restored()
        assert items() == before


def test_a_page_that_is_behind_in_another_record_is_refused(history: History) -> None:
    with another_table(history.tables[-1]), pytest.raises(Conflict, match="has another entry 2"):
        restore([history.entries[0], replace(history.entries[1], subject="pages")])


def test_an_import_that_was_published_by_half_is_gone_on_with(history: History) -> None:
    with another_table(_before_redactions(history)):
        entries, last = list(record.entries(0)), items()
    begin = next(n for n, entry in enumerate(entries) if entry.kind == "incident.imported")
    with another_table([]):
        for end in (begin + 1, begin + 12, begin + 13, len(entries)):
            restore(entries[:end])

        assert differences(items(), last, versions=False) == {}


def _before_redactions(history: History) -> list[dict[str, Any]]:
    """The table when it still had all its words."""
    begin = next(n for n, held in enumerate(history.tables) if any(_key(i)[0] == "REDACTED" for i in held))
    return history.tables[begin - 1]


def test_a_redacted_entry_comes_back_without_words(history: History) -> None:
    gone = [entry for entry in history.entries if entry.body is None and entry.kind not in PRIVATE]
    with another_table(history.tables[2]):
        restored = restore(history.entries)

        assert len(gone) > 20
        assert restored.private > len(gone) - 3
        assert items_with(*TAKEN_BACK) == set()


def test_a_redaction_reaches_what_a_table_still_holds(history: History) -> None:
    """Of a table that was cut before it, also entries and items that stand there lose the words."""
    with another_table(_before_redactions(history)):
        assert len(items_with(*TAKEN_BACK)) > 20
        restored = restore(history.entries)

        assert restored.entries < 30
        assert items_with(*TAKEN_BACK) == set()
        assert differences(items(), history.end) == {}


def test_the_site_of_a_recovered_table_is_the_one_that_stands(history: History, bucket: Bucket) -> None:
    fill(history.tables[-1])
    clock = World(at=history.entries[-1].recorded_at + timedelta(minutes=3))

    def publisher(bucket: Bucket) -> Publisher:
        return Publisher(bucket, SITE, page=clock.page, now=clock.now)

    publisher(bucket).publish(seconds=60)
    stood = whole(bucket)
    with another_table(history.tables[8]):
        restore(history.entries)

        continued = publisher(bucket).publish()
        publisher(bucket).publish(everything=True, seconds=60)

        assert (continued.written, continued.head.seq) == (0, len(history.entries))
        assert whole(bucket) == stood


def test_an_import_of_thousands_comes_back_in_many_transactions(table: str) -> None:
    world, seen = World(), list[int]()
    world.bring(400, 30, 1)
    entries, end = list(record.entries(0)), items()
    with another_table([]):
        restore(entries, seen.append)

        assert len(entries) > 1200
        assert len(seen) < 60
        assert differences(items(), end) == {}


def test_an_incident_behind_many_keys_comes_back_whole(table: str) -> None:
    world = World()
    world.page()
    for n in range(80):
        a_key(id=f"k{n}")
    told = [an_update(f"u{n}", n) for n in range(29)]
    imports.save(foreign(a_summary(an_incident("long", *told))), now=world.now)
    entries, end = list(record.entries(0)), items()
    with another_table([]):
        restored = restore(entries)

        assert len(restored.keys) == 80
        assert differences(items(), end) == {}


def test_a_hundred_entries_that_share_nothing_take_few_transactions(table: str) -> None:
    world = World()
    for n in range(90):
        world.component(f"c{n}", f"Component {n}")
    entries, seen = list(record.entries(0)), list[int]()
    with another_table([]):
        restore(entries, seen.append)

        assert len(seen) <= 3
        assert record.head().seq == len(entries)
