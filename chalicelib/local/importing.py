"""Import from the command line: reads the documents, saves what they say, tells how it went."""

from collections.abc import Callable, Sequence

from chalicelib import wiring
from chalicelib.domain.imports import ForeignPage
from chalicelib.intake import sources, statuspage
from chalicelib.stores import imports
from chalicelib.stores.imports import Saved

BAR = 30

Show = Callable[[str], None]
"""Shows a line in place of the one before; a blank one takes it away."""


def read_statuspage(names: Sequence[str], show: Show) -> ForeignPage:
    """What these files and addresses say of one page; `Invalid` names the document and the field."""
    documents = []
    for name in names:
        show(f"reading {name}")
        documents.append((name, sources.read(name)))
    show("")
    return statuspage.read(documents)


def save(foreign: ForeignPage, show: Show) -> Saved:
    """Save it where the settings lead."""

    what = "incident or maintenance" if foreign.courses else "incident"

    def progress(done: int, all_of: int) -> None:
        filled = BAR * done // all_of if all_of else BAR
        show(f"saving [{'#' * filled}{'.' * (BAR - filled)}] {done} of {_counted(all_of, what)}")

    wiring.page()
    saved = imports.save(foreign, now=wiring.now, progress=progress)
    show("")
    return saved


def summary(foreign: ForeignPage, saved: Saved) -> str:
    """What an import came to, in one sentence."""
    incidents, works = saved.changed("incident.imported"), saved.changed("maintenance.imported")
    things = saved.changed("component.imported"), saved.changed("group.imported")
    all_things = len(foreign.told) + len(foreign.components) + len(foreign.groups)
    parts = [
        "Imported "
        + " and ".join([_counted(incidents, "incident"), *_noted(works, "maintenance", "")])
        + f" ({_counted(saved.updates, 'update')})",
        _counted(things[0], "component"),
        *_noted(things[1], "group", ""),
    ]
    notes = [
        *_noted(saved.changed("incident.closed_elsewhere"), "incident", " closed, no longer listed as open"),
        *_noted(saved.changed("component.removed_elsewhere"), "component", " removed, no longer listed"),
        *_noted(saved.changed("group.removed_elsewhere"), "group", " removed, no longer listed"),
        *_noted(saved.changed("maintenance.closed_elsewhere"), "maintenance", " closed, no longer listed"),
        *([f"{saved.ours} continued here, left alone"] if saved.ours else []),
        f"unchanged: {all_things - incidents - works - sum(things) - saved.ours}",
    ]
    return "; ".join([", ".join(parts), *notes])


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _noted(count: int, word: str, what: str) -> list[str]:
    return [_counted(count, word) + what] if count else []
