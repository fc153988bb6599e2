"""Putting right what was published, visibly: a title, an update's words or claimed time, a whole incident."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.checks import check_since, check_text
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.incidents import (
    OPEN,
    STATED_IMPACTS,
    Incident,
    IncidentUpdate,
    Said,
    Story,
    answered,
    continued,
)
from chalicelib.domain.promises import check_cause
from chalicelib.domain.record import Moment
from chalicelib.domain.statuses import Impact, IncidentStatus
from chalicelib.domain.updates import Amendment, Correction, Detected, Standings, amended, newest
from chalicelib.domain.wordings import (
    Disorder,
    Mended,
    Right,
    beyond,
    check_order,
    correct_update,
    corrected,
    in_order,
    moved,
    other,
    standing,
    with_update,
)


class Times(NamedTuple):
    """What follows from the claimed times of an incident's updates."""

    started_at: datetime
    latest_at: datetime
    monitoring_at: datetime | None
    resolved_at: datetime | None


def amend(
    incident: Incident,
    *,
    moment: Moment,
    title: str | None = None,
    impact: Impact | None = None,
    reason: str | None = None,
) -> Incident:
    """Put title or impact right, for a reason that is kept beside how it read; the story stays as told."""
    if impact is not None and impact not in STATED_IMPACTS:
        raise Invalid("impact", "must be none, minor, major or critical")
    after = replace(
        incident,
        title=incident.title if title is None else title.strip(),
        impact=incident.impact if impact is None else impact,
        impact_stated=incident.impact_stated or impact is not None,
    )
    if after == incident:
        return incident
    before = Amendment(
        "", moment.at, title=other(incident.title, after.title), impact=other(incident.impact, after.impact)
    )
    if before.title is not None or before.impact is not None:
        after = replace(after, amendments=amended(incident.amendments, reason, before))
    return replace(after, updated_at=moment.at, seq=moment.seq)


def correct_detection(
    incident: Incident, detected_at: datetime | None, *, moment: Moment, reason: str | None = None
) -> Incident:
    """Put right when it was detected (None: nobody can say), between its beginning and its first word."""
    if detected_at == incident.detected_at:
        return incident
    check_since("detected_at", detected_at, incident.started_at, "the incident began")
    if detected_at is not None and detected_at > incident.created_at:
        raise Invalid("detected_at", "must not be after the incident was first told of")
    before = Amendment("", moment.at, detected=Detected(incident.detected_at))
    amendments = amended(incident.amendments, reason, before)
    return replace(
        incident, detected_at=detected_at, amendments=amendments, updated_at=moment.at, seq=moment.seq
    )


def retract(incident: Incident, reason: str, *, id: str, moment: Moment, standings: Standings) -> Story:
    """Take an incident back that was none: its last update says why, its components are free."""
    check_text("reason", reason)
    if incident.status is IncidentStatus.RETRACTED:
        raise Conflict("status", "is retracted already")
    said = Said(IncidentStatus.RETRACTED, reason)
    return continued(answered(incident, moment.at), said, id=id, moment=moment, standings=standings)


def correct(story: Story, id: str, right: Right, *, moment: Moment) -> Mended[Incident, IncidentStatus]:
    """Put one of an incident's updates right, and with it what follows from its claimed time.

    That is when the newest words were said, monitoring began, the incident was resolved, and when it
    began, unless its beginning was claimed by itself.
    """
    before = standing(story.updates, id)
    update, correction = correct_update(before, right, moment=moment)
    incident, cause = _with_cause(story.incident, id, right.root_cause)
    if cause is not None:
        update = replace(update, corrected=corrected(before, moment.at))
        said = correction or Correction(id, right.reason.strip(), moment.at, seq=moment.seq)
        correction = replace(said, root_cause=cause)
    if correction is None:
        return Mended(story.incident, before, None)
    after = with_update(story.updates, update)
    incident = moved(incident, _times(story.updates), _times(after))
    _check_detected(story.incident, incident)
    check_order(_disorder(story.incident, story.updates), _disorder(incident, after), id=id)
    return Mended(replace(incident, updated_at=moment.at, seq=moment.seq), update, correction)


def _with_cause(incident: Incident, id: str, wanted: str | None) -> tuple[Incident, str | None]:
    """The incident with another root cause, and the one that it had."""
    postmortem = incident.postmortem
    if wanted is None:
        return incident, None
    check_cause(wanted)
    if postmortem is None or postmortem.update != id:
        raise Conflict("root_cause", "belongs to the postmortem, which another update tells")
    if wanted.strip() == postmortem.root_cause:
        return incident, None
    after = replace(incident, postmortem=replace(postmortem, root_cause=wanted.strip()))
    return after, postmortem.root_cause


def _check_detected(before: Incident, after: Incident) -> None:
    """Who detected something did so when it had begun."""
    if after.started_at == before.started_at or after.detected_at is None:
        return
    if after.detected_at < after.started_at:
        raise Conflict("happened_at", "would let the incident begin after it was detected")


def _disorder(incident: Incident, updates: Iterable[IncidentUpdate]) -> set[Disorder]:
    """The updates that claim a time before the incident began, or after the end that they precede.

    And postmortems before it ended. The first may be spoken when all was over. Imports and the clocks of
    others leave such; a correction makes none.
    """
    told = in_order(updates)
    start, end = incident.started_at, incident.resolved_at
    early = {
        Disorder(one.id, one.happened_at, "must not let an update come before the incident began")
        for one in told
        if one.happened_at < start
    }
    postmortem = incident.postmortem
    untimely = {
        Disorder(one.id, one.happened_at, "must not let the postmortem come before the end")
        for one in told
        if postmortem and end and one.id == postmortem.update and one.happened_at < end
    }
    return early | untimely | beyond(told[1 : _end_of(told)], end)


def _times(updates: Iterable[IncidentUpdate]) -> Times:
    """The times as the updates tell them: the end is what last ended it, not what was said of it later."""
    told = in_order(updates)
    monitoring = [update for update in told if update.status is IncidentStatus.MONITORING]
    ended = told[_end_of(told) :]
    resolved = [update for update in ended if update.status is IncidentStatus.RESOLVED] or ended
    return Times(
        started_at=told[0].happened_at,
        latest_at=newest(told).happened_at,
        monitoring_at=monitoring[0].happened_at if monitoring else None,
        resolved_at=resolved[0].happened_at if resolved else None,
    )


def _end_of(told: Sequence[IncidentUpdate]) -> int:
    """Where those begin that were told after it was last open."""
    return max((n for n, update in enumerate(told) if update.status in OPEN), default=-1) + 1
