"""Advisories and their updates: draft, publish, go on, take back, list, look at."""

from collections.abc import Callable

from chalicelib.api import advisory_answers, answers, cursors, queries
from chalicelib.api.advisory_answers import FullAdvisory, ListedAdvisory, ToldOfAdvisory
from chalicelib.api.advisory_bodies import (
    AdvisoryChange,
    NewAdvisory,
    NewAdvisoryUpdate,
    Publication,
    Withdrawal,
)
from chalicelib.api.changes import save
from chalicelib.api.correction_bodies import UpdateCorrection
from chalicelib.api.documents import Listed
from chalicelib.api.operations import Routes
from chalicelib.api.queries import Numbered
from chalicelib.api.requests import Asked
from chalicelib.api.types import ADVISORY_ID
from chalicelib.domain.advisories import (
    Advisory,
    AdvisoryStatus,
    AdvisoryStory,
    Words,
    add_update,
    listed,
    publish,
    withdraw,
)
from chalicelib.domain.keys import Scope
from chalicelib.domain.record import Moment
from chalicelib.domain.wordings import Mended
from chalicelib.stores import advisories, corrections, heads
from chalicelib.stores.idempotency import Answer
from chalicelib.stores.record import Change

routes = Routes("advisories")
WRITES = {"scope": Scope.ADVISORIES_WRITE, "ids": ADVISORY_ID}

AdvisoryMended = Mended[Advisory, AdvisoryStatus]


@routes.post("/advisories", **WRITES, body=NewAdvisory, answer=FullAdvisory)
def create_advisory(asked: Asked, said: NewAdvisory) -> Answer:
    """Write an advisory: a draft that key holders alone see, or published at once."""
    update_id, fields = asked.wiring.new_id(), said.said()

    def decide(moment: Moment) -> Change[AdvisoryStory]:
        if said.published:
            return advisories.publish_new(said.id, fields, said.words(), update=update_id, moment=moment)
        return advisories.draft_new(said.id, fields, moment)

    def answer(story: AdvisoryStory) -> Answer:
        advisory = story.advisory
        updates = map(advisory_answers.update, story.updates)
        shown = advisory_answers.full(advisory, updates, None)
        location = asked.address(f"/advisories/{advisory.key}")
        return answers.created(shown, _tag(advisory), location=location)

    return save(asked, decide, answer)


@routes.post("/advisories/{id}/publish", **WRITES, body=Publication, answer=ToldOfAdvisory, if_match=False)
def publish_advisory(asked: Asked, said: Publication, id: str) -> Answer:
    """Publish a draft; the ETag is the advisory's."""

    def decide(before: Advisory, update_id: str, moment: Moment) -> AdvisoryStory:
        return publish(before, Words(said.body or before.summary, {}), id=update_id, moment=moment)

    return _told(asked, id, decide)


@routes.post(
    "/advisories/{id}/updates", **WRITES, body=NewAdvisoryUpdate, answer=ToldOfAdvisory, if_match=False
)
def create_advisory_update(asked: Asked, said: NewAdvisoryUpdate, id: str) -> Answer:
    """Go on with a published advisory, and change its fields; the ETag is the advisory's."""

    def decide(before: Advisory, update_id: str, moment: Moment) -> AdvisoryStory:
        return add_update(before, said.words(before), id=update_id, moment=moment)

    return _told(asked, id, decide)


@routes.post("/advisories/{id}/withdraw", **WRITES, body=Withdrawal, answer=ToldOfAdvisory, if_match=False)
def withdraw_advisory(asked: Asked, said: Withdrawal, id: str) -> Answer:
    """Take a published advisory back with a reason; it stays readable. The ETag is the advisory's."""

    def decide(before: Advisory, update_id: str, moment: Moment) -> AdvisoryStory:
        return withdraw(before, said.reason, id=update_id, moment=moment)

    return _told(asked, id, decide)


@routes.patch("/advisories/{id}/updates/{update}", **WRITES, body=UpdateCorrection, answer=ToldOfAdvisory)
def correct_advisory_update(asked: Asked, said: UpdateCorrection, id: str, update: str) -> Answer:
    """Put an update's words or claimed time right; If-Match and ETag are the advisory's."""

    def decide(moment: Moment) -> Change[AdvisoryMended]:
        before = advisories.get(id)
        asked.check_match(_tag(before))
        story = AdvisoryStory(before, advisories.updates(id))
        return corrections.put_right(story, update, said.right(), moment=moment)

    def answer(mended: AdvisoryMended) -> Answer:
        return answers.found(advisory_answers.with_state(mended.update, mended.head), _tag(mended.head))

    return save(asked, decide, answer)


@routes.patch("/advisories/{id}", **WRITES, body=AdvisoryChange, answer=FullAdvisory)
def change_advisory(asked: Asked, said: AdvisoryChange, id: str) -> Answer:
    """Put a draft otherwise; what is published changes by updates alone."""

    def decide(moment: Moment) -> Change[AdvisoryStory]:
        before = advisories.get(id)
        asked.check_match(_tag(before))
        return advisories.redrafted(before, said.said(before), moment)

    def answer(story: AdvisoryStory) -> Answer:
        advisory = story.advisory
        return answers.found(advisory_answers.full(advisory, (), None), _tag(advisory))

    return save(asked, decide, answer)


@routes.delete("/advisories/{id}", **WRITES, answer=ListedAdvisory, if_match=False)
def remove_advisory(asked: Asked, id: str) -> Answer:
    """Remove a draft, with all its words; what is published can be withdrawn alone."""

    def decide(_: Moment) -> Change[Advisory]:
        before = advisories.get(id)
        asked.check_match(_tag(before), needed=False)
        return advisories.removed(before)

    def answer(gone: Advisory) -> Answer:
        return answers.found(advisory_answers.listed(listed(gone)))

    return save(asked, decide, answer)


@routes.get("/advisories", query=queries.Advisories, answer=Listed[ListedAdvisory])
def list_advisories(asked: Asked, query: queries.Advisories) -> Answer:
    """List drafts, then what is published, newest first."""
    before = query.cursor.replace("_", "#") if query.cursor else None
    found = advisories.placed(before, limit=query.limit + 1)
    shown = ((place.replace("#", "_"), advisory_answers.listed(it)) for place, it in found)
    return answers.found(cursors.filled(shown, query.limit))


@routes.get("/advisories/{id}", ids=ADVISORY_ID, query=Numbered, answer=FullAdvisory)
def get_advisory(asked: Asked, query: Numbered, id: str) -> Answer:
    """Look at one advisory and its updates, newest first; `limit` and `cursor` are about the updates."""
    advisory = advisories.get(id)
    before = int(query.cursor) if query.cursor else None
    found = advisories.updates_before(id, before, limit=query.limit + 1)
    updates = cursors.filled(((str(it.seq), advisory_answers.update(it)) for it in found), query.limit)
    corrected = heads.corrections(advisories.subject(advisory))
    shown = advisory_answers.full(advisory, updates.items, updates.next, corrected)
    return answers.found(shown, _tag(advisory))


def _told(asked: Asked, id: str, said: Callable[[Advisory, str, Moment], AdvisoryStory]) -> Answer:
    """Store what is said of an advisory next."""
    update_id = asked.wiring.new_id()

    def decide(moment: Moment) -> Change[AdvisoryStory]:
        before = advisories.get(id)
        asked.check_match(_tag(before), needed=False)
        return advisories.told(before, said(before, update_id, moment))

    def answer(story: AdvisoryStory) -> Answer:
        return answers.created(advisory_answers.told(story), _tag(story.advisory))

    return save(asked, decide, answer)


def _tag(advisory: Advisory) -> str:
    return answers.etag(advisory.version)
