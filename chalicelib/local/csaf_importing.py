"""Import of advisories from the command line: reads CSAF documents, saves them, tells how it went."""

from collections.abc import Sequence

from chalicelib import wiring
from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.foreign_advisories import ForeignAdvisory
from chalicelib.intake import csaf, sources
from chalicelib.intake.errors import Unreadable
from chalicelib.local.importing import Show
from chalicelib.stores import advisory_imports
from chalicelib.stores.advisory_imports import Taken

Read = dict[str, ForeignAdvisory]


def read(names: Sequence[str], show: Show) -> Read:
    """What these files and addresses say, by their names; `Unreadable` names the document and the place."""
    for name in names:
        sources.refuse_credentials(name)
    found = {}
    for name in names:
        show(f"reading {name}")
        found[name] = csaf.read(name, sources.read(name))
        if found[name].revisions[-1].said_at > wiring.now():
            raise Unreadable(name, "document.tracking.revision_history", "lies in the future")
    show("")
    return found


def save(found: Read, show: Show) -> list[Taken]:
    """Save it where the settings lead, document by document."""
    wiring.page()
    taken = []
    for name, foreign in found.items():
        show(f"saving {foreign.id}")
        try:
            taken.append(advisory_imports.take(foreign, now=wiring.now, new_id=wiring.new_id))
        except Conflict as standing:
            raise Unreadable(name, "document.tracking.id", standing.reason) from standing
        except Invalid as refused:
            raise Unreadable(name, refused.field, refused.reason) from refused
    show("")
    return taken


def summary(taken: Sequence[Taken]) -> str:
    """What an import came to, in one sentence."""
    new = [it for it in taken if it.is_new]
    updated = [it for it in taken if it.revisions and not it.is_new]
    notes = [
        *(f"{it.id} continued here, left alone" for it in taken if it.is_ours),
        *(f"{it.id} reads otherwise without a new revision, left alone" for it in taken if it.differs),
        f"unchanged: {sum(not it.revisions for it in taken)}",
    ]
    advisories = "advisory" if len(new) == 1 else "advisories"
    revisions = sum(it.revisions for it in taken)
    said = "revision" if revisions == 1 else "revisions"
    first = f"Imported {len(new)} {advisories}, updated {len(updated)} ({revisions} {said})"
    return "; ".join([first, *notes])
