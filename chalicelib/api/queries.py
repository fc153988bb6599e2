"""What may stand in the query: the parameters of each operation, checked like bodies."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

import msgspec
from chalice.app import Request
from msgspec import Meta, Struct

from chalicelib.api import cursors, faults
from chalicelib.api.types import Id
from chalicelib.domain.errors import Invalid

Q = TypeVar("Q", bound="Query")

GO_ON = "Where to go on: `next` of the page before, as it is."
FLAGS = {"true": True, "false": False}

MONTH = r"^[12][0-9]{3}-(?:0[1-9]|1[0-2])$"


class Query(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No parameters."""


class Changing(Query, frozen=True, kw_only=True):
    """The parameters of every change."""

    dry_run: Annotated[bool, Meta(description="Check and preview only: nothing is stored.")] = False


class Counting(Changing, frozen=True, kw_only=True):
    """How to take a batch."""

    partial: Annotated[
        bool, Meta(description="Count what is right and list what is not, rather than refuse the batch.")
    ] = False


class Stretch(Query, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """From which day to which."""

    first: (
        Annotated[date, Meta(description="The first day (UTC); 90 days before the last if absent.")] | None
    ) = None
    last: Annotated[date, Meta(description="The last day (UTC); today if absent.")] | None = None


class Listing(Query, frozen=True, kw_only=True):
    """The parameters of every list; each list has cursors of its own."""

    limit: Annotated[int, Meta(ge=1, le=100, description="Items on a page, at most.")] = 20


class Ordered(Listing, frozen=True, kw_only=True):
    """A list in the order of the page."""

    cursor: Annotated[str, Meta(pattern=cursors.ORDER, description=GO_ON)] | None = None


class Numbered(Listing, frozen=True, kw_only=True):
    """A list by numbers of the record."""

    cursor: Annotated[str, Meta(pattern=cursors.NUMBER, description=GO_ON)] | None = None


class Named(Listing, frozen=True, kw_only=True):
    """A list by ids."""

    cursor: Annotated[str, Meta(pattern=cursors.NAME, description=GO_ON)] | None = None


class Incidents(Listing, frozen=True, kw_only=True):
    """Which incidents to list."""

    cursor: Annotated[str, Meta(pattern=cursors.TIME, description=GO_ON)] | None = None
    open: (
        Annotated[bool, Meta(description="Only those that are open, or only those that are not.")] | None
    ) = None
    month: (
        Annotated[
            str,
            Meta(
                pattern=MONTH,
                description="Only those that began in this month of the page's time zone.",
                examples=["2026-11"],
            ),
        ]
        | None
    ) = None
    component: Annotated[Id, Meta(description="Only those that concern this component.")] | None = None


class Advisories(Listing, frozen=True, kw_only=True):
    """Where in the list of advisories to go on."""

    cursor: Annotated[str, Meta(pattern=cursors.TIME, description=GO_ON)] | None = None


class Maintenances(Listing, frozen=True, kw_only=True):
    """Which maintenances to list."""

    cursor: Annotated[str, Meta(pattern=cursors.TIME, description=GO_ON)] | None = None
    open: (
        Annotated[bool, Meta(description="Only those still to come or under way, or only the others.")] | None
    ) = None
    month: (
        Annotated[
            str,
            Meta(
                pattern=MONTH,
                description="Only those that begin in this month of the page's time zone.",
                examples=["2026-11"],
            ),
        ]
        | None
    ) = None


class Entries(Numbered, frozen=True, kw_only=True):
    """Which entries of the record to list."""

    after: Annotated[int, Meta(ge=0, le=2**53 - 1, description="Only entries behind this number.")] = 0


def read(request: Request, type: type[Q]) -> Q:
    """The parameters of a request, or `Invalid` with the name of the one that is wrong."""
    sent = request.query_params
    given = {name: _only(name, sent.getlist(name)) for name in sent} if sent else {}
    try:
        return msgspec.convert(_flagged(given, type), type, strict=False)
    except msgspec.ValidationError as wrong:
        raise faults.located(wrong, given, type) from wrong


def _only(name: str, values: list[str]) -> str:
    if len(values) != 1:
        raise Invalid(name, "must be given once")
    return values[0]


def _flagged(given: Mapping[str, str], type: type[Query]) -> dict[str, Any]:
    """The values with true and false as such, where a parameter is one of the two."""
    flags = {"open", "dry_run", "partial"} & given.keys() & set(type.__struct_fields__)
    for name in flags:
        if given[name] not in FLAGS:
            raise Invalid(name, "must be true or false")
    return {name: FLAGS[value] if name in flags else value for name, value in given.items()}
