"""`/maintenances.ics` (RFC 5545): what is planned, and what was lately, each as an event in UTC.

An event keeps its UID, which stands on the page's tag authority and so survives a change of domain; SEQUENCE
counts its changes. Times are the planned ones. X-CANDOR-ENTRY is the newest entry of the record that bears on
the file: it never repeats.
"""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.maintenances import Course, Maintenance
from chalicelib.domain.snapshot import Snapshot
from chalicelib.domain.statuses import MaintenanceStatus
from chalicelib.domain.updates import newest
from chalicelib.publishing import paths
from chalicelib.publishing.files import CALENDAR, File
from chalicelib.publishing.statuspage import subject
from chalicelib.publishing.templates import word
from chalicelib.publishing.texts import clean, excerpt

PRODUCT = "-//Candor//Maintenances//EN"
LONGEST_WORDS = 600
HOUR = timedelta(hours=1)


def files(snapshot: Snapshot, site_url: str) -> dict[str, File]:
    """The one calendar."""
    # Not before it is needed: together with what it brings along it takes 60 ms to import.
    from icalendar import Calendar

    shown = {it.maintenance.id: it for it in (*snapshot.latest_courses, *snapshot.pending)}
    courses = sorted(shown.values(), key=lambda it: (it.maintenance.starts_at, it.maintenance.id))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    name = clean(word("feed", "calendar", name=snapshot.page.name))
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", HOUR, parameters={"value": "DURATION"})
    calendar.add("x-candor-entry", str(max([snapshot.page.seq, *(it.maintenance.seq for it in courses)])))
    for course in courses:
        calendar.add_component(_event(course, snapshot, site_url))
    return {paths.CALENDAR: File(calendar.to_ical(), CALENDAR)}


def _event(course: Course, snapshot: Snapshot, site_url: str) -> Any:
    from icalendar import Event

    maintenance = course.maintenance
    address = f"{site_url}/{paths.address(subject(maintenance))}"
    is_off = maintenance.status is MaintenanceStatus.CANCELLED
    event = Event()
    event.add("uid", f"maintenance-{maintenance.id}@{snapshot.page.tag_authority.partition(',')[0]}")
    event.add("dtstamp", _whole(maintenance.updated_at))
    event.add("created", _whole(maintenance.created_at))
    event.add("last-modified", _whole(maintenance.updated_at))
    event.add("sequence", maintenance.revision)
    event.add("dtstart", _whole(maintenance.starts_at))
    if _whole(maintenance.ends_at) > _whole(maintenance.starts_at):
        event.add("dtend", _whole(maintenance.ends_at))
    event.add("summary", clean(maintenance.title))
    event.add("description", _description(course, address))
    event.add("url", address)
    event.add("status", "CANCELLED" if is_off else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event


def _description(course: Course, address: str) -> str:
    """Where it stands, what was said last, and where the rest is."""
    maintenance: Maintenance = course.maintenance
    lines = [
        word("maintenance", maintenance.status),
        word("while_it_runs", maintenance.availability) if maintenance.availability else "",
        excerpt(newest(course.updates), LONGEST_WORDS),
        address,
    ]
    return clean("\n".join(line for line in lines if line))


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
