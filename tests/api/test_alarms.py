"""Alarms over HTTP: who may send, what becomes of it, and how people answer."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.keys import Scope, written
from chalicelib.domain.times import iso
from chalicelib.intake.alarms import sns
from chalicelib.intake.alarms.fetching import Nothing
from chalicelib.stores import alarm_rules, record
from tests.api.callers import NOW, SECRET, Api, Reply, a_key
from tests.intake.alarms.recorded import EVERY, FOLDER, payload
from tests.intake.alarms.topics import ADDRESS, CONFIRMING, TOPIC, Aws, confirmation, sent

SHARED = "a-secret-of-twenty-characters"
recorded = pytest.mark.skipif(not FOLDER.exists(), reason="the recorded payloads are not beside the project")


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """No certificate is known from another test."""
    sns._known.clear()


@pytest.fixture
def shop(api: Api) -> Api:
    """A shop whose alarms have a rule; sources that sign have a secret and a topic."""
    api.post("/components", {"id": "shop", "name": "Shop"})
    api.post(
        "/alarms/rules", {"id": "all", "match": {"app": "*"}, "component": "shop", "status": "major_outage"}
    )
    for source in ("pagerduty", "generic", "statuspage", "grafana"):
        assert api.patch(f"/alarms/senders/{source}", {"secret": SHARED}, If_Match='"0"').status == 200
    assert api.patch("/alarms/senders/cloudwatch", {"topics": [TOPIC]}, If_Match="*").status == 200
    api.told.serve = Aws()
    return api


def a_message(fingerprint: str = "f", status: str = "firing", **labels: str) -> str:
    """An alarm in our own form."""
    told = {"fingerprint": fingerprint, "status": status, "labels": {"app": "shop", **labels}}
    return json.dumps({"alarms": [told]})


def keyed(body: str | bytes) -> str:
    """The body's signature by the shared secret."""
    raw = body.encode() if isinstance(body, str) else body
    return hmac.new(SHARED.encode(), raw, hashlib.sha256).hexdigest()


def nothing_happened(api: Api, head: Any) -> bool:
    """Whether neither the record nor what is known of alarms has moved."""
    return bool(record.head() == head and api.get("/alarms/unmatched").json["items"] == [])


def test_an_alarm_is_suspected_joined_and_retracted(shop: Api) -> None:
    fired = shop.post("/alarms/generic", a_message())
    (id,) = fired.json["incidents"]

    assert (fired.status, fired.json) == (
        200, {"alarms": 1, "news": 1, "unmatched": 0, "incidents": [id]},
    )  # fmt: skip
    assert shop.get(f"/incidents/{id}").json["status"] == "suspected"
    shop.told.pass_time(minutes=7)
    assert shop.post("/alarms/generic", a_message("g")).json["incidents"] == [id]
    shop.post("/alarms/generic", a_message("g", "resolved"))
    shop.post("/alarms/generic", a_message("f", "resolved"))

    told = shop.get(f"/incidents/{id}").json
    assert (told["status"], told["source"], told["resolved_at"]) == (
        "retracted", "alarm", iso(NOW + timedelta(minutes=7)),
    )  # fmt: skip
    assert "after 7 minutes" in told["updates"][0]["body"]


def test_a_person_confirms_with_one_call(shop: Api) -> None:
    (id,) = shop.post("/alarms/generic", a_message()).json["incidents"]

    confirmed = shop.post(f"/incidents/{id}/confirm")

    assert (confirmed.status, confirmed.json["status"]) == (201, "investigating")
    again = shop.post(f"/incidents/{id}/confirm", {"body": "Yes."})
    assert (again.status, again.fields) == (409, ["status"])
    shop.post("/alarms/generic", a_message("f", "resolved"))
    assert shop.get(f"/incidents/{id}").json["status"] == "investigating"
    assert shop.post(f"/incidents/{id}/updates", {"status": "resolved", "body": "Well."}).status == 201


def test_a_confirmation_may_say_more_and_mind_the_version(shop: Api) -> None:
    (id,) = shop.post("/alarms/generic", a_message()).json["incidents"]

    late = shop.post(f"/incidents/{id}/confirm", {"body": "It is us."}, If_Match='"9"')
    told = shop.post(f"/incidents/{id}/confirm", {"body": "It is us."}, If_Match='"1"')

    assert (late.status, told.json["body"]) == (412, "It is us.")
    assert shop.post("/incidents/none/confirm").status == 404


def test_a_component_has_one_open_suspected_incident_at_most(shop: Api) -> None:
    (id,) = shop.post("/alarms/generic", a_message()).json["incidents"]
    said = {"title": "x", "body": "x", "affects": {"shop": "partial_outage"}}

    refused = shop.post("/incidents", {**said, "status": "suspected"})

    assert (refused.status, refused.fields) == (409, ["affects.shop"])
    assert id in refused.json["detail"]
    assert shop.post("/incidents", {**said, "status": "investigating"}).status == 201
    shop.post(f"/incidents/{id}/confirm")
    assert shop.post("/incidents", {**said, "status": "suspected"}).status == 201


def test_what_an_alarm_says_of_itself_stays_private_unless_its_rule_names_it(shop: Api) -> None:
    told = {
        "fingerprint": "f",
        "status": "firing",
        "title": "<b>db1</b>",
        "labels": {"app": "a", "host": "db1"},
    }
    shop.post("/alarms/generic", json.dumps({"alarms": [told]}))

    public = " ".join(str(entry.body) for entry in record.entries(0))

    assert "db1" not in public
    assert "Shop: major outage" in public


def test_a_hostile_label_in_a_title_is_a_line_of_text(shop: Api) -> None:
    rule = {
        "match": {"host": "*"},
        "component": "shop",
        "status": "partial_outage",
        "title": "On {host}: {title}",
    }
    shop.post("/alarms/rules", {**rule, "before": "all"})
    told = {
        "fingerprint": "f",
        "status": "firing",
        "title": "[x](y)",
        "labels": {"host": "<script>\u202e\n*"},
    }

    (id,) = shop.post("/alarms/generic", json.dumps({"alarms": [told]})).json["incidents"]

    assert shop.get(f"/incidents/{id}").json["title"] == "On <script> *: [x](y)"


def test_a_dry_run_stores_nothing(shop: Api) -> None:
    head = record.head()

    told = shop.post("/alarms/generic?dry_run=true", a_message())

    assert (told.status, told.json["news"], record.head()) == (200, 1, head)


def basic(password: str) -> str:
    """A password of whatever user."""
    return "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()


@pytest.mark.parametrize("scheme", ["Bearer", "Basic"])
def test_a_key_is_sent_in_a_header_or_as_a_password(shop: Api, scheme: str) -> None:
    key = a_key(Scope.ALARMS_SEND, id="monitoring")
    header = f"Bearer {key}" if scheme == "Bearer" else basic(key)

    assert (
        shop.post(
            "/alarms/alertmanager", json.dumps({"version": "4", "alerts": []}), Authorization=header
        ).status
        == 200
    )


def test_a_key_that_may_send_may_do_nothing_else(shop: Api) -> None:
    header = f"Bearer {a_key(Scope.ALARMS_SEND, id='monitoring')}"

    assert shop.get("/alarms/rules", Authorization=header).status == 403
    assert (
        shop.patch("/alarms/senders/generic", {"secret": None}, Authorization=header, If_Match="*").status
        == 403
    )
    assert shop.post("/incidents", {"title": "x", "body": "x"}, Authorization=header).status == 403


def test_a_key_may_be_good_for_one_source_alone(shop: Api) -> None:
    header = f"Bearer {a_key(Scope.ALARMS_SEND_GRAFANA, id='grafana')}"
    body = json.dumps({"alerts": []})

    assert shop.post("/alarms/grafana", body, Authorization=header).status == 200
    refused = shop.post("/alarms/generic", a_message(), Authorization=header)
    assert (refused.status, "alarms:send:generic" in refused.json["detail"]) == (403, True)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("", 401), ("Bearer x", 401), ("Basic x", 401), ("Basic " + base64.b64encode(b"\xff").decode(), 401),
        (basic("wrong"), 401), (basic(written("tester", "00")), 401), ("Digest x", 401),
    ],
)  # fmt: skip
def test_who_has_no_key_is_refused(shop: Api, header: str, status: int) -> None:
    head = record.head()

    refused = shop.post("/alarms/generic", a_message(app="strange"), Authorization=header)

    assert refused.status == status
    assert "WWW-Authenticate" in refused.headers
    assert nothing_happened(shop, head)


def test_a_key_that_may_not_send_is_refused(shop: Api) -> None:
    header = f"Bearer {a_key(Scope.READ, Scope.ALARMS_WRITE, id='reader')}"

    assert shop.post("/alarms/generic", a_message(), Authorization=header).status == 403


@pytest.mark.parametrize("source", ["generic", "grafana"])
def test_a_signature_is_as_good_as_a_key_and_a_wrong_one_worse_than_none(shop: Api, source: str) -> None:
    header = {"generic": "X_Candor_Signature", "grafana": "X_Grafana_Alerting_Signature"}[source]
    alert = {"status": "firing", "startsAt": iso(NOW), "labels": {"app": "shop"}}
    body = a_message() if source == "generic" else json.dumps({"alerts": [alert]})
    head = record.head()

    wrong = shop.post(f"/alarms/{source}", body, **{header: keyed(body + " ")})
    assert wrong.status == 401
    assert nothing_happened(shop, head)

    right = shop.post(f"/alarms/{source}", body, Authorization="", **{header: f"sha256={keyed(body)}"})
    assert (right.status, right.json["news"]) == (200, 1)


def test_who_can_send_an_address_alone_puts_the_secret_into_it(shop: Api) -> None:
    body = json.dumps({
        "page": {"id": "p"}, "component": {"id": "c", "name": "API"},
        "component_update": {"new_status": "major_outage", "created_at": iso(NOW)},
    })  # fmt: skip

    assert shop.post(f"/alarms/statuspage?token={SHARED}", body, Authorization="").json["unmatched"] == 1
    assert shop.post("/alarms/statuspage?token=wrong", body, Authorization="").status == 401
    assert shop.post(f"/alarms/alertmanager?token={SHARED}", body).status == 401


def of_now(body: str) -> str:
    """A message of PagerDuty, about what happens now."""
    told = json.loads(body)
    return json.dumps({"event": {**told["event"], "occurred_at": iso(NOW)}})


@pytest.mark.parametrize(
    ("signature", "status"),
    [
        pytest.param("v1={right}", 200, id="right"),
        pytest.param("v1={wrong},v1={right}", 200, id="one of two, while the secret is changed"),
        pytest.param("v1={wrong}", 401, id="wrong"),
        pytest.param("v0={right}", 401, id="another way"),
        pytest.param("{right}", 401, id="no way"),
        pytest.param("", 401, id="empty"),
        pytest.param(None, 401, id="none, but a key"),
    ],
)
@recorded
def test_pagerduty_signs(shop: Api, signature: str | None, status: int) -> None:
    body = of_now(payload("pagerduty-v3-zulip/triggered_v3").decode())
    told = signature and signature.format(right=keyed(body), wrong=keyed("x"))
    head = record.head()

    answer = shop.post("/alarms/pagerduty", body, **({} if told is None else {"X_PagerDuty_Signature": told}))

    assert answer.status == status
    assert status == 200 or nothing_happened(shop, head)


@recorded
def test_without_a_secret_nobody_signs(api: Api) -> None:
    body = payload("pagerduty-v3-zulip/triggered_v3").decode()
    empty = hmac.new(b"", body.encode(), hashlib.sha256).hexdigest()

    assert api.post("/alarms/pagerduty", body, X_PagerDuty_Signature=f"v1={empty}").status == 401
    assert api.post("/alarms/statuspage?token=", body).status == 401


def an_alarm_of_cloudwatch(state: str = "ALARM") -> str:
    """A message of CloudWatch."""
    told = {
        "AlarmName": "Shop",
        "NewStateValue": state,
        "StateChangeTime": iso(NOW),
        "AWSAccountId": "1" * 12,
    }
    return json.dumps({**told, "Trigger": {"Dimensions": [{"name": "app", "value": "shop"}]}})


@pytest.mark.parametrize("version", ["1", "2"])
def test_cloudwatch_comes_over_a_topic(shop: Api, version: str) -> None:
    body = json.dumps(sent(an_alarm_of_cloudwatch(), NOW, version=version))

    told = shop.post("/alarms/cloudwatch", body, Authorization="", Content_Type="text/plain; charset=UTF-8")

    assert (told.status, len(told.json["incidents"])) == (200, 1)


def test_what_aws_did_not_sign_is_refused_and_nothing_else_happens(shop: Api) -> None:
    head = record.head()
    body = json.dumps({**sent(an_alarm_of_cloudwatch(), NOW), "Message": an_alarm_of_cloudwatch("OK")})

    assert shop.post("/alarms/cloudwatch", body).status == 401
    assert nothing_happened(shop, head)


def test_another_topic_is_refused_before_anything_is_asked_for(shop: Api) -> None:
    aws = shop.told.serve = Aws()

    refused = shop.post("/alarms/cloudwatch", json.dumps(confirmation(NOW, TopicArn=TOPIC + "2")))

    assert (refused.status, refused.fields, aws.asked) == (403, ["TopicArn"], [])


def test_an_invitation_to_a_topic_is_followed(shop: Api) -> None:
    aws = shop.told.serve = Aws()

    assert shop.post("/alarms/cloudwatch?dry_run=true", json.dumps(confirmation(NOW))).status == 200
    assert aws.asked == [ADDRESS]
    assert shop.post("/alarms/cloudwatch", json.dumps(confirmation(NOW)), Authorization="").status == 200
    assert aws.asked == [ADDRESS, CONFIRMING]


def test_the_end_of_a_subscription_says_nothing(shop: Api) -> None:
    body = json.dumps(confirmation(NOW, Type="UnsubscribeConfirmation"))

    assert shop.post("/alarms/cloudwatch", body).json["alarms"] == 0


@pytest.mark.parametrize(("error", "status"), [(OSError, 503), (TimeoutError, 503), (Nothing, 401)])
def test_what_aws_cannot_serve_now_is_to_be_sent_again(shop: Api, error: type[OSError], status: int) -> None:
    def nothing(address: str) -> bytes:
        raise error("no route")

    shop.told.serve = nothing
    told = shop.post("/alarms/cloudwatch", json.dumps(sent(an_alarm_of_cloudwatch(), NOW)))

    assert (told.status, "Retry-After" in told.headers) == (status, status == 503)


def as_sent(path: Path, api: Api) -> list[Reply]:
    """A recorded payload, sent as its source sends it."""
    folder, body = path.parent.name, path.read_text()
    if folder == "alertmanager-0.25-captured":
        return [api.post("/alarms/alertmanager", body)]
    if folder == "grafana-oncall":
        source = "alertmanager" if "alertmanager" in path.name else "grafana"
        return [api.post(f"/alarms/{source}", body)]
    if folder == "pagerduty-v3-zulip":
        body = of_now(body)
        return [api.post("/alarms/pagerduty", body, X_PagerDuty_Signature=f"v1={keyed(body)}")]
    told = json.loads(body)
    messages = [it["Sns"]["Message"] for it in told["Records"]] if "Records" in told else [body]
    return [api.post("/alarms/cloudwatch", json.dumps(sent(message, NOW))) for message in messages]


@recorded
def test_every_recorded_payload_of_a_source_that_we_know_is_taken_in_and_every_other_refused(
    shop: Api,
) -> None:
    refused = set()
    for path in EVERY:
        for reply in as_sent(path, shop):
            if reply.status != 200:
                refused.add(path.stem)
                assert (reply.status, reply.fields) == (400, ["Message"]), path
                assert reply.headers["Content-Type"] == "application/problem+json"

    assert len(EVERY) == 23
    assert refused == {
        "event_aws_health_event", "event_guardduty_finding_high", "message_backup",
        "message_dms_notification", "message_glue_notification", "message_guardduty_finding",
        "message_text_message",
    }  # fmt: skip
    listed = [alarm["source"] for alarm in shop.get("/alarms/unmatched?limit=100").json["items"]]
    assert {source: listed.count(source) for source in set(listed)} == {
        "alertmanager": 6, "grafana": 4, "cloudwatch": 2, "pagerduty": 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "body", "status"),
    [
        ("generic", "{", 400), ("generic", "[]", 400), ("generic", b"\xff", 400), ("alertmanager", "{}", 400),
        ("generic", " " * (1024 * 1024 + 1), 413), ("nagios", "{}", 404), ("Generic", "{}", 404),
        ("cloudwatch", "{}", 400), ("cloudwatch", "plain text", 400),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_problem(shop: Api, source: str, body: str, status: int) -> None:
    refused = shop.post(f"/alarms/{source}", body)

    assert (refused.status, refused.headers["Content-Type"]) == (status, "application/problem+json")


def test_rules_are_listed_in_their_order_and_removed(shop: Api) -> None:
    rule = {"match": {"a": "b"}, "component": "shop", "status": "partial_outage"}
    shop.post("/alarms/rules", {**rule, "id": "last"})
    made = shop.post("/alarms/rules", {**rule, "id": "first", "before": "all", "title": " Down "})

    assert (made.status, made.json["title"], made.json["created_at"]) == (201, "Down", iso(NOW))
    page = shop.get("/alarms/rules?limit=2").json
    rest = shop.get(f"/alarms/rules?cursor={page['next']}").json
    assert [rule["id"] for rule in (*page["items"], *rest["items"])] == ["first", "all", "last"]
    assert shop.delete("/alarms/rules/all").json["id"] == "all"
    assert shop.delete("/alarms/rules/all").status == 404
    assert [rule["id"] for rule in shop.get("/alarms/rules").json["items"]] == ["first", "last"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"match": {}}, "match"), ({"match": {"a": 1}}, "match.a"), ({"match": {"": "x"}}, "match."),
        ({"match": {str(n): "x" for n in range(17)}}, "match"), ({"component": "none"}, "component"),
        ({"match": {"a": "x" * 201}}, "match.a"),
        ({"status": "operational"}, "status"), ({"status": "under_maintenance"}, "status"),
        ({"before": "none"}, "before"), ({"title": "\n"}, "title"),
        ({"other": 1}, "other"), ({"id": "A"}, "id"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused_by_the_field(
    shop: Api, changes: dict[str, Any], field: str
) -> None:
    rule = {"match": {"a": "b"}, "component": "shop", "status": "partial_outage"}
    head = record.head()

    refused = shop.post("/alarms/rules", {**rule, **changes})

    assert (refused.status, refused.fields) == (400, [field])
    assert record.head() == head


def test_a_rule_sent_twice_is_one(shop: Api) -> None:
    rule = {"match": {"a": "b"}, "component": "shop", "status": "partial_outage"}

    first = shop.post("/alarms/rules", rule, Idempotency_Key="k")
    again = shop.post("/alarms/rules", rule, Idempotency_Key="k")

    assert (first.json, len(shop.get("/alarms/rules").json["items"])) == (again.json, 2)
    assert shop.post("/alarms/rules", {**rule, "id": "all"}).status == 409


def test_a_secret_is_never_shown_again(shop: Api) -> None:
    shown = shop.get("/alarms/senders/pagerduty")
    changed = shop.patch("/alarms/senders/pagerduty", {"secret": SHARED * 2}, If_Match=shown.etag)
    gone = shop.patch("/alarms/senders/pagerduty", {"secret": None}, If_Match=changed.etag)

    assert SHARED not in shown.text + changed.text + gone.text
    assert (shown.json["has_secret"], gone.json["has_secret"]) == (True, False)
    assert alarm_rules.sender("pagerduty").secret is None
    assert SHARED not in str(list(record.entries(0)))


@pytest.mark.parametrize(
    ("change", "match", "status", "field"),
    [
        ({"secret": "short"}, "*", 400, "secret"),
        ({"secret": "with blanks in it, many"}, "*", 400, "secret"),
        ({"topics": ["arn:aws:s3:::x"]}, "*", 400, "topics.0"),
        ({"topics": [TOPIC + "\n"]}, "*", 400, "topics.0"), ({"secret": SHARED + "\n"}, "*", 400, "secret"),
        ({"secret": SHARED}, '"9"', 412, "If-Match"),
        ({"secret": SHARED}, None, 428, "If-Match"),
    ],
)  # fmt: skip
def test_what_a_sender_cannot_be_known_by_is_refused(
    shop: Api, change: dict[str, Any], match: str | None, status: int, field: str
) -> None:
    headers = {} if match is None else {"If_Match": match}

    refused = shop.patch("/alarms/senders/pagerduty", change, **headers)

    assert (refused.status, refused.fields) == (status, [field])
    assert "regex" not in refused.text
    assert shop.get("/alarms/senders/nagios").status == 404


def test_what_no_rule_knows_is_listed_page_by_page(shop: Api) -> None:
    for n in range(3):
        told = {"fingerprint": f"s{n}", "status": "firing", "labels": {"n": str(n)}, "title": "Strange"}
        shop.post("/alarms/generic", json.dumps({"alarms": [told]}))
        shop.told.pass_time(minutes=1)

    page = shop.get("/alarms/unmatched?limit=2").json
    rest = shop.get(f"/alarms/unmatched?cursor={page['next']}").json

    assert [alarm["fingerprint"] for alarm in (*page["items"], *rest["items"])] == ["s2", "s1", "s0"]
    assert page["items"][0] == {
        "source": "generic", "fingerprint": "s2", "firing": True, "title": "Strange",
        "labels": {"source": "generic", "n": "2"}, "at": iso(NOW + timedelta(minutes=2)),
    }  # fmt: skip


def test_the_secret_of_a_key_is_not_the_secret_of_a_source(shop: Api) -> None:
    assert shop.post(f"/alarms/generic?token={SECRET}", a_message()).status == 401
