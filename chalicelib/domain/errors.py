"""The three ways in which a caller can be wrong; everything else is our fault and rises."""


class Invalid(ValueError):
    """A value that cannot be: `field` is the path of what is refused, in dots (`affects.api`)."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason


class NotFound(LookupError):
    """Nothing of this kind has this id."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"no {kind} has the id {id!r}")
        self.kind = kind
        self.id = id


class Conflict(Exception):
    """Valid in itself, but not with what stands: a taken id, a step that the life cycle lacks."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason


class Outdated(Exception):
    """The caller decided on a version (`If-Match`) that is no longer the newest."""


class Busy(Exception):
    """Too many writers at once: nothing was stored, the same request may be sent again."""
