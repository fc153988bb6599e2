"""The products of a CSAF document: its tree's leaves, and which of them its vulnerabilities concern."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from chalicelib.domain.security import EVERY_VERSION, Affected
from chalicelib.intake.csaf_documents import Branch, CsafDocument, FullName, ProductStatus, ProductTree
from chalicelib.intake.errors import Unreadable, naming

UNKNOWN = ""
VENDOR, PRODUCT, FAMILY = "vendor", "product_name", "product_family"

_Way = tuple[tuple[str, str], ...]
_Entry = tuple[str | None, str, tuple[int, ...]]


class Product(NamedTuple):
    """A leaf of the tree: whose, which, and in which version (`UNKNOWN`: it does not say)."""

    vendor: str | None
    name: str
    version: str


class Products(NamedTuple):
    """Products by id, and the ids of each group of them; `source` is the document's name."""

    source: str
    by_id: dict[str, Product]
    groups: dict[str, list[str]]

    def named(self, path: str, ids: Iterable[str]) -> list[Product]:
        """Those with these ids; `Unreadable` where there is none."""
        found = []
        for n, id in enumerate(ids):
            if id not in self.by_id:
                raise Unreadable(self.source, f"{path}[{n}]", f"is no product of the tree: {id!r:.80}")
            found.append(self.by_id[id])
        return found

    def in_groups(self, path: str, ids: Iterable[str]) -> list[Product]:
        """Those in these groups."""
        found = []
        for n, id in enumerate(ids):
            if id not in self.groups:
                raise Unreadable(self.source, f"{path}[{n}]", f"is no group of the tree: {id!r:.80}")
            found += self.named(f"{path}[{n}]", self.groups[id])
        return found


class Concern(NamedTuple):
    """In which vulnerability a product is affected, or fixed."""

    vulnerability: int
    product: Product
    is_fixed: bool


def read(name: str, tree: ProductTree) -> Products:
    """All products of a tree; `Unreadable` where two have one id."""
    found: dict[str, Product] = {}
    for product, full in _leaves(tree):
        if full.product_id in found:
            raise Unreadable(name, "product_tree", f"names {full.product_id!r:.80} twice")
        found[full.product_id] = product
    return Products(name, found, {it.group_id: it.product_ids for it in tree.product_groups})


def concerns(products: Products, document: CsafDocument) -> list[Concern]:
    """What its vulnerabilities say of products, each thing once, but which ones are not affected."""
    found = [
        Concern(n, product, is_fixed)
        for n, it in enumerate(document.vulnerabilities)
        for path, ids, is_fixed in _statuses(n, it.product_status)
        for product in products.named(path, ids)
    ]
    return list(dict.fromkeys(found))


def affected(source: str, found: Sequence[Concern], cves: Sequence[str | None]) -> tuple[Affected, ...]:
    """The products with their versions, together where they are in the same vulnerabilities."""
    where: dict[tuple[Product, bool], list[int]] = {}
    for concern in found:
        where.setdefault((concern.product, concern.is_fixed), []).append(concern.vulnerability)
    versions: dict[_Entry, dict[bool, list[str]]] = {}
    for (product, is_fixed), its in where.items():
        entry = (product.vendor, product.name, tuple(its))
        versions.setdefault(entry, {False: [], True: []})[is_fixed].append(product.version)
    made = []
    for (vendor, name, numbers), by_state in versions.items():
        with naming(source, f"product_tree ({name:.80})"):
            bare = by_state == {False: [UNKNOWN], True: []}
            made.append(
                Affected(
                    name, vendor, () if bare else _said(by_state[False]), _said(by_state[True]),
                    some(source, numbers, cves),
                )
            )  # fmt: skip
    return tuple(made)


def _said(versions: Iterable[str]) -> tuple[str, ...]:
    """Versions beside others; there a product without one is all of it."""
    return tuple(dict.fromkeys(version or EVERY_VERSION for version in versions))


def some(source: str, numbers: Sequence[int], cves: Sequence[str | None]) -> tuple[str, ...]:
    """The CVE ids of these vulnerabilities; none where they are all of them."""
    if set(numbers) == set(range(len(cves))):
        return ()
    named = []
    for n in numbers:
        cve = cves[n]
        if cve is None:
            reason = "is needed, since the vulnerabilities are not all in the same products"
            raise Unreadable(source, f"vulnerabilities[{n}].cve", reason)
        named.append(cve)
    return tuple(named)


def _statuses(n: int, status: ProductStatus) -> Iterator[tuple[str, list[str], bool]]:
    path = f"vulnerabilities[{n}].product_status"
    for field in ("known_affected", "first_affected", "last_affected"):
        yield f"{path}.{field}", getattr(status, field), False
    for field in ("fixed", "first_fixed"):
        yield f"{path}.{field}", getattr(status, field), True


def _leaves(tree: ProductTree) -> Iterator[tuple[Product, FullName]]:
    """From left to right, without recursion: a hostile tree is as deep as it likes."""
    waiting: list[tuple[_Way, Branch]] = [((), it) for it in reversed(tree.branches)]
    while waiting:
        above, branch = waiting.pop()
        way = (*above, (branch.category, branch.name))
        if branch.product:
            yield _product(way, branch.product), branch.product
        waiting += [(way, it) for it in reversed(branch.branches)]
    for full in (*tree.full_product_names, *(it.full_product_name for it in tree.relationships)):
        yield Product(None, full.name.strip(), UNKNOWN), full


def _product(way: _Way, full: FullName) -> Product:
    """By the names on the way: what is neither vendor nor product says more about the version."""
    known = dict(way)
    name = known.get(PRODUCT) or known.get(FAMILY) or full.name
    version = " ".join(said for category, said in way if category not in (VENDOR, PRODUCT, FAMILY))
    return Product(known.get(VENDOR), name.strip(), version or UNKNOWN)
