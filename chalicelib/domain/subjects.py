"""What is told in updates, as the record, the front and the pages name it: `incident/slow`."""

INCIDENT = "incident"
MAINTENANCE = "maintenance"
ADVISORY = "advisory"
DAY = "day"
COMPONENT = "component"
GROUP = "group"


def subject_of(kind: str, id: str) -> str:
    """The name of one of this kind."""
    return f"{kind}/{id}"


def kind_of(subject: str) -> str:
    """What it is."""
    return subject.partition("/")[0]


def id_of(subject: str) -> str:
    """Its id, by which only its own kind knows it."""
    return subject.partition("/")[2]
