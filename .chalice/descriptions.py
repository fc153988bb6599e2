"""botocore's descriptions of AWS, cut down to what a running function reads.

They are JSON that every cold start decodes: most of it is the endpoints of other services, and documentation.
"""

import gzip
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any


def shorten(folder: Path, called: Collection[str]) -> None:
    """Leave in botocore's data folder the endpoints of the services that are called; no documentation."""
    endpoints = folder / "endpoints.json"
    _write(endpoints, _of(json.loads(endpoints.read_bytes()), called))
    for path in folder.glob("*/*/*.json.gz"):
        _write(path.with_suffix(""), undocumented(json.loads(gzip.decompress(path.read_bytes()))))
        path.unlink()


def _of(endpoints: dict[str, Any], called: Collection[str]) -> dict[str, Any]:
    """The endpoints of these services, in every partition."""
    partitions = [
        {**partition, "services": {name: of for name, of in partition["services"].items() if name in called}}
        for partition in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def undocumented(described: Any) -> Any:
    """The same with its documentation empty (a text; a dictionary of that name is a field of AWS's)."""
    if isinstance(described, list):
        return [undocumented(item) for item in described]
    if not isinstance(described, dict):
        return described
    return {
        name: "" if name == "documentation" and isinstance(item, str) else undocumented(item)
        for name, item in described.items()
    }


def _write(path: Path, described: Any) -> None:
    path.write_text(json.dumps(described, separators=(",", ":")))
