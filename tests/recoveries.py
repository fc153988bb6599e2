"""For tests of recovery: a history that says all that can be said, tables to copy, sites as folders."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.domain.samples import Sample
from chalicelib.domain.times import iso
from chalicelib.publishing import record as record_files
from chalicelib.publishing.bucket import Bucket
from chalicelib.stores import days, imports, record, samples
from chalicelib.stores.idempotency import Repeat
from chalicelib.stores.samples import Batch
from chalicelib.stores.table import Item
from chalicelib.triggers.clock import keep_time
from tests import afterwards, redactions
from tests.api.callers import Api, Reply, a_key
from tests.redactions import take_back
from tests.statuspages import (
    a_component,
    a_document,
    a_maintenance,
    a_summary,
    an_incident,
    an_update,
    at,
    foreign,
)
from tests.worlds import fresh_table

Key = tuple[str, str]
Items = dict[Key, dict[str, Any]]
UNDER = {"api": "under_maintenance"}
WORDS = ("suspected", "investigating", "identified", "monitoring", "resolved", "investigating")


def a_long_history() -> Iterator[None]:
    """Everything that API, command line and imports write, a step at a time."""
    api = Api(a_key())
    api.told.page()
    told = (
        *_catalogue(api), *_incidents(api), *_maintenances(api), *_advisories(api), *afterwards.words(api),
    )  # fmt: skip
    for step in (*told, *_imports(api), *_days(api), *_keys(api), *_redactions(api), *_last_words(api)):
        api.told.pass_time(seconds=40)
        step()
        yield


def items() -> Items:
    """What stands in the table, by key; JSON as its values, since the order of keys in it says nothing."""
    return {(item.pk, item.sk): _plain(item) for item in Item.scan(consistent_read=True)}


@contextmanager
def another_table(held: list[dict[str, Any]]) -> Iterator[None]:
    """A fresh table with these items, in place of the one that is connected."""
    with fresh_table():
        fill(held)
        yield


def dump() -> list[dict[str, Any]]:
    """The items of the table as they are."""
    return [item.serialize() for item in Item.scan(consistent_read=True)]


def fill(held: list[dict[str, Any]]) -> None:
    """Put items as they were."""
    with Item.batch_write() as batch:
        for one in held:
            item = Item()
            item.deserialize(one)
            batch.save(item)


def a_site(folder: Path, *, after: Callable[[dict[str, bytes]], None] = lambda files: None) -> Path:
    """The record of the connected table as files in a folder; `after` may change them before."""
    built = record_files.files(record.entries(0), record.head())
    files = {key: file.body for key, file in built.items()}
    after(files)
    return written(folder, files)


def written(folder: Path, files: dict[str, bytes]) -> Path:
    """Files in a folder, by key."""
    for key, body in files.items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return folder


def synced(folder: Path, bucket: Bucket) -> Path:
    """The bucket as `aws s3 sync` brings it."""
    return written(folder, {key: bucket.get(key)[0] for page in bucket.listed("") for key in page})


def _plain(item: Item) -> dict[str, Any]:
    doc = json.loads(item.doc) if item.doc else item.doc
    return {
        "doc": doc, "version": item.version, "kind": item.kind, "body": item.body, "salt": item.salt,
        "expires": item.expires,
    }  # fmt: skip


def _done(reply: Reply) -> Reply:
    assert reply.status < 300, reply.text
    return reply


def _change(api: Api, path: str, **said: Any) -> Callable[[], Any]:
    return lambda: _done(api.patch(path, said, If_Match=api.get(path).etag))


def _post(api: Api, path: str, **said: Any) -> Callable[[], Any]:
    return lambda: _done(api.post(path, said))


def _correct(api: Api, path: str, n: int, *, later: float = 0, **right: Any) -> Reply:
    """Put the n-th update from the newest on right; `later`: so many seconds later it was."""
    update = api.get(path).json["updates"][n]
    at = datetime.fromisoformat(update["happened_at"]) + timedelta(seconds=later)
    said = {"reason": "It was wrong.", "happened_at": iso(at), **right}
    return _done(api.patch(f"{path}/updates/{update['id']}", said, If_Match="*"))


def _catalogue(api: Api) -> Iterator[Callable[[], Any]]:
    yield _post(api, "/groups", id="eu5", name="EU5", region="EMEA", environment="sandbox", release="W27")
    yield _post(api, "/components", id="checkout", name="Checkout", group="eu5", position=3)
    yield _post(api, "/components", id="search", name="Search", description="Find things")
    yield _post(api, "/components", id="mail", name="Mail", only_show_if_degraded=True)
    yield _change(api, "/page", name="Another name")
    yield _change(api, "/page", time_zone="Europe/Berlin")
    yield _change(api, "/groups/eu5", release="W28", description="Two places")
    yield _change(api, "/components/search", status="degraded_performance", note="Slow disks.")
    yield _change(api, "/components/search", note="Very slow disks.")
    yield _change(api, "/components/search", position=7)
    yield _change(api, "/components/mail", status="major_outage", note="Down.")
    yield _change(api, "/components/mail", status="operational")


def _incidents(api: Api) -> Iterator[Callable[[], Any]]:
    def promise() -> Any:
        by = (api.told.at + timedelta(minutes=30)).isoformat()
        said = {"status": "identified", "body": "Found.", "next_update_by": by}
        return _done(api.post("/incidents/slow/updates", said))

    def retold() -> Any:
        said = {"id": "old", "title": "Long ago", "body": "It was.", "status": "resolved"}
        begun = (api.told.at - timedelta(days=40)).isoformat()
        return _done(
            api.post("/incidents", {**said, "started_at": begun, "affects": {"mail": "major_outage"}})
        )

    major, partial = {"checkout": "major_outage"}, {"search": "partial_outage", "mail": "operational"}
    yield _post(api, "/incidents", id="slow", title="Slow", body="**We** look.", affects=major)
    yield _post(
        api, "/incidents", id="maybe", title="Maybe", body="An alarm.", status="suspected", impact="none"
    )
    yield _post(api, "/incidents/slow/updates", status="investigating", body="More.", affects=partial)
    yield promise
    yield lambda: _change(
        api, "/incidents/slow", detected_at=api.get("/incidents/slow").json["started_at"], reason="Logs."
    )()
    yield _change(api, "/incidents/slow", title="Slower \U0001f422", impact="critical", reason="\U0001f422")
    yield _post(api, "/incidents/maybe/updates", status="retracted", body="It was nothing.")
    yield retold
    for word in WORDS[3:]:
        yield _post(api, "/incidents/slow/updates", status=word, body=f"Now {word}.")
    yield _post(api, "/incidents", id="quick", title="Quick", body="Line\nline\u2028line", affects=partial)
    repeat = {"status": "resolved", "body": "Over."}
    yield lambda: _done(api.post("/incidents/quick/updates", repeat, Idempotency_Key="once"))


def _maintenances(api: Api) -> Iterator[Callable[[], Any]]:
    def planned(id: str, hours: float, **more: Any) -> Callable[[], Any]:
        def post() -> Any:
            start, end = (api.told.at + timedelta(hours=hours + n) for n in (0, 2))
            said = {"id": id, "title": id.title(), "body": "Work.", "availability": "read_only", **more}
            return _done(api.post("/maintenances", {**said, "starts_at": iso(start), "ends_at": iso(end)}))

        return post

    def moved() -> Any:
        start, end = (iso(api.told.at + timedelta(days=days)) for days in (40, 41))
        later = {"body": "Later.", "starts_at": start, "ends_at": end}
        return _done(api.post("/maintenances/off/reschedule", later))

    under = {"mail": "under_maintenance", "checkout": "under_maintenance"}
    yield planned("disks", 0.02, affects=under, remind_before="PT30M")
    yield planned("off", 30)
    yield planned("past", -900, backfilled=True)
    yield _change(api, "/maintenances/disks", title="Disks \U0001f4be", reason="More disks.")
    yield lambda: keep_time(api.told.now, lambda: "by-clock")
    yield _post(api, "/maintenances/disks/updates", status="verifying", body="We look.")
    yield _post(api, "/maintenances/disks/updates", status="completed", body="Done.")
    yield moved
    yield _post(api, "/maintenances/off/cancel", body="Not at all.")
    yield lambda: _correct(api, "/maintenances/disks", 2, later=5)
    yield lambda: _correct(api, "/maintenances/disks", 0, body="All is done.")


def works(*maintenances: Any, updated: int) -> Any:
    """A summary.json with these maintenances."""
    return {
        **a_summary(components=[a_component()], updated=updated),
        "scheduled_maintenances": [*maintenances],
    }


def _imports(api: Api) -> Iterator[Callable[[], Any]]:
    def take(*documents: Any) -> Callable[[], Any]:
        return lambda: imports.save(foreign(*documents), now=api.told.now)

    europe, listed = (
        a_component("europe", group=True),
        a_component("api", group_id="europe", status="major_outage"),
    )
    long = [an_update(f"u{n}", n, affects={"api": "partial_outage"}) for n in range(40)]
    tweet = an_update("t1", 20, "monitoring", tweet_id=2**60 + 1, custom_tweet="Soon.")
    both = [an_incident("long", *long), an_incident("other", an_update("o1", 5), tweet)]
    yield take(a_summary(*both, components=[europe, listed, a_component("web")]))
    yield take(a_document(incidents=[an_incident("past", an_update("p1", 7, "resolved", body="<b>x</b>"))]))
    mended = an_incident(
        "other", an_update("o1", 5, body="Put right."), tweet, started_at=at(2), name="Moved"
    )
    yield take(a_summary(both[0], mended, components=[europe, {**listed, "name": "API"}], updated=110))
    yield _post(
        api,
        "/incidents/other/updates",
        status="identified",
        body="Ours now.",
        affects={"api": "major_outage"},
    )
    yield take(a_summary(components=[a_component()], updated=120))
    yield take(a_summary(an_incident("long", *long[:12], updated_at=at(119)), updated=130))
    planned, begun = an_update("w1", 30, "scheduled"), an_update("w2", 125, "in_progress", affects=UNDER)
    later = a_maintenance("works", planned, begun, scheduled_for=at(110))
    yield take(works(a_maintenance("works", planned), a_maintenance("gone"), updated=140))
    yield take(works(later, updated=141))
    yield _post(api, "/maintenances/works/updates", status="in_progress", body="Ours now.")


def _advisories(api: Api) -> Iterator[Callable[[], Any]]:
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    hole = {
        "title": "A hole \U0001f573", "category": "vulnerability", "summary": "There is one.", "cvss": vector,
        "actions": "Update.", "affected": [{"product": "App", "versions": ["< 2"], "fixed": ["2"]}],
        "cves": ["CVE-2026-12345"], "references": ["https://a.example/b"], "credits": ["Ada L."],
    }  # fmt: skip
    mails = {"title": "Mails", "category": "phishing", "summary": "False ones.", "actions": "Delete them."}
    yield _post(api, "/advisories", **hole, published=True)
    yield _post(api, "/advisories", **mails, id="False-Mails", severity="low", published=True)
    yield _post(api, "/advisories/CSA-2026-0001/updates", body="Wider.", title="A wider hole", active=False)
    yield _post(api, "/advisories/false-mails/withdraw", reason="They were ours.")
    yield _post(api, "/advisories", **mails, published=True)
    yield lambda: _correct(api, "/advisories/csa-2026-0001", 0, body="Much wider.")
    yield lambda: _correct(api, "/advisories/false-mails", 0, body="They were ours indeed.", later=-1)


def _days(api: Api) -> Iterator[Callable[[], Any]]:
    """Samples, and the end of the day on which they came."""
    day, sent = api.told.at.date(), Repeat("tester", "samples", "asked")
    said = {n: Sample(id, api.told.at, 10**9, 10**n, 2) for n, id in enumerate(("checkout", "search") * 9)}
    yield lambda: samples.take(Batch(sent, said), now=api.told.now)
    yield lambda: days.close(day, now=api.told.now)


def _keys(api: Api) -> Iterator[Callable[[], Any]]:
    yield _post(api, "/keys", name="To be revoked", scopes=["read"])
    yield lambda: a_key(id="early", secret="e4")
    yield lambda: _done(api.delete("/keys/early"))
    yield lambda: _done(api.delete(f"/keys/{_first_of(api)}"))


def _first_of(api: Api) -> str:
    return str(next(key["id"] for key in api.get("/keys").json["items"] if key["name"] == "To be revoked"))


def _redactions(api: Api) -> Iterator[Callable[[], Any]]:
    """Words that were corrected since, a name that others speak of, what is said of security, an import's."""
    for told in ("We looked.", "Wider.", "Mail", "A hole \U0001f573", "Put right.", "It dug deep."):
        yield lambda told=told: take_back(redactions.said(f'"{told}"').seq, api.told.now)  # type: ignore[misc]


def _last_words(api: Api) -> Iterator[Callable[[], Any]]:
    yield _change(api, "/components/checkout", status="partial_outage", note="A cable.", group=None)
    yield _post(
        api,
        "/incidents",
        id="last",
        title="Last",
        body="Words.",
        affects={"checkout": "degraded_performance"},
    )
    yield _change(api, "/page", name="Its last name")
