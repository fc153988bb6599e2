"""Samples from a file: read and checked as a whole, then counted batch by batch; again it changes nothing.

NDJSON holds one sample a line, as the API takes them; CSV the same, under a line with the names of fields. A
file that begins with all the lines of one that was counted in the last three days is that file grown: only
what is new counts. Files may begin alike; where several fit, the longest is meant.
"""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from chalicelib import wiring
from chalicelib.api import batches
from chalicelib.api.sample_bodies import MOST_SAMPLES, NewSample
from chalicelib.api.samples import samples_in
from chalicelib.domain.samples import Sample, SampleSource
from chalicelib.local.errors import Refused, one_line
from chalicelib.local.importing import BAR, Show
from chalicelib.stores import samples
from chalicelib.stores.idempotency import Repeat, Reused
from chalicelib.stores.samples import Batch, Refusal, Taken

OWNER = "file"
MOST_ALIKE = 8
"""So many different continuations of the same lines are kept apart; one more is refused."""
TOLD = 5
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")

Line = tuple[int, bytes]
"""Its number in the file, from 1, and the sample in it as JSON."""


Cut = Callable[[list[Line], list[str]], tuple[int, Repeat]]
"""How many of these lines are a batch, and by what it is known; from the lines and the digest up to each."""


class Part(NamedTuple):
    """As many lines as one batch takes: their numbers, the samples, what is wrong with the others."""

    numbers: list[int]
    batch: Batch
    wrong: list[Refusal]

    def line(self, refusal: Refusal) -> str:
        """What is wrong, and on which line."""
        return f"line {self.numbers[refusal.index]}: {refusal.field} {refusal.reason}"


class Counted(NamedTuple):
    """What a file came to: samples that count, how many of them did before, lines that do not."""

    counted: int = 0
    before: int = 0
    refused: tuple[str, ...] = ()


def check(name: str, show: Show) -> int:
    """How many lines there are; `Refused` if a sample is wrong, and then nothing was counted."""
    lines, wrong = 0, list[str]()
    for part in parts(name, partial=True):
        show(f"reading line {part.numbers[-1]}")
        taken = samples.check(part.batch, now=wiring.now())
        wrong += [part.line(it) for it in sorted((*part.wrong, *taken.refusals))]
        lines += len(part.numbers)
    show("")
    if wrong:
        told = "; ".join(wrong[:TOLD]) + ("" if len(wrong) <= TOLD else f"; and {len(wrong) - TOLD} more")
        raise Refused(f"nothing was counted of {name}: {told}")
    return lines


def save(name: str, show: Show, *, lines: int | None = None, partial: bool = False) -> Counted:
    """Count the samples of a file; `lines`: how many there are, where that is known."""
    found, done = Counted(), 0
    for part in parts(name, partial=partial, cut=_as_counted):
        try:
            taken = samples.take(part.batch, now=wiring.now)
        except Reused as twin:
            raise Refused(f"somebody else counts a file that begins like {name}: try again") from twin
        except samples.InPart as counted:
            raise Refused(f"{name} was counted in part before: see with --partial what is wrong") from counted
        except samples.Refused as refused:
            told = part.line(refused.refusals[0])
            raise Refused(f"{told}; {found.counted} samples before it were counted") from refused
        found = _after(found, part, taken)
        done += len(part.numbers)
        show(_bar(done, lines))
    show("")
    return found


def summary(found: Counted) -> str:
    """What a file came to, in a sentence."""
    said = [f"Counted {_several(found.counted - found.before)}"]
    said += [f"{found.before} had been counted before"] if found.before else []
    said += (
        [f"{_several(len(found.refused))} refused: {'; '.join(found.refused[:TOLD])}"]
        if found.refused
        else []
    )
    return ", ".join(said)


def parts(name: str, *, partial: bool, cut: Cut | None = None) -> Iterator[Part]:
    """The lines of a file in batches, or `Refused` if it cannot be read."""
    held, said = list[Line](), ""
    try:
        with Path(name).open(encoding="utf-8-sig", newline="") as file:
            lines = _of_csv(file) if name.lower().endswith(".csv") else _of_json(file)
            while held := [*held, *islice(lines, MOST_SAMPLES - len(held))]:
                digests = _digests(held, said)
                count, repeat = (cut or _as_it_is)(held, digests)
                yield _part(held[:count], repeat, partial=partial)
                held, said = held[count:], digests[count - 1]
    except (OSError, UnicodeDecodeError, csv.Error) as failed:
        raise Refused(f"{name} cannot be read: {one_line(str(failed))}") from failed


def _part(held: list[Line], repeat: Repeat, *, partial: bool) -> Part:
    raw = b"\n".join(line for _, line in held)
    found: dict[int, Sample]
    found, wrong = samples_in(batches.read(raw, NewSample, most=MOST_SAMPLES, is_lines=True))
    batch = Batch(repeat, found, SampleSource.FILE, partial)
    return Part([number for number, _ in held], batch, wrong)


def _as_it_is(held: list[Line], digests: list[str]) -> tuple[int, Repeat]:
    """As many lines as there are, known by all that the file says up to there."""
    return len(held), Repeat(OWNER, digests[-1], digests[-1])


def _as_counted(held: list[Line], digests: list[str]) -> tuple[int, Repeat]:
    """As many lines as were counted together before: a file that has grown since holds more of them.

    So a batch has one of a few places under what the file says up to its first line, and there stands what it
    says up to its last. All are looked at: places free themselves in any order.
    """
    places = [Repeat(OWNER, f"{digests[0]}/{n}", digests[-1]) for n in range(MOST_ALIKE)]
    found = [samples.asked(place, wiring.now()) for place in places]
    if known := [digest for digest in digests if digest in found]:
        place = places[found.index(known[-1])]
        return digests.index(known[-1]) + 1, place._replace(asked=known[-1])
    if None not in found:
        line = held[0][0]
        raise Refused(f"line {line}: {MOST_ALIKE} files were counted that go on from here, each otherwise")
    return len(held), places[found.index(None)]


def _digests(held: list[Line], said: str) -> list[str]:
    """The digest of the file up to each of these lines; `said`: that of what is before them."""
    found = list[str]()
    for _, line in held:
        said = hashlib.sha256(f"{said}/".encode() + line).hexdigest()
        found.append(said)
    return found


def _of_json(file: Iterable[str]) -> Iterator[Line]:
    yield from ((n, line.strip().encode()) for n, line in enumerate(file, start=1) if line.strip())


def _of_csv(file: Iterable[str]) -> Iterator[Line]:
    rows = csv.DictReader(file, restkey="more", strict=True)
    if twice := [name for name, count in Counter(rows.fieldnames).items() if count > 1]:
        raise csv.Error(f"the column {twice[0]} comes twice")
    for row in rows:
        cells = {name: _cell(cell) for name, cell in row.items() if cell not in ("", None)}
        yield rows.line_num, msgspec.json.encode(cells)


def _cell(cell: str | list[str]) -> msgspec.Raw | str | list[str]:
    """A number as it was written, or a text; a list of what stands beyond the columns."""
    return msgspec.Raw(cell.encode()) if isinstance(cell, str) and _NUMBER.fullmatch(cell) else cell


def _after(found: Counted, part: Part, taken: Taken) -> Counted:
    refused = [part.line(it) for it in sorted((*part.wrong, *taken.refusals))]
    before = taken.counted if taken.is_repeat else 0
    return Counted(found.counted + taken.counted, found.before + before, (*found.refused, *refused))


def _bar(done: int, all_of: int | None) -> str:
    if not all_of:
        return f"counting line {done}"
    filled = BAR * done // all_of
    return f"counting [{'#' * filled}{'.' * (BAR - filled)}] {done} of {_several(all_of)}"


def _several(count: int) -> str:
    return f"{count} sample" if count == 1 else f"{count} samples"
