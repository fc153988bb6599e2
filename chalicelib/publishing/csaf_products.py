"""The products of an advisory as CSAF has them: a tree of vendors, products and versions (section 3.2.2)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from chalicelib.domain.advisories import Advisory
from chalicelib.domain.security import Affected, Vulnerability

Node = dict[str, Any]

_RANGE = re.compile(r"[<>*|=]|\b(?:vers:|after|all|before|earlier|later|prior|versions)\b", re.IGNORECASE)


class Product(NamedTuple):
    """One version of a product (None: nobody said which), and the vulnerabilities that it has or is free of.

    One that is both, in different ones, comes twice with one id.
    """

    id: str
    vendor: str
    name: str
    version: str | None
    is_fixed: bool
    cves: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, str | None]:
        """What it is, whatever is said of it."""
        return self.vendor, self.name, self.version

    def concerns(self, vulnerability: Vulnerability) -> bool:
        """Whether it is about this vulnerability."""
        return not self.cves or vulnerability.cve in self.cves

    def and_for(self, cves: tuple[str, ...]) -> "Product":
        """The same for these vulnerabilities too."""
        both = tuple(dict.fromkeys((*self.cves, *cves))) if self.cves and cves else ()
        return self._replace(cves=both)


def products_of(advisory: Advisory, publisher: str) -> list[Product]:
    """Every version of every product once, in the order of vendors and products as they are first named.

    What nobody named is what the publisher is about.
    """
    affected = advisory.affected or (Affected(publisher),)
    versions: dict[tuple[str, str, str | None, bool], Product] = {}
    for it in affected:
        vendor = it.vendor or publisher
        named = it.versions or (() if it.fixed else (None,))
        for version, is_fixed in (*((one, False) for one in named), *((one, True) for one in it.fixed)):
            key = (vendor, it.product, version, is_fixed)
            named_before = versions.get(key, Product("", *key, it.cves))
            versions[key] = named_before.and_for(it.cves)
    rank = {key: n for n, key in enumerate(dict.fromkeys((p.vendor, p.name) for p in versions.values()))}
    vendors = {vendor: n for n, (vendor, _) in reversed(list(enumerate(rank)))}
    ordered = sorted(versions.values(), key=lambda p: (vendors[p.vendor], rank[p.vendor, p.name]))
    ids = {key: f"CSAFPID-{n:04}" for n, key in enumerate(dict.fromkeys(p.key for p in ordered), 1)}
    return [product._replace(id=ids[product.key]) for product in ordered]


def branches(products: Iterable[Product]) -> list[Node]:
    """Vendors, their products, and the versions of those, each once (section 3.1.2)."""
    once = {product.id: product for product in products}.values()
    return [
        {
            "category": "vendor",
            "name": vendor,
            "branches": [
                branch
                for _, of_product in groupby(of_vendor, key=lambda product: product.name)
                for branch in _of_product(list(of_product))
            ],
        }
        for vendor, of_vendor in groupby(once, key=lambda product: product.vendor)
    ]


def _of_product(products: Sequence[Product]) -> Iterator[Node]:
    """A product with its versions, and without one where nobody said which: no branch is both."""
    leaves = [_leaf(it, it.version) for it in products if it.version is not None]
    if leaves:
        yield {"category": "product_name", "name": products[0].name, "branches": leaves}
    for it in products:
        if it.version is None:
            full_name = it.name if it.name == it.vendor else f"{it.vendor} {it.name}"
            yield _branch("product_name", it.name, it, full_name)


def _leaf(product: Product, version: str) -> Node:
    category = "product_version_range" if _RANGE.search(version) else "product_version"
    return _branch(category, version, product, f"{product.vendor} {product.name} {version}")


def _branch(category: str, name: str, product: Product, full_name: str) -> Node:
    return {"category": category, "name": name, "product": {"name": full_name, "product_id": product.id}}


def ids_of(products: Iterable[Product]) -> list[str]:
    """Their ids, each once."""
    return list(dict.fromkeys(product.id for product in products))
