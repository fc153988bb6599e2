"""An incident with all that can follow one: a postmortem, promises kept and broken, corrections, figures."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.figures import NOTHING, Figures, Tally, added_by, month_counted, months_shown
from chalicelib.domain.incidents import Story
from chalicelib.domain.promises import FollowUp, Kept, KeptPromise, Postmortem, Promise, Promises
from chalicelib.domain.statuses import IncidentStatus as S
from chalicelib.domain.updates import Corrected, Correction
from tests.builders import NOW, STEP, a_story, an_update

DAY = timedelta(days=1)
AT = NOW - 15 * DAY
FOLLOW_UPS = (
    FollowUp("alarm", "Add an alarm", AT + 2 * DAY, AT, done_at=AT + DAY, update="followed-3"),
    FollowUp("late", "Rehearse it", AT + DAY, AT, done_at=AT + 2 * DAY, update="followed-3"),
    FollowUp("broken", "Write it down", NOW - STEP, AT),
    FollowUp("coming", "Move it", NOW + DAY, AT),
)
CORRECTIONS = (
    Correction("followed-0", "Misspelt.", AT + DAY, body="We **luk** into it.", seq=7),
    Correction("followed-0", "Another clock.", AT + 2 * DAY, happened_at=AT + STEP, seq=8),
    Correction("followed-2", "Looked again.", AT + 3 * DAY, root_cause="A fuse.", seq=9),
)


def followed() -> Story:
    """It is over since two weeks."""
    story = a_story(S.INVESTIGATING, S.RESOLVED, S.POSTMORTEM, id="followed", seq=6, at=AT)
    first, second, third = story.updates
    postmortem = Postmortem(third.id, "A <b>cable</b>.", AT + 2 * STEP, due=AT + DAY)
    done = an_update(
        "followed-3", status=S.POSTMORTEM, body="It rings.", at=AT + DAY, follow_up="alarm", seq=9
    )
    return Story(
        replace(story.incident, postmortem=postmortem, seq=9, latest_at=AT + DAY),
        (
            replace(first, corrected=Corrected(AT + 2 * DAY, AT + STEP)),
            second,
            replace(third, corrected=Corrected(AT + 3 * DAY, third.happened_at)),
            done,
        ),
        CORRECTIONS,
        FOLLOW_UPS,
    )


def about_us(*stories: Story, as_of: datetime = NOW, seq: int = 60) -> dict[str, Any]:
    """What a snapshot says of ourselves when these stories are all there are."""
    tallies: dict[str, Tally] = {}
    for story in stories:
        month = month_counted(story.incident.started_at)
        tallies[month] = tallies.get(month, NOTHING) + added_by(story.incident)
    shown = {month: tally for month, tally in tallies.items() if month in months_shown(as_of)}
    done = {(story.incident.id, one.id): one for story in stories for one in story.follow_ups if one.done_at}
    titles = {story.incident.id: story.incident.title for story in stories}
    return {"promises": promises(*stories), "figures": Figures(shown, seq, titles, done)}


def promises(*stories: Story) -> Promises:
    """What was promised of these, and what of it was kept."""
    kept, open = Kept(), list[Promise]()
    for story in stories:
        id, told, due = story.incident.id, story.incident.postmortem, story.incident.postmortem_due
        if told and told.due:
            kept = kept.after(KeptPromise(id, told.due, told.published_at), seq=kept.seq + 1)
        if due:
            open.append(Promise(id, due))
        for one in story.follow_ups:
            if one.done_at:
                kept = kept.after(KeptPromise(id, one.due, one.done_at, one.id), seq=kept.seq + 1)
            else:
                open.append(Promise(id, one.due, one.id, one.text))
    return Promises(tuple(sorted(open, key=lambda promise: promise.due)), kept)
