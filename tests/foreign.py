"""CSAF documents that somebody else issued, for tests: built by name of what matters, or recorded."""

import json
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[2] / "shared" / "data" / "csaf"
RECORDED = sorted(DATA.glob("*_white_*.json"))
needed = pytest.mark.skipif(not RECORDED, reason=f"the recorded advisories are not here: {DATA}")

SCORE = {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseScore": 9.8}
LOWER = {"vectorString": "AV:N/AC:L/Au:N/C:P/I:N/A:N", "baseScore": 5.0}
FIRST = "2026-11-01T09:00:00.000Z"


def a_vulnerability(cve: str | None = "CVE-2026-0001", **more: Any) -> dict[str, Any]:
    """One with which the first version of the product is affected, and the second is fixed."""
    found = {
        "notes": [{"category": "description", "text": f"{cve} is grave."}],
        "product_status": {"known_affected": ["one"], "fixed": ["two"]},
        "scores": [{"cvss_v3": SCORE, "products": ["one"]}],
        "remediations": [{"category": "vendor_fix", "details": "Update.", "product_ids": ["one"]}],
        **more,
    }
    return {"cve": cve, **found} if cve else found


def a_branch(category: str, name: str, *below: Any, product: str | None = None) -> dict[str, Any]:
    """A branch of the tree."""
    leaf = {"product": {"name": name, "product_id": product}} if product else {}
    return {"category": category, "name": name, **({"branches": list(below)} if below else {}), **leaf}


def a_tree(*versions: dict[str, Any]) -> dict[str, Any]:
    """One product in two versions, and more."""
    leaves = (
        a_branch("product_version", "1", product="one"),
        a_branch("product_version", "2", product="two"),
    )
    product = a_branch("product_name", "App", *leaves, *versions)
    return {"branches": [a_branch("vendor", "Vendor", product)]}


def a_foreign(*revisions: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A document; `frame` and `tracking` say otherwise what stands in them."""
    frame, tracking = more.pop("frame", {}), more.pop("tracking", {})
    history = [
        {"date": date, "number": str(n), "summary": summary}
        for n, (date, summary) in enumerate(revisions or ((FIRST, "First."),), 1)
    ]
    document = {
        "category": "csaf_security_advisory",
        "csaf_version": "2.0",
        "title": "A hole in App",
        "publisher": {"category": "vendor", "name": "Vendor", "namespace": "https://vendor.example"},
        "notes": [{"category": "summary", "text": "There is a hole."}],
        "tracking": {"id": "VND-2026-1", "status": "final", "revision_history": history, **tracking},
        **frame,
    }
    found = {"document": document, "product_tree": a_tree(), "vulnerabilities": [a_vulnerability()], **more}
    return {name: value for name, value in found.items() if value is not None}


def written(document: Any) -> bytes:
    """As it comes."""
    return json.dumps(document).encode()
