"""API keys: credentials with scopes, of which only a hash is ever kept."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.checks import check_id, check_line
from chalicelib.domain.errors import Invalid

PREFIX = "candor"


class Scope(StrEnum):
    """What a key may do."""

    READ = "read"
    PAGE_WRITE = "page:write"
    COMPONENTS_WRITE = "components:write"
    INCIDENTS_WRITE = "incidents:write"
    MAINTENANCES_WRITE = "maintenances:write"
    ADVISORIES_WRITE = "advisories:write"
    SAMPLES_WRITE = "samples:write"
    PROBES_WRITE = "probes:write"
    ALARMS_SEND = "alarms:send"
    ALARMS_SEND_ALERTMANAGER = "alarms:send:alertmanager"
    ALARMS_SEND_GRAFANA = "alarms:send:grafana"
    ALARMS_SEND_STATUSPAGE = "alarms:send:statuspage"
    ALARMS_SEND_GENERIC = "alarms:send:generic"
    ALARMS_WRITE = "alarms:write"
    KEYS_WRITE = "keys:write"
    RECORD_REDACT = "record:redact"


OF_ONE_SOURCE = tuple(scope for scope in Scope if scope.startswith(f"{Scope.ALARMS_SEND}:"))
"""To send alarms as one source and no other; `alarms:send` is all of these."""
ORDINARY = tuple(scope for scope in Scope if scope not in (Scope.RECORD_REDACT, *OF_ONE_SOURCE))
"""What a key may do that nobody thought about: what cannot be undone is granted by its name alone."""


@dataclass(frozen=True)
class Key:
    """A credential as we keep it; `hash` is SHA-256 of the secret, in hex."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    hash: str
    created_at: datetime
    revoked_at: datetime | None = None
    version: int = 0
    seq: int = 0

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_line("name", self.name)
        if not self.scopes:
            raise Invalid("scopes", "must name at least one scope")

    def may(self, scope: Scope) -> bool:
        """Whether it has this scope, or a wider one."""
        return scope in self.scopes or (scope in OF_ONE_SOURCE and Scope.ALARMS_SEND in self.scopes)

    def admits(self, secret: str) -> bool:
        """Whether this is the key's secret, compared in constant time, and the key still stands."""
        return hmac.compare_digest(self.hash, hash_of(secret)) and self.revoked_at is None


def hash_of(secret: str) -> str:
    """What is kept of a secret; the secret has 256 random bits, so one plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def written(id: str, secret: str) -> str:
    """The credential as its owner gets it, once."""
    return f"{PREFIX}_{id}_{secret}"


def read(credential: str) -> tuple[str, str] | None:
    """Id and secret of a written credential, or None where it is none."""
    parts = credential.split("_")
    if len(parts) != 3 or parts[0] != PREFIX or not all(parts):
        return None
    return parts[1], parts[2]
