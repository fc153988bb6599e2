"""The laptop's stand-in for what Lambda does with settings: putting them into the environment."""

import os
from collections.abc import Mapping

_ELSEWHERE = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "CANDOR_TABLE")
_STRANGERS = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3")
_DIRECT = "127.0.0.1,localhost"


def told(name: str) -> str:
    """A variable that the person set, or nothing."""
    return os.environ.get(name, "")


def is_elsewhere() -> bool:
    """Whether the person points us at a place of their own: then no emulator of ours starts."""
    return any(told(name) for name in _ELSEWHERE)


def use(settings: Mapping[str, str]) -> None:
    """Put settings into this process's environment, before anything reads them."""
    os.environ.update(settings)
    if "AWS_ENDPOINT_URL" in settings:
        for name in ("NO_PROXY", "no_proxy"):
            os.environ[name] = ",".join(filter(None, (told(name), _DIRECT)))
        for name in _STRANGERS:
            os.environ.pop(name, None)


def with_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child: ours and these."""
    return {**os.environ, **settings}
