"""What a command says instead of doing what it was asked to."""


class Refused(Exception):
    """The command cannot go on; its text is the one line that the person reads."""
