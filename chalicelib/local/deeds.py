"""What DEMO=1 tells beside incidents, from story.json: each in words that the API takes, at its time."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from chalicelib import wiring
from chalicelib.api import bodies
from chalicelib.api.advisory_bodies import NewAdvisory, NewAdvisoryUpdate
from chalicelib.api.bodies import IncidentChange
from chalicelib.api.correction_bodies import IncidentUpdateCorrection
from chalicelib.api.maintenance_bodies import NewMaintenance, NewMaintenanceUpdate
from chalicelib.api.postmortem_bodies import FollowUpChange, NewFollowUp
from chalicelib.domain.advisories import add_update
from chalicelib.domain.postmortems import promise_postmortem
from chalicelib.domain.record import Moment
from chalicelib.domain.times import iso
from chalicelib.local.story import time_of
from chalicelib.stores import advisories, corrections, incidents, maintenances, postmortems
from chalicelib.stores.record import Change

_TIME = re.compile(r"(in )?[0-9]+ days( ago)?, [0-9]{2}:[0-9]{2}")


class Deed(NamedTuple):
    """Of what, of which part of it, and what is said, as JSON."""

    id: str
    of: Any
    said: bytes


def deeds(now: datetime) -> Iterator[tuple[datetime, Callable[[Moment], Change[Any]]]]:
    """Everything, with the instant at which it was said, counted from `now`."""
    text = Path(__file__).with_name("story.json").read_text(encoding="utf-8")
    for it in json.loads(text):
        said = json.dumps(_timed(it.get("said", {}), now)).encode()
        deed = Deed(it["id"], it.get("of"), said)
        yield time_of(it["at"], now), partial(DO[it["do"]], deed)


def _timed(said: Any, now: datetime) -> Any:
    """The same with instants where times are told from now."""
    if isinstance(said, dict):
        return {name: _timed(value, now) for name, value in said.items()}
    is_time = isinstance(said, str) and _TIME.fullmatch(said)
    return iso(time_of(said, now)) if is_time else said


def _announce(deed: Deed, moment: Moment) -> Change[Any]:
    said = bodies.read(deed.said, NewMaintenance).announcement()
    return maintenances.announce(said, ids=(deed.id, wiring.new_id()), moment=moment)


def _keep_time(deed: Deed, moment: Moment) -> Change[Any]:
    return maintenances.keep_time(maintenances.get(deed.id), id=wiring.new_id(), moment=moment)


def _go_on(deed: Deed, moment: Moment) -> Change[Any]:
    said = bodies.read(deed.said, NewMaintenanceUpdate).words()
    return maintenances.tell(maintenances.get(deed.id), said, id=wiring.new_id(), moment=moment)


def _advise(deed: Deed, moment: Moment) -> Change[Any]:
    said = bodies.read(deed.said, NewAdvisory)
    return advisories.publish_new(deed.id, said.said(), said.words(), update=wiring.new_id(), moment=moment)


def _advise_more(deed: Deed, moment: Moment) -> Change[Any]:
    before = advisories.get(deed.id)
    words = bodies.read(deed.said, NewAdvisoryUpdate).words(before)
    return advisories.told(before, add_update(before, words, id=wiring.new_id(), moment=moment))


def _promise_postmortem(deed: Deed, moment: Moment) -> Change[Any]:
    before = incidents.get(deed.id)
    due = bodies.read(deed.said, IncidentChange).promised(before.postmortem_due)
    return incidents.amended(before, promise_postmortem(before, due, moment=moment))


def _follow_up(deed: Deed, moment: Moment) -> Change[Any]:
    said = bodies.read(deed.said, NewFollowUp)
    wanted = said.follow_up(said.id or wiring.new_id())
    return postmortems.promise(incidents.get(deed.id), wanted, moment=moment)


def _keep(deed: Deed, moment: Moment) -> Change[Any]:
    done = bodies.read(deed.said, FollowUpChange).done(wiring.new_id())
    if done is None:
        raise ValueError(f"{deed.id}: nothing says that {deed.of} is done")
    standing = postmortems.follow_up(deed.id, deed.of)
    return postmortems.keep(incidents.get(deed.id), standing, done, moment=moment)


def _correct(deed: Deed, moment: Moment) -> Change[Any]:
    story = incidents.story(deed.id)
    right = bodies.read(deed.said, IncidentUpdateCorrection).right()
    return corrections.put_right(story, story.updates[deed.of].id, right, moment=moment)


DO: dict[str, Callable[[Deed, Moment], Change[Any]]] = {
    "announce": _announce,
    "keep time": _keep_time,
    "go on with": _go_on,
    "advise": _advise,
    "advise more": _advise_more,
    "promise a postmortem": _promise_postmortem,
    "follow up": _follow_up,
    "keep": _keep,
    "correct": _correct,
}
