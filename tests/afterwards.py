"""For tests of recovery: what follows incidents, what is put right, what leaves the page."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from tests.api.callers import Api, Reply

Step = Callable[[], Any]


def words(api: Api) -> Iterator[Step]:
    """One step after the other, each of an incident that is resolved or of one that was none."""
    yield _post(
        api, "/incidents", id="cable", title="Cable", body="We look.", affects={"mail": "major_outage"}
    )
    yield _post(api, "/incidents/cable/updates", status="resolved", body="Mended.")
    yield lambda: _change(api, "/incidents/cable", postmortem_due=_at(api, days=2))
    yield lambda: _post(
        api, "/incidents/cable/follow-ups", id="spare", text="A spare", due=_at(api, days=9)
    )()
    yield lambda: _post(api, "/incidents/cable/follow-ups", id="map", text="A map", due=_at(api, days=9))()
    yield lambda: _change(api, "/incidents/cable/follow-ups/map", due=_at(api, days=12))
    yield _post(api, "/incidents/cable/postmortem", root_cause="A digger.", body="**It dug.**")
    yield lambda: _change(
        api, "/incidents/cable/follow-ups/spare", done_at=_at(api, minutes=-1), body="It lies."
    )
    yield lambda: _correct(api, -1, happened_at=_at(api, days=-40))
    yield lambda: _correct(api, 1, body="It dug deep.", root_cause="A deep digger.")
    yield lambda: _correct(api, -1, body="We looked.", happened_at=_at(api, days=-41))
    yield _post(api, "/incidents", id="oops", title="Oops", body="A test.", affects={"mail": "major_outage"})
    yield lambda: _post(api, "/incidents/oops/follow-ups", id="never", text="Never", due=_at(api, days=9))()
    yield _post(api, "/incidents/oops/retract", reason="It was a test.")
    yield _post(api, "/groups", id="us1", name="US1")
    yield _post(api, "/components", id="fax", name="Fax", group="us1")
    yield _post(api, "/components/fax/retire", reason="Nobody sends any.")
    yield _post(api, "/groups/us1/retire")
    yield lambda: _change(api, "/groups/us1", retired=False, name="US One")


def _at(api: Api, **later: float) -> str:
    return (api.told.at + timedelta(**later)).isoformat()


def _correct(api: Api, n: int, **right: Any) -> Reply:
    update = api.get("/incidents/cable").json["updates"][n]["id"]
    return _change(api, f"/incidents/cable/updates/{update}", reason="It was wrong.", **right)


def _change(api: Api, path: str, **said: Any) -> Reply:
    return _done(api.patch(path, said, If_Match="*"))


def _post(api: Api, path: str, **said: Any) -> Callable[[], Reply]:
    return lambda: _done(api.post(path, said))


def _done(reply: Reply) -> Reply:
    assert reply.status < 300, reply.text
    return reply
