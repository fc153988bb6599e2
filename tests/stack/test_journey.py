"""An incident's journey on the deployed stack, step after step, each from outside."""

import hashlib
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest

from tests.deploy.accounts import Account
from tests.probing.servers import host, ok, said
from tests.stack import figures
from tests.stack.clouds import Cloud, Reply, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FEEDS = ("history.rss", "history.atom", "updates.rss", "updates.atom", "feed.json")
SHOWN = ("index.html", *FEEDS, "api/v2/incidents.json")
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-3333-4444-555555555555"
PARAMS = "Name='Acme Cloud' AlarmAddress=ops@acme.example Protection=true ProbeNetworks=127.0.0.1/32"
PROBLEM = "application/problem+json"
HOLE: dict[str, Any] = {
    "id": "FHC-1", "title": "Sessions survive a sign-out", "category": "vulnerability", "severity": "high",
    "cves": ["CVE-2026-12345"], "affected": [{"product": "CLI", "fixed": ["2.4.1"]}],
    "summary": "Whoever kept a session could go on using it.", "actions": "Update to 2.4.1.",
}  # fmt: skip


@pytest.fixture(scope="module")
def cloud(account: Account, built: Path) -> Cloud:
    """One stack for all steps."""
    return Cloud(account, built, "candor-journey")


def published(cloud: Cloud, words: str, files: Sequence[str]) -> bool:
    """Whether these files say so, in the bucket."""
    return all(words.encode() in cloud.file(name) for name in files)


def say(cloud: Cloud, path: str, body: dict[str, Any], files: Sequence[str] = SHOWN, **headers: str) -> Reply:
    """Post, and wait until it stands everywhere; the time from acceptance on is a figure."""
    reply = cloud.api("POST", path, body, **headers)
    assert reply.status == 201, reply.body
    took = until(lambda: published(cloud, body["body"], files))
    figures.took("accepted, then in page, feeds and JSON in the bucket", took)
    return reply


def test_one_command_makes_the_stack_and_says_where_things_are(cloud: Cloud) -> None:
    said = f"{PARAMS} Heads={cloud.make_heads()}"

    assert cloud.make("deploy", PARAMS=said) == 0, cloud.said

    assert f"page: {cloud.outputs['SiteUrl']}" in cloud.said
    assert f"API:  {cloud.outputs['ApiUrl']}" in cloud.said
    assert f"heads of days go to {cloud.stack}-heads, which keeps each for 1 day (GOVERNANCE)" in cloud.said


def test_the_page_stands_before_anything_was_said(cloud: Cloud) -> None:
    reply = cloud.site("/")

    assert (reply.status, b"Acme Cloud" in reply.body) == (200, True)
    assert b"All systems operational" in reply.body or b"All Systems Operational" in reply.body


def test_a_second_deployment_changes_nothing(cloud: Cloud) -> None:
    assert cloud.make("deploy") == 0

    assert "nothing to change" in cloud.said


def test_the_operator_makes_a_key(cloud: Cloud) -> None:
    cloud.key = cloud.create_key()

    assert cloud.key.startswith("candor_")


def test_nobody_without_a_key_changes_anything(cloud: Cloud) -> None:
    reply = cloud.api("POST", "/components", {"name": "API"}, Authorization="Bearer candor_nobody_0")

    assert (reply.status, reply.headers["Content-Type"]) == (401, PROBLEM), cloud.logged("ApiLogs")


def test_a_component_and_an_incident_are_accepted_and_published(cloud: Cloud) -> None:
    assert cloud.api("POST", "/components", {"id": "api", "name": "API"}).status == 201

    reply = say(cloud, "/incidents", {"id": "slow", "title": "Slow answers", "body": "We look into it.",
                                      "affects": {"api": "major_outage"}})  # fmt: skip

    assert reply.headers["Location"] == "/live/api/v1/incidents/slow"
    assert json.loads(cloud.file("api/v2/summary.json"))["status"]["indicator"] == "critical"


@pytest.mark.parametrize("path", ["/", "/incidents/slow/", "/history/{month}/"])
def test_readers_get_directories_over_the_cdn(cloud: Cloud, path: str) -> None:
    month = json.loads(cloud.file("heartbeat.json"))["as_of"][:7]

    reply = cloud.site(path.format(month=month))

    assert (reply.status, reply.headers.get_content_type()) == (200, "text/html")
    assert b"Slow answers" in reply.body


@pytest.mark.parametrize("path", [f"/{name}" for name in (*FEEDS, "api/v2/summary.json", "heartbeat.json")])
def test_programs_get_files_over_the_cdn_from_any_origin(cloud: Cloud, path: str) -> None:
    reply = cloud.site(path, Origin="https://elsewhere.example")

    assert reply.status == 200
    assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_a_directory_without_its_slash_is_at_the_address_with_it(cloud: Cloud) -> None:
    reply = cloud.site("/incidents/slow")

    assert (reply.status, reply.headers["Location"]) == (301, "/incidents/slow/")


def test_no_address_leads_to_another_host(cloud: Cloud) -> None:
    assert cloud.site("//elsewhere.example/x").headers["Location"] == "/elsewhere.example/x/"


@pytest.mark.parametrize("path", ["/nothing/", "/nothing.json", "/.publisher/state.json"])
def test_what_is_not_there_or_not_for_readers_is_our_404_page(cloud: Cloud, path: str) -> None:
    reply = cloud.site(path)

    assert (reply.status, reply.body) == (404, cloud.file("404.html"))


def test_the_cdn_says_what_a_page_cannot_say_of_itself(cloud: Cloud) -> None:
    headers = cloud.site("/").headers

    assert headers["Strict-Transport-Security"] == "max-age=63072000"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert "max-age=10" in headers["Cache-Control"]


def test_nobody_reads_the_bucket_but_over_the_cdn(cloud: Cloud) -> None:
    address = f"/{cloud.outputs['Bucket']}/index.html"

    assert cloud.direct(address).status == 403


def test_an_update_and_the_end_are_published(cloud: Cloud) -> None:
    say(cloud, "/incidents/slow/updates", {"status": "identified", "body": "A bad deploy."})
    say(cloud, "/incidents/slow/updates", {"status": "resolved", "body": "All is well again."})

    entries = feedparser.parse(cloud.file("updates.atom")).entries
    assert len(entries) == 3
    assert json.loads(cloud.file("api/v2/summary.json"))["status"]["indicator"] == "none"


def test_a_repeat_counts_once_and_gets_the_same_answer(cloud: Cloud) -> None:
    body = {"id": "again", "title": "Again", "body": "Only once."}
    first = say(cloud, "/incidents", body, Idempotency_Key="a-key")

    again = cloud.api("POST", "/incidents", body, Idempotency_Key="a-key")

    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(cloud.api("GET", "/incidents/again").json["updates"]) == 1


WRONG = {
    "no title": ("/incidents", {"title": "", "body": "x"}, 400, "title"),
    "no such component": (
        "/incidents", {"title": "x", "body": "x", "affects": {"no": "operational"}}, 400, "affects.no",
    ),
    "a taken id": ("/incidents", {"id": "slow", "title": "x", "body": "x"}, 409, "id"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "body", "status", "field"), WRONG.values(), ids=WRONG)
def test_bad_input_is_a_problem_that_names_the_field(
    cloud: Cloud, path: str, body: dict[str, Any], status: int, field: str
) -> None:
    before = cloud.api("GET", "/record?limit=100").body

    reply = cloud.api("POST", path, body)

    assert (reply.status, reply.headers["Content-Type"]) == (status, PROBLEM)
    assert [fault["field"] for fault in reply.json["errors"]] == [field]
    assert cloud.api("GET", "/record?limit=100").body == before


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("PUT", "/incidents")])
def test_the_gateway_speaks_in_problems_too(cloud: Cloud, method: str, path: str) -> None:
    reply = cloud.api(method, path)

    assert (reply.status, reply.headers["Content-Type"]) == (404, PROBLEM)
    assert reply.json["title"] == "Not Found"


def test_the_schedule_passes_the_minute(cloud: Cloud) -> None:
    before = json.loads(cloud.file("heartbeat.json"))["as_of"]

    until(lambda: json.loads(cloud.file("heartbeat.json"))["as_of"] > before, seconds=150)


def test_the_schedule_begins_and_ends_a_maintenance(cloud: Cloud) -> None:
    now = datetime.now(UTC)
    start, end = ((now + timedelta(seconds=seconds)).isoformat() for seconds in (5, 75))
    said = {"id": "disks", "title": "New disks", "body": "We change disks.", "availability": "read_only",
            "starts_at": start, "ends_at": end, "affects": {"api": "under_maintenance"}}  # fmt: skip

    say(cloud, "/maintenances", said, files=("index.html", *FEEDS, "maintenances/disks/index.html"))
    assert b"SUMMARY:New disks" in cloud.file("maintenances.ics")
    assert planned(cloud, "upcoming") == ["disks"]
    until(lambda: planned(cloud, "active") == ["disks"], seconds=150)
    until(lambda: b"Service Under Maintenance" in cloud.site("/").body)
    assert b"In progress" in cloud.file("maintenances/disks/index.html")
    until(lambda: planned(cloud, "active") == [], seconds=150)

    page = cloud.site("/maintenances/disks/").body
    assert b"The scheduled maintenance has been completed." in page
    assert json.loads(cloud.file("api/v2/status.json"))["status"]["indicator"] == "none"


def test_a_draft_of_an_advisory_is_seen_by_nobody(cloud: Cloud) -> None:
    assert cloud.api("POST", "/advisories", HOLE).status == 201
    last = cloud.api("GET", "/advisories/fhc-1")
    say(cloud, "/incidents", {"id": "after", "title": "After it", "body": "Said after the draft."})

    assert (last.status, last.json["status"]) == (200, "draft")
    s3, bucket = cloud.aws("s3"), cloud.outputs["Bucket"]
    listed = [it["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
              for it in page["Contents"]]  # fmt: skip
    assert [key for key in listed if HOLE["title"].encode() in cloud.file(key)] == []
    assert cloud.site("/security/fhc-1/").status == 404


def test_an_advisory_that_is_published_stands_on_its_page_in_the_feeds_and_as_csaf(cloud: Cloud) -> None:
    reply = cloud.api("POST", "/advisories/fhc-1/publish", {"body": "We fixed this on Monday."})
    assert reply.status in (200, 201), reply.body
    document = f".well-known/csaf/{datetime.now(UTC).year}/fhc-1.json"
    lists = ("security/index.html", "security/advisories.atom", "security/advisories.rss")
    shown = ("security/fhc-1/index.html", *lists, "updates.atom", "index.html", document)

    figures.took(
        "an advisory published, then everywhere in the bucket",
        until(lambda: published(cloud, HOLE["title"], shown)),
    )

    csaf = json.loads(cloud.site(f"/{document}").body)
    assert csaf["document"]["title"] == HOLE["title"]
    assert csaf["vulnerabilities"][0]["cve"] == HOLE["cves"][0]
    digest, _ = cloud.file(f"{document}.sha256").split()
    assert digest.decode() == hashlib.sha256(cloud.file(document)).hexdigest()


def test_the_head_of_a_day_is_copied_by_the_minute_to_where_it_stays(cloud: Cloud) -> None:
    s3, name = cloud.aws("s3"), f"{cloud.stack}-heads"

    head = cloud.end_day()
    until(lambda: s3.list_objects_v2(Bucket=name).get("Contents"), seconds=150)

    (copy,) = s3.list_objects_v2(Bucket=name)["Contents"]
    held = s3.get_object(Bucket=name, Key=copy["Key"])
    said = json.loads(held["Body"].read())
    assert (said["day"], said["seq"], said["hash"]) == ("2026-11-01", head.seq, head.hash)
    assert copy["Key"].endswith("/2026-11-01.json")
    assert held["ObjectLockMode"] == "GOVERNANCE"
    assert cloud.site("/record/heads.atom").status == cloud.site("/record/heads.json").status == 200


def planned(cloud: Cloud, which: str) -> list[str]:
    """The ids of Statuspage's maintenances of this kind."""
    document = json.loads(cloud.file(f"api/v2/scheduled-maintenances/{which}.json"))
    return [maintenance["id"] for maintenance in document["scheduled_maintenances"]]


def test_the_schedule_probes_and_suspects_an_incident(cloud: Cloud) -> None:
    assert cloud.api("POST", "/components", {"id": "web", "name": "Web"}).status == 201
    with host(ok=ok(), bad=said("HTTP/1.1 503 Busy")) as web:
        for id, every in (("ok", 1), ("bad", 1440)):
            probe = {"id": id, "component": "web", "url": web.url(f"/{id}"), "failures_in_a_row": 1}
            assert cloud.api("POST", "/probes", {**probe, "every_minutes": every}).status == 201

        until(lambda: cloud.api("GET", "/probes/ok/result").json["answered"] == 200, seconds=150)
        until(lambda: about(cloud, "web"), seconds=150)

        (suspected,) = about(cloud, "web")
        assert (suspected["status"], suspected["affects"]) == ("suspected", {"web": "major_outage"})
        until(lambda: b"Suspected" in cloud.site("/").body)
        for id in ("ok", "bad"):
            assert cloud.api("DELETE", f"/probes/{id}").status == 200
        until(lambda: about(cloud, "web")[0]["status"] == "retracted", seconds=150)

    (today, *_) = counted(cloud, "web")
    assert (today["source"], today["errors"]) == ("probe", 1)
    assert today["samples"] >= 2


def about(cloud: Cloud, component: str) -> list[dict[str, Any]]:
    """The incidents of a component."""
    found: list[dict[str, Any]] = cloud.api("GET", f"/incidents?component={component}").json["items"]
    return found


def counted(cloud: Cloud, component: str) -> list[dict[str, Any]]:
    """The days of a component that have samples: one, or two around midnight."""
    return [day for day in cloud.api("GET", f"/components/{component}/days").json["days"] if day["samples"]]


def test_a_batch_of_samples_counts_once(cloud: Cloud) -> None:
    assert cloud.api("POST", "/components", {"id": "mail", "name": "Mail"}).status == 201
    at = datetime.now(UTC).isoformat()
    batch = [{"component": "mail", "at": at, "transactions": 2, "mean_ms": 1.5}] * 1000

    replies = [cloud.api("POST", "/samples", batch) for _ in range(2)]

    assert [(reply.status, reply.json["counted"]) for reply in replies] == [(200, 1000)] * 2
    (today,) = counted(cloud, "mail")
    assert (today["source"], today["samples"], today["transactions"]) == ("api", 1000, 2000)
    assert (today["mean_ms"], today["final"]) == (1.5, False)


def test_an_alarm_over_a_topic_is_suspected_and_retracted(cloud: Cloud) -> None:
    assert cloud.api("POST", "/components", {"id": "shop", "name": "Shop"}).status == 201
    rule = {"match": {"alarm": "Shop*"}, "component": "shop", "status": "partial_outage", "title": "{alarm}"}
    assert cloud.api("POST", "/alarms/rules", rule).status == 201

    began = publish_alarm(cloud, "Shop 5xx", "ALARM")
    until(lambda: published(cloud, "Shop 5xx", SHOWN))
    figures.took("an alarm was published, then suspected in page, feeds and JSON", time.monotonic() - began)
    (suspected,) = about(cloud, "shop")
    publish_alarm(cloud, "Shop 5xx", "OK")

    until(lambda: about(cloud, "shop")[0]["status"] == "retracted")
    assert (suspected["status"], suspected["source"]) == ("suspected", "alarm")


def publish_alarm(cloud: Cloud, name: str, state: str) -> float:
    """As CloudWatch publishes an alarm that changes; gives when."""
    told = {"AlarmName": name, "NewStateValue": state, "StateChangeTime": datetime.now(UTC).isoformat()}
    cloud.aws("sns").publish(
        TopicArn=cloud.outputs["AlarmTopic"], Subject=name, Message=json.dumps(told),
        # on AWS the field is there even where there are none
        MessageAttributes={"any": {"DataType": "String", "StringValue": "any"}},
    )  # fmt: skip
    return time.monotonic()


def test_work_that_is_queued_is_done(cloud: Cloud) -> None:
    cloud.aws("sqs").send_message(QueueUrl=cloud.outputs["Work"], MessageBody="publish")

    until(lambda: not cloud.waiting("Work"))

    assert cloud.waiting("DeadLetters") == 0


def test_a_parameter_changes_the_settings_of_every_function(cloud: Cloud) -> None:
    assert cloud.make("deploy", PARAMS=f"Domain=status.acme.example Certificate={CERTIFICATE}") == 0, (
        cloud.said
    )

    assert "DNS:  status.acme.example CNAME" in cloud.said
    assert b"https://status.acme.example/incidents/slow" in cloud.file("history.rss")
    assert b"Acme Cloud" in cloud.file("index.html")


def test_another_stack_lives_beside_it(cloud: Cloud) -> None:
    other = Cloud(cloud.account, cloud.built, "candor-beside")
    assert other.make("deploy", PARAMS="Protection=false") == 0, other.said

    assert not set(other.outputs.values()) & set(cloud.outputs.values()) - {"Candor", "Etc/UTC"}
    assert other.make("destroy", DATA="delete") == 0, other.said


def test_unmaking_it_keeps_what_was_said_and_says_how_to_take_it_again(cloud: Cloud) -> None:
    kept = cloud.outputs
    head = cloud.api("GET", "/record?limit=100").json["items"][-1]

    assert cloud.make("destroy") == 0, cloud.said
    assert kept["Table"] in cloud.said
    assert kept["Bucket"] in cloud.said
    again = f"Table={kept['Table']} Bucket={kept['Bucket']}"
    assert cloud.make("deploy", PARAMS=again) == 0, cloud.said

    assert (cloud.outputs["Table"], cloud.outputs["Bucket"]) == (kept["Table"], kept["Bucket"])
    assert head in cloud.api("GET", "/record?limit=100").json["items"]
    say(cloud, "/incidents", {"id": "later", "title": "Later", "body": "On the table that was kept."})
    assert b"Slow answers" in cloud.site("/incidents/slow/").body


def test_unmaking_all_of_it_leaves_nothing(cloud: Cloud) -> None:
    kept = cloud.outputs

    assert cloud.make("destroy", DATA="delete") == 0, cloud.said

    assert kept["Table"] not in cloud.aws("dynamodb").list_tables()["TableNames"]
    assert kept["Bucket"] not in {it["Name"] for it in cloud.aws("s3").list_buckets()["Buckets"]}
