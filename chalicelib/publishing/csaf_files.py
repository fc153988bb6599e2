"""The files of a CSAF provider under /.well-known/csaf/ (CSAF 2.0, section 7.1).

Documents lie in folders of their years with their SHA-256 and SHA-512 (requirements 2, 11 and 18). The
provider's metadata (7), a ROLIE feed with its service and category documents (15 to 17), `index.txt` (12) and
`changes.csv` (13) lead to them. There are no listings of directories (14), which S3 has none of, and no
signatures (19): the metadata say provider, not trusted provider.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from chalicelib.domain.advisories import AdvisoryStory, ListedAdvisory
from chalicelib.domain.times import iso
from chalicelib.publishing import csaf, paths
from chalicelib.publishing.advisory_words import title
from chalicelib.publishing.csaf import Publisher
from chalicelib.publishing.files import CSV, JSON, TEXT, File
from chalicelib.publishing.templates import word
from chalicelib.publishing.texts import clean

Node = dict[str, Any]

SCHEMA = {"schema": "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json", "version": "2.0"}
CATEGORY = {"scheme": "urn:ietf:params:rolie:category:information-type", "term": "csaf"}
HASHES = ("sha256", "sha512")


def of_advisory(story: AdvisoryStory, publisher: Publisher) -> dict[str, File]:
    """A document and its hashes, each followed by the file's name as `sha256sum -c` wants it."""
    key, file = paths.csaf(story.advisory), _json(csaf.document(story, publisher))
    name = key.rpartition("/")[2]
    digests = {hash: hashlib.new(hash, file.body).hexdigest() for hash in HASHES}
    return {
        key: file,
        **{f"{key}.{hash}": File(f"{it}  {name}\n".encode(), TEXT) for hash, it in digests.items()},
    }


def of_all(listed: Sequence[ListedAdvisory], publisher: Publisher, since: datetime) -> dict[str, File]:
    """What leads to the documents; `since` is when there were none yet."""
    newest_first = sorted(listed, key=lambda it: (_latest(it), it.seq), reverse=True)
    updated = max([since, *map(_latest, newest_first)])
    return {
        paths.CSAF_METADATA: _json(_metadata(publisher, iso(updated))),
        paths.CSAF_FEED: _json(_feed(newest_first, publisher, iso(updated))),
        paths.CSAF_SERVICE: _json(_service(publisher)),
        paths.CSAF_CATEGORIES: _json({"categories": {"category": [CATEGORY]}}),
        paths.CSAF_INDEX: File("".join(f"{_name(it)}\n" for it in listed).encode(), TEXT),
        paths.CSAF_CHANGES: File("".join(_changes(newest_first)).encode(), CSV),
    }


def _metadata(publisher: Publisher, updated: str) -> Node:
    feed = {
        "summary": word("csaf", "feed", name=clean(publisher.name)),
        "tlp_label": csaf.TLP["label"],
        "url": _url(publisher, paths.CSAF_FEED),
    }
    rolie = {
        "categories": [_url(publisher, paths.CSAF_CATEGORIES)],
        "feeds": [feed],
        "services": [_url(publisher, paths.CSAF_SERVICE)],
    }
    return {
        "canonical_url": _url(publisher, paths.CSAF_METADATA),
        "distributions": [{"rolie": rolie}],
        "last_updated": updated,
        "list_on_CSAF_aggregators": True,
        "metadata_version": "2.0",
        "mirror_on_CSAF_aggregators": True,
        "publisher": publisher.node,
        "role": "csaf_provider",
    }


def _feed(listed: Iterable[ListedAdvisory], publisher: Publisher, updated: str) -> Node:
    links = [
        {"rel": "self", "href": _url(publisher, paths.CSAF_FEED)},
        {"rel": "service", "href": _url(publisher, paths.CSAF_SERVICE)},
    ]
    return {
        "feed": {
            "id": "csaf-feed-tlp-white",
            "title": word("csaf", "feed", name=clean(publisher.name)),
            "link": links,
            "category": [CATEGORY],
            "updated": updated,
            "entry": [_entry(it, publisher) for it in listed],
        }
    }


def _entry(listed: ListedAdvisory, publisher: Publisher) -> Node:
    address = _url(publisher, paths.csaf(listed))
    hashes = [{"rel": "hash", "href": f"{address}.{hash}"} for hash in HASHES]
    return {
        "id": listed.id,
        "title": clean(title(listed)),
        "link": [{"rel": "self", "href": address}, *hashes],
        "published": iso(listed.issued_at or _latest(listed)),
        "updated": iso(_latest(listed)),
        "content": {"type": "application/json", "src": address},
        "format": SCHEMA,
    }


def _service(publisher: Publisher) -> Node:
    collection = {
        "title": word("csaf", "feed", name=clean(publisher.name)),
        "href": _url(publisher, paths.CSAF_FEED),
        "categories": {"category": [CATEGORY]},
    }
    return {"service": {"workspace": [{"title": word("csaf", "workspace"), "collection": [collection]}]}}


def _changes(listed: Iterable[ListedAdvisory]) -> Iterator[str]:
    for it in listed:
        yield f'"{_name(it)}","{iso(_latest(it))}"\n'


def _name(listed: ListedAdvisory) -> str:
    """A document as the lists name it, from where they stand."""
    return paths.csaf(listed).removeprefix(paths.CSAF)


def _latest(listed: ListedAdvisory) -> datetime:
    """The date of the newest revision: that of the newest words, or when words were put right since."""
    if listed.latest_at is None:
        raise ValueError("a draft is in no public list")
    return max(listed.latest_at, listed.corrected_at or listed.latest_at)


def _url(publisher: Publisher, key: str) -> str:
    return f"{publisher.site_url}/{key}"


def _json(document: Node) -> File:
    """Indented, keys in their order, so that a change of one value is a change of one line."""
    text = json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)
    return File(f"{text}\n".encode(), JSON)
