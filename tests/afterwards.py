"""For tests of recovery and publication: what follows incidents, what is put right, what leaves the page."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.domain.advisories import AdvisoryStory
from chalicelib.domain.components import retire_component
from chalicelib.domain.errors import NotFound
from chalicelib.domain.maintenances import Course
from chalicelib.domain.postmortems import Done, Findings, promise_postmortem
from chalicelib.domain.promises import FollowUp
from chalicelib.domain.record import Moment
from chalicelib.domain.wordings import Right
from chalicelib.stores import (
    advisories,
    catalogue,
    corrections,
    incidents,
    maintenances,
    opened,
    postmortems,
)
from chalicelib.stores.record import Change
from tests.api.callers import Api, Reply

if TYPE_CHECKING:
    from tests.worlds import World

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
    yield lambda: _change(api, "/incidents/cable/follow-ups/spare", due=_at(api, days=10))
    yield lambda: _change(api, "/incidents/cable", postmortem_due=_at(api, days=3))
    yield _post(api, "/incidents/cable/postmortem", root_cause="A digger.", body="**It dug.**")
    yield lambda: _change(
        api, "/incidents/cable/follow-ups/spare", done_at=_at(api, minutes=-1), body="It lies."
    )
    yield lambda: _correct(api, 0, happened_at=_at(api, seconds=-80))
    yield lambda: _correct(api, -1, happened_at=_at(api, days=-40))
    yield lambda: _correct(api, 1, body="It dug deep.", root_cause="A deep digger.")
    yield lambda: _correct(api, -1, body="We looked.", happened_at=_at(api, days=-41))
    yield lambda: _change(api, "/incidents/quick", postmortem_due=_at(api, days=4))
    yield lambda: _change(api, "/incidents/quick", postmortem_due=None)
    yield _post(api, "/incidents", id="oops", title="Oops", body="A test.", affects={"mail": "major_outage"})
    yield lambda: _post(api, "/incidents/oops/follow-ups", id="never", text="Never", due=_at(api, days=9))()
    yield _post(api, "/incidents/oops/retract", reason="It was a test.")
    yield _post(api, "/groups", id="us1", name="US1")
    yield _post(api, "/components", id="fax", name="Fax", group="us1")
    yield _post(api, "/components/fax/retire", reason="Nobody sends any.")
    yield _post(api, "/groups/us1/retire", reason="Empty.")
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


def follow(world: "World", name: str, id: str, minutes: int = 0) -> None:
    """One step of a random history: what follows the incident of this id, or leaves the page."""
    later = world.at + timedelta(minutes=minutes)
    match name:
        case "postmortem":
            said = Findings("What happened.", f"Cause {minutes}.")
            world.change(lambda m: postmortems.publish(incidents.get(id), said, id=f"p{m.seq}", moment=m))
        case "due":
            world.change(lambda m: _promised(id, later, m))
        case "promise":
            follow_up = FollowUp(f"f{minutes}", f"Promise {minutes}", later, later)
            world.change(lambda m: postmortems.promise(incidents.get(id), follow_up, moment=m))
        case "keep":
            world.change(lambda m: _kept(id, m))
        case "correct":
            earlier = world.at - timedelta(minutes=minutes)
            right = Right("It was wrong.", f"Right {minutes}.", earlier)
            world.change(lambda m: _corrected(id, right, m))
        case "retract":
            world.change(
                lambda m: corrections.take_back(incidents.get(id), "None.", id=f"r{m.seq}", moment=m)
            )
        case "retire":
            world.change(lambda m: _retired(id, m))


def _promised(id: str, due: datetime, moment: Moment) -> Change[Any]:
    before = incidents.get(id)
    return incidents.amended(before, promise_postmortem(before, due, moment=moment))


def _kept(id: str, moment: Moment) -> Change[Any]:
    standing = next((one for one in postmortems.follow_ups(id) if one.done_at is None), None)
    if standing is None:
        raise NotFound("follow-up", id)
    return postmortems.keep(incidents.get(id), standing, Done(f"d{moment.seq}"), moment=moment)


def _corrected(id: str, right: Right, moment: Moment) -> Change[Any]:
    tale = _tale(id)
    update = tale.updates[moment.seq % len(tale.updates)]
    return corrections.put_right(tale, update.id, right, moment=moment)


def _tale(id: str) -> corrections.Tale:
    """What was told: the first letter of an id says of which kind."""
    if id.startswith("m"):
        return Course(maintenances.get(id), maintenances.updates(id))
    if id.startswith("h"):
        advisory = advisories.get(id)
        if not advisory.is_public:
            raise NotFound("update", id)
        return AdvisoryStory(advisory, advisories.updates(id))
    return incidents.story(id)


def _retired(id: str, moment: Moment) -> Change[Any]:
    affects = (held[id] for held in opened.in_force() if id in held)
    return catalogue.retired(
        retire_component(catalogue.component(id), "", at=moment.at, affects=affects), moment
    )
