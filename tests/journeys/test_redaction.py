"""Words that never should have been published leave every file; that they did stays for all to see."""

import json
from pathlib import Path

from tests.journeys.runtime import Runtime
from tests.local.laptops import command

SECRET = "Jane-Doe-0815"
PLACES = (
    "/", "/incidents/slow/", "/history.rss", "/history.atom", "/updates.rss", "/updates.atom", "/feed.json",
    "/api/v2/summary.json", "/api/v2/incidents.json", "/record/", "/record/entries/1.jsonl",
)  # fmt: skip


def holding(laptop: Runtime) -> list[str]:
    """The files in which the words stand."""
    return [path for path in PLACES if SECRET in laptop.get(path)]


def test_words_leave_every_file_and_the_record_still_holds(laptop: Runtime, tmp_path: Path) -> None:
    laptop.say("/incidents", id="slow", title="Slow", body=f"It is the account of {SECRET}.")
    seq = json.loads(laptop.get("/record/head.json"))["seq"]
    assert {"/incidents/slow/", "/updates.atom", "/record/entries/1.jsonl"} <= set(holding(laptop))

    laptop.say(f"/record/{seq}/redact", reason="A customer's name.")
    laptop.pass_minutes(1)

    assert holding(laptop) == []
    assert "A customer&#39;s name." in laptop.get("/incidents/slow/")
    assert SECRET not in laptop.ask("GET", "/api/v1/incidents/slow").text
    entries = [json.loads(line) for line in laptop.get("/record/entries/1.jsonl").splitlines()]
    (redacted,) = [entry for entry in entries if entry["seq"] == seq]
    assert ("body" in redacted, "salt" in redacted, len(redacted["digest"])) == (False, False, 64)
    assert entries[-1]["kind"] == "entry.redacted"
    done = command(tmp_path, "verify", laptop.address)
    assert done.returncode == 0, done.stderr


def test_a_reason_that_holds_the_words_is_refused(laptop: Runtime) -> None:
    laptop.say("/incidents", id="slow", title=SECRET, body="We look.")
    seq = json.loads(laptop.get("/record/head.json"))["seq"]

    refused = laptop.ask("POST", f"/api/v1/record/{seq}/redact", {"reason": f"It names {SECRET}."})
    nowhere = laptop.ask("POST", "/api/v1/record/999/redact", {"reason": "x"})

    assert (refused.status, refused.json["errors"][0]["field"]) == (400, "reason")
    assert nowhere.status == 404
    assert SECRET in laptop.get("/incidents/slow/")
