"""What lists, feeds and documents call an advisory: its title, with what became of it in front."""

from chalicelib.domain.advisories import Advisory, AdvisoryStatus, ListedAdvisory
from chalicelib.publishing.templates import word


def title(advisory: Advisory | ListedAdvisory) -> str:
    """Its title; where a title is all that is read, one that is withdrawn has to say so there."""
    if advisory.status is not AdvisoryStatus.WITHDRAWN:
        return advisory.title
    return f"{word('advisory', advisory.status)}: {advisory.title}"
