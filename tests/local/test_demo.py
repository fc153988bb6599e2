"""The story of DEMO=1: complete, told in its time, and never told over anything else."""

from collections import Counter
from datetime import timedelta

import pytest

from chalicelib import wiring
from chalicelib.domain.statuses import IncidentStatus as S
from chalicelib.domain.statuses import MaintenanceStatus as M
from chalicelib.local import demo, preparing
from chalicelib.local.folders import Folder
from chalicelib.local.story import tales
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import advisories, catalogue, days, incidents, maintenances, postmortems
from chalicelib.triggers.publication import publisher


def test_it_fills_an_empty_table_with_a_dozen_incidents_of_every_kind(bucket: Bucket) -> None:
    assert demo.tell()

    found = catalogue.read()
    told = [incidents.story(tale.id) for tale in tales(wiring.now())]
    ends = Counter(story.incident.status for story in told)
    assert (len(found.groups), len(found.components), len(told)) == (3, 14, 12)
    assert ends == {
        S.RESOLVED: 6,
        S.POSTMORTEM: 2,
        S.RETRACTED: 1,
        S.SUSPECTED: 1,
        S.IDENTIFIED: 1,
        S.MONITORING: 1,
    }
    assert any(story.incident.backfilled for story in told)
    live = [story for story in told if not story.incident.backfilled]
    assert all(update.recorded_at == update.happened_at for story in live for update in story.updates)
    assert all(story.incident.next_update_by for story in told if story.incident.status is S.IDENTIFIED)


def test_it_shows_every_capability(bucket: Bucket) -> None:
    demo.tell()

    now = wiring.now()
    planned = {
        it.id: it for it in maintenances.get_many(("ap1-network", "na1-storage", "eu1-database")).values()
    }
    assert {id: it.status for id, it in planned.items()} == {
        "ap1-network": M.COMPLETED, "na1-storage": M.COMPLETED, "eu1-database": M.SCHEDULED
    }  # fmt: skip
    assert planned["ap1-network"].ended_at == planned["ap1-network"].ends_at
    assert (planned["na1-storage"].ended_at or now) > planned["na1-storage"].ends_at
    threats = [it.id for it in advisories.all_published() if it.is_active]
    assert (threats, len(advisories.all_published())) == (["FHC-0008"], 2)
    promised = {it.id: it for it in postmortems.follow_ups("na1-db")}
    assert promised["switch"].done_at is not None
    assert promised["retry-after"].due < now < promised["exercise"].due
    assert promised["retry-after"].done_at is None
    assert incidents.get("na1-db").postmortem is not None
    assert any(it.corrected for it in incidents.updates("eu1-api-errors"))


def test_its_days_have_numbers_those_of_today_until_now(bucket: Bucket) -> None:
    demo.tell()

    now = wiring.now()
    last = now.date()
    found = days.read(last - timedelta(days=89), last)
    components = {it.id for it in catalogue.read().components}
    assert len(found.numbers) == 90
    assert all(numbers.keys() == components for numbers in found.numbers.values())
    assert found.open <= {last, last - timedelta(days=1), last - timedelta(days=2)}
    assert (
        found.numbers[last]["docs"].transactions
        < found.numbers[last - timedelta(days=7)]["docs"].transactions
    )


def test_it_is_told_once(bucket: Bucket) -> None:
    demo.tell()

    assert not demo.tell()


def test_it_can_be_told_to_a_record_that_is_younger(bucket: Bucket) -> None:
    preparing.create_key("older than the story")

    assert demo.tell()
    assert len(incidents.all_open()) == 3


def test_its_page_can_be_published(bucket: Bucket) -> None:
    demo.tell()

    publisher.cache_clear()
    publisher().publish(everything=True)
    publisher.cache_clear()

    page = wiring.s3().get_object(Bucket=bucket.name, Key="index.html")["Body"].read().decode()
    assert "Fernhill Cloud" in page
    assert "Slow answers from the API on EU1" in page


def test_the_first_key_is_made_once_and_kept_for_its_owner(
    bucket: Bucket, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = Folder(tmp_path_factory.mktemp("local"))

    first = preparing.first_key(folder)

    assert first is not None
    assert preparing.first_key(folder) == first
    folder.key.unlink()
    assert preparing.first_key(folder) is None
