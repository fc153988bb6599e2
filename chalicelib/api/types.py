"""The kinds of text, number and time that requests and answers are made of, as their schemas show them."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

LONGEST_BODY = 25_000
MOST_COMPONENTS = 500

ID = r"^[a-z0-9-]{1,64}$"
ADVISORY_ID = r"^[A-Za-z0-9-]{1,64}$"
CVE = r"^CVE-(?:1999|[2-9][0-9]{3})-[0-9]{4,19}$"
URL = r"^https?://[\x21-\x7e]+$"
PROBED = (
    r"^[Hh][Tt][Tt][Pp][Ss]?://(?:\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?"
    r"(?:[/?][\x21-\x7e]*)?$"
)
PRINTABLE = r"^[\x21-\x7e]+$(?!\n)"
ASCII = r"^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$"
DURATION = (
    r"^P(?:[1-9]W|[1-9][0-9]?D(?:T(?:[1-9][0-9]?H(?:[1-9][0-9]?M)?|[1-9][0-9]{0,3}M))?"
    r"|T(?:[1-9][0-9]?H(?:[1-9][0-9]?M)?|[1-9][0-9]{0,3}M))$"
)
TEXT = r"[^\s\x00-\x1f\x7f-\x9f]"
LINE = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"

Id = Annotated[str, Meta(pattern=ID, examples=["checkout"])]
AdvisoryId = Annotated[
    str, Meta(pattern=ADVISORY_ID, description="Known whatever its case.", examples=["CSA-2026-0001"])
]
Cve = Annotated[str, Meta(pattern=CVE, examples=["CVE-2026-12345"])]
Url = Annotated[
    str,
    Meta(
        pattern=URL, max_length=1000, description="http or https, in ASCII.", examples=["https://a.example/b"]
    ),
]
Line = Annotated[str, Meta(pattern=LINE, max_length=300, description="One line that is not blank.")]
Label = Annotated[str, Meta(pattern=LINE, max_length=100)]
Note = Annotated[str, Meta(max_length=1000)]
Text = Annotated[str, Meta(pattern=TEXT, max_length=5_000, description="Not blank.")]
Body = Annotated[
    str,
    Meta(
        pattern=TEXT,
        max_length=LONGEST_BODY,
        description="Markdown (CommonMark) without raw HTML; not blank.",
    ),
]
Reason = Annotated[
    str, Meta(pattern=TEXT, max_length=1000, description="Why; it is published beside what it changes.")
]
Position = Annotated[int, Meta(ge=0, le=2**31 - 1, description="Smaller ones stand first.")]
Given = Annotated[
    datetime,
    Meta(
        tz=True,
        description="A time with an offset; kept to the millisecond, in UTC.",
        examples=["2026-11-22T10:05:00+01:00"],
    ),
]
Time = Annotated[
    str,
    Meta(
        extra_json_schema={"format": "date-time"},
        description="RFC 3339, in UTC, to the millisecond.",
        examples=["2026-11-22T09:05:00.000Z"],
    ),
]
CorrectedAt = Annotated[Time | None, Meta(description="When it was last put right.")]
