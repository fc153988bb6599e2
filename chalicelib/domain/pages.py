"""The page's own identity: what it is called, whose clock it shows, who vouches for its feeds."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.checks import check_id, check_line
from chalicelib.domain.times import zone


@dataclass(frozen=True)
class Page:
    """One published page.

    `tag_authority` is the `authority,date` of RFC 4151 tag URIs and `guid_base` the address that RSS
    guids begin with: both are fixed at first use, so that a change of domain leaves feeds whole.
    `updated_at` is the imported one; it counts until the next change of our own. `imported`: its name,
    id and zone came from another system. `seq`: the entry that last changed what every page shows of it.
    """

    id: str
    name: str
    time_zone: str
    tag_authority: str
    guid_base: str
    created_at: datetime
    updated_at: datetime
    imported: bool = False
    version: int = 0
    seq: int = 0

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_line("name", self.name)
        zone(self.time_zone)

    @property
    def identity(self) -> tuple[str, ...]:
        """What every page shows of it or depends on."""
        return (self.id, self.name, self.time_zone, self.tag_authority, self.guid_base)
