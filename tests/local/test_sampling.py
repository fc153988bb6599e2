"""Samples from a file: as lines or columns, refused by their line, counted once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib import wiring
from chalicelib.domain.samples import Numbers
from chalicelib.local import importing, sampling
from chalicelib.local.commands import main
from chalicelib.local.errors import Refused
from chalicelib.stores import days, samples, sums
from chalicelib.stores.table import Item
from tests.worlds import World

NOW = datetime.now(UTC)
AT = (NOW - timedelta(minutes=1)).isoformat(timespec="seconds")
COLUMNS = "component,at,transactions,mean_ms,total_ms,errors\n"
CSV = COLUMNS + f"api,{AT},100,1.5,,2\nweb,{AT},10,,0.5,\n"
LINES = (
    f'{{"component": "api", "at": "{AT}", "transactions": 100, "mean_ms": 1.5, "errors": 2}}\n\n'
    f'{{"component": "web", "at": "{AT}", "transactions": 10, "total_ms": 0.5}}\n'
)


@pytest.fixture
def world(table: str) -> World:
    """An empty table with two components."""
    days.forget()
    world = World()
    world.component("api", "API")
    world.component("web", "Web")
    return world


def a_file(folder: Path, text: str, name: str = "samples.csv") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def counted() -> dict[str, Numbers]:
    """The sums of the day."""
    return sums.read(datetime.fromisoformat(AT).date())


def silent(line: str) -> None:
    pass


@pytest.mark.parametrize(
    ("name", "text"), [("a.csv", CSV), ("a.ndjson", LINES), ("b.csv", "\ufeff" + CSV.replace("\n", "\r\n"))]
)
def test_columns_and_lines_count_the_same_and_once(
    name: str, text: str, tmp_path: Path, world: World
) -> None:
    file, shown = a_file(tmp_path, text, name), list[str]()

    lines = sampling.check(file, shown.append)
    first = sampling.save(file, shown.append, lines=lines)
    again = sampling.save(file, silent)

    assert counted() == {
        "api": Numbers(100, 150_000, 2, 1, ("file",)), "web": Numbers(10, 500, 0, 1, ("file",))
    }  # fmt: skip
    bar = f"counting [{'#' * importing.BAR}] 2 of 2 samples"
    assert shown == [shown[0], "", bar, ""]
    assert sampling.summary(first) == "Counted 2 samples"
    assert sampling.summary(again) == "Counted 0 samples, 2 had been counted before"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(CSV + f"nobody,{AT},1,1,,\n", "line 4: component is not a component", id="no component"),
        pytest.param(CSV + f"api,{AT},many,1,,\n", "line 4: transactions is wrong", id="no number"),
        pytest.param(CSV + f"api,{AT},1,1,,,7\n", "line 4: more is not known here", id="a cell too many"),
        pytest.param(CSV + f"api,{AT},1,,,\n", "line 4: mean_ms is missing", id="no time"),
        pytest.param("component,when\napi,now\n", "line 2: when is not known here", id="other columns"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_counted(
    text: str, told: str, tmp_path: Path, world: World
) -> None:
    with pytest.raises(Refused, match="nothing was counted") as refused:
        sampling.check(a_file(tmp_path, text), silent)

    assert told in str(refused.value)
    assert counted() == {}


def test_many_wrong_lines_are_counted(tmp_path: Path, world: World) -> None:
    text = COLUMNS + f"nobody,{AT},1,1,,\n" * 9

    with pytest.raises(Refused, match="; and 4 more$"):
        sampling.check(a_file(tmp_path, text), silent)


def test_in_part_what_is_right_counts(tmp_path: Path, world: World) -> None:
    file = a_file(tmp_path, CSV + f"nobody,{AT},1,1,,\napi,{AT},-1,1,,\n")

    found = sampling.save(file, silent, partial=True)

    assert found.counted == 2
    assert [line.partition(":")[0] for line in found.refused] == ["line 4", "line 5"]
    assert "2 samples refused: line 4: component" in sampling.summary(found)


def test_a_file_that_was_counted_in_part_is_not_counted_whole_afterwards(
    tmp_path: Path, world: World
) -> None:
    file = a_file(tmp_path, CSV + f"nobody,{AT},1,1,,\n")
    sampling.save(file, silent, partial=True)
    world.component("nobody", "Somebody")

    with pytest.raises(Refused, match="was counted in part before: see with --partial"):
        sampling.save(file, silent)

    assert sampling.save(file, silent, partial=True).before == 2


def test_equal_stretches_of_a_file_all_count(tmp_path: Path, world: World) -> None:
    file = a_file(tmp_path, COLUMNS + f"api,{AT},1,1,,\n" * 10_000)

    sampling.save(file, silent)
    sampling.save(file, silent)

    assert counted()["api"].samples == 10_000


@pytest.mark.parametrize("lengths", [(1, 2), (3, 3, 5, 9), (5002, 5003, 10_100)])
def test_of_a_file_that_has_grown_only_what_is_new_counts(
    lengths: tuple[int, ...], tmp_path: Path, world: World
) -> None:
    for length in lengths:
        lines = "".join(f"api,{AT},{n},1,,\n" for n in range(1, length + 1))
        file = a_file(tmp_path, COLUMNS + lines)
        sampling.save(file, silent)
        again = sampling.save(file, silent)

        assert counted()["api"].samples == length
        assert counted()["api"].transactions == length * (length + 1) / 2
        assert again.before == length


def test_files_that_begin_alike_both_count_once(tmp_path: Path, world: World) -> None:
    files = [a_file(tmp_path, CSV + f"api,{AT},{n},1,,\n" * n, f"{n}.csv") for n in (1, 2, 3)]

    for file in (*files, *files):
        sampling.save(file, silent)

    assert counted()["api"].transactions == 3 * 100 + 1 * 1 + 2 * 2 + 3 * 3


@pytest.mark.parametrize("order", ["ABCC", "ABCDAB", "BACD", "DCBA", "ABEFEF"])
def test_files_that_begin_alike_are_known_again_when_they_have_grown(
    order: str, tmp_path: Path, world: World
) -> None:
    said = {
        "A": [1, 10],
        "B": [1, 20],
        "C": [1, 20, 300],
        "D": [1, 20, 300, 4000],
        "E": [1, 10, 50],
        "F": [1, 20, 50],
    }
    seen = set[str]()
    for name in order:
        lines = said[name]
        known = max((len(said[it]) for it in seen if lines[: len(said[it])] == said[it]), default=0)
        file = a_file(tmp_path, COLUMNS + "".join(f"api,{AT},{n},1,,\n" for n in lines))
        before = counted()["api"].transactions if seen else 0

        sampling.save(file, silent)
        seen.add(name)

        assert counted()["api"].transactions - before == sum(lines[known:])


def test_a_place_that_comes_free_does_not_hide_the_file_behind_it(tmp_path: Path, world: World) -> None:
    first, grown = COLUMNS + f"api,{AT},1,1,,\n", f"api,{AT},300,1,,\n"
    sampling.save(a_file(tmp_path, first + f"api,{AT},10,1,,\n"), silent)
    places = [item for item in Item.scan() if item.pk.startswith(samples.PARTITION)]
    sampling.save(a_file(tmp_path, first + f"api,{AT},20,1,,\n"), silent)
    for place in places:
        place.delete()

    found = sampling.save(a_file(tmp_path, first + f"api,{AT},20,1,,\n" + grown), silent)

    assert (found.counted, found.before) == (3, 2)


def test_too_many_files_that_begin_alike_are_refused_by_their_line(tmp_path: Path, world: World) -> None:
    for n in range(sampling.MOST_ALIKE):
        sampling.save(a_file(tmp_path, CSV + f"api,{AT},{n},1,,\n"), silent)

    with pytest.raises(Refused, match="^line 2: 8 files were counted that go on from here"):
        sampling.save(a_file(tmp_path, CSV), silent)


def test_a_long_file_goes_in_batches(tmp_path: Path, world: World) -> None:
    shown = list[str]()
    file = a_file(tmp_path, COLUMNS + f"api,{AT},1,1,,\n" * 7000)

    found = sampling.save(file, shown.append, lines=7000)

    assert (found.counted, counted()["api"].transactions) == (7000, 7000)
    assert [line.rpartition("] ")[2] for line in shown] == [
        "5000 of 7000 samples",
        "7000 of 7000 samples",
        "",
    ]


def test_a_line_that_is_wrong_only_by_now_is_named_with_what_was_counted(
    tmp_path: Path, world: World
) -> None:
    file = a_file(tmp_path, COLUMNS + f"api,{AT},1,1,,\n" * 5000 + f"nobody,{AT},1,1,,\n")

    with pytest.raises(Refused, match=r"^line 5002: component .*; 5000 samples before it were counted$"):
        sampling.save(file, silent)


@pytest.mark.parametrize(
    "text",
    [b"\xff\xfe", b'component\n"a', b"at,mean_ms,mean_ms\n1,2,3"],
    ids=["no text", "an open quote", "a column twice"],
)
def test_what_cannot_be_read_is_refused(text: bytes, tmp_path: Path, world: World) -> None:
    (tmp_path / "a.csv").write_bytes(text)

    for name in ("a.csv", "none.csv"):
        with pytest.raises(Refused, match="cannot be read"):
            sampling.check(str(tmp_path / name), silent)


def test_the_command_says_what_it_counted(
    tmp_path: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    wiring.settings()

    assert main(["samples", a_file(tmp_path, CSV)]) == 0
    assert main(["samples", a_file(tmp_path, COLUMNS + f"nobody,{AT},1,1,,\n", "b.csv")]) == 1

    told = capsys.readouterr()
    assert told.out == "Counted 2 samples\n"
    assert "line 2: component is not a component" in told.err
