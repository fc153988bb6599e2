"""Settings: read once from the environment, into a type; a missing or wrong one stops the start by name."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple


class WrongSetting(RuntimeError):
    """A setting says what it cannot."""


class MissingSetting(WrongSetting):
    """A setting that Candor cannot do without is not in the environment."""


_MAIL = r"[A-Za-z0-9._~+=-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
_WEB = r"https://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/%?=&#+:@-]*)?"
_CONTACT = rf"(?:(?:mailto:)?{_MAIL}|{_WEB}|tel:[+]?[0-9][0-9().-]*)"
_LANGUAGE = r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*"

CHECKED = {
    "CANDOR_SECURITY_CONTACT": (
        rf"{_CONTACT}(?: *, *{_CONTACT})*",
        "must be mail addresses, mailto:, https:// or tel:, with commas between",
    ),
    "CANDOR_SECURITY_POLICY": (_WEB, "must be an address that begins with https://"),
    "CANDOR_SECURITY_LANGUAGES": (
        rf"{_LANGUAGE}(?: *, *{_LANGUAGE})*",
        "must be tags of languages with commas between, like: en, de",
    ),
}
"""What RFC 9116 lets a security.txt say, by setting; the deployment's template has the same patterns."""


class Settings(NamedTuple):
    """What the deployment decides. Addresses have no slash at their end; `work` is a queue's,
    `heads` the bucket that the heads of the days are copied to.

    `probe_networks`: which may be probed though they are not public, with commas between. The three about
    security are for security.txt: see `domain.security.Team`.
    """

    table: str
    bucket: str
    site_url: str
    page_name: str
    time_zone: str
    work: str | None
    probe_networks: str
    heads: str | None
    security_contact: str | None
    security_policy: str | None
    security_languages: str | None
    region: str
    dynamodb_url: str | None


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process, or `WrongSetting` with the name of the one that lacks or is wrong."""
    return Settings(
        table=_needed(environ, "CANDOR_TABLE"),
        bucket=_needed(environ, "CANDOR_BUCKET"),
        site_url=_needed(environ, "CANDOR_SITE_URL").rstrip("/"),
        page_name=environ.get("CANDOR_PAGE_NAME", "Candor"),
        time_zone=environ.get("CANDOR_TIME_ZONE", "Etc/UTC"),
        work=environ.get("CANDOR_WORK") or None,
        probe_networks=environ.get("CANDOR_PROBE_NETWORKS", ""),
        heads=environ.get("CANDOR_HEADS") or None,
        security_contact=_checked(environ, "CANDOR_SECURITY_CONTACT"),
        security_policy=_checked(environ, "CANDOR_SECURITY_POLICY"),
        security_languages=_checked(environ, "CANDOR_SECURITY_LANGUAGES"),
        region=environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        dynamodb_url=environ.get("AWS_ENDPOINT_URL_DYNAMODB") or environ.get("AWS_ENDPOINT_URL"),
    )


def _needed(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise MissingSetting(f"the setting {name} is missing")
    return value


def _checked(environ: Mapping[str, str], name: str) -> str | None:
    pattern, reason = CHECKED[name]
    value = environ.get(name) or None
    if value is not None and not re.fullmatch(pattern, value):
        raise WrongSetting(f"the setting {name} {reason}")
    return value
