"""Words that are taken back stand nowhere in the table afterwards, and the chain still holds."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, Invalid, NotFound
from chalicelib.domain.record import check_chain
from chalicelib.domain.redactions import NO_LINK
from chalicelib.domain.times import iso
from chalicelib.stores import advisories, catalogue, imports, incidents, record, redactions
from chalicelib.stores.purges import Purge
from tests.api.callers import Api, Reply, a_key
from tests.redactions import MARK, REASON, items_with, said, take_back
from tests.statuspages import a_component, a_summary, an_incident, an_update, foreign

SECRET = "Jane-Doe-0815"
MAJOR = {"api": "major_outage"}


@pytest.fixture
def api(table: str) -> Api:
    """The API with its page and a component."""
    made = Api(a_key())
    made.told.page()
    ok(made.post("/components", {"id": "api", "name": "API"}))
    return made


def ok(reply: Reply) -> Any:
    assert reply.status < 300, reply.text
    return reply.json


def an_open(api: Api, **said: str) -> None:
    """The incident `slow`."""
    ok(api.post("/incidents", {"id": "slow", "title": "Slow", "body": "We look.", "affects": MAJOR, **said}))


def put_right(api: Api, n: int, **right: str) -> None:
    """Correct the n-th update of `slow`, the newest first."""
    update = api.get("/incidents/slow").json["updates"][n]["id"]
    ok(api.patch(f"/incidents/slow/updates/{update}", {"reason": "Wrong.", **right}, If_Match="*"))


def postmortem(api: Api, body: str, cause: str) -> None:
    """The end of `slow`, and its postmortem."""
    ok(api.post("/incidents/slow/updates", {"status": "resolved", "body": "Over."}))
    ok(api.post("/incidents/slow/postmortem", {"body": body, "root_cause": cause}))


def title(api: Api) -> None:
    an_open(api, title=SECRET)
    ok(api.post("/incidents/slow/updates", {"status": "identified", "body": "Found."}, Idempotency_Key="k"))
    ok(api.patch("/incidents/slow", {"title": "Slow", "reason": "Wrong."}, If_Match="*"))
    postmortem(api, "It was.", "A cause.")


def body(api: Api) -> None:
    ok(api.post("/incidents", {"id": "slow", "title": "Slow", "body": SECRET}, Idempotency_Key="k"))


def corrected_body(api: Api) -> None:
    an_open(api, body=SECRET)
    put_right(api, 0, body="We look.")
    put_right(api, 0, body="We looked.")


def a_correction(api: Api) -> None:
    an_open(api)
    put_right(api, 0, body=SECRET)
    put_right(api, 0, body="We look.")


def why_corrected(api: Api) -> None:
    an_open(api)
    update = api.get("/incidents/slow").json["updates"][0]["id"]
    right = {"reason": SECRET, "body": "We look again."}
    ok(api.patch(f"/incidents/slow/updates/{update}", right, If_Match="*"))


def root_cause(api: Api) -> None:
    an_open(api)
    postmortem(api, "It was.", SECRET)
    put_right(api, 0, root_cause="A cause.")


def promise(api: Api) -> None:
    an_open(api)
    due = (api.told.at + timedelta(days=3)).isoformat()
    ok(api.post("/incidents/slow/follow-ups", {"id": "f", "text": SECRET, "due": due}))
    done = {"done_at": api.told.at.isoformat(), "body": "It is done."}
    ok(api.patch("/incidents/slow/follow-ups/f", done, If_Match="*"))


def corrected_work(api: Api) -> None:
    start, end = (iso(api.told.at + timedelta(days=days)) for days in (1, 2))
    work = {"id": "m1", "title": "Work", "body": SECRET, "availability": "read_only"}
    ok(api.post("/maintenances", {**work, "starts_at": start, "ends_at": end}, Idempotency_Key="k"))
    correct(api, "/maintenances/m1", body="We work.")


def corrected_advice(api: Api) -> None:
    hole = {"title": "A hole", "category": "phishing", "summary": "One.", "actions": "Update."}
    ok(api.post("/advisories", {"id": "hole", **hole, "published": True}))
    ok(api.post("/advisories/hole/withdraw", {"reason": SECRET}))
    correct(api, "/advisories/hole", body="It was none.")


def why_advice_was_corrected(api: Api) -> None:
    hole = {"title": "A hole", "category": "phishing", "summary": "One.", "actions": "Update."}
    ok(api.post("/advisories", {"id": "hole", **hole, "published": True}))
    correct(api, "/advisories/hole", body="Right.", reason=SECRET)


def correct(api: Api, path: str, **right: str) -> None:
    """Correct the newest update of something."""
    update = api.get(path).json["updates"][0]["id"]
    ok(api.patch(f"{path}/updates/{update}", {"reason": "Wrong.", **right}, If_Match="*"))


def component_name(api: Api) -> None:
    ok(api.post("/groups", {"id": "eu5", "name": "EU5"}))
    ok(api.post("/components", {"id": "theirs", "name": SECRET, "group": "eu5"}))
    for id in ("one", "two", "three"):
        told = {"id": id, "title": id, "body": "Down.", "affects": {"theirs": "major_outage"}}
        ok(api.post("/incidents", told, Idempotency_Key=id))
    planned = {
        "id": "m1", "title": "Work", "body": "We work.", "availability": "read_only",
        "starts_at": (api.told.at + timedelta(days=1)).isoformat(),
        "ends_at": (api.told.at + timedelta(days=2)).isoformat(), "affects": {"theirs": "under_maintenance"},
    }  # fmt: skip
    ok(api.post("/maintenances", planned))
    ok(api.patch("/components/theirs", {"name": "Theirs"}, If_Match="*"))


def note(api: Api) -> None:
    ok(api.patch("/components/api", {"status": "major_outage", "note": SECRET}, If_Match="*"))
    ok(api.patch("/components/api", {"position": 7}, If_Match="*"))


def page_name(api: Api) -> None:
    ok(api.patch("/page", {"name": SECRET}, If_Match="*"))


def advisory(api: Api) -> None:
    hole = {
        "title": SECRET, "category": "vulnerability", "summary": "There is one.", "actions": "Update.",
        "credits": ["Ada L."], "published": True,
    }  # fmt: skip
    ok(api.post("/advisories", {"id": "hole", **hole}))
    ok(api.post("/advisories/hole/updates", {"body": "Wider."}))


def credit(api: Api) -> None:
    hole = {"title": "A hole", "category": "vulnerability", "summary": "One.", "actions": "Update."}
    ok(api.post("/advisories", {"id": "hole", **hole, "credits": [SECRET], "published": True}))


def imported(api: Api) -> None:
    take(a_summary(an_incident("old", an_update("u1", 5, body=SECRET), an_update("u2", 6))))


def take(*documents: Any) -> int:
    """Import these; how many entries that were."""
    return sum(imports.save(foreign(*documents), now=lambda: END).entries.values())


END = Api(None).told.at


def imported_intervals(api: Api) -> None:
    take(a_summary(an_incident("old", an_update("u1", 5), reminder_intervals=SECRET)))


STORIES = (
    corrected_work, corrected_advice, why_advice_was_corrected, imported_intervals,
    title, body, corrected_body, a_correction, why_corrected, root_cause, promise, component_name, note,
    page_name, advisory, credit, imported,
)  # fmt: skip


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_words_are_taken_back_wherever_they_stand(story: Callable[[Api], None], api: Api) -> None:
    story(api)
    before = [entry.hash for entry in record.entries(0)]

    take_back(said(SECRET).seq, api.told.now)

    entries = list(record.entries(0))
    assert items_with(SECRET) == set()
    assert [entry.hash for entry in entries[: len(before)]] == before
    assert check_chain(entries) == record.head()
    assert redactions.waiting() == ([], Purge(record.head().seq))


def test_in_place_of_the_words_stands_when_and_why(api: Api) -> None:
    an_open(api, title=SECRET)

    done = take_back(4, api.told.now)

    shown = api.get("/incidents/slow").json
    assert (shown["title"], shown["updates"][0]["body"]) == (MARK, MARK)
    entry = record.find(done.entry)
    assert entry is not None
    told = json.loads(entry.body or "")
    assert (entry.kind, entry.subject) == ("entry.redacted", "incident/slow")
    assert told["redaction"] == {"reason": REASON}
    assert told["remains"]["4"]["incident"]["title"] == MARK
    stripped = record.find(4)
    assert stripped is not None
    assert (stripped.body, stripped.salt) == (None, None)


def test_to_take_back_twice_changes_nothing(api: Api) -> None:
    an_open(api, title=SECRET)
    first = take_back(4, api.told.now)
    stands = record.head()

    again = take_back(4, api.told.now, reason="another one")

    assert (again, record.head()) == (first, stands)


def test_two_at_once_take_back_once(api: Api) -> None:
    an_open(api, title=SECRET)

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(take_back, 4, api.told.now) for _ in range(4)]

    assert len({one.result().entry for one in done}) == 1
    assert sum(entry.kind == "entry.redacted" for entry in record.entries(0)) == 1
    assert items_with(SECRET) == set()


def test_what_was_killed_in_the_middle_is_gone_on_with_by_anybody(api: Api) -> None:
    component_name(api)
    seq = said(SECRET).seq
    record.append(lambda moment: redactions.redact(seq, REASON, moment=moment), now=api.told.now)
    assert redactions.waiting().entries == [seq]
    assert ("CATALOGUE", "ITEM#theirs") not in items_with(SECRET)

    parts = 0
    while record.append(lambda moment: redactions.go_on(seq, moment=moment), now=api.told.now):
        parts += 1

    assert parts == 4
    assert redactions.waiting().entries == []
    assert items_with(SECRET) == set()
    check_chain(record.entries(0))


def test_a_preview_writes_nothing(api: Api) -> None:
    body(api)
    before = items_with("")

    shown = record.preview(lambda moment: redactions.redact(4, REASON, moment=moment), now=api.told.now)

    assert (shown.entries, items_with("")) == ((4,), before)
    assert len(items_with(SECRET)) == 3


def test_what_was_removed_beside_other_words_loses_these_too(api: Api) -> None:
    ok(api.post("/components", {"id": "theirs", "name": "Jane's own"}))
    an_open(api, body=SECRET)
    ok(
        api.post(
            "/incidents",
            {"id": "more", "title": "More", "body": "Down.", "affects": {"theirs": "major_outage"}},
        )
    )
    ok(api.post("/incidents/more/updates", {"status": "identified", "body": SECRET}))
    ok(api.post("/incidents/more/updates", {"status": "monitoring", "body": "We watch.", "affects": MAJOR}))

    take_back(said("Jane's own").seq, api.told.now)
    take_back(3, api.told.now)
    take_back(7, api.told.now)
    take_back(5, api.told.now)

    assert items_with("Jane's own", SECRET, 'API"') == set()
    check_chain(record.entries(0))


def test_what_others_are_called_stays(api: Api) -> None:
    an_open(api, body="API")

    take_back(4, api.told.now)

    assert catalogue.component("api").name == "API"
    assert incidents.updates("slow")[0].affects[0].name == "API"


def test_what_was_answered_to_a_repeat_is_answered_without_the_words(api: Api) -> None:
    told = {"id": "slow", "title": "Slow", "body": SECRET}
    ok(api.post("/incidents", told, Idempotency_Key="k"))

    take_back(4, api.told.now)
    again = api.post("/incidents", told, Idempotency_Key="k")

    assert (again.status, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json["updates"][0]["body"] == MARK
    assert record.head().seq == 5


def test_another_word_can_stand_in_their_place(api: Api) -> None:
    an_open(api, body=SECRET)
    take_back(4, api.told.now)

    put_right(api, 0, body="We look.")

    shown = api.get("/incidents/slow").json["updates"][0]
    assert shown["body"] == "We look."
    assert items_with(SECRET) == set()


def test_an_advisory_of_hundreds_of_texts_loses_them_all(api: Api) -> None:
    large = {
        "title": f"{SECRET}-title", "category": "phishing", "summary": "They ask.", "published": True,
        "actions": [{"text": f"{SECRET}-{n}", "url": f"https://{SECRET}-{n}.example/"} for n in range(50)],
        "credits": [{"names": [f"{SECRET}-{n}-{m}" for m in range(20)]} for n in range(20)],
    }  # fmt: skip
    ok(api.post("/advisories", {"id": "large", **large}, Idempotency_Key="k"))
    ok(api.post("/advisories/large/updates", {"body": "Wider."}))

    take_back(4, api.told.now)

    assert items_with(SECRET) == set()
    assert redactions.waiting().entries == []
    check_chain(record.entries(0))


def test_versions_that_are_removed_are_affected_and_fixed_still(api: Api) -> None:
    versions = {"versions": [f"{SECRET}-1", f"{SECRET}-2"], "fixed": [f"{SECRET}-3", f"{SECRET}-4"]}
    hole = {"title": "A hole", "category": "vulnerability", "summary": "One.", "actions": "Update."}
    hole |= {"affected": [{"product": "CLI", **versions}]}  # type: ignore[dict-item]
    ok(api.post("/advisories", {"id": "hole", **hole, "published": True}))

    take_back(4, api.told.now)

    (affected,) = advisories.get("hole").affected
    assert items_with(SECRET) == set()
    assert (affected.versions, affected.fixed) == ((MARK, MARK), (MARK, MARK))


def test_where_a_group_is_and_what_runs_there_can_be_taken_back(api: Api) -> None:
    ok(api.post("/groups", {"id": "eu5", "name": "EU5", "region": SECRET, "release": f"for {SECRET}"}))
    ok(api.patch("/groups/eu5", {"position": 2}, If_Match="*"))

    take_back(4, api.told.now)

    shown = api.get("/groups/eu5").json
    assert items_with(SECRET) == set()
    assert (shown["region"], shown["release"], shown["environment"]) == (MARK, MARK, None)


@pytest.mark.parametrize("body", [f"{MARK} It is {SECRET}.", f"[removed 2026-11-22: {SECRET}]"])
def test_words_behind_what_looks_like_a_mark_go_too(body: str, api: Api) -> None:
    an_open(api, body="Jane called us.")
    take_back(4, api.told.now)
    put_right(api, 0, body=body)

    take_back(said(SECRET).seq, api.told.now, reason="another name")

    assert items_with(SECRET) == set()
    shown = api.get("/incidents/slow").json["updates"][0]["body"]
    assert shown == "[removed 2026-11-22: another name]"
    check_chain(record.entries(0))


def test_an_import_does_not_bring_the_words_back(api: Api) -> None:
    told = an_incident(
        "old", an_update("u1", 5, body=SECRET, custom_tweet=SECRET), an_update("u2", 6), name=SECRET
    )
    europe = a_component("europe", group=True, name=f"{SECRET} EU")
    listed = a_component("web", name=SECRET, description=SECRET, group_id="europe")
    take(a_summary(told, components=[europe, listed]))
    for word in (SECRET, f"{SECRET} EU"):
        while found := [entry for entry in record.entries(0) if entry.body and word in entry.body]:
            take_back(found[0].seq, lambda: END)

    again = take(a_summary(told, components=[europe, listed], updated=101))

    assert items_with(SECRET) == set()
    assert again == 1  # the page's own time of change
    assert catalogue.component("web").name == f"[removed 2026-11-22: {REASON}]"


def test_an_address_that_is_removed_leads_nowhere(api: Api) -> None:
    hole = {"title": "A hole", "category": "vulnerability", "summary": "One.", "actions": "Update."}
    links = {"references": [f"https://a.example/{SECRET}"]}
    ok(api.post("/advisories", {"id": "hole", **hole, **links, "published": True}))

    take_back(4, api.told.now)

    assert items_with(SECRET) == set()
    assert advisories.get("hole").references[0].url == NO_LINK


@pytest.mark.parametrize(
    ("seq", "reason", "refusal"),
    [
        pytest.param(99, REASON, NotFound, id="no such entry"),
        pytest.param(1, REASON, Conflict, id="a key was made in private"),
        pytest.param(5, REASON, Conflict, id="it removes words itself"),
        pytest.param(4, REASON, Conflict, id="it says nothing new"),
        pytest.param(3, " ", Invalid, id="a blank reason"),
        pytest.param(3, "a\nb", Invalid, id="a reason of two lines"),
        pytest.param(3, "x" * 201, Invalid, id="a long reason"),
        pytest.param(2, "the name Example", Invalid, id="a reason that says it again"),
    ],
)
def test_what_cannot_be_taken_back_is_refused(
    seq: int, reason: str, refusal: type[Exception], table: str
) -> None:
    api = Api(a_key())
    api.told.page()
    ok(api.post("/components", {"id": "api", "name": "API"}))
    ok(api.patch("/components/api", {"position": 3}, If_Match="*"))
    an_open(api, body=SECRET)
    take_back(said(SECRET).seq, api.told.now) if seq == 5 else None
    seq = record.head().seq if seq == 5 else seq
    stands = record.head()

    with pytest.raises(refusal):
        take_back(seq, api.told.now, reason)

    assert record.head() == stands
