"""An incident with all that can follow one: a postmortem, promises kept and broken, corrections."""

from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.incidents import Story
from chalicelib.domain.promises import FollowUp, Postmortem
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
