"""Maintenances: the value, its life cycle, and when the clock has something to say about one."""

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.checks import check_id, check_line
from chalicelib.domain.errors import Invalid
from chalicelib.domain.statuses import Availability, ComponentStatus, Impact, MaintenanceStatus
from chalicelib.domain.updates import Amendment, Correction, Update

S = MaintenanceStatus
MaintenanceUpdate = Update[MaintenanceStatus]

NEXT: dict[MaintenanceStatus, frozenset[MaintenanceStatus]] = {
    S.SCHEDULED: frozenset({S.SCHEDULED, S.IN_PROGRESS, S.CANCELLED}),
    S.IN_PROGRESS: frozenset({S.IN_PROGRESS, S.VERIFYING, S.COMPLETED}),
    S.VERIFYING: frozenset({S.IN_PROGRESS, S.VERIFYING, S.COMPLETED}),
    S.COMPLETED: frozenset(),
    S.CANCELLED: frozenset(),
}
RUNNING = frozenset({S.IN_PROGRESS, S.VERIFYING})
PENDING = RUNNING | {S.SCHEDULED}


@dataclass(frozen=True)
class ImportedMaintenance:
    """What another system wrote beside a maintenance, kept as it came.

    `rank` is its place among those of the same start. `closed_elsewhere`: a later document no longer
    listed it as pending.
    """

    created_at: datetime
    updated_at: datetime
    started_at: datetime
    shortlink: str
    impact: Impact
    rank: int = 0
    closed_elsewhere: bool = False


@dataclass(frozen=True)
class Maintenance:
    """Announced work; its updates are values of their own.

    `starts_at` and `ends_at` are planned, `began_at` and `ended_at` (or when it was called off) are so.
    `planned` is what it will do to components while it runs, `affects` what it does now. `ends_by_clock`:
    nobody has spoken while it runs, so the clock may say that it is over. `remind_before` is in minutes.
    `revision` counts its changes. Other systems tell no `availability`. `number` is the record entry that
    announced it, `seq` the newest one.
    """

    id: str
    title: str
    status: MaintenanceStatus
    availability: Availability | None
    starts_at: datetime
    ends_at: datetime
    published_at: datetime
    updated_at: datetime
    latest_at: datetime
    components: tuple[str, ...] = ()
    planned: dict[str, ComponentStatus] = field(default_factory=dict)
    affects: dict[str, ComponentStatus] = field(default_factory=dict)
    began_at: datetime | None = None
    verifying_at: datetime | None = None
    ended_at: datetime | None = None
    ends_by_clock: bool = True
    remind_before: int | None = None
    backfilled: bool = False
    imported: ImportedMaintenance | None = None
    amendments: tuple[Amendment, ...] = ()
    revision: int = 0
    number: int = 0
    version: int = 0
    seq: int = 0

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_line("title", self.title)
        if self.ends_at < self.starts_at:
            raise Invalid("ends_at", "must be after starts_at")

    @property
    def created_at(self) -> datetime:
        """When it was first announced, here or in the system that it was imported from."""
        return self.imported.created_at if self.imported else self.published_at

    @property
    def started_at(self) -> datetime:
        """Where it stands in history: when it began or, while it has not, when it is to begin."""
        return self.began_at or self.starts_at

    @property
    def is_open(self) -> bool:
        """Whether readers still wait for its end."""
        return self.status in PENDING and not (self.imported and self.imported.closed_elsewhere)

    @property
    def is_running(self) -> bool:
        """Whether it is under way."""
        return self.status in RUNNING and self.is_open

    @property
    def goes_on_elsewhere(self) -> bool:
        """Whether another system still tells of it: then that system says when it begins and ends."""
        return self.imported is not None and self.imported.updated_at == self.updated_at

    @property
    def is_ended_by_clock(self) -> bool:
        """Whether the clock says that it is over; not of one that began when it was to be over already."""
        return self.ends_by_clock and (self.began_at is None or self.began_at < self.ends_at)

    @property
    def due(self) -> datetime | None:
        """When the clock has something to say about it."""
        if self.goes_on_elsewhere:
            return None
        if self.status is S.SCHEDULED:
            return self.starts_at
        return self.ends_at if self.status is S.IN_PROGRESS and self.is_ended_by_clock else None


@dataclass(frozen=True)
class Course:
    """A maintenance with its updates and what was corrected in them, oldest first."""

    maintenance: Maintenance
    updates: tuple[MaintenanceUpdate, ...]
    corrections: tuple[Correction, ...] = ()

    @property
    def head(self) -> Maintenance:
        """What it tells of."""
        return self.maintenance


def overran_at(maintenance: Maintenance, as_of: datetime) -> datetime | None:
    """The planned end, where it has gone on beyond it: it ended later, or runs until somebody ends it."""
    planned = maintenance.ends_at
    if maintenance.is_running and maintenance.due is None:
        return planned if as_of >= planned else None
    ended = maintenance.ended_at if maintenance.status is S.COMPLETED else None
    return planned if ended is not None and ended > planned else None
