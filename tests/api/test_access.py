"""Who may do what: keys, their scopes, and what a stranger learns."""

import pytest

from chalicelib import wiring
from chalicelib.domain.keys import Scope
from chalicelib.stores import keys, record, table
from tests.api.callers import PROBLEM, SECRET, Api, a_key

OPERATIONS = [
    pytest.param("POST", "/groups", Scope.COMPONENTS_WRITE, id="POST groups"),
    pytest.param("GET", "/groups", Scope.READ, id="GET groups"),
    pytest.param("GET", "/groups/eu5", Scope.READ, id="GET group"),
    pytest.param("PATCH", "/groups/eu5", Scope.COMPONENTS_WRITE, id="PATCH group"),
    pytest.param("POST", "/components", Scope.COMPONENTS_WRITE, id="POST components"),
    pytest.param("GET", "/components", Scope.READ, id="GET components"),
    pytest.param("GET", "/components/checkout", Scope.READ, id="GET component"),
    pytest.param("PATCH", "/components/checkout", Scope.COMPONENTS_WRITE, id="PATCH component"),
    pytest.param("GET", "/components/checkout/days", Scope.READ, id="GET days"),
    pytest.param("POST", "/samples", Scope.SAMPLES_WRITE, id="POST samples"),
    pytest.param("POST", "/components/checkout/metric", Scope.SAMPLES_WRITE, id="POST metric"),
    pytest.param("GET", "/components/checkout/metric", Scope.READ, id="GET metric"),
    pytest.param("DELETE", "/components/checkout/metric", Scope.SAMPLES_WRITE, id="DELETE metric"),
    pytest.param("POST", "/incidents", Scope.INCIDENTS_WRITE, id="POST incidents"),
    pytest.param("GET", "/incidents", Scope.READ, id="GET incidents"),
    pytest.param("GET", "/incidents/slow", Scope.READ, id="GET incident"),
    pytest.param("PATCH", "/incidents/slow", Scope.INCIDENTS_WRITE, id="PATCH incident"),
    pytest.param("POST", "/incidents/slow/updates", Scope.INCIDENTS_WRITE, id="POST updates"),
    pytest.param("PATCH", "/incidents/slow/updates/u1", Scope.INCIDENTS_WRITE, id="PATCH update"),
    pytest.param("POST", "/incidents/slow/postmortem", Scope.INCIDENTS_WRITE, id="POST postmortem"),
    pytest.param("POST", "/incidents/slow/retract", Scope.INCIDENTS_WRITE, id="POST its retraction"),
    pytest.param("POST", "/incidents/slow/follow-ups", Scope.INCIDENTS_WRITE, id="POST follow-ups"),
    pytest.param("PATCH", "/incidents/slow/follow-ups/f1", Scope.INCIDENTS_WRITE, id="PATCH follow-up"),
    pytest.param("POST", "/components/checkout/retire", Scope.COMPONENTS_WRITE, id="POST its retirement"),
    pytest.param("POST", "/groups/eu5/retire", Scope.COMPONENTS_WRITE, id="POST a group's retirement"),
    pytest.param("POST", "/maintenances", Scope.MAINTENANCES_WRITE, id="POST maintenances"),
    pytest.param("GET", "/maintenances", Scope.READ, id="GET maintenances"),
    pytest.param("GET", "/maintenances/disks", Scope.READ, id="GET maintenance"),
    pytest.param("PATCH", "/maintenances/disks", Scope.MAINTENANCES_WRITE, id="PATCH maintenance"),
    pytest.param("POST", "/maintenances/disks/updates", Scope.MAINTENANCES_WRITE, id="POST its updates"),
    pytest.param("PATCH", "/maintenances/disks/updates/u1", Scope.MAINTENANCES_WRITE, id="PATCH its update"),
    pytest.param("POST", "/maintenances/disks/reschedule", Scope.MAINTENANCES_WRITE, id="POST its period"),
    pytest.param("POST", "/maintenances/disks/cancel", Scope.MAINTENANCES_WRITE, id="POST its end"),
    pytest.param("POST", "/advisories", Scope.ADVISORIES_WRITE, id="POST advisories"),
    pytest.param("GET", "/advisories", Scope.READ, id="GET advisories"),
    pytest.param("GET", "/advisories/hole", Scope.READ, id="GET advisory"),
    pytest.param("PATCH", "/advisories/hole", Scope.ADVISORIES_WRITE, id="PATCH advisory"),
    pytest.param("DELETE", "/advisories/hole", Scope.ADVISORIES_WRITE, id="DELETE a draft"),
    pytest.param("POST", "/advisories/hole/publish", Scope.ADVISORIES_WRITE, id="POST its publication"),
    pytest.param("POST", "/advisories/hole/updates", Scope.ADVISORIES_WRITE, id="POST words about it"),
    pytest.param("PATCH", "/advisories/hole/updates/u1", Scope.ADVISORIES_WRITE, id="PATCH words about it"),
    pytest.param("POST", "/advisories/hole/withdraw", Scope.ADVISORIES_WRITE, id="POST its withdrawal"),
    pytest.param("POST", "/probes", Scope.PROBES_WRITE, id="POST probes"),
    pytest.param("GET", "/probes", Scope.PROBES_WRITE, id="GET probes"),
    pytest.param("GET", "/probes/health", Scope.PROBES_WRITE, id="GET probe"),
    pytest.param("GET", "/probes/health/result", Scope.PROBES_WRITE, id="GET its result"),
    pytest.param("PATCH", "/probes/health", Scope.PROBES_WRITE, id="PATCH probe"),
    pytest.param("DELETE", "/probes/health", Scope.PROBES_WRITE, id="DELETE probe"),
    pytest.param("POST", "/incidents/slow/confirm", Scope.INCIDENTS_WRITE, id="POST its confirmation"),
    pytest.param("POST", "/alarms/generic", Scope.ALARMS_SEND_GENERIC, id="POST alarms"),
    pytest.param("POST", "/alarms/rules", Scope.ALARMS_WRITE, id="POST rules"),
    pytest.param("GET", "/alarms/rules", Scope.ALARMS_WRITE, id="GET rules"),
    pytest.param("DELETE", "/alarms/rules/all", Scope.ALARMS_WRITE, id="DELETE rule"),
    pytest.param("GET", "/alarms/unmatched", Scope.ALARMS_WRITE, id="GET unmatched alarms"),
    pytest.param("GET", "/alarms/senders/generic", Scope.ALARMS_WRITE, id="GET sender"),
    pytest.param("PATCH", "/alarms/senders/generic", Scope.ALARMS_WRITE, id="PATCH sender"),
    pytest.param("GET", "/record", Scope.READ, id="GET record"),
    pytest.param("POST", "/record/1/redact", Scope.RECORD_REDACT, id="POST its redaction"),
    pytest.param("POST", "/keys", Scope.KEYS_WRITE, id="POST keys"),
    pytest.param("GET", "/keys", Scope.KEYS_WRITE, id="GET keys"),
    pytest.param("DELETE", "/keys/tester", Scope.KEYS_WRITE, id="DELETE key"),
    pytest.param("GET", "/page", Scope.READ, id="GET page"),
    pytest.param("PATCH", "/page", Scope.PAGE_WRITE, id="PATCH page"),
]
each_operation = pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)


def test_every_operation_is_among_those_below(standing: Api) -> None:
    routed = {(method, route) for route, methods in standing.app.routes.items() for method in methods}

    assert len(routed) == len(OPERATIONS) + 1  # and the description, which anybody may read


@each_operation
def test_nothing_is_done_for_strangers(standing: Api, method: str, path: str, scope: Scope) -> None:
    wiring.settings()
    before = record.head()

    reply = stranger(standing, method, path)

    assert reply == (401, PROBLEM, 'Bearer realm="candor"')
    assert record.head() == before


@each_operation
def test_each_operation_needs_its_scope(standing: Api, method: str, path: str, scope: Scope) -> None:
    wiring.settings()
    others = [other for other in Scope if not scope.startswith(other)]
    credential = standing_key(f"all-but-{scope}".replace(":", "-"), *others)

    reply = standing.send(method, path, {}, {"Authorization": f"Bearer {credential}"})

    assert reply.status == 403
    assert str(scope) in reply.json["detail"]
    assert f'scope="{scope}"' in reply.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("", id="nothing"),
        pytest.param("Bearer", id="no credential"),
        pytest.param("Bearer ", id="an empty credential"),
        pytest.param(f"Basic candor_tester_{SECRET}", id="another scheme"),
        pytest.param(f"Bearer candor_tester_{SECRET}x", id="another secret"),
        pytest.param(f"Bearer candor_nobody_{SECRET}", id="a key that there is not"),
        pytest.param(f"Bearer candor__{SECRET}", id="no id"),
        pytest.param("Bearer candor_tester_", id="no secret"),
        pytest.param(f"Bearer candor_{'x' * 3000}_{SECRET}", id="an id that is too long"),
        pytest.param(f"Bearer candor_NO#KEY_{SECRET}", id="an id that is none"),
        pytest.param("Bearer candor_tester_\ud800", id="half a surrogate pair"),
        pytest.param("Bearer cand\u00f6r_tester_x", id="another alphabet"),
    ],
)
def test_a_wrong_credential_is_no_key(standing: Api, authorization: str) -> None:
    reply = standing.get("/page", Authorization=authorization)

    assert reply.status == 401
    assert authorization[7:] in ("", " ") or authorization[7:] not in reply.text


def test_the_scheme_may_be_written_in_any_case(standing: Api) -> None:
    assert standing.get("/page", Authorization=f"bEARER candor_tester_{SECRET}").status == 200


def test_the_description_is_for_everybody(standing: Api) -> None:
    assert standing.get("/openapi.json", Authorization="").status == 200


def test_a_key_is_made_used_and_revoked(api: Api) -> None:
    made = api.post("/keys", {"name": " Robot ", "scopes": ["read", "read", "incidents:write"]})
    robot = {"Authorization": f"Bearer {made.json['credential']}"}
    key = {name: value for name, value in made.json.items() if name != "credential"}

    assert (made.status, key["name"], key["scopes"]) == (201, "Robot", ["read", "incidents:write"])
    assert api.get("/page", **robot).status == 200
    assert api.get("/keys").json["items"][1] == key
    revoked = api.delete(f"/keys/{key['id']}")
    assert revoked.json == {**key, "revoked_at": "2026-11-22T09:05:00.000Z"}
    assert api.get("/page", **robot).status == 401
    assert api.delete(f"/keys/{key['id']}") == revoked
    assert api.delete("/keys/nobody").status == 404


def test_no_key_revokes_itself(api: Api) -> None:
    other = a_key(id="other")

    assert (api.delete("/keys/tester").status, api.get("/page").status) == (409, 200)
    assert api.delete("/keys/tester", Authorization=f"Bearer {other}").status == 200
    assert api.get("/page").status == 401


def test_nobody_grants_what_they_may_not_do(api: Api) -> None:
    maker = a_key(Scope.KEYS_WRITE, Scope.READ, id="maker")

    refused = api.post(
        "/keys", {"name": "x", "scopes": ["read", "page:write"]}, Authorization=f"Bearer {maker}"
    )

    assert (refused.status, "page:write" in refused.json["detail"]) == (403, True)
    assert [key.id for key in keys.all_keys()] == ["tester", "maker"]


def test_secrets_are_stored_nowhere(api: Api) -> None:
    once = {"Idempotency-Key": "k"}

    credential = api.send("POST", "/keys", {"name": "x", "scopes": ["read"]}, once).json["credential"]

    secret = credential.split("_")[2]
    for item in table.Item.scan():
        stored = f"{item.pk} {item.sk} {item.doc} {item.body} {item.salt}"
        assert secret not in stored
        assert SECRET not in stored


def test_keys_are_listed_in_pages(api: Api) -> None:
    for n in range(3):
        a_key(id=f"k{n}")

    first = api.get("/keys?limit=3").json
    rest = api.get(f"/keys?limit=3&cursor={first['next']}").json

    assert [key["id"] for key in first["items"] + rest["items"]] == ["tester", "k0", "k1", "k2"]


def stranger(api: Api, method: str, path: str) -> tuple[int, str, str]:
    """What a caller without a key gets."""
    known, api.credential = api.credential, None
    try:
        reply = api.send(method, path, "{ broken")
    finally:
        api.credential = known
    return reply.status, reply.headers["Content-Type"], reply.headers["WWW-Authenticate"]


def standing_key(id: str, *scopes: Scope) -> str:
    """A key, made once."""
    return f"candor_{id}_{SECRET}" if keys.find(id) else a_key(*scopes, id=id)
