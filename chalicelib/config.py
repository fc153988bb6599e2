"""Settings: read once from the environment, into a type; a missing one stops the start by name."""

import os
from collections.abc import Mapping
from typing import NamedTuple


class MissingSetting(RuntimeError):
    """A setting that Candor cannot do without is not in the environment."""


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
    """The settings of this process, or `MissingSetting` with the name of the one that lacks."""
    return Settings(
        table=_needed(environ, "CANDOR_TABLE"),
        bucket=_needed(environ, "CANDOR_BUCKET"),
        site_url=_needed(environ, "CANDOR_SITE_URL").rstrip("/"),
        page_name=environ.get("CANDOR_PAGE_NAME", "Candor"),
        time_zone=environ.get("CANDOR_TIME_ZONE", "Etc/UTC"),
        work=environ.get("CANDOR_WORK") or None,
        probe_networks=environ.get("CANDOR_PROBE_NETWORKS", ""),
        heads=environ.get("CANDOR_HEADS") or None,
        security_contact=environ.get("CANDOR_SECURITY_CONTACT") or None,
        security_policy=environ.get("CANDOR_SECURITY_POLICY") or None,
        security_languages=environ.get("CANDOR_SECURITY_LANGUAGES") or None,
        region=environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        dynamodb_url=environ.get("AWS_ENDPOINT_URL_DYNAMODB") or environ.get("AWS_ENDPOINT_URL"),
    )


def _needed(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise MissingSetting(f"the setting {name} is missing")
    return value
