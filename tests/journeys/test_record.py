"""The record in public: read by people, checked by anybody with one command, against a head once kept."""

import json
from pathlib import Path

import pytest

from chalicelib.domain.record import Head
from chalicelib.intake import csaf
from chalicelib.local.differences import Difference
from chalicelib.local.verifying import verify
from chalicelib.stores.advisory_imports import take
from tests.foreign import FIRST, a_foreign, written
from tests.journeys.runtime import Runtime
from tests.local.laptops import command


def tell_of_everything(laptop: Runtime) -> None:
    """One of each kind, and a minute in which the page says that it is alive."""
    laptop.say("/incidents", id="slow", title="Slow", body="We look.", affects={"checkout": "major_outage"})
    laptop.say("/incidents/slow/updates", status="resolved", body="It works.")
    laptop.say("/incidents/slow/follow-ups", text="Add an alarm", due="2026-12-01T09:00:00Z")
    laptop.say("/incidents/slow/postmortem", root_cause="A cable.", body="It broke.")
    laptop.say(
        "/maintenances", id="disks", title="New disks", body="We change them.", availability="read_only",
        starts_at="2026-11-22T10:00:00Z", ends_at="2026-11-22T11:00:00Z",
    )  # fmt: skip
    laptop.say(
        "/advisories", title="Mails in our name", category="phishing", summary="They ask for passwords.",
        actions="Do not answer.", published=True,
    )  # fmt: skip
    laptop.pass_minutes(60)


def test_anybody_can_verify_the_site_with_one_command(laptop: Runtime, tmp_path: Path) -> None:
    tell_of_everything(laptop)

    done = command(tmp_path, "verify", laptop.address)

    head = json.loads(laptop.get("/record/head.json"))
    assert done.returncode == 0, done.stderr
    assert str(head["seq"]) in done.stdout
    assert head["hash"] in laptop.get("/record/")
    assert head["hash"] in laptop.get("/")


def test_a_head_that_was_kept_is_still_in_the_chain_and_another_is_not(
    laptop: Runtime, tmp_path: Path
) -> None:
    tell_of_everything(laptop)
    kept = json.loads(laptop.get("/record/head.json"))
    laptop.say("/incidents/slow/follow-ups", text="Test it", due="2026-12-02T09:00:00Z")
    laptop.pass_minutes(1)

    held = command(tmp_path, "verify", laptop.address, "--since", f"{kept['seq']}:{kept['hash']}")

    assert held.returncode == 0, held.stderr
    with pytest.raises(Difference, match=str(kept["seq"])):
        verify(laptop.address, since=Head(kept["seq"], "0" * 64), show=lambda line: None, patience=0)


def test_people_find_in_the_record_what_was_said(laptop: Runtime) -> None:
    tell_of_everything(laptop)

    page = laptop.get("/record/")

    for words in ("Incident opened", "Postmortem published", "Follow-up promised", "Maintenance announced"):
        assert words in page
    assert "/security/csa-2026-0001/" in page
    lines = laptop.get("/record/entries/1.jsonl").splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(lines) + 1))


def test_what_others_issued_is_on_the_page_and_follows_from_the_record(
    laptop: Runtime, tmp_path: Path
) -> None:
    document = a_foreign((FIRST, "First."), ("2026-11-02T09:00:00.000Z", "Second."))
    take(csaf.read("it.json", written(document)), now=laptop.told.now, new_id=laptop.told.new_id)
    laptop.pass_minutes(1)

    page = laptop.get("/security/vnd-2026-1/")
    tracking = json.loads(laptop.get("/.well-known/csaf/2026/vnd-2026-1.json"))["document"]["tracking"]

    assert all(
        words in page for words in ("A hole in App", "Issued by", "https://vendor.example", "Imported")
    )
    assert [it["date"] for it in tracking["revision_history"]] == [FIRST, "2026-11-02T09:00:00.000Z"]
    assert tracking["id"] == "VND-2026-1"
    done = command(tmp_path, "verify", laptop.address)
    assert done.returncode == 0, done.stderr
