"""Which files of a bucket no full build makes, by the table as it stands."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from chalicelib.domain.advisories import Advisory
from chalicelib.domain.record import Head
from chalicelib.domain.security import Team
from chalicelib.publishing import paths, states
from chalicelib.publishing import record as record_files
from chalicelib.publishing.bucket import ETag
from chalicelib.publishing.record import ENTRIES_A_FILE
from chalicelib.stores import catalogue, heads, record


def strays(listed: Mapping[str, ETag], months: tuple[str, str], team: Team) -> Iterator[str]:
    """Which of these files no full build makes; the table is read after the bucket was."""
    subjects = {key: it for key in listed if (it := paths.subject_of_page(key) or paths.subject_of_csaf(key))}
    standing = heads.get_many(subjects.values())
    first, last = months
    kept = {*paths.FRONT, paths.HEARTBEAT, paths.RECORD_HEAD, states.KEY, *_record_files(listed)}
    kept |= paths.ABOUT_US | paths.HEADS | {paths.INSTANCES} | _dossiers()
    kept |= paths.SECURITY_LISTS if team.contact else paths.SECURITY_LISTS - {paths.SECURITY_TXT}
    for key in listed.keys() - kept:
        month = paths.month_of(key)
        if not (_has(standing.get(subjects.get(key, "")), key) or (month and first <= month <= last)):
            yield key


def _has(head: Any, key: str) -> bool:
    """Whether this is a file of something that stands; drafts of advisories have none."""
    if isinstance(head, Advisory):
        return head.is_public and key in paths.advisory(head)
    return head is not None


def _dossiers() -> set[str]:
    """The files of what is on the page; of instances nothing stands where nothing can be compared."""
    shown = catalogue.read().shown()
    subjects = [*map(catalogue.subject, shown.components), *map(catalogue.subject, shown.groups)]
    return {key for subject in subjects for key in paths.dossier(subject)}


def _record_files(listed: Iterable[str]) -> Iterator[str]:
    """Which of these files the record has; where one begins within a hundred, the table tells."""
    firsts = sorted(first for key in listed if (first := paths.first_entry_of(key)))
    last = record.head().seq if firsts else 0
    held = (first for first in firsts if first <= last)
    for hundred, found in groupby(held, key=record_files.hundred):
        begin, end = hundred * ENTRIES_A_FILE + 1, (hundred + 1) * ENTRIES_A_FILE
        if set(found) == {begin}:
            yield paths.entries(begin)
        else:
            yield from record_files.files(record.entries_between(begin, end), Head())
