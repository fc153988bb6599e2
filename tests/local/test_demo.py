"""The story of DEMO=1: complete, told in its time, and never told over anything else."""

from collections import Counter

import pytest

from chalicelib import wiring
from chalicelib.domain.statuses import IncidentStatus as S
from chalicelib.local import demo, preparing
from chalicelib.local.folders import Folder
from chalicelib.local.story import tales
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import catalogue, incidents
from chalicelib.triggers.publication import publisher


def test_it_fills_an_empty_table_with_a_dozen_incidents_of_every_kind(bucket: Bucket) -> None:
    assert demo.tell()

    found = catalogue.read()
    told = [incidents.story(tale.id) for tale in tales(wiring.now())]
    ends = Counter(story.incident.status for story in told)
    assert (len(found.groups), len(found.components), len(told)) == (3, 12, 12)
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
