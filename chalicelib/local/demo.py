"""DEMO=1: tells the story into an empty table, each word at the time at which it was said."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chalicelib import wiring
from chalicelib.domain.components import Component, Group
from chalicelib.domain.incidents import Draft, Said
from chalicelib.domain.postmortems import Findings
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import IncidentStatus
from chalicelib.local import traffic
from chalicelib.local.deeds import deeds
from chalicelib.local.story import COMPONENTS, INSTANCES, NAME, SHARED, Tale, Word, tales
from chalicelib.stores import catalogue, history, incidents, pages, postmortems, record
from chalicelib.stores.record import Change

_BEFORE = timedelta(days=90)
_A_DAY = timedelta(days=1)

Step = tuple[datetime, Callable[[Moment], Change[Any]]]


def tell() -> bool:
    """Fill the table if nothing has been published yet; whether it was filled."""
    if history.earliest() or catalogue.read().components:
        return False
    now = wiring.now()
    _set_the_scene(now - _BEFORE)
    steps = [*_steps(now), *traffic.closings(tales(now), now), *(() if _is_young(now) else deeds(now))]
    for at, decide in sorted(steps, key=lambda step: step[0]):
        record.append(decide, now=partial(_itself, at))
    traffic.send(tales(now), now)
    return True


def _is_young(now: datetime) -> bool:
    """Whether the record begins after the story: what was announced or promised then lies behind us."""
    began = record.head().recorded_at
    return began is not None and began > now - _BEFORE + _A_DAY


def _set_the_scene(at: datetime) -> None:
    """The page, the instances, the same components in each of them, and what they share."""
    settings, now = wiring.settings(), partial(_itself, at)

    def page(moment: datetime) -> Any:
        return pages.first_page(
            id=wiring.new_id(), name=NAME, time_zone=settings.time_zone, site_url=settings.site_url, at=moment
        )

    pages.get(page, now=now)
    for place, (id, name, region, release) in enumerate(INSTANCES):
        group = Group(
            id, name, at, at, position=place, region=region, environment="production", release=release
        )
        record.append(partial(catalogue.create, group), now=now)
        for rank, (part, title, description) in enumerate(COMPONENTS):
            component = Component(
                f"{id}-{part}", title, at, at, group=id, description=description, position=rank
            )
            record.append(partial(catalogue.create, component), now=now)
    for rank, (id, title, description) in enumerate(SHARED):
        shared = Component(id, title, at, at, description=description, position=rank)
        record.append(partial(catalogue.create, shared), now=now)


def _steps(now: datetime) -> Iterator[Step]:
    """Every word of every tale, with the instant at which it was said."""
    for tale in tales(now):
        for number, word in enumerate(tale.words):
            yield word.at, partial(_go_on if number else _open, tale, word)


def _open(tale: Tale, word: Word, moment: Moment) -> Change[Any]:
    draft = Draft(
        tale.title, word.body, status=word.status, affects=word.affects, started_at=tale.start,
        detected_at=tale.detected_at,
        next_update_by=_promise(word, moment.at),
    )  # fmt: skip
    return incidents.open_new(draft, ids=(tale.id, wiring.new_id()), moment=moment)


def _go_on(tale: Tale, word: Word, moment: Moment) -> Change[Any]:
    if word.status is IncidentStatus.POSTMORTEM:
        cause, _, body = word.body.partition("\n\n")
        found = Findings(body, cause)
        return postmortems.publish(incidents.get(tale.id), found, id=wiring.new_id(), moment=moment)
    said = Said(word.status, word.body, word.affects, word.at, _promise(word, moment.at))
    return incidents.tell(incidents.get(tale.id), said, id=wiring.new_id(), moment=moment)


def _promise(word: Word, now: datetime) -> datetime | None:
    """No promise that lies behind us already, as in a table whose record is younger than the story."""
    return word.promised if word.promised and word.promised > now else None


def _itself(at: datetime) -> datetime:
    return at
